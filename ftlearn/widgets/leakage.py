"""Lesson 03: which mistake, how much of it, and what the validation promises then."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.evaluation import paired_interval, summarise
from ftlearn.figures import PALETTE, new_figure, spread
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LEAKAGE_COLUMNS = ("mistake", "way", "dose", "promised", "accuracy")
# what it is called; how a dose is said; the axis; whether the mistake grows as the number falls
_MISTAKES: dict[str, tuple[str, str, str, bool]] = {
    "copies": ("Copies on both sides", "{} % of the images taken twice", "images taken twice, %", False),
    "writers": ("Writers on both sides", "{} writers", "writers in the labelled images", True),
    "writers, pretrained": (
        "Writers on both sides, pretrained features", "{} writers, pretrained features",
        "writers in the labelled images", True,
    ),
    "reshuffled": ("take/skip after a shuffle", "{} epochs after a reshuffled take/skip", "epochs of training", False),
    "selection": ("Columns chosen before the split", "20 of {} noise columns chosen", "columns of noise", False),
    "wrong labels": ("Wrong labels", "{} % of the labels wrong", "wrong labels, %", False),
}  # fmt: skip
_LEVELS = {"a little": 0, "some": 1, "much": 2, "very much": 3}


def doses(table: pd.DataFrame, mistake: str) -> list[int]:
    """List the doses of a mistake from a little to very much.

    Parameters
    ----------
    table : DataFrame
        The leakage study.
    mistake : str
        One of its mistakes.

    Returns
    -------
    list of int
        The last four: a dose of nothing is no mistake.

    Raises
    ------
    DataError
        When the table has no such mistake.
    """
    here = table[(table["mistake"] == mistake) & (table["way"] == "mistake")]
    if here.empty or mistake not in _MISTAKES:
        raise DataError(f"The table has no runs of {mistake!r}.", fix=f"It has {sorted(set(table['mistake']))}.")
    found = sorted({int(dose) for dose in here["dose"]}, reverse=_MISTAKES[mistake][3])
    return found[-len(_LEVELS) :]


def leakage_figure(table: pd.DataFrame, mistake: str, level: int) -> tuple[Figure, str]:
    """Draw what validation promises and what untouched data deliver, by how much of a mistake was made.

    Parameters
    ----------
    table : DataFrame
        The leakage study: columns mistake, way, dose, promised, accuracy.
    mistake : str
        Which one.
    level : int
        From 0, a little, to 3, very much.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Lines with 95 % bands against the dose, the chosen dose marked.
    alt : str
        The chosen dose's numbers, then the others'.
    """
    _, said, axis, _ = _MISTAKES[mistake]
    known = doses(table, mistake)
    dose = known[min(level, len(known) - 1)]
    here = table[table["mistake"] == mistake]
    runs = here[(here["way"] == "mistake") & here["dose"].isin(known)]
    chosen = runs[runs["dose"] == dose]
    gap = paired_interval(chosen["promised"], chosen["accuracy"])
    promised, delivered = 100 * chosen["promised"].mean(), 100 * chosen["accuracy"].mean()
    if not gap.excludes_zero:
        verdict = "no difference to speak of"
    else:
        verdict = f"{abs(100 * gap.mean):.1f} points too {'much' if gap.mean > 0 else 'little'}"
    title = f"{said.format(f'{dose:,}')}:\npromised {promised:.0f} %, delivered {delivered:.0f} %, {verdict}"
    right = here[(here["way"] == "right") & here["dose"].isin(known)]
    lines = {"promised": (runs, "promised", PALETTE["orange"], "-"),
             "delivered": (runs, "accuracy", PALETTE["blue"], "-")}  # fmt: skip
    if len(right):
        lines["promised, done right"] = (right, "promised", PALETTE["green"], (0, (3, 2)))
    return _draw(lines, known, dose, axis, title)


def _draw(lines: dict[str, tuple], known: list[int], dose: int, axis: str, title: str) -> tuple[Figure, str]:
    figure, ax = new_figure()
    places = {value: place for place, value in enumerate(known)}
    ax.axvspan(places[dose] - 0.14, places[dose] + 0.14, color="#E4EBF0", lw=0)
    told, ends = [], []
    for label, (runs, column, colour, dash) in lines.items():
        mean = summarise(runs, "dose", column).set_index("dose").loc[known]
        x = np.arange(len(known))
        ax.plot(x, 100 * mean["mean"], color=colour, linestyle=dash, marker="o", markersize=5)
        ax.fill_between(x, 100 * mean["low"], 100 * mean["high"], color=colour, alpha=0.15, lw=0)
        ends.append((label, 100 * mean["mean"].iloc[-1], colour))
        told.append(f"{label} " + ", ".join(f"{100 * v:.1f} % at {d:,}" for d, v in mean["mean"].items()))
    low, high = ax.get_ylim()
    for (label, _, colour), y in zip(
        ends, spread(np.array([end for _, end, _ in ends]), 0.08 * (high - low), low, min(high, 102)), strict=True
    ):
        ax.annotate(label, (1.02, y), xycoords=("axes fraction", "data"), color=colour, va="center",
                    fontweight="bold", annotation_clip=False)  # fmt: skip
    ax.set_xticks(range(len(known)), [f"{value:,}" for value in known])
    ax.set(xlabel=axis, ylabel="accuracy, %")
    ax.margins(x=0.08)
    ax.set_ylim(top=min(high, 102))
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    title = title.replace("\n", " ")
    return figure, f"{title}. By {axis}: {'; '.join(told)}."


def leakage_explorer(table: pd.DataFrame) -> None:
    """Explore mistakes of preparing data: what the validation promises, and what untouched data deliver.

    Parameters
    ----------
    table : DataFrame
        Columns mistake, way ("mistake" or "right"), dose, promised, accuracy (shares); one row a run.

    Raises
    ------
    DataError
        When a column is missing, or no mistake is known.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("copies", "mistake", d, 0.9 + d / 1000 + s, 0.9 - s) for d in (10, 50) for s in (0, 0.01)]
    >>> table = pd.DataFrame(rows, columns=["mistake", "way", "dose", "promised", "accuracy"])
    >>> leakage_explorer(table)  # doctest: +ELLIPSIS
    What does the validation promise?
    50 % of the images taken twice: promised 96 %, delivered 90 %, no difference to speak of. ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    table = checked(table, LEAKAGE_COLUMNS)
    known = set(table.loc[table["way"] == "mistake", "mistake"])
    mistakes: dict[str, Any] = {named[0]: name for name, named in _MISTAKES.items() if name in known}
    if not mistakes:
        raise DataError("The table has none of the mistakes.", fix=f"It should have {', '.join(_MISTAKES)}.")
    explore(
        functools.partial(leakage_figure, table),
        title="What does the validation promise?",
        mistake=choice("Mistake", mistakes),
        level=slider("How much of it", _LEVELS, default=2),
    )
