"""The pictures of the class page, in the course's style; each says in its alternative text what it shows.

Nothing that a student wrote is drawn: labels are the names of lessons and tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ftlearn.figures import PALETTE, figure_html, new_figure, title_left
from ftlearn.teach.grading.pages import many, one_line, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BINS = np.linspace(0, 100, 11)


def totals(lessons: Mapping[str, Sequence[float]]) -> str:
    """Draw how the totals of each lesson are spread, a picture each.

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
    >>> "Lesson 04: totals of 2 students in per cent" in totals({"04": [50, 100]})
    True
    """
    counts = {lesson: np.histogram(np.clip(shares, 0, 100), _BINS)[0] for lesson, shares in lessons.items()}
    most = max((max(count) for count in counts.values()), default=0)
    drawn = []
    for lesson, count in counts.items():
        middle = np.median(lessons[lesson])
        figure, ax = new_figure(3.0, 2.2)
        ax.bar(_BINS[:-1], count, width=10, align="edge", color=PALETTE["blue"], edgecolor="white")
        ax.axvline(middle, color=PALETTE["orange"], linestyle="--")
        title_left(ax, f"Lesson {_label(lesson)}, median {middle:.0f} %")
        ax.set(xlim=(0, 100), ylim=(0, most * 1.05), xticks=[0, 25, 50, 75, 100])
        ax.set_xlabel("Points, in per cent", fontsize=9)
        ax.set_ylabel("Students", fontsize=9)
        ax.grid(axis="x", visible=False)
        ax.yaxis.get_major_locator().set_params(integer=True)
        said = ", ".join(f"{many(some, 'student')} from {low:.0f} to {low + 10:.0f}"
                         for low, some in zip(_BINS, count, strict=False) if some)  # fmt: skip
        told = f"Lesson {lesson}: totals of {many(count.sum(), 'student')} in per cent, median {middle:.0f}: {said}."
        drawn.append(_shown(figure, told))
    return f'<div class="plots">{"".join(drawn)}</div>\n' if drawn else ""


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
    figure, ax = new_figure(6.0, 0.34 * len(bars) + 1.1)
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
