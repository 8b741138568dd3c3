"""Lesson 13: how sure a model must be before it answers."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.evaluation import wilson_interval
from ftlearn.evaluation.checks import as_probabilities, as_rows_of_classes
from ftlearn.figures import PALETTE, new_figure, spread, title_left
from ftlearn.widgets.controls import slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import halo

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

THRESHOLDS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def refusal_table(y: Any, p: Any, thresholds: tuple[float, ...] = THRESHOLDS) -> pd.DataFrame:
    """Work out what a model is worth if it may refuse to answer below a threshold.

    Parameters
    ----------
    y : array-like of shape (n,)
        True classes.
    p : array-like of shape (n, classes)
        Probabilities.
    thresholds : tuple of float
        How sure the model must be of its class to name it.

    Returns
    -------
    DataFrame
        By threshold: ``answered`` and ``right`` (counts), ``n``, and the shares ``answers`` (of all) and
        ``right_share`` (of the answered; missing where nothing is answered) with Wilson's ``low`` and ``high``.

    Raises
    ------
    DataError
        When `y` and `p` do not fit together.

    Examples
    --------
    >>> refusal_table([0, 1], [[0.9, 0.1], [0.6, 0.4]], (0.0, 0.8))[["answered", "right"]].to_numpy().tolist()
    [[2, 1], [1, 1]]
    """
    import pandas as pd

    p = as_probabilities(p, len(np.asarray(y)))
    y = as_rows_of_classes(y, p)
    sure, correct, rows = p.max(axis=1), p.argmax(axis=1) == y, {}
    for threshold in thresholds:
        told = sure >= threshold
        answered, right = int(told.sum()), int((told & correct).sum())
        found = wilson_interval(right, answered) if answered else None
        share, low, high = (found.mean, found.low, found.high) if found else (np.nan,) * 3
        rows[threshold] = {"answered": answered, "right": right, "n": len(y), "answers": answered / len(y),
                           "right_share": share, "low": low, "high": high}  # fmt: skip
    return pd.DataFrame(rows).T.astype({"answered": int, "right": int, "n": int})


def refusal_figure(table: pd.DataFrame, threshold: float) -> tuple[Figure, str]:
    """Draw how many questions are answered, and how many of the answers are right, at each threshold.

    Parameters
    ----------
    table : DataFrame
        From `refusal_table`.
    threshold : float
        The one that stands out; one of the table's.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Two lines, and the chosen threshold with its interval.
    alt : str
        The numbers at this threshold, then those of the others.
    """
    here, n = table.loc[threshold], int(table["n"].iloc[0])
    answered = int(here["answered"])
    said = f"{100 * here['right_share']:.0f} % of them rightly" if answered else "none rightly"
    title = f"At least {100 * threshold:.0f} % sure: {answered} of {n} answered, {said}"
    figure, ax = new_figure()
    x = np.arange(len(table))
    at = int(np.flatnonzero(table.index == threshold)[0])
    ax.axvspan(at - 0.25, at + 0.25, color="#E4EBF0", lw=0)
    lines = (
        ("answers", "answered", PALETTE["blue"], "o-"),
        ("right_share", "right among them", PALETTE["green"], "s--"),
    )
    last = [100 * table[column].dropna().iloc[-1] for column, *_ in lines]
    for (column, label, colour, form), end in zip(lines, spread(np.array(last), 9.0), strict=True):
        ax.plot(x, 100 * table[column], form, color=colour, markersize=5)
        ax.annotate(label, (1.02, end), xycoords=("axes fraction", "data"), color=colour, va="center",
                    fontweight="bold", annotation_clip=False)  # fmt: skip
        if np.isfinite(here[column]):
            ax.plot(at, 100 * here[column], form[0], color=colour, markersize=10)
    if answered:
        ax.plot([at, at], [100 * here["low"], 100 * here["high"]], color=PALETTE["green"], lw=3, alpha=0.5)
        higher = here["right_share"] >= here["answers"]
        for column, up in (("right_share", higher), ("answers", not higher)):
            place = (-14 if at >= len(table) / 2 else 14, 9 if up else -9)
            ax.annotate(
                f"{100 * here[column]:.0f} %", (at, 100 * here[column]), place, textcoords="offset points", va="center",
                ha="right" if place[0] < 0 else "left", fontweight="bold", path_effects=[halo()],
            )  # fmt: skip
    ax.set_xticks(x, [f"{100 * one:.0f}" for one in table.index])
    ax.set(xlabel="how sure the model must be, %", ylabel="share, %", ylim=(-4, 108), xlim=(-0.4, len(table) - 0.2))
    title_left(ax, title)
    rest = "; ".join(
        f"at {100 * one:.0f} %: {row['answered']:.0f} answered, {row['right']:.0f} right"
        for one, row in table.iterrows()
    )
    return figure, f"{title}. {rest}."


def refusal_explorer(y: Any, p: Any, *, threshold: float = 0.8) -> None:
    """Explore how sure a model should be before it answers: move the threshold, see what is answered and what is right.

    Parameters
    ----------
    y : array-like of shape (n,)
        True classes: of the validation part, because a threshold is a choice.
    p : array-like of shape (n, classes)
        The model's probabilities.
    threshold : float
        At the start; one of `THRESHOLDS`.

    Examples
    --------
    >>> refusal_explorer([0, 1], [[0.9, 0.1], [0.6, 0.4]])  # doctest: +ELLIPSIS
    When should it say "I do not know"?
    At least 80 % sure: 1 of 2 answered, 100 % of them rightly. at 0 %: 2 answered, 1 right; ...
    Run this cell in JupyterLab to move the slider yourself.
    """
    table = refusal_table(y, p)
    options = {f"{100 * one:.0f} %": one for one in THRESHOLDS}
    explore(
        functools.partial(refusal_figure, table),
        title='When should it say "I do not know"?',
        threshold=slider("How sure it must be", options, default=threshold),
    )
