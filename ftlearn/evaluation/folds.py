"""Intervals for cross-validation, whose folds share their training data."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.evaluation.intervals import Interval, mean_interval


def folds_interval(a: Any, b: Any, *, test_share: float = 0.2, confidence: float = 0.95) -> Interval:
    """Compute the interval of the mean difference ``a - b`` of two models scored on the same folds.

    Folds overlap in what they train on, so their scores vary less than those of new data would: the usual interval is
    too short. Nadeau and Bengio's correction adds ``test_share / (1 - test_share)`` to ``1 / n``.

    Parameters
    ----------
    a, b : array-like of shape (n,)
        Scores on the same n folds, repeated or not, in the same order.
    test_share : float
        The share of the data that each fold tests on: 0.2 for five folds.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        Mean, ends, and n.

    Raises
    ------
    DataError
        When the lengths differ, there are fewer than two folds, or `test_share` is not between 0 and 1.

    Notes
    -----
    C. Nadeau, Y. Bengio (2003), *Inference for the generalization error*, Machine Learning 52:239.

    Examples
    --------
    >>> print(folds_interval([0.9, 0.8, 0.85, 0.9, 0.8], [0.8, 0.8, 0.8, 0.85, 0.7]))
    0.060 (95 % interval -0.018 to 0.138, n = 5)
    """
    a, b = np.asarray(a, float).ravel(), np.asarray(b, float).ravel()
    if len(a) != len(b):
        raise DataError(f"Both models need scores on the same folds; got {len(a)} and {len(b)}.")
    if not 0 < test_share < 1:
        raise DataError(f"test_share must be between 0 and 1; got {test_share}.")
    plain = mean_interval(a - b, confidence=confidence)
    half = (plain.high - plain.mean) * np.sqrt(1 + len(a) * test_share / (1 - test_share))
    return Interval(plain.mean, plain.mean - half, plain.mean + half, len(a), confidence)
