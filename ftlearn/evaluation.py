"""Scores with the interval that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


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


def summarise(table: pd.DataFrame, by: str | list[str], value: str) -> pd.DataFrame:
    """Summarise repeated measurements: for each group the mean and its interval.

    Parameters
    ----------
    table : DataFrame
        One row a measurement.
    by : str or list of str
        The columns that name a group; rows within a group are repetitions.
    value : str
        The column that was measured.

    Returns
    -------
    DataFrame
        The columns of `by`, then ``mean``, ``low``, ``high`` (see `mean_interval`) and ``n``.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"rate": [1, 1, 2, 2], "score": [0.5, 0.7, 0.8, 0.8]})
    >>> summarise(runs, "rate", "score").round(2).to_dict("list")
    {'rate': [1, 2], 'mean': [0.6, 0.8], 'low': [-0.67, 0.8], 'high': [1.87, 0.8], 'n': [2, 2]}
    """
    import pandas as pd

    by = [by] if isinstance(by, str) else by
    rows = []
    for key, group in table.groupby(by, sort=False):
        found = mean_interval(group[value])
        rows.append(
            {**dict(zip(by, key, strict=True)), "mean": found.mean, "low": found.low, "high": found.high, "n": found.n}
        )
    return pd.DataFrame(rows)


def paired_points(ours: pd.Series, theirs: pd.Series | dict[str, pd.Series]) -> pd.DataFrame:
    """Compare scores run by run, in points (hundredths), with 95 % intervals.

    Parameters
    ----------
    ours : Series
        Scores as shares, indexed by seed, or by a group (label budget, say) and seed.
    theirs : Series or dict of str to Series
        What to compare with, indexed alike.

    Returns
    -------
    DataFrame
        A row for each group and rival: the group, ``against`` (where there are several), ``points`` by which ours
        leads, ``from`` and ``to``.

    Examples
    --------
    >>> import pandas as pd
    >>> seeds = pd.MultiIndex.from_product([[10, 20], [0, 1]], names=["labels", "seed"])
    >>> paired_points(pd.Series([0.7, 0.8, 0.9, 0.9], seeds), pd.Series([0.6, 0.6, 0.8, 0.9], seeds))
       labels  points  from    to
    0      10    15.0 -48.5  78.5
    1      20     5.0 -58.5  68.5
    """
    import pandas as pd

    several = isinstance(theirs, dict)
    rows = []
    groups = (
        ours.groupby(level=list(range(ours.index.nlevels - 1)), sort=False) if ours.index.nlevels > 1 else [("", ours)]
    )
    for key, mine in groups:
        for name, other in (theirs if several else {"": theirs}).items():
            found = paired_interval(mine, other.loc[mine.index])
            row = dict(zip(ours.index.names[:-1], key if isinstance(key, tuple) else (key,), strict=False))
            row |= {"against": name} if several else {}
            ends = {"points": found.mean, "from": found.low, "to": found.high}
            rows.append(row | {name: round(100 * value, 1) for name, value in ends.items()})
    return pd.DataFrame(rows)


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


def accuracy(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Compute the share of right answers of a Keras or scikit-learn classifier.

    Parameters
    ----------
    model : keras.Model or object with ``predict``
        Predicts classes, or one score a class (the highest counts).
    X : ndarray of shape (n, ...)
        Inputs.
    y : ndarray of shape (n,)
        True classes as integers.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    DataError
        When predictions and `y` are not as many, so that NumPy cannot broadcast a mistake into a number.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> X, y = np.zeros((4, 1)), np.array([0, 0, 0, 1])
    >>> accuracy(DummyClassifier().fit(X, y), X, y)
    0.75
    """
    is_keras = any(base.__module__.startswith("keras.") for base in type(model).__mro__)
    predicted = np.asarray(model.predict(X, verbose=0) if is_keras else model.predict(X))
    if predicted.ndim == 2 and predicted.shape[1] > 1:
        predicted = predicted.argmax(axis=1)
    y = np.asarray(y)
    if predicted.shape != y.shape:
        raise DataError(f"Predictions have shape {predicted.shape}, the true classes {y.shape}; they must agree.")
    return float((predicted == y).mean())
