"""Training the same small network many times: compiled once, started over from given weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ftlearn import evaluation

BATCH = 16


def start_over(model: Any, weights: list, rate: float) -> None:
    """Put a compiled model back to `weights`, and its optimiser to the state before the first step."""
    model.set_weights(weights)
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape))
    model.optimizer.learning_rate = rate


def rounds(n: int, total: int, rng: np.random.Generator) -> np.ndarray:
    """Name `total` of `n` examples: all of them in one order, then all in another, until there are enough."""
    return np.concatenate([rng.permutation(n) for _ in range(-(-total // n))])[:total]


class Repeater:
    """A compiled model that can be trained again and again from any starting weights.

    Compiling afresh each time would give the same numbers and take most of the study's time; here every weight and
    every variable of the optimiser is put back to its start instead. With `steps_together`, Keras looks up only after
    that many steps, which saves up to a third of a small network's time and changes no number.
    """

    def __init__(self, model: Any, optimizer: Any = None, *, steps_together: int = 1):
        import keras

        self.model = model
        model.compile(
            optimizer=optimizer or keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy",
            jit_compile=False, steps_per_execution=steps_together,
        )  # fmt: skip
        model.optimizer.build(model.trainable_variables)

    def train(
        self, weights: list, X: np.ndarray, y: np.ndarray, *, rate: float, steps: int, rng: np.random.Generator
    ) -> None:
        """Start from `weights` with a fresh optimiser and take `steps` steps in batches of `BATCH`."""
        start_over(self.model, weights, rate)
        order = rounds(len(y), steps * BATCH, rng)
        self.model.fit(X[order], y[order], batch_size=BATCH, epochs=1, shuffle=False, verbose=0)

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        """Share of right answers in inference mode."""
        return evaluation.accuracy(self.model, X, y)


def best_of(settings: list, attempt: Callable[[Any], tuple[float, Any]]) -> tuple[Any, float, Any]:
    """Try every setting, keep the one with the best validation score (the first of equals)."""
    best = None
    for setting in settings:
        score, result = attempt(setting)
        if best is None or score > best[1]:
            best = (setting, score, result)
    return best
