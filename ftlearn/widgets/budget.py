"""Lesson 01: how label budgets change the ranking."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError, unknown_name
from ftlearn.evaluation import mean_interval, paired_interval
from ftlearn.figures import PALETTE, STRATEGY_STYLES, new_figure
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked, points

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

BUDGET_COLUMNS = ("strategy", "labels", "seed", "accuracy")


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
        title = f"With {labels} labels, {_name(leader)} leads {_name(other)} by {points(difference.mean)}"
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


def budget_explorer(study: pd.DataFrame, *, default: int = 50) -> None:
    """Explore a label-budget study: a slider over budgets, and a strategy to compare with.

    Parameters
    ----------
    study : DataFrame
        Columns strategy, labels, seed, accuracy (a share); one row a run.
    default : int
        The budget at the start; the smallest one where the study lacks it.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = [("scratch", 50, 0, 0.5), ("scratch", 50, 1, 0.5), ("frozen", 50, 0, 0.7), ("frozen", 50, 1, 0.8)]
    >>> study = pd.DataFrame(runs, columns=["strategy", "labels", "seed", "accuracy"])
    >>> budget_explorer(study)  # doctest: +ELLIPSIS
    How much do labels change the ranking?
    ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    study = checked(study, BUDGET_COLUMNS)
    budgets = sorted(int(n) for n in study["labels"].unique())
    against = {"the best of the others": ""} | {name.replace("_", " "): name for name in strategies(study)}
    explore(
        functools.partial(budget_figure, study),
        title="How much do labels change the ranking?",
        labels=slider("Labels", budgets, default=default if default in budgets else None),
        against=choice("Compare the leader with", against),
    )
