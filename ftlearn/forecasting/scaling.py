"""Scaling each window by itself, and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ftlearn.errors import DataError


class Scale(NamedTuple):
    """What was taken out of each window, to be put back into its forecast.

    Attributes
    ----------
    centre, spread : ndarray of float64, shape (n, 1)
        In the units of the series.
    """

    centre: np.ndarray
    spread: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Scale values of the same windows, (n, k)."""
        return (values - self.centre) / self.spread

    def undo(self, scaled: Any) -> np.ndarray:
        """Bring forecasts, (n, horizon), back into the units of the series."""
        return np.asarray(scaled, float) * self.spread + self.centre


def normalise(X: Any) -> tuple[np.ndarray, Scale]:
    """Scale every window by itself, and show it to a network in two columns.

    The first column is how far each value lies from the window's first, the second its change since the step before;
    both in standard deviations of the window.

    Parameters
    ----------
    X : array-like of shape (n, length)
        Windows.

    Returns
    -------
    scaled : ndarray of float32, shape (n, length, 2)
        What goes into the network.
    scale : Scale
        To scale targets with, and to bring forecasts back. Its centre is the window's last value, so that "no change"
        is a forecast of 0.

    Raises
    ------
    DataError
        When `X` is not a table of finite numbers.

    Notes
    -----
    After Kim and others (2022), *Reversible instance normalization for accurate time-series forecasting against
    distribution shift*, ICLR, who take out the window's mean and standard deviation and put them back afterwards.

    Examples
    --------
    >>> scaled, scale = normalise([[1.0, 3.0], [101.0, 103.0]])
    >>> scaled.tolist()
    [[[0.0, 0.0], [2.0, 2.0]], [[0.0, 0.0], [2.0, 2.0]]]
    >>> scale.undo([[1.0], [1.0]]).tolist()
    [[4.0], [104.0]]
    """
    X = np.asarray(X, float)
    if X.ndim != 2 or not X.size or not np.isfinite(X).all():
        raise DataError(f"Windows must be a table of finite numbers, one window a row; got shape {X.shape}.")
    spread = X.std(axis=1, keepdims=True)
    spread = np.where(spread > 1e-9 * (1 + np.abs(X).max(axis=1, keepdims=True)), spread, 1.0)
    level = (X - X[:, :1]) / spread
    change = np.diff(level, axis=1, prepend=0.0)
    return np.stack([level, change], axis=-1).astype("float32"), Scale(X[:, -1:], spread)
