"""Means and shares with the interval that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.errors import DataError


@dataclass(frozen=True)
class Interval:
    """A mean and the interval around it.

    Attributes
    ----------
    mean, low, high : float
        The estimate and the ends of its interval.
    n : int
        How many values it rests on.
    confidence : float
        The interval's confidence, between 0 and 1.
    """

    mean: float
    low: float
    high: float
    n: int
    confidence: float = 0.95

    def __str__(self) -> str:
        percent = f"{100 * self.confidence:g} %"
        return f"{self.mean:.3f} ({percent} interval {self.low:.3f} to {self.high:.3f}, n = {self.n})"

    @property
    def points(self) -> str:
        """The same in points (hundredths), for shares and differences of shares."""
        low, mean, high = (f"{100 * value:.1f}" for value in (self.low, self.mean, self.high))
        return f"{mean} points ({100 * self.confidence:g} % interval {low} to {high}, n = {self.n})"

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def mean_interval(values: Any, *, confidence: float = 0.95) -> Interval:
    """Compute the mean of repeated measurements and its Student t interval.

    Parameters
    ----------
    values : array-like of shape (n,)
        One value a repetition (a seed), n at least 2.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        Mean, ends, and n.

    Raises
    ------
    DataError
        With fewer than two values, or a value that is not finite.

    Notes
    -----
    Student (1908), *The probable error of a mean*, Biometrika 6. It supposes that repetitions are independent;
    seeds that redraw both the labels and the split are close to that, folds of one data set are less so.

    Examples
    --------
    >>> print(mean_interval([0.8, 0.9, 1.0]))
    0.900 (95 % interval 0.652 to 1.148, n = 3)
    """
    from scipy import stats

    values = np.asarray(values, float).ravel()
    if len(values) < 2:
        raise DataError(f"An interval needs at least 2 values; got {len(values)}.", fix="Repeat with more seeds.")
    if not np.isfinite(values).all():
        raise DataError(f"Values must be finite; got {values[~np.isfinite(values)][0]}.")
    mean = float(values.mean())
    half = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(mean, mean - half, mean + half, len(values), confidence)


def paired_interval(a: Any, b: Any, *, confidence: float = 0.95) -> Interval:
    """Compute the interval of the mean difference ``a - b`` of measurements made in pairs.

    Parameters
    ----------
    a, b : array-like of shape (n,)
        The same seeds in the same order: pairing removes what a seed does to both.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        Of the differences.

    Raises
    ------
    DataError
        When the lengths differ, or as `mean_interval`.

    Examples
    --------
    >>> print(paired_interval([0.8, 0.9, 0.95], [0.7, 0.8, 0.8]))
    0.117 (95 % interval 0.045 to 0.188, n = 3)
    """
    a, b = np.asarray(a, float).ravel(), np.asarray(b, float).ravel()
    if len(a) != len(b):
        raise DataError(f"Paired measurements must be as many on both sides; got {len(a)} and {len(b)}.")
    return mean_interval(a - b, confidence=confidence)


def wilson_interval(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Compute Wilson's interval for a share, such as an accuracy on one test set.

    Parameters
    ----------
    successes : int
        How many were right.
    n : int
        Of how many.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        The share and its interval.

    Raises
    ------
    DataError
        When `successes` is not between 0 and `n`, or `n` is 0.

    Notes
    -----
    Wilson (1927), *Probable inference, the law of succession, and statistical inference*, JASA 22.

    Examples
    --------
    >>> print(wilson_interval(80, 100))
    0.800 (95 % interval 0.711 to 0.867, n = 100)
    """
    from scipy import stats

    if not 0 <= successes <= n or n < 1:
        raise DataError(f"Successes must be between 0 and n; got {successes} of {n}.")
    ends = stats.binomtest(int(successes), int(n)).proportion_ci(confidence, method="wilson")
    return Interval(successes / n, float(ends.low), float(ends.high), int(n), confidence)
