"""Lesson 09: where early stopping would stop, and what it would restore."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from ftlearn.errors import DataError
from ftlearn.figures import PALETTE, new_figure, spread
from ftlearn.studies.learning_curves import stopping, unpacked
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CURVE_COLUMNS = ("seed", "budget", "labels", "technique", "epoch", "loss", "val_loss", "val_accuracy", "test_accuracy")
PATIENCES = (1, 3, 5, 10, 20)


def stopping_figure(
    curves: pd.DataFrame, budget: int, labels: str, technique: str, patience: int, seed: int
) -> tuple[Figure, str]:
    """Draw one run's learning curves, with the epoch where early stopping ends it and the one that it restores.

    Parameters
    ----------
    curves : DataFrame
        Columns seed, budget, labels, technique, epoch, loss, val_loss, val_accuracy, test_accuracy.
    budget : int
        How many labels the run trained on.
    labels, technique : str
        What the labels were like, and what was done against overfitting.
    patience : int
        How many epochs to wait for a lower validation loss.
    seed : int
        Which of the repeated runs.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Left the losses, right the accuracies, both with the best epoch and the stop.
    alt : str
        Where it stops, what it restores, and what the test part says of that.

    Raises
    ------
    DataError
        When the table has no such run.
    """
    wanted = {"budget": budget, "labels": labels, "technique": technique, "seed": seed}
    run = curves
    for column, value in wanted.items():
        if not (run[column] == value).any():
            known = ", ".join(str(v) for v in dict.fromkeys(curves[column]))
            raise DataError(f"The table has no run with {column} {value!r} for this setting.", fix=f"It has {known}.")
        run = run[run[column] == value]
    run = run.sort_values("epoch").set_index("epoch")
    stop, best = stopping(run["val_loss"].tolist(), patience)
    restored, last = (100 * run["test_accuracy"].iloc[i] for i in (best, -1))
    stopped = stop < len(run) - 1
    verb = f"ends at epoch {stop + 1}" if stopped else f"lets all {len(run)} epochs pass"
    title = f"Patience {patience} {verb} and restores epoch {best + 1}"
    figure, (left, right) = new_figure(7.5, 3.5, ncols=2)
    for ax, columns, scale in (
        (left, {"loss": "training", "val_loss": "validation"}, 1),
        (right, {"val_accuracy": "validation", "test_accuracy": "test"}, 100),
    ):
        _lines(ax, run, columns, scale)
        ax.axvline(best + 1, color=PALETTE["grey"], lw=1)
        if stopped:
            ax.axvspan(stop + 1, len(run), color="#EDEFF1", lw=0)
    left.set(ylabel="loss", ylim=(0, max(2.4, 1.05 * run[["loss", "val_loss"]].to_numpy().max())))
    right.set(ylabel="accuracy, %", ylim=(0, 100))
    left.annotate("restored", (best + 1, 0.99), (3, 0), xycoords=("data", "axes fraction"), va="top",
                  textcoords="offset points", fontsize=9, color=PALETTE["grey"])  # fmt: skip
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    figure.supxlabel(
        f"epoch (grey: never run). Test accuracy: restored {restored:.0f} %, after {len(run)} epochs {last:.0f} %",
        fontsize=10,
    )
    loss, held_out = run["loss"].iloc[-1], run["val_loss"]
    alt = (
        f"{title}. Test accuracy {restored:.1f} % with the restored weights, {last:.1f} % after {len(run)} epochs. "
        f"{budget} labels, {labels}, against overfitting: {technique}, draw {seed + 1}. Training loss ends at "
        f"{loss:.2g}; validation loss is {held_out.iloc[best]:.2f} at epoch {best + 1} and {held_out.iloc[-1]:.2f} at "
        "the end."
    )
    return figure, alt


def _lines(ax: Axes, run: pd.DataFrame, columns: dict[str, str], scale: float) -> None:
    colours = {"training": PALETTE["blue"], "validation": PALETTE["orange"], "test": PALETTE["green"]}
    ends = np.array([scale * run[column].iloc[-1] for column in columns])
    tall = 100 if scale == 100 else max(2.4, 1.05 * run[["loss", "val_loss"]].to_numpy().max())
    for (column, label), place in zip(columns.items(), spread(ends, 0.075 * tall, 0.03 * tall), strict=True):
        ax.plot(run.index, scale * run[column], color=colours[label])
        ax.annotate(label, (1.02, place), xycoords=("axes fraction", "data"), color=colours[label], va="center",
                    fontweight="bold", annotation_clip=False)  # fmt: skip
    ax.set_xlim(1, len(run))


def stopping_explorer(study: pd.DataFrame, *, patience: int = 3) -> None:
    """Explore early stopping: labels, what is done against overfitting, patience, and the luck of the draw.

    Parameters
    ----------
    study : DataFrame
        The results of the study ``learning_curves``, or such a table with a row an epoch.
    patience : int
        At the start; one of 1, 3, 5, 10 and 20.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> from ftlearn import studies
    >>> stopping_explorer(studies.load("learning_curves"))  # doctest: +ELLIPSIS
    Where would early stopping stop?
    Patience 3 ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    curves = checked(study if "epoch" in study else unpacked(study), CURVE_COLUMNS)
    budgets = sorted(int(n) for n in curves["budget"].unique())
    techniques = sorted(dict.fromkeys(curves["technique"]), key=lambda name: name != "none")
    draws = sorted(int(n) for n in curves["seed"].unique())
    explore(
        functools.partial(stopping_figure, curves),
        title="Where would early stopping stop?",
        budget=slider("Labels", budgets, default=200 if 200 in budgets else None),
        labels=choice("Labels are", list(dict.fromkeys(curves["labels"]))),
        technique=choice("Against overfitting", techniques),
        patience=slider("Patience, epochs", PATIENCES, default=patience),
        seed=slider("Draw", {str(n + 1): n for n in draws}),
    )
