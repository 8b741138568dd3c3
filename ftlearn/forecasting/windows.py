"""From one long series to many short examples, without looking into the future."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ftlearn.errors import DataError


class Windows(NamedTuple):
    """Examples cut from a series.

    Attributes
    ----------
    X : ndarray of float64, shape (n, length)
        What is known at each origin, oldest value first.
    Y : ndarray of float64, shape (n, horizon)
        What comes next.
    origins : ndarray of int64, shape (n,)
        How many values of the series are known: ``X`` ends just before this position, ``Y`` starts at it.
    """

    X: np.ndarray
    Y: np.ndarray
    origins: np.ndarray


class Origin(NamedTuple):
    """One moment of a rolling evaluation.

    Attributes
    ----------
    origin : int
        How many values are known.
    history : ndarray of float64, shape (origin,)
        These values.
    truth : ndarray of float64, shape (horizon,)
        The next ones.
    """

    origin: int
    history: np.ndarray
    truth: np.ndarray


class Parts(NamedTuple):
    """Stretches of a series, in the order of time: where the targets of each part lie.

    Attributes
    ----------
    train, validation, test : slice
        Positions in the series.
    """

    train: slice
    validation: slice
    test: slice


def as_series(values: Any, *, at_least: int = 1, what: str = "The series") -> np.ndarray:
    """Check a series: one dimension, long enough, no gaps.

    Parameters
    ----------
    values : array-like of shape (n,)
        The series.
    at_least : int
        The least length that will do.
    what : str
        Begins the error's sentence.

    Returns
    -------
    ndarray of float64, shape (n,)
        The same values.

    Raises
    ------
    DataError
        Saying what is wrong with it.
    """
    values = np.asarray(values, float)
    if values.ndim != 1:
        raise DataError(f"{what} must have one dimension; got shape {values.shape}.", fix="Pass one column.")
    gaps = np.flatnonzero(~np.isfinite(values))
    if len(gaps):
        raise DataError(
            f"{what} has {len(gaps)} missing or infinite values, the first at position {gaps[0]}.",
            fix="Fill gaps from earlier values only: interpolation looks into the future.",
        )
    if len(values) < at_least:
        raise DataError(f"{what} has {len(values)} values; {at_least} are needed.", fix="Give it a longer history.")
    return values


def whole(number: Any, name: str, *, at_least: int = 1) -> int:
    """Check a count, such as a horizon.

    Parameters
    ----------
    number : object
        What was given.
    name : str
        What it is called.
    at_least : int
        The least value that makes sense.

    Returns
    -------
    int
        The count.

    Raises
    ------
    DataError
        When it is no whole number, or too small.
    """
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < at_least:
        raise DataError(f"{name} must be a whole number of at least {at_least}; got {number!r}.")
    return int(number)


def temporal_split(values: Any, *, validation: int, test: int) -> Parts:
    """Split a series by time: training first, then validation, the test part last.

    Parameters
    ----------
    values : array-like of shape (n,)
        The series.
    validation, test : int
        How many values each of these parts gets.

    Returns
    -------
    Parts
        Three slices that follow one another and together cover the series.

    Raises
    ------
    DataError
        When nothing is left for training.

    Examples
    --------
    >>> temporal_split(range(100), validation=20, test=30)
    Parts(train=slice(0, 50, None), validation=slice(50, 70, None), test=slice(70, 100, None))
    """
    n = len(as_series(values))
    validation = whole(validation, "validation", at_least=0)
    test = whole(test, "test", at_least=0)
    if validation + test >= n:
        raise DataError(
            f"{validation} values for validation and {test} for testing leave none of {n} for training.",
            fix="Ask for less.",
        )
    a, b = n - test - validation, n - test
    return Parts(slice(0, a), slice(a, b), slice(b, n))


def windows(values: Any, length: int, horizon: int, *, targets: slice | None = None) -> Windows:
    """Cut every window whose targets lie within a stretch of the series.

    The inputs may reach back before that stretch: what is past is known. The targets may not reach out of it, so
    windows of different parts never share a target.

    Parameters
    ----------
    values : array-like of shape (n,)
        The series.
    length : int
        How many values go in.
    horizon : int
        How many come out.
    targets : slice, optional
        Where targets may lie, for example ``parts.train`` of `temporal_split`; everywhere if not given.

    Returns
    -------
    Windows
        ``X``, ``Y`` and ``origins``, in the order of time.

    Raises
    ------
    DataError
        When no window fits, or the series has gaps.

    Examples
    --------
    >>> X, Y, origins = windows([0, 1, 2, 3, 4, 5], length=3, horizon=2)
    >>> X.tolist(), Y.tolist(), origins.tolist()
    ([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]], [[3.0, 4.0], [4.0, 5.0]], [3, 4])
    """
    length, horizon = whole(length, "length"), whole(horizon, "horizon")
    values = as_series(values, at_least=length + horizon)
    start, stop, _ = (targets or slice(None)).indices(len(values))
    origins = np.arange(max(start, length), stop - horizon + 1)
    if not len(origins):
        raise DataError(
            f"No window of {length} values in and {horizon} out has its targets within positions {start} to {stop}.",
            fix="Use a longer stretch, a shorter window or a smaller horizon.",
        )
    every = np.lib.stride_tricks.sliding_window_view(values, length + horizon)[origins - length]
    return Windows(every[:, :length].copy(), every[:, length:].copy(), origins)


def rolling_origin(
    values: Any, start: int, horizon: int, *, step: int = 1, stop: int | None = None
) -> Iterator[Origin]:
    """Stand at one moment after another, with what was known then and what came next.

    Parameters
    ----------
    values : array-like of shape (n,)
        The series.
    start : int
        How many values are known at the first origin.
    horizon : int
        How many next values are the truth.
    step : int
        How far the origin moves.
    stop : int, optional
        Where the last truth must end; the end of the series if not given.

    Yields
    ------
    Origin
        ``origin``, ``history`` and ``truth``, in the order of time.

    Raises
    ------
    DataError
        When the series ends before the first truth does, or has gaps.

    Notes
    -----
    Tashman (2000), *Out-of-sample tests of forecasting accuracy: an analysis and review*, International Journal of
    Forecasting 16.

    Examples
    --------
    >>> for origin, history, truth in rolling_origin([10, 11, 12, 13, 14], start=2, horizon=2):
    ...     print(origin, history.tolist(), truth.tolist())
    2 [10.0, 11.0] [12.0, 13.0]
    3 [10.0, 11.0, 12.0] [13.0, 14.0]
    """
    start, horizon, step = whole(start, "start"), whole(horizon, "horizon"), whole(step, "step")
    values = as_series(values)
    stop = len(values) if stop is None else min(whole(stop, "stop"), len(values))
    if start + horizon > stop:
        raise DataError(
            f"From {start} known values, {horizon} steps ahead, the truth ends at {start + horizon}; "
            f"the series ends at {stop}.",
            fix="Start earlier, or ask for a smaller horizon.",
        )
    return (
        Origin(origin, values[:origin], values[origin : origin + horizon])
        for origin in range(start, stop - horizon + 1, step)
    )
