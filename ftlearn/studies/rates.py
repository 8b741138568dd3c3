"""The learning rate over six powers of ten, with Adam and with plain gradient descent; batch sizes; epochs.

The head and the data are those of the study ``searchers``: 100 digits to train on, the far source's cached features,
accuracy on 1,597 other digits.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ftlearn.studies import searchers

SEEDS = 10
RATES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
EPOCHS = (3, 9, 27, 81)
BATCH = 16
KEYS = ["solver", "batch_size", "learning_rate", "epochs"]
CHECK = [("adam", BATCH, 0.01), ("sgd", BATCH, 0.1)]
TOLERANCE = {"test": 0.1}


def measure(seed: int, part: list | None = None) -> list[dict[str, Any]]:
    """Train a head at every rate; `part` lists solver, batch size and rate of the heads wanted."""
    data = searchers.features(seed)
    test = data.test
    wanted = part or [
        *[(solver, BATCH, rate) for solver in ("adam", "sgd") for rate in RATES],
        *[("adam", batch, rate) for batch in (4, 64) for rate in RATES],
    ]  # fmt: skip
    rows = []
    for solver, batch, rate in wanted:
        head, had = make(solver, batch, rate, seed), 0
        for epochs in EPOCHS:
            for _ in range(epochs - had):
                _epoch(head, *data.train)
            had = epochs
            rows.append({"seed": seed, "solver": solver, "batch_size": batch, "learning_rate": rate, "epochs": epochs,
                         "loss": head.loss_, "test": _accuracy(head, *test)})  # fmt: skip
    return rows


def make(solver: str, batch: int, rate: float, seed: int) -> Any:
    """Make an untrained head of 64 units."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((64,), solver=solver, momentum=0, learning_rate_init=rate, batch_size=batch, random_state=seed)


def _epoch(head: Any, X: np.ndarray, y: np.ndarray) -> None:
    """Train one epoch; a head that has run off to infinity is left there."""
    if getattr(head, "gone_", False):
        return
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            head.partial_fit(X, y, classes=np.arange(10))
        except ValueError:  # "Solver produced non-finite parameter weights"
            head.gone_ = True


def _accuracy(head: Any, X: np.ndarray, y: np.ndarray) -> float:
    if getattr(head, "gone_", False):
        return float(np.mean(y == 0))
    return float(head.score(X, y))
