"""Lesson 04: how many blocks to unfreeze."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from ftlearn.errors import DataError
from ftlearn.figures import PALETTE, new_figure, spread
from ftlearn.widgets.controls import slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked, halo, points

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FREEZING_COLUMNS = ("blocks", "learning_rate", "trainable", "accuracy", "old_accuracy")


def freezing_summary(table: pd.DataFrame, rate: float) -> pd.DataFrame:
    """Average a freezing table over seeds at one learning rate, and work out the forgetting.

    Parameters
    ----------
    table : DataFrame
        Columns blocks, learning_rate, trainable, accuracy, old_accuracy.
    rate : float
        One of its learning rates.

    Returns
    -------
    DataFrame
        One row for each number of blocks, with ``trainable``, ``accuracy``, ``old_accuracy`` and ``forgotten``: by
        how much the accuracy on the old task is below that with the fewest blocks unfrozen (with none, it is intact).

    Raises
    ------
    DataError
        When the table has no such rate.
    """
    here = table[np.isclose(table["learning_rate"], rate, rtol=1e-6, atol=0)]
    if here.empty:
        rates = ", ".join(f"{r:g}" for r in sorted(set(table["learning_rate"])))
        raise DataError(f"The table has no runs with learning rate {rate:g}.", fix=f"It has {rates}.")
    mean = here.groupby("blocks")[["trainable", "accuracy", "old_accuracy"]].mean().sort_index()
    mean["forgotten"] = mean["old_accuracy"].iloc[0] - mean["old_accuracy"]
    return mean


def freezing_figure(table: pd.DataFrame, blocks: int, rate: float) -> tuple[Figure, str]:
    """Draw what unfreezing some blocks costs and brings.

    Parameters
    ----------
    table : DataFrame
        Columns blocks, learning_rate, trainable, accuracy, old_accuracy; runs of several seeds are averaged.
    blocks : int
        How many blocks are unfrozen.
    rate : float
        The learning rate.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Left the trainable weights, right the accuracy on the new task and on the old one; the setting stands out.
    alt : str
        Every number of the setting, then the accuracies of the others.

    Raises
    ------
    DataError
        When the table has no such setting.
    """
    mean = freezing_summary(table, rate)
    if blocks not in mean.index:
        raise DataError(f"The table has no runs with {blocks} blocks unfrozen.", fix=f"It has {list(mean.index)}.")
    here = mean.loc[blocks]
    head = "No block" if blocks == 0 else f"{blocks} block{'s' if blocks > 1 else ''}"
    if abs(here["forgotten"]) < 0.0005:
        lost = "nothing of the old one forgotten"
    elif here["forgotten"] > 0:
        lost = f"{points(here['forgotten'])} of the old one forgotten"
    else:
        lost = f"{points(here['forgotten'])} gained on the old one"
    title = f"{head} unfrozen: {100 * here['accuracy']:.0f} % on the new task, {lost}"
    figure, (left, right) = new_figure(ncols=2, width_ratios=[1, 1.9])
    _trainable_bars(left, mean, blocks)
    settings = table.groupby(["learning_rate", "blocks"])[["accuracy", "old_accuracy"]].mean()
    _two_tasks(right, mean, blocks, lowest=100 * settings.min().min())
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    others = "; ".join(
        f"{n} block{'' if n == 1 else 's'}: "
        f"new task {100 * row['accuracy']:.0f} %, old task {100 * row['old_accuracy']:.0f} %"
        for n, row in mean.iterrows()
    )
    alt = (
        f"{title}. With learning rate {rate:g}, {here['trainable']:,.0f} weights train; the old task is at "
        f"{100 * here['old_accuracy']:.0f} %. {others}."
    )
    return figure, alt


def _trainable_bars(ax: Axes, mean: pd.DataFrame, blocks: int) -> None:
    for number, count in mean["trainable"].items():
        chosen = number == blocks
        ax.bar(number, count / 1000, color=PALETTE["blue"] if chosen else "#C9D6DF", width=0.7)
        if chosen:
            ax.annotate(f"{count:,.0f}", (number, count / 1000), (0, 3), textcoords="offset points", ha="center",
                        color=PALETTE["blue"], fontweight="bold", path_effects=[halo()])  # fmt: skip
    top = mean["trainable"].max() / 1000
    ax.set(xlabel="blocks unfrozen", ylabel="weights that train, thousands", ylim=(0, 1.15 * top))
    ax.set_xticks(list(mean.index))
    ax.margins(x=0.15)
    ax.grid(False, axis="x")


def _two_tasks(ax: Axes, mean: pd.DataFrame, blocks: int, lowest: float) -> None:
    """Draw both tasks on an axis that is the same for every setting (`lowest` is the lowest accuracy of any)."""
    ax.axvspan(blocks - 0.18, blocks + 0.18, color="#E4EBF0", lw=0)
    lines = (
        ("accuracy", "new task", PALETTE["green"], "o", "-"),
        ("old_accuracy", "old task", PALETTE["orange"], "s", "--"),
    )
    floor = 20 * np.floor(min(lowest, 80) / 20)
    tall = 100 - floor
    ends = spread(np.array([100 * mean[column].iloc[-1] for column, *_ in lines]), 0.08 * tall)
    for (column, label, colour, marker, dash), end in zip(lines, ends, strict=True):
        values = 100 * mean[column]
        ax.plot(mean.index, values, color=colour, marker=marker, linestyle=dash, markersize=5)
        ax.plot(blocks, values[blocks], marker, color=colour, markersize=10)
        ax.annotate(label, (1.02, end), xycoords=("axes fraction", "data"), color=colour, va="center",
                    fontweight="bold", annotation_clip=False)  # fmt: skip
    pair = np.array([100 * mean.loc[blocks, column] for column, *_ in lines])
    above = pair[0] >= pair[1]
    for value, colour, up in zip(pair, (lines[0][2], lines[1][2]), (above, not above), strict=True):
        ax.annotate(f"{value:.0f} %", (blocks, value), (0, 13 if up else -14), textcoords="offset points", ha="center",
                    va="center", color=colour, fontweight="bold", path_effects=[halo()])  # fmt: skip
    ax.set(xlabel="blocks unfrozen", ylabel="accuracy, %", ylim=(floor - 0.12 * tall, 100 + 0.14 * tall))
    ax.set_yticks(np.arange(floor, 101, 10 if tall < 60 else 20))
    ax.set_xticks(list(mean.index))
    ax.margins(x=0.12)


def freezing_explorer(table: pd.DataFrame, *, rate: float | None = None) -> None:
    """Explore how many blocks to unfreeze: trainable weights, the new task, the forgetting of the old one.

    Parameters
    ----------
    table : DataFrame
        Columns blocks, learning_rate, trainable, accuracy, old_accuracy (shares); one row a run.
    rate : float, optional
        The learning rate at the start; the smallest one if not given.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = [(0, 1e-3, 330, 0.7, 0.9), (1, 1e-3, 5000, 0.8, 0.6)]
    >>> columns = ["blocks", "learning_rate", "trainable", "accuracy", "old_accuracy"]
    >>> freezing_explorer(pd.DataFrame(runs, columns=columns))  # doctest: +ELLIPSIS
    How many blocks to unfreeze?
    1 block unfrozen: 80 % on the new task, 30 points of the old one forgotten. ...
    Run this cell in JupyterLab to move the slider yourself.
    """
    table = checked(table, FREEZING_COLUMNS)
    blocks = sorted(int(n) for n in table["blocks"].unique())
    rates = sorted(float(r) for r in table["learning_rate"].unique())
    controls = {"blocks": slider("Blocks unfrozen", blocks, default=blocks[-1])}
    if len(rates) > 1:
        controls["rate"] = slider("Learning rate", {f"{r:g}": r for r in rates}, default=rate)
        draw = functools.partial(freezing_figure, table)
    else:
        draw = functools.partial(freezing_figure, table, rate=rates[0])
    explore(draw, title="How many blocks to unfreeze?", **controls)
