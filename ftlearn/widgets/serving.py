"""Lesson 10: which drift which test notices, and with how many examples."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ftlearn.errors import DataError
from ftlearn.figures import PALETTE, new_figure
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked, halo

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DRIFT_COLUMNS = ("arriving", "test", "batch", "alarms", "accuracy")
UNCHANGED = "as before"


def drift_figure(table: pd.DataFrame, arriving: str, batch: int, *, level: float = 0.05) -> tuple[Figure, str]:
    """Draw how often each test gives an alarm.

    Parameters
    ----------
    table : DataFrame
        Columns arriving, test, batch, alarms (a share of the batches), accuracy; runs of several seeds are averaged.
    arriving : str
        What arrives; ``"as before"`` is no drift.
    batch : int
        How many examples a batch holds.
    level : float
        The p-value below which a test gives an alarm.

    Returns
    -------
    figure : matplotlib.figure.Figure
        A bar a test, and a line at `level`: with no drift, bars should end there; with drift, they should be long.
    alt : str
        Every bar, and the accuracy.

    Raises
    ------
    DataError
        When the table has no such setting.
    """
    here = table[(table["arriving"] == arriving) & (table["batch"] == batch)]
    if here.empty:
        known = ", ".join(map(str, table["arriving"].unique()))
        raise DataError(f"The table has no batches of {batch} that arrive {arriving!r}.", fix=f"It has {known}.")
    alarms = 100 * here.groupby("test", sort=False)["alarms"].mean()
    accuracy = 100 * here["accuracy"].mean()
    usual = 100 * table.loc[table["arriving"] == UNCHANGED, "accuracy"].mean()
    if arriving == UNCHANGED:
        title = f"No drift: every alarm is a false one (accuracy {accuracy:.0f} %)"
    else:
        title = f"Arriving: {arriving}. Accuracy {accuracy:.0f} %, as before it was {usual:.0f} %"
    figure, ax = new_figure(7.0, 3.2)
    places = range(len(alarms))[::-1]
    good = arriving != UNCHANGED
    for place, value in zip(places, alarms, strict=True):
        long = value > 100 * level + 5
        colour = PALETTE["blue"] if long == good else PALETTE["orange"]
        ax.barh(place, value, color=colour, height=0.62)
        ax.annotate(f"{value:.0f} %", (max(value, 100 * level), place), (4, 0), textcoords="offset points", va="center",
                    color=colour, fontweight="bold", path_effects=[halo()])  # fmt: skip
    ax.axvline(100 * level, color=PALETTE["grey"], lw=1.2, linestyle=(0, (4, 2)), zorder=0)
    ax.set_yticks(list(places), list(alarms.index))
    ax.set(xlim=(0, 112), xlabel=f"batches of {batch} with an alarm, % (dashed: the {100 * level:g} % agreed on)")
    ax.set_xticks(range(0, 101, 20))
    ax.grid(False, axis="y")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    told = "; ".join(f"{name}: {value:.0f} %" for name, value in alarms.items())
    return figure, f"{title}. Batches of {batch} with an alarm: {told}."


def drift_explorer(table: pd.DataFrame) -> None:
    """Explore what arrives and how many at a time, and which tests notice it.

    Parameters
    ----------
    table : DataFrame
        Columns arriving, test, batch, alarms, accuracy (shares); one row a seed, test and setting.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = [("as before", "confidence", 10, 0.05, 0.97), ("blurred", "confidence", 10, 0.6, 0.9)]
    >>> columns = ["arriving", "test", "batch", "alarms", "accuracy"]
    >>> drift_explorer(pd.DataFrame(runs, columns=columns))
    Which test notices what?
    No drift: every alarm is a false one (accuracy 97 %). Batches of 10 with an alarm: confidence: 5 %.
    Run this cell in JupyterLab to move the controls yourself.
    """
    table = checked(table, DRIFT_COLUMNS)
    batches = sorted(int(n) for n in table["batch"].unique())
    explore(
        functools.partial(drift_figure, table),
        title="Which test notices what?",
        arriving=choice("What arrives", [str(one) for one in table["arriving"].unique()]),
        batch=slider("Examples a batch", batches, default=batches[len(batches) // 2]),
    )
