"""How wrong forecasts are, and intervals with the coverage that they deliver."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.forecasting.classical import checked_season
from ftlearn.forecasting.windows import as_series


def _pair(truth: Any, forecast: Any) -> tuple[np.ndarray, np.ndarray]:
    truth, forecast = np.asarray(truth, float), np.asarray(forecast, float)
    if truth.shape != forecast.shape:
        raise DataError(
            f"Truth has shape {truth.shape}, the forecast {forecast.shape}; they must agree.",
            fix="Use .ravel() on a column: subtracting (n, 1) from (n,) would make n times n numbers.",
        )
    if not truth.size or not (np.isfinite(truth).all() and np.isfinite(forecast).all()):
        raise DataError("Truth and forecast must be finite numbers, at least one.")
    return truth, forecast


def mae(truth: Any, forecast: Any) -> float:
    """Compute the mean absolute error.

    Parameters
    ----------
    truth, forecast : array-like of the same shape
        What came, and what was said.

    Returns
    -------
    float
        In the units of the series.

    Raises
    ------
    DataError
        When the shapes differ, or a number is not finite.

    Examples
    --------
    >>> mae([10, 20], [11, 18])
    1.5
    """
    truth, forecast = _pair(truth, forecast)
    return float(np.abs(truth - forecast).mean())


def mase_scale(history: Any, *, season: int) -> float:
    """Compute what `mase` divides by: how far, on average, the history is from what it was a season before.

    Parameters
    ----------
    history : array-like of shape (n,)
        What was known before the forecasts; more than one season.
    season : int
        Steps in a season; 1 compares with the naive forecast one step ahead.

    Returns
    -------
    float
        Mean absolute seasonal difference, in the units of the series.

    Raises
    ------
    DataError
        When the season is not known or too long, or the history repeats itself exactly.

    Examples
    --------
    >>> mase_scale([1, 2, 4, 4], season=1)
    1.0
    """
    season = checked_season(season)
    history = as_series(history, at_least=season + 1, what="The history")
    scale = float(np.abs(history[season:] - history[:-season]).mean())
    if scale == 0:
        raise DataError(f"The history repeats itself every {season} steps exactly: there is no error to compare with.")
    return scale


def mase(truth: Any, forecast: Any, history: Any, *, season: int) -> float:
    """Compute the mean absolute scaled error: below 1, better than repeating the last season was in the history.

    Parameters
    ----------
    truth, forecast : array-like of the same shape
        What came, and what was said.
    history : array-like of shape (n,)
        What was known before; it alone sets the scale.
    season : int
        Steps in a season; 1 to compare with repeating the last value.

    Returns
    -------
    float
        The mean absolute error over `mase_scale`.

    Raises
    ------
    DataError
        As `mae` and `mase_scale`.

    Notes
    -----
    Hyndman and Koehler (2006), *Another look at measures of forecast accuracy*, International Journal of Forecasting
    22.

    Examples
    --------
    >>> mase([5, 7], [4, 4], history=[1, 2, 4, 4], season=1)
    2.0
    """
    return mae(truth, forecast) / mase_scale(history, season=season)


def conformal_radius(residuals: Any, *, confidence: float = 0.8) -> np.ndarray:
    """Choose how wide a band must be, from the errors made on data that was not trained on (split conformal).

    Parameters
    ----------
    residuals : array-like of shape (n,) or (n, horizon)
        Truth minus forecast, one row an origin.
    confidence : float
        The share of truths that the band promises to hold.

    Returns
    -------
    ndarray of float64, shape () or (horizon,)
        For each horizon the k-th smallest absolute residual, k = ceil((n + 1) confidence).

    Raises
    ------
    DataError
        With too few residuals for that confidence.

    Notes
    -----
    The promise holds for exchangeable data (Vovk, Gammerman and Shafer 2005, *Algorithmic Learning in a Random World*);
    errors of overlapping forecasts are not exchangeable, so the coverage has to be measured.

    Examples
    --------
    >>> conformal_radius([-3, 1, 2, -4], confidence=0.8).item()
    4.0
    """
    residuals = np.abs(np.asarray(residuals, float))
    if not 0 < confidence < 1:
        raise DataError(f"confidence must lie between 0 and 1; got {confidence!r}.")
    n = len(residuals)
    k = int(np.ceil((n + 1) * confidence - 1e-9))
    if k > n:
        least = int(np.ceil(confidence / (1 - confidence) - 1e-9))
        raise DataError(
            f"{n} residuals cannot promise {100 * confidence:g} %: that takes at least {least}.",
            fix="Keep more data for validation, or promise less.",
        )
    return np.sort(residuals, axis=0)[k - 1]


def coverage(truth: Any, low: Any, high: Any) -> float:
    """Compute the share of truths that lie within their band.

    Parameters
    ----------
    truth, low, high : array-like of the same shape
        What came, and the ends of the bands.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    DataError
        When the shapes differ.

    Examples
    --------
    >>> coverage([1, 2, 3, 4], [0, 0, 0, 0], [2, 2, 2, 2])
    0.5
    """
    truth, low = _pair(truth, low)
    truth, high = _pair(truth, high)
    return float(((low <= truth) & (truth <= high)).mean())


def repeats_last_value(truth: Any, forecast: Any, before: Any) -> dict[str, float]:
    """Ask whether one-step forecasts follow the series instead of foreseeing it.

    Parameters
    ----------
    truth : array-like of shape (n,)
        What came.
    forecast : array-like of shape (n,)
        What was said one step before.
    before : array-like of shape (n,)
        The last value that was known then.

    Returns
    -------
    dict
        ``"with the truth"`` and ``"with the last value"``: correlation of the forecast with each;
        ``"of the changes"``: correlation of the forecast change with the change that came, near 0 for a forecast
        that foresees nothing; ``"error over naive"``: its mean absolute error over that of repeating the last value.

    Raises
    ------
    DataError
        When the shapes differ.

    Examples
    --------
    >>> steps = np.random.default_rng(0).normal(size=300).cumsum()
    >>> found = repeats_last_value(steps[1:], steps[:-1] + 0.001, steps[:-1])
    >>> round(found["with the last value"], 2), round(found["error over naive"], 2)
    (1.0, 1.0)
    """
    truth, forecast = _pair(truth, forecast)
    before, _ = _pair(before, forecast)

    def correlation(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-9 and b.std() > 1e-9 else 0.0

    return {
        "with the truth": correlation(forecast, truth),
        "with the last value": correlation(forecast, before),
        "of the changes": correlation(forecast - before, truth - before),
        "error over naive": mae(truth, forecast) / mae(truth, before),
    }
