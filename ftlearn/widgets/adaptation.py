"""Lesson 12: a new scanner of any strength, and what each way of meeting it without labels wins back."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.figures import PALETTE, new_figure
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked, halo

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCANNER_COLUMNS = ("seed", "scanner", "strength", "method", "accuracy")
WAYS = ("nothing", "by hand", "BatchNorm", "CORAL", "by hand, then BatchNorm", "1 - x, then BatchNorm")


def scanner_figure(table: pd.DataFrame, X: np.ndarray, scanner: str, strength: float) -> tuple[Figure, str]:
    """Draw a few digits as a scanner sees them, and the accuracy that each way reaches there.

    Parameters
    ----------
    table : DataFrame
        Columns seed, scanner, strength, method, accuracy (a share); one row a run.
    X : ndarray of shape (n, 8, 8, 1)
        Digits as the old scanner sees them; the first four are shown.
    scanner : str
        The kind of scanner.
    strength : float
        Its strength, as a share of the full one.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Left the digits under both scanners, right the accuracies with their 95 % intervals.
    alt : str
        Every accuracy.

    Raises
    ------
    DataError
        When the table has no such scanner.
    """
    from ftlearn.evaluation import summarise
    from ftlearn.studies.scanners import scanner as made

    here = table[(table["scanner"] == scanner) & np.isclose(table["strength"], strength)]
    if not len(here):
        raise DataError(f"The table has no runs of {scanner!r} at strength {strength:g}.",
                        fix=f"It has {sorted(set(table['scanner']))}.")  # fmt: skip
    found = summarise(here, "method", "accuracy").set_index("method")
    found = found.loc[[way for way in WAYS if way in found.index]]
    best, plain = found["mean"].idxmax(), found.loc["nothing", "mean"]
    title = f"{scanner}, strength {strength:.0%}: {plain:.0%} read as it is; best: {best}, {found['mean'].max():.0%}"
    title = title.replace("%", " %")
    figure = new_figure(7.4, 3.3)[0]
    figure.clear()
    left, right = figure.subfigures(1, 2, width_ratios=[1, 2.6])
    _digits(left, X[:4], made(scanner, strength)(X[:4]))
    _bars(right.subplots(), found)
    figure.suptitle(title[0].upper() + title[1:], x=0.01, ha="left", fontsize=11, fontweight="bold")
    told = "; ".join(
        f"{way}: {row['mean']:.0%} ({row['low']:.0%} to {row['high']:.0%})" for way, row in found.iterrows()
    )
    return figure, f"{title[0].upper() + title[1:]}. Accuracy with 95 % intervals. {told.replace('%', ' %')}."


def _digits(place: Any, old: np.ndarray, new: np.ndarray) -> None:
    axes = place.subplots(len(old), 2)
    for column, (pictures, name) in enumerate(((old, "old"), (new, "new"))):
        for ax, picture in zip(axes[:, column], pictures, strict=True):
            ax.imshow(np.squeeze(picture), cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            ax.spines[:].set_visible(True)
            ax.spines[:].set_color("#BBBBBB")
        axes[0, column].set_title(name, fontsize=10)


def _bars(ax: Axes, found: pd.DataFrame) -> None:
    colours = dict(zip(WAYS, ("grey", "green", "blue", "orange", "purple", "sky"), strict=True))
    places = np.arange(len(found))
    mean, low, high = (100 * found[c].to_numpy() for c in ("mean", "low", "high"))
    ax.barh(places, mean, color=[PALETTE[colours[way]] for way in found.index], height=0.62)
    ax.hlines(places, low, high, color="#222222", lw=2)
    for place, value, end in zip(places, mean, high, strict=True):
        ax.annotate(f"{value:.0f} %", (max(value, end), place), (5, 0), textcoords="offset points", va="center",
                    fontweight="bold", path_effects=[halo()])  # fmt: skip
    ax.axvline(10, color="#222222", lw=1, ls=":")
    ax.set(xlim=(0, 112), xlabel="digits read rightly, %; dotted: guessing")
    ax.set_xticks(range(0, 101, 20))
    ax.set_yticks(places, list(found.index))
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(False)


def scanner_explorer(table: pd.DataFrame, X: np.ndarray, *, scanner: str = "", strength: float | None = None) -> None:
    """Explore scanners: what they do to digits, and what wins the accuracy back without labels.

    Parameters
    ----------
    table : DataFrame
        Columns seed, scanner, strength, method, accuracy (shares); one row a run.
    X : ndarray of shape (n, 8, 8, 1)
        Digits of the old scanner, four at least.
    scanner : str, optional
        The kind at the start; the table's first if not given.
    strength : float, optional
        The strength at the start; the largest if not given.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = [(seed, "blurred", 1.0, way, 0.5 + 0.1 * seed) for seed in (0, 1) for way in ("nothing", "BatchNorm")]
    >>> table = pd.DataFrame(runs, columns=list(SCANNER_COLUMNS))
    >>> scanner_explorer(table, np.zeros((4, 8, 8, 1)))  # doctest: +ELLIPSIS
    A new scanner
    Blurred, strength 100 %: 55 % read as it is; best: nothing, 55 %. ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    table = checked(table, SCANNER_COLUMNS)
    kinds = list(dict.fromkeys(table["scanner"]))
    strengths = sorted(float(s) for s in table["strength"].unique())
    explore(
        functools.partial(scanner_figure, table, X),
        title="A new scanner",
        scanner=choice("Scanner", kinds, default=scanner or None),
        strength=slider("Strength", {f"{s:.0%}".replace("%", " %"): s for s in strengths},
                        default=strengths[-1] if strength is None else strength),
    )  # fmt: skip
