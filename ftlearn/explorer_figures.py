"""The pictures of the lessons' explorers, as plain functions of a table and a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.displays import PALETTE, new_figure, spread
from ftlearn.errors import DataError, unknown_name
from ftlearn.evaluation import mean_interval, paired_interval
from ftlearn.figures import STRATEGY_STYLES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BUDGET_COLUMNS = ("strategy", "labels", "seed", "accuracy")
FREEZING_COLUMNS = ("blocks", "learning_rate", "trainable", "accuracy", "old_accuracy")


def checked(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return `table` if it has `columns` and a row; say what is missing if not.

    Parameters
    ----------
    table : DataFrame
        What was measured.
    columns : tuple of str
        What it needs.

    Returns
    -------
    DataFrame
        The same one.

    Raises
    ------
    DataError
        Naming the columns that are missing.
    """
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(f"The table lacks {', '.join(missing)}.", fix=f"It needs the columns {', '.join(columns)}.")
    if not len(table):
        raise DataError("The table is empty.")
    return table


def strategies(study: pd.DataFrame) -> list[str]:
    """List a study's strategies, the best on the whole first.

    Parameters
    ----------
    study : DataFrame
        With columns strategy, labels and accuracy.

    Returns
    -------
    list of str
        Ordered by the mean over budgets of their mean accuracy, so that no budget counts twice.
    """
    by_budget = study.groupby(["strategy", "labels"])["accuracy"].mean()
    return list(by_budget.groupby("strategy").mean().sort_values(ascending=False).index)


def _name(strategy: str) -> str:
    return strategy.replace("_", " ")


def _points(difference: float) -> str:
    """Write a difference of shares in points, with one decimal where it is small."""
    value = abs(100 * difference)
    return f"{value:.0f} points" if value >= 9.95 else f"{value:.1f} points"


def budget_comparison(study: pd.DataFrame, labels: int, against: str = "") -> dict[str, Any]:
    """Compare the leader at one budget with another strategy, seed by seed.

    Parameters
    ----------
    study : DataFrame
        Columns strategy, labels, seed, accuracy.
    labels : int
        The budget.
    against : str
        The strategy to compare with; the second best when empty, or when it leads itself.

    Returns
    -------
    dict
        ``leader``, ``other``, ``difference`` (an Interval of paired differences), ``title`` and ``means`` (an
        Interval for each strategy).

    Raises
    ------
    DataError
        When the study has no such budget, or fewer than two strategies or two common seeds.
    UnknownNameError
        When it has no such strategy.
    """
    here = study[study["labels"] == labels]
    if here.empty:
        raise DataError(f"The study has no runs with {labels} labels.", fix=f"It has {sorted(set(study['labels']))}.")
    means = {name: mean_interval(here.loc[here["strategy"] == name, "accuracy"]) for name in strategies(here)}
    if len(means) < 2:
        raise DataError(f"With {labels} labels the study has {len(means)} strategy; a comparison needs two.")
    if against and against not in means:
        raise unknown_name("strategy", against, means)
    leader, second = list(means)[:2]
    other = against if against and against != leader else second
    wide = here.pivot_table(index="seed", columns="strategy", values="accuracy")[[leader, other]].dropna()
    difference = paired_interval(wide[leader], wide[other])
    if difference.excludes_zero:
        title = f"With {labels} labels, {_name(leader)} leads {_name(other)} by {_points(difference.mean)}"
    else:
        title = f"With {labels} labels, {_name(leader)} and {_name(other)} cannot be told apart"
    return {"leader": leader, "other": other, "difference": difference, "title": title, "means": means}


def budget_figure(study: pd.DataFrame, labels: int, against: str = "") -> tuple[Figure, str]:
    """Draw the accuracy of every strategy at one label budget, with intervals over seeds.

    Parameters
    ----------
    study, labels, against : DataFrame, int, str
        As for `budget_comparison`.

    Returns
    -------
    figure : matplotlib.figure.Figure
        A dot for each seed, a mean with its 95 % interval for each strategy; the same axis at every budget.
    alt : str
        The comparison, then every number in the picture.
    """
    made = budget_comparison(study, labels, against)
    order, colours = strategies(study), list(PALETTE.values())
    figure, ax = new_figure()
    said = []
    shown = [name for name in order if name in made["means"]]
    for row, name in enumerate(shown):
        here, colour = made["means"][name], colours[order.index(name) % len(colours)]
        colour = STRATEGY_STYLES.get(name, {}).get("color", colour)
        seeds = 100 * study.loc[(study["strategy"] == name) & (study["labels"] == labels), "accuracy"]
        ax.plot(seeds, np.full(len(seeds), row + 0.22), "|", color=colour, alpha=0.55, markersize=7, mew=1.5)
        ax.plot([100 * here.low, 100 * here.high], [row, row], color=colour, lw=4, alpha=0.45, solid_capstyle="butt")
        ax.plot(100 * here.mean, row, "o", color=colour, markersize=8)
        ax.annotate(
            f"{100 * here.mean:.0f} %", (1.02, row), xycoords=("axes fraction", "data"), color="#222222", va="center",
            fontweight="bold", annotation_clip=False,
        )  # fmt: skip
        said.append(f"{_name(name)} {100 * here.mean:.0f} % ({100 * here.low:.0f} to {100 * here.high:.0f})")
    low = 100 * study["accuracy"].min()
    ax.set(xlim=(max(0, 5 * np.floor((low - 2) / 5)), 101), ylim=(len(shown) - 0.5, -0.5))
    ax.set_yticks(range(len(shown)), [_name(name) for name in shown])
    for tick, name in zip(ax.get_yticklabels(), shown, strict=True):
        tick.set_fontweight("bold" if name in (made["leader"], made["other"]) else "normal")
    gap = made["difference"]
    ax.set_xlabel(
        f"accuracy on test data, %: mean, 95 % interval, a tick for each seed\n"
        f"difference {100 * gap.mean:.1f} points, 95 % interval {100 * gap.low:.1f} to {100 * gap.high:.1f} "
        f"({gap.n} seeds)"
    )
    figure.suptitle(made["title"], x=0.01, ha="left", fontsize=11, fontweight="bold")
    alt = (
        f"{made['title']}. The difference is {100 * gap.mean:.1f} points, 95 % interval {100 * gap.low:.1f} to "
        f"{100 * gap.high:.1f}, over {gap.n} seeds. Accuracy: {'; '.join(said)}."
    )
    return figure, alt


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
        lost = f"{_points(here['forgotten'])} of the old one forgotten"
    else:
        lost = f"{_points(here['forgotten'])} gained on the old one"
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
                        color=PALETTE["blue"], fontweight="bold", path_effects=[_halo()])  # fmt: skip
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
                    va="center", color=colour, fontweight="bold", path_effects=[_halo()])  # fmt: skip
    ax.set(xlabel="blocks unfrozen", ylabel="accuracy, %", ylim=(floor - 0.12 * tall, 100 + 0.14 * tall))
    ax.set_yticks(np.arange(floor, 101, 10 if tall < 60 else 20))
    ax.set_xticks(list(mean.index))
    ax.margins(x=0.12)


def _halo() -> Any:
    """Make a white edge for a number that a line or a bar may pass behind."""
    from matplotlib.patheffects import withStroke

    return withStroke(linewidth=3, foreground="white")
