"""What true classes and predictions must be before a number is made from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.errors import DataError

CLASS_ONE = "Code the class that matters as 1: y = (target == 0).astype(int), for example."


def as_classes(y: Any, name: str = "y") -> np.ndarray:
    """Return true or predicted classes as a flat array, or say what is wrong with them."""
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise DataError(f"{name} must be one class a row; got shape {y.shape}.", fix="Take .argmax(axis=1).")
    if not len(y):
        raise DataError(f"{name} is empty.")
    if y.dtype.kind == "f" and not (np.isfinite(y).all() and (y == np.floor(y)).all()):
        raise DataError(
            f"{name} must hold classes; got {y[~(y == np.floor(y))][0]:.3g}.",
            fix="For probabilities, compare with a threshold first: p >= 0.5.",
        )
    return y


def as_zero_one(y: Any, *, both: bool = True) -> np.ndarray:
    """Return true classes of a two-class problem as 0 and 1 (1 is positive), or say what is wrong with them."""
    y = as_classes(y)
    found = np.unique(y)
    if not np.isin(found, [0, 1]).all():
        raise DataError(f"y must hold 0 (negative) and 1 (positive); got {_listed(found)}.", fix=CLASS_ONE)
    if both and len(found) < 2:
        raise DataError(
            f"y holds the class {found[0]} only: half of the scores are undefined.",
            fix="Split with stratify=y, or take more examples.",
        )
    return y.astype(int)


def as_probabilities(p: Any, n: int) -> np.ndarray:
    """Return probabilities of the positive class, shape (n,), or of each class, shape (n, k)."""
    p = np.asarray(p, float)
    if p.ndim == 2 and p.shape[1] == 1:
        p = p[:, 0]
    if p.ndim not in (1, 2) or len(p) != n:
        raise DataError(f"There are {n} classes in y; p has shape {p.shape}.", fix="One row an example, in one order.")
    if not np.isfinite(p).all():
        raise DataError(f"p has {int((~np.isfinite(p)).sum())} values that are not finite.")
    if p.min() < 0 or p.max() > 1 + 1e-6:
        raise DataError(
            f"Probabilities lie between 0 and 1; got {p.min():.3g} to {p.max():.3g}. Are they logits?",
            fix="Put them through a sigmoid (or softmax) first.",
        )
    if p.ndim == 2 and not np.allclose(p.sum(axis=1), 1, atol=1e-3):
        raise DataError(f"The probabilities of a row must add up to 1; got {p.sum(axis=1).min():.3g}.")
    return p.clip(0, 1)


def positive(p: Any, n: int) -> np.ndarray:
    """Return the positive class's probabilities, shape (n,); two columns are refused rather than guessed at."""
    p = as_probabilities(p, n)
    if p.ndim == 2:
        raise DataError(
            f"p must hold the probability of class 1 alone; got shape {p.shape}.",
            fix="Take its column: model.predict_proba(X)[:, 1].",
        )
    return p


def as_rows_of_classes(y: Any, p: np.ndarray) -> np.ndarray:
    """Check that the classes are numbers of columns of `p`."""
    y = as_classes(y).astype(int)
    k = p.shape[1]
    if y.min() < 0 or y.max() >= k:
        raise DataError(f"Classes must be from 0 to {k - 1}, a column of p each; got {y.min()} to {y.max()}.")
    return y


def _listed(values: np.ndarray) -> str:
    shown = ", ".join(str(v) for v in values[:5])
    return shown + (", ..." if len(values) > 5 else "")
