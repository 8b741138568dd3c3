"""The pictures of the class page, in the course's style; each says in its alternative text what it shows.

Nothing that a student wrote is drawn: labels are the names of lessons and tasks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ftlearn.figures import PALETTE, figure_html, new_figure, title_left
from ftlearn.teach.grading.pages import many, one_line, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BINS = np.linspace(0, 100, 11)
_COLUMNS = 3


def totals(lessons: Mapping[str, Sequence[float]]) -> str:
    """Draw how the totals of each lesson are spread.

    Parameters
    ----------
    lessons : mapping of str to sequence of float
        By lesson each student's total, in per cent of the points possible.

    Returns
    -------
    str
        HTML; nothing where there is nothing to draw.

    Examples
    --------
    >>> "Lesson 04: 2 students, median 75 %." in totals({"04": [50, 100]})
    True
    """
    lessons = {lesson: np.clip(shares, 0, 100) for lesson, shares in lessons.items() if len(shares)}
    if not lessons:
        return ""
    columns = min(_COLUMNS, len(lessons))
    rows = math.ceil(len(lessons) / columns)
    figure, axes = new_figure(2.4 * columns + 1.2, 2.1 * rows + 0.6, ncols=columns, nrows=rows, squeeze=False,
                              sharex=True, sharey=True)  # fmt: skip
    figure.suptitle("How the totals are spread", x=0.01, ha="left", fontsize=11, fontweight="bold")
    for ax in axes.flat[len(lessons) :]:
        ax.set_visible(False)
    for ax, (lesson, shares) in zip(axes.flat, lessons.items(), strict=False):
        ax.hist(shares, _BINS, color=PALETTE["blue"], edgecolor="white")
        ax.axvline(np.median(shares), color=PALETTE["orange"], linestyle="--")
        ax.set_title(f"{_label(lesson)}, median {np.median(shares):.0f} %", loc="left", fontsize=9)
        ax.grid(axis="x", visible=False)
        ax.set_xticks([0, 50, 100])
        ax.tick_params(labelbottom=True)
        ax.yaxis.get_major_locator().set_params(integer=True)
    figure.supxlabel("Points in per cent of those possible (dashed: the median)", fontsize=9)
    figure.supylabel("Students", fontsize=9)
    said = [f"Lesson {lesson}: {many(len(shares), 'student')}, median {np.median(shares):.0f} %."
            for lesson, shares in lessons.items()]  # fmt: skip
    alt = "Histograms of the totals, one for each lesson, in per cent of the points possible. "
    return _shown(figure, alt + " ".join(said))


def hardest(tasks: Sequence[tuple[str, float]]) -> str:
    """Draw which tasks brought the smallest share of their points.

    Parameters
    ----------
    tasks : sequence of (str, float)
        Their names and the mean share in per cent, the hardest first.

    Returns
    -------
    str
        HTML; nothing where there is nothing to draw.

    Examples
    --------
    >>> "04/thaw 31 %." in hardest([("04/thaw", 31.0)])
    True
    """
    said = " ".join(f"{one} {share:.0f} %." for one, share in tasks)
    alt = f"Bars, the hardest task on top: the mean share of its points. {said}"
    return _bars(tasks, "The hardest tasks", "Mean share of the points, in per cent", alt, "{:.0f} %", most=100)


def misconceptions(counts: Sequence[tuple[str, int]]) -> str:
    """Draw how often the most frequent misconceptions were met.

    Parameters
    ----------
    counts : sequence of (str, int)
        Their labels, which a table beside the picture explains, and how many students, the most frequent first.

    Returns
    -------
    str
        HTML; nothing where there is nothing to draw.

    Examples
    --------
    >>> "1. 04/thaw 3 students." in misconceptions([("1. 04/thaw", 3)])
    True
    """
    said = " ".join(f"{one} {many(count, 'student')}." for one, count in counts)
    alt = f"Bars, the most frequent misconception on top, numbered as in the table: how many students met it. {said}"
    return _bars(counts, "The most frequent misconceptions", "Students", alt, "{:.0f}")


def _bars(
    bars: Sequence[tuple[str, float]], title: str, label: str, alt: str, value: str, *, most: float | None = None
) -> str:
    if not bars:
        return ""
    figure, ax = new_figure(7.0, 0.34 * len(bars) + 1.1)
    lengths = [length for _, length in bars]
    drawn = ax.barh(range(len(bars)), lengths, color=PALETTE["blue"], height=0.66)
    ax.bar_label(drawn, [value.format(length) for length in lengths], padding=3, fontsize=9)
    ax.set_yticks(range(len(bars)), [_label(name) for name, _ in bars])
    ax.invert_yaxis()
    ax.set_xlim(0, (most or max(lengths)) * 1.08)
    if most is None:
        ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(label, fontsize=9)
    ax.grid(axis="y", visible=False)
    title_left(ax, title)
    return _shown(figure, alt)


def _label(text: str) -> str:
    return one_line(text, 40).replace("$", r"\$")  # a dollar sign would begin a formula


def _shown(figure: Figure, alt: str) -> str:
    return f"<figure>{figure_html(figure, plain(alt))}</figure>\n"
