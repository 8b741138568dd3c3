"""Learning curves of a small dense network on few digits, epoch by epoch: what early stopping has to work with.

Each curve is one string of numbers, so that the file stays small; `unpacked` makes a table of them.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.datasets import Part, load_digits
from ftlearn.studies._watching import RATES, mislabelled, shown, start_weights, watched

if TYPE_CHECKING:
    import pandas as pd

SEEDS, EPOCHS = 10, 50
BUDGETS = (20, 50, 200)
CONDITIONS = {"clean": 0.0, "a fifth wrong": 0.2}
TECHNIQUES = {
    "none": {},
    "augmentation": {"turn": 15, "zoom": 0.1},
    "dropout": {"dropout": 0.5},
    "weight decay": {"decay": 1.0},
    "label smoothing": {"smoothing": 0.1},
}
CURVES = ("loss", "val_loss", "val_accuracy", "test_accuracy")
KEYS = ["budget", "labels", "technique"]
CHECK = (20,)
TOLERANCE = {"accuracy": 0.08}


def measure(seed: int, part: tuple[int, ...] | None = None) -> list[dict[str, Any]]:
    """Train with each technique for one seed, looking at train, validation and test after every epoch."""
    digits = load_digits(random_state=seed)
    test, rows = digits.test, []
    for budget in part or BUDGETS:
        data = digits.label_budget(budget)
        weights = start_weights("dense", data, seed)
        for labels, wrong in CONDITIONS.items():
            train = mislabelled(data.train, wrong, seed)
            for technique, setting in TECHNIQUES.items():
                setting = dict(setting)
                network = watched("dense", setting.pop("dropout", 0.0), setting.pop("decay", 0.0))
                curves: list[tuple] = []

                look = functools.partial(_look, curves, network, train, data.validation, test)
                shows = shown(train, seed, EPOCHS, **setting)
                network.fit(weights, *shows, rate=RATES["dense"], epochs=EPOCHS, look=look)
                text = {name: _packed(values) for name, values in zip(CURVES, zip(*curves, strict=True), strict=True)}
                rows.append(
                    {"seed": seed, "budget": budget, "labels": labels, "technique": technique,
                     "accuracy": curves[-1][3], **text}
                )  # fmt: skip
    return rows


def _look(curves: list, network: Any, train: Part, validation: Part, test: Part) -> None:
    curves.append((network.scores(train)[0], *network.scores(validation)[:2], network.scores(test)[1]))


def _packed(values: Any) -> str:
    return " ".join(f"{max(value, 1e-4):.3g}".replace("0.", ".", 1) for value in values)


def stopping(values: list[float], patience: int) -> tuple[int, int]:
    """Work out where early stopping on a loss would stop, and which epoch it would restore.

    The rule of ``keras.callbacks.EarlyStopping`` with ``mode="min"`` and ``min_delta=0``.

    Parameters
    ----------
    values : list of float
        The monitored loss, epoch by epoch.
    patience : int
        How many epochs without a lower value end the run.

    Returns
    -------
    stop, best : int
        The last epoch that runs, and the best so far; both counted from 0.

    Examples
    --------
    >>> stopping([3.0, 2.0, 2.5, 2.6, 1.0], patience=2)
    (3, 1)
    """
    best = 0
    for epoch, value in enumerate(values):
        if value < values[best]:
            best = epoch
        elif epoch and epoch - best >= patience:
            return epoch, best
    return len(values) - 1, best


def unpacked(table: pd.DataFrame) -> pd.DataFrame:
    """Make a row of every epoch.

    Parameters
    ----------
    table : DataFrame
        The study's results, or some rows of them.

    Returns
    -------
    DataFrame
        Columns seed, budget, labels, technique, epoch (from 1) and one for each of `CURVES`.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"seed": 0, "budget": 20, "labels": "clean", "technique": "none"}
    >>> unpacked(pd.DataFrame([row | dict.fromkeys(CURVES, "2.3 .5")]))[["epoch", "loss"]].to_dict("list")
    {'epoch': [1, 2], 'loss': [2.3, 0.5]}
    """
    long = table.drop(columns="accuracy", errors="ignore").copy()
    for name in CURVES:
        long[name] = long[name].map(lambda text: [float(value) for value in str(text).split()])
    long["epoch"] = long["loss"].map(lambda values: np.arange(1, len(values) + 1))
    long = long.explode([*CURVES, "epoch"], ignore_index=True).astype(dict.fromkeys(CURVES, float) | {"epoch": int})
    return long[["seed", *KEYS, "epoch", *CURVES]]
