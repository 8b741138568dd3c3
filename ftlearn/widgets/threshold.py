"""Lesson 05: where to put the threshold, and what it costs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ftlearn.errors import unknown_name
from ftlearn.evaluation import cost_threshold, threshold_table
from ftlearn.figures import PALETTE, new_figure
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import halo

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
COSTS = {"1/20": 0.05, "1/5": 0.2, "1": 1.0, "5": 5.0, "20": 20.0, "100": 100.0}
SCORES = {
    "accuracy": "accuracy", "balanced accuracy": "balanced_accuracy", "precision": "precision", "recall": "recall",
    "specificity": "specificity", "F1": "f1", "F2": "f2", "MCC": "mcc",
}  # fmt: skip
_EDGE = 0.002  # probabilities beyond are drawn here, so that 0 and 1 have a place on a logit axis
_GRID = 1 / (1 + np.exp(-np.linspace(-6, 6, 241)))


class Case(NamedTuple):
    """A model's probabilities on one set, and what the two classes are called.

    Attributes
    ----------
    y : ndarray of shape (n,)
        True classes, 1 for positive.
    p : ndarray of shape (n,)
        Probabilities of class 1.
    positives, negatives : str
        In the plural: ``"cancers"``, ``"healthy samples"``.
    """

    y: Any
    p: Any
    positives: str = "positives"
    negatives: str = "negatives"


def threshold_figure(cases: Mapping[str, Case], case: str, threshold: float, cost: float) -> tuple[Figure, str]:
    """Draw what one threshold does: who is called, what it costs, and every score.

    Parameters
    ----------
    cases : mapping of str to Case
        By name.
    case : str
        The one to draw.
    threshold : float
        The alarm is raised from this probability on.
    cost : float
        How many false alarms one missed positive costs.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Left the probabilities of both classes, and the cost by threshold; right the scores.
    alt : str
        Who is found and who is alarmed; then the cost and every score.

    Raises
    ------
    UnknownNameError
        For a case that is not there.
    DataError
        When its classes and probabilities are not what `threshold_table` takes.
    """
    if case not in cases:
        raise unknown_name("case", case, cases)
    y, p, positives, negatives = Case(*cases[case])
    row = threshold_table(y, p, threshold, cost_false_negative=cost).iloc[0]
    row["f2"] = threshold_table(y, p, threshold, beta=2)["f2"].iloc[0]
    curve = threshold_table(y, p, _GRID, cost_false_negative=cost)
    found, missed, alarms, cleared = (int(row[name]) for name in ("tp", "fn", "fp", "tn"))
    title = (
        f"Alarm from {threshold:g}: {found:,} of {found + missed:,} {positives} found, "
        f"{alarms:,} of {alarms + cleared:,} {negatives} alarmed"
    )
    figure, axes = new_figure(7.4, 4.6, nrows=2, ncols=2, width_ratios=[1.35, 1], height_ratios=[1.15, 1])
    grid = axes[0, 1].get_gridspec()
    for ax in axes[:, 1]:
        ax.remove()
    _who(axes[0, 0], np.asarray(y), np.asarray(p, float), threshold, positives, negatives)
    _costs(axes[1, 0], curve, row, cost)
    _scores(figure.add_subplot(grid[:, 1]), row)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    values = ", ".join(f"{name} {_written(row[column])}" for name, column in SCORES.items())
    least = curve.loc[curve["cost"].idxmin()]
    alt = (
        f"{title}. A miss costs as much as {_costs_text(cost)}: {row['cost']:.3g} a case, where the cheapest threshold "
        f"here, about {least['threshold']:.2g}, costs {min(least['cost'], row['cost']):.3g}, and costs alone suggest "
        f"{cost_threshold(cost):.2g}. {values[0].upper()}{values[1:]}."
    )
    return figure, alt


def _costs_text(cost: float) -> str:
    text = next((text for text, value in COSTS.items() if value == cost), f"{cost:g}")
    return f"{text} false alarm{'' if cost <= 1 else 's'}"


def _written(value: float) -> str:
    return "undefined" if np.isnan(value) else f"{value:.2f}"


def _logit_axis(ax: Axes) -> None:
    ax.set_xscale("logit")
    ax.set_xlim(_EDGE, 1 - _EDGE)
    ax.set_xticks([0.01, 0.1, 0.5, 0.9, 0.99], ["0.01", "0.1", "0.5", "0.9", "0.99"])
    ax.set_xticks([], minor=True)


def _who(ax: Axes, y: np.ndarray, p: np.ndarray, threshold: float, positives: str, negatives: str) -> None:
    edges = 1 / (1 + np.exp(-np.linspace(np.log(_EDGE / (1 - _EDGE)), -np.log(_EDGE / (1 - _EDGE)), 25)))
    shown = p.clip(_EDGE, 1 - _EDGE)
    for label, name, colour, side, at in (
        (0, negatives, PALETTE["grey"], -1, 0.03), (1, positives, PALETTE["orange"], 1, 0.97),
    ):  # fmt: skip
        counts = np.histogram(shown[y == label], edges)[0]
        ax.stairs(side * counts / counts.max(), edges, fill=True, color=colour, alpha=0.75)
        ax.annotate(name, (at, 0.97 if side > 0 else 0.03), xycoords="axes fraction", color=colour, fontweight="bold",
                    ha="left" if at < 0.5 else "right", va="top" if side > 0 else "bottom",
                    path_effects=[halo()])  # fmt: skip
    _logit_axis(ax)
    ax.axvspan(threshold, 1 - _EDGE, color="#E4EBF0", lw=0, zorder=0)
    ax.axvline(threshold, color=PALETTE["blue"])
    ax.axhline(0, color="#111111", lw=0.8)
    ax.set(ylim=(-1.4, 1.4), yticks=[], xlabel="probability (shaded: alarm)", ylabel="how many")
    ax.grid(False)


def _costs(ax: Axes, curve: pd.DataFrame, row: pd.Series, cost: float) -> None:
    costs = curve["cost"]
    low = costs[costs > 0].min() / 1.6  # a cost of nothing is drawn on the floor
    ax.plot(curve["threshold"], costs.clip(low), color=PALETTE["purple"])
    ax.plot(row["threshold"], max(row["cost"], low), "o", color=PALETTE["blue"], markersize=9, clip_on=False)
    _logit_axis(ax)
    ax.set_yscale("log")
    top = max(costs.max(), row["cost"])
    ax.set_ylim(low, top * (top / low) ** 0.32)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("")
    theory = cost_threshold(cost)
    ax.axvline(theory, color=PALETTE["green"], linestyle="--", lw=1.5)
    left = theory > 0.5
    ax.annotate("from costs alone", (theory, 0.97), (-4 if left else 4, 0), xycoords=("data", "axes fraction"),
                textcoords="offset points", va="top", ha="right" if left else "left", color=PALETTE["green"],
                fontweight="bold", path_effects=[halo()])  # fmt: skip
    ax.set(xlabel="threshold", ylabel="cost, false alarms a case")


def _scores(ax: Axes, row: pd.Series) -> None:
    values = np.array([row[column] for column in SCORES.values()], float)
    places = -np.arange(len(values))
    ax.barh(places, np.nan_to_num(values), color=PALETTE["blue"], height=0.62)
    for place, value in zip(places, values, strict=True):
        ax.annotate(_written(value), (max(np.nan_to_num(value), 0), place), (4, 0), textcoords="offset points",
                    va="center", color=PALETTE["blue"], fontweight="bold")  # fmt: skip
    ax.set_yticks(places, list(SCORES))
    ax.set_xlim(min(0, np.nanmin(values)), 1.28)
    ax.set_xticks([0, 0.5, 1])
    ax.tick_params(axis="y", length=0)
    ax.grid(True, axis="x", color="#DDDDDD", lw=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


def threshold_explorer(cases: Mapping[str, Case], *, threshold: float = 0.5, cost: float = 20.0) -> None:
    """Explore a threshold: who is found, who is alarmed, every score, and a cost that the learner sets.

    Parameters
    ----------
    cases : mapping of str to Case
        One or more, by name: classes, probabilities and the classes' names. Give validation, never a closed test part.
    threshold : float
        Where it starts, one of `THRESHOLDS`.
    cost : float
        How many false alarms a miss costs at the start, a value of `COSTS`.

    Examples
    --------
    >>> case = Case([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], "cancers", "healthy samples")
    >>> threshold_explorer({"cells": case})  # doctest: +ELLIPSIS
    Where to put the threshold?
    Alarm from 0.5: 1 of 2 cancers found, 1 of 2 healthy samples alarmed. A miss costs as much as 20 false alarms: ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    controls = {
        "threshold": slider("Threshold", THRESHOLDS, default=threshold),
        "cost": slider("A miss costs, in false alarms", COSTS, default=cost),
    }
    draw = functools.partial(threshold_figure, cases)
    if len(cases) > 1:
        controls = {"case": choice("Model of", list(cases))} | controls
    else:
        draw = functools.partial(draw, next(iter(cases)))
    explore(draw, title="Where to put the threshold?", **controls)
