"""Windows cut from a series: which of one part share rows with windows of another, and on which side."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.doctor.case import Case, Part
from ftlearn.doctor.rule import NotChecked


def _takes_windows(model: Any) -> bool:
    shape = getattr(model, "input_shape", None)
    return isinstance(shape, tuple) and len(shape) == 3


def series_parts(case: Case) -> list[Part]:
    """Return train and the other parts, when they are windows of measurements: (examples, steps[, channels]).

    Raises
    ------
    NotChecked
        When they are not.
    """
    case.part("train")
    parts = case.parts(least=2)
    for part in parts:
        X = part.X
        if X.ndim == 2 and not _takes_windows(case.model):
            raise NotChecked("the inputs are rows of a table, not windows (examples, steps, channels)")
        if X.ndim not in (2, 3) or X.dtype.kind != "f" or X.shape[1] < 4:
            raise NotChecked("the inputs are no windows of at least 4 steps (examples, steps, channels) of numbers")
        if not np.isfinite(X).any() or np.mean(X[:500] == np.round(X[:500])) > 0.5:
            raise NotChecked("the windows hold whole numbers, which agree by chance")
        if X.shape[1:] != parts[0].X.shape[1:] or X.dtype != parts[0].X.dtype:
            raise NotChecked("the windows of the parts differ in shape or kind")
    return parts


def sides(train: Part, other: Part) -> tuple[np.ndarray, np.ndarray]:
    """Tell which windows of a part go on from a train window, and which are gone on from.

    Parameters
    ----------
    train, other : Part
        Windows of the same shape.

    Returns
    -------
    after : ndarray of bool
        For each window of `other` whether its first steps stand later in a train window: it begins after that one.
    before : ndarray of bool
        Whether its last steps stand earlier in a train window: that one begins after it.
    """
    steps = other.X.shape[1]
    run = max(3, min(8, steps // 3))
    known, varied = _runs(train.X, run)
    mine, mine_varied = _runs(other.X, run)
    last = mine.shape[1] - 1
    begins = known[:, 0][varied[:, 0]]
    if len(np.unique(begins)) < 0.95 * len(begins) or varied.mean() < 0.5:
        raise NotChecked("the train windows repeat themselves: equal rows tell nothing")
    later = np.unique(known[:, 1:][varied[:, 1:]])
    earlier = np.unique(known[:, :-1][varied[:, :-1]])
    after = np.isin(mine[:, 0], later) & mine_varied[:, 0]
    before = np.isin(mine[:, last], earlier) & mine_varied[:, last]
    return after, before


def _runs(X: np.ndarray, run: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a sum for every run of steps of every window, exact to the bit, and whether its values vary."""
    X = np.ascontiguousarray(X.reshape(*X.shape[:2], -1)) + 0.0  # -0.0 as 0.0
    bits = X.view(np.uint32 if X.dtype.itemsize == 4 else np.uint16 if X.dtype.itemsize == 2 else np.uint64)
    rng = np.random.default_rng(0)
    odd = rng.integers(1, 2**63, size=X.shape[2], dtype=np.uint64) | np.uint64(1)
    with np.errstate(over="ignore"):
        rows = (bits.astype(np.uint64) * odd).sum(2, dtype=np.uint64)
        rows ^= rows >> np.uint64(29)
        rows *= np.uint64(0xBF58476D1CE4E5B9)
        count = X.shape[1] - run + 1
        sums = np.zeros((len(X), count), np.uint64)
        for i, weight in enumerate(rng.integers(1, 2**63, size=run, dtype=np.uint64) | np.uint64(1)):
            sums += rows[:, i : i + count] * weight
    varied = np.zeros((len(X), count), bool)
    for i in range(run - 1):
        varied |= rows[:, i : i + count] != rows[:, i + 1 : i + 1 + count]
    return sums, varied
