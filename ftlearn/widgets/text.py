"""Lesson 08: which messages to hand over to a person."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError, unknown_name
from ftlearn.figures import PALETTE, new_figure, spread
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import halo

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SURE = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_LINES = (("blue", "-", "o"), ("orange", "--", "D"), ("green", ":", "s"), ("purple", "-.", "^"))


def handover_counts(y: Any, p: Any, sure: float) -> dict[str, int]:
    """Count what happens to messages when a model answers only those of which it is sure.

    Parameters
    ----------
    y : array-like of shape (n,)
        True classes, from 0.
    p : array-like of shape (n, classes)
        Probabilities.
    sure : float
        From this probability of its likeliest class on, the model answers.

    Returns
    -------
    dict of str to int
        ``right``, ``wrong`` and ``handed over``; their sum is n.

    Raises
    ------
    DataError
        When the shapes do not fit.

    Examples
    --------
    >>> handover_counts([0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]], 0.7)
    {'right': 1, 'wrong': 1, 'handed over': 1}
    """
    y, p = np.asarray(y), np.asarray(p, float)
    if p.ndim != 2 or y.shape != p.shape[:1] or not len(y):
        raise DataError(
            f"Probabilities have a row for each message, a column for each class; got {p.shape} for y of {y.shape}."
        )
    answered = p.max(axis=1) >= sure
    right = int((answered & (p.argmax(axis=1) == y)).sum())
    return {"right": right, "wrong": int(answered.sum()) - right, "handed over": int((~answered).sum())}


def handover_figure(predictions: Mapping[str, tuple[Any, Any]], model: str, sure: float) -> tuple[Figure, str]:
    """Draw what a model answers, what it gets wrong and what it hands over.

    Parameters
    ----------
    predictions : mapping of str to (y, p)
        By model: true classes and probabilities of all classes, as for `handover_counts`.
    model : str
        The one to look at.
    sure : float
        From this probability on, it answers.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Left the messages of one model; right, for every model, how often it errs when it answers this many.
    alt : str
        The counts of the model; then every model at the same threshold.

    Raises
    ------
    UnknownNameError
        For a model that is not there.
    DataError
        As `handover_counts`.
    """
    if model not in predictions:
        raise unknown_name("model", model, predictions)
    counts = {name: handover_counts(y, p, sure) for name, (y, p) in predictions.items()}
    here = counts[model]
    total = sum(here.values())
    title = (
        f"{model}: of {total} messages, {here['right'] + here['wrong']} answered, {here['wrong']} of them wrongly, "
        f"{here['handed over']} handed over"
    )
    figure, (left, right) = new_figure(7.4, 3.5, ncols=2, width_ratios=[1, 1.7])
    _bars(left, here)
    _curves(right, predictions, model, counts)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    told = "; ".join(
        f"{name}: {one['right']} right, {one['wrong']} wrong, {one['handed over']} handed over"
        for name, one in counts.items()
    )
    return figure, f"{title}. Answering from a probability of {sure:g} on, {told}."


def _bars(ax: Axes, counts: dict[str, int]) -> None:
    colours = {"right": "blue", "wrong": "orange", "handed over": "grey"}
    total = sum(counts.values())
    for place, (name, count) in enumerate(counts.items()):
        ax.bar(place, count, color=PALETTE[colours[name]], width=0.7)
        ax.annotate(str(count), (place, count), (0, 3), textcoords="offset points", ha="center", fontweight="bold",
                    color=PALETTE[colours[name]])  # fmt: skip
    ax.set_xticks(range(len(counts)), ["right", "wrong", "handed\nover"], fontsize=9)
    ax.set(ylabel="messages", ylim=(0, 1.12 * total))
    ax.grid(False, axis="x")


def _curves(ax: Axes, predictions: Mapping[str, tuple[Any, Any]], model: str, now: dict[str, dict[str, int]]) -> None:
    ends, highest = [], 0.0
    for (name, (y, p)), (colour, dash, marker) in zip(predictions.items(), _LINES * len(predictions), strict=False):
        curve = np.array([_place(handover_counts(y, p, sure)) for sure in np.linspace(0, 0.99, 100)])
        curve = curve[curve[:, 0] >= 2]  # of fewer messages the share of errors says little
        ax.plot(*curve.T, color=PALETTE[colour], linestyle=dash)
        answered, wrong = _place(now[name])
        ax.plot(answered, wrong, marker, color=PALETTE[colour], markersize=11 if name == model else 7, clip_on=False)
        if name == model:
            right = answered > 60
            words = f"{wrong:.0f} % wrong" if answered else "none answered"
            ax.annotate(words, (answered, wrong), (-10 if right else 10, 9), va="bottom",
                        textcoords="offset points", ha="right" if right else "left", color=PALETTE[colour],
                        fontweight="bold", path_effects=[halo()])  # fmt: skip
        ends.append((name, curve[0, 1], PALETTE[colour]))
        highest = max(highest, curve[:, 1].max())
    top = 1.25 * max(highest, 4)
    for (name, _, colour), y in zip(ends, spread(np.array([e[1] for e in ends]), 0.08 * top), strict=True):
        ax.annotate(name, (1.02, y), xycoords=("axes fraction", "data"), color=colour, va="center", fontweight="bold",
                    annotation_clip=False)  # fmt: skip
    ax.set(xlabel="answered, % of the messages", ylabel="wrong, % of those answered", xlim=(0, 102), ylim=(0, top))


def _place(counts: dict[str, int]) -> tuple[float, float]:
    """Return the share answered, and the share of errors among them, in per cent."""
    answered = counts["right"] + counts["wrong"]
    return 100 * answered / (answered + counts["handed over"]), 100 * counts["wrong"] / max(answered, 1)


def handover_explorer(predictions: Mapping[str, tuple[Any, Any]], *, sure: float = 0.5) -> None:
    """Explore how sure a model has to be before it answers a message by itself.

    Parameters
    ----------
    predictions : mapping of str to (y, p)
        By model: true classes from 0, of shape (n,), and probabilities of shape (n, classes). Give validation, never
        a closed test part.
    sure : float
        Where the threshold starts, one of `SURE`.

    Raises
    ------
    DataError
        As `handover_counts`.

    Examples
    --------
    >>> p = [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]]
    >>> handover_explorer({"words": ([0, 1, 1], p)}, sure=0.7)  # doctest: +ELLIPSIS
    When to hand over to a person?
    words: of 3 messages, 2 answered, 1 of them wrongly, 1 handed over. Answering from a probability of 0.7 on, ...
    Run this cell in JupyterLab to move the slider yourself.
    """
    controls = {"sure": slider("Answer when at least this sure", SURE, default=sure)}
    draw = functools.partial(handover_figure, predictions)
    if len(predictions) > 1:
        controls = {"model": choice("Model", list(predictions))} | controls
    else:
        draw = functools.partial(draw, next(iter(predictions)))
    explore(draw, title="When to hand over to a person?", **controls)
