"""Forecasts without a network: the rivals that a network has to beat."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.forecasting.windows import as_series, whole

#: ETS without a trend, with a damped trend; each with a season where it is short enough.
ETS_KINDS = ("level", "damped trend", "level and season", "damped trend and season")
#: Longest season that ETS is asked to learn value by value (R's forecast package draws the same line).
LONGEST_SEASON = 24


def naive(history: Any, horizon: int) -> np.ndarray:
    """Forecast that nothing changes.

    Parameters
    ----------
    history : array-like of shape (n,)
        What is known.
    horizon : int
        How many steps ahead.

    Returns
    -------
    ndarray of float64, shape (horizon,)
        The last value, again and again.

    Raises
    ------
    DataError
        For an empty history, a gap, or a horizon below 1.

    Examples
    --------
    >>> naive([3, 1, 4], horizon=2).tolist()
    [4.0, 4.0]
    """
    return np.full(whole(horizon, "horizon"), as_series(history, what="The history")[-1])


def seasonal_naive(history: Any, horizon: int, *, season: int) -> np.ndarray:
    """Forecast that the last season comes round again.

    Parameters
    ----------
    history : array-like of shape (n,)
        What is known; at least one season.
    horizon : int
        How many steps ahead.
    season : int
        Steps in a season: 12 for months.

    Returns
    -------
    ndarray of float64, shape (horizon,)
        For each step the value one season earlier, or as many seasons as it takes to be known.

    Raises
    ------
    DataError
        When the season is not known, or longer than the history.

    Examples
    --------
    >>> seasonal_naive([1, 2, 3, 4, 5, 6], horizon=4, season=3).tolist()
    [4.0, 5.0, 6.0, 4.0]
    """
    season, horizon = checked_season(season), whole(horizon, "horizon")
    history = as_series(history, at_least=season, what="The history")
    return np.resize(history[-season:], horizon)


def checked_season(season: Any) -> int:
    """Check the length of a season.

    Parameters
    ----------
    season : object
        What was given.

    Returns
    -------
    int
        The season.

    Raises
    ------
    DataError
        When it is None, or no whole number of at least 1.
    """
    if season is None:
        raise DataError("The season is not known.", fix="Pass season=12 for months, 4 for quarters, 1 for none.")
    return whole(season, "season")


@dataclass
class Fitted:
    """A statsmodels model with its parameters, ready to forecast from any history.

    Its parameters stay as they were fitted; what moves on with a longer history is its state.

    Attributes
    ----------
    name : str
        Which kind it is.
    result : object
        The results of statsmodels.
    converged : bool
        Whether the optimiser said that it had arrived.
    """

    name: str
    result: Any
    season: int
    converged: bool

    def forecast(self, history: Any, horizon: int) -> np.ndarray:
        """Forecast from a history that begins where the fitted one began.

        Parameters
        ----------
        history : array-like of shape (n,)
            What is known now.
        horizon : int
            How many steps ahead.

        Returns
        -------
        ndarray of float64, shape (horizon,)
            The forecast means.
        """
        return self.band(history, horizon)[0]

    def band(self, history: Any, horizon: int, *, confidence: float = 0.8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Forecast with the model's own interval, which supposes normal errors and true parameters.

        Parameters
        ----------
        history : array-like of shape (n,)
            What is known now; it begins where the fitted history began.
        horizon : int
            How many steps ahead.
        confidence : float
            The share of truths that the interval promises to hold.

        Returns
        -------
        mean, low, high : ndarray of float64, shape (horizon,)
            The forecast and the ends of its interval.
        """
        history, horizon = as_series(history, what="The history"), whole(horizon, "horizon")
        if self.name.startswith("ETS"):
            kind = self.name.removeprefix("ETS, ")
            model = _ets_model(history, kind, self.season)
            found = model.smooth(self.result.params).get_prediction(len(history), len(history) + horizon - 1)
            mean, ends = found.predicted_mean, found.pred_int(alpha=1 - confidence)
        else:
            n = len(history)
            applied = self.result.apply(history, exog=_waves(self.season, 0, n))
            found = applied.get_forecast(horizon, exog=_waves(self.season, n, horizon))
            mean, ends = found.predicted_mean, found.conf_int(alpha=1 - confidence)
        ends = np.asarray(ends, float)
        return np.asarray(mean, float), ends[:, 0], ends[:, 1]


def ets(history: Any, *, season: int, kind: str = "damped trend and season") -> Fitted:
    """Fit exponential smoothing with statsmodels.

    Parameters
    ----------
    history : array-like of shape (n,)
        What is known; two seasons at least, where the kind has one.
    season : int
        Steps in a season.
    kind : str
        One of `ETS_KINDS`; those with a season need one of 2 to 24 steps.

    Returns
    -------
    Fitted
        With ``.forecast(history, horizon)`` and ``.band``.

    Raises
    ------
    DataError
        For another kind, a season too long for it, or a history too short.

    Notes
    -----
    Hyndman, Koehler, Ord and Snyder (2008), *Forecasting with Exponential Smoothing*, Springer.

    Examples
    --------
    >>> history = np.tile([1.0, 5.0, 3.0], 8)
    >>> ets(history, season=3, kind="level and season").forecast(history, 3).round(1).tolist()
    [1.0, 5.0, 3.0]
    """
    season = checked_season(season)
    if kind not in ETS_KINDS:
        raise DataError(f"There is no kind of ETS named {kind!r}.", fix=f"Kinds: {', '.join(ETS_KINDS)}.")
    seasonal = "season" in kind
    if seasonal and not 1 < season <= LONGEST_SEASON:
        raise DataError(
            f"ETS learns a season value by value, of 2 to {LONGEST_SEASON} steps; got {season}.",
            fix="Use a kind without a season, or `sarima`, which has waves for long seasons.",
        )
    history = as_series(history, at_least=max(10, 2 * season if seasonal else 0), what="The history")
    model = _ets_model(history, kind, season)
    with warnings.catch_warnings():  # statsmodels warns where it did not converge: said by .converged
        warnings.simplefilter("ignore")
        result = model.fit(disp=False, maxiter=200)
    return Fitted(f"ETS, {kind}", result, season, bool(result.mle_retvals.get("converged", True)))


def _ets_model(history: np.ndarray, kind: str, season: int) -> Any:
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    options: dict = {"trend": "add", "damped_trend": True} if "trend" in kind else {}
    if "season" in kind:
        options |= {"seasonal": "add", "seasonal_periods": season}
    return ETSModel(pd.Series(history), **options)  # its intervals need an index


def sarima(history: Any, *, season: int, order: tuple = (1, 0, 0), seasonal_order: tuple = (0, 1, 1)) -> Fitted:
    """Fit a seasonal ARIMA model with statsmodels.

    Parameters
    ----------
    history : array-like of shape (n,)
        What is known.
    season : int
        Steps in a season. One longer than 24 steps enters as a sine and a cosine of that period instead.
    order : tuple of int
        (p, d, q): autoregressive terms, differences, moving-average terms.
    seasonal_order : tuple of int
        The same (P, D, Q) at the distance of a season; (0, 0, 0) for none.

    Returns
    -------
    Fitted
        With ``.forecast(history, horizon)`` and ``.band``.

    Raises
    ------
    DataError
        For orders that are not three whole numbers, or a history too short.

    Notes
    -----
    Box, Jenkins, Reinsel and Ljung (2015), *Time Series Analysis: Forecasting and Control*, 5th edition, Wiley.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0, 0.1, 24)
    >>> history = np.tile([1.0, 5.0, 3.0], 8) + np.arange(24) + noise
    >>> fitted = sarima(history, season=3, order=(0, 1, 1), seasonal_order=(0, 1, 1))
    >>> fitted.forecast(history, 3).round().tolist()
    [25.0, 30.0, 29.0]
    """
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    season = checked_season(season)
    for name, three in (("order", order), ("seasonal_order", seasonal_order)):
        if len(three) != 3 or any(not isinstance(k, int | np.integer) or k < 0 for k in three):
            raise DataError(f"{name} must be three whole numbers such as (1, 0, 0); got {three!r}.")
    waves = season > LONGEST_SEASON
    seasonal = (0, 0, 0, 0) if waves or not any(seasonal_order) or season < 2 else (*seasonal_order, season)
    needed = 10 + sum(order) + sum(seasonal[:3]) * seasonal[3]
    history = as_series(history, at_least=needed, what="The history")
    level = "c" if order[1] + seasonal[1] == 0 else None
    with warnings.catch_warnings():  # as in `ets`
        warnings.simplefilter("ignore")
        model = SARIMAX(
            history, order=tuple(order), seasonal_order=seasonal, trend=level, concentrate_scale=True,
            exog=_waves(season, 0, len(history)),
        )  # fmt: skip
        result = model.fit(disp=False, maxiter=100)
    name = f"SARIMA {tuple(order)}" + (f"{seasonal[:3]}{seasonal[3]}" if any(seasonal) else " with waves" * waves)
    return Fitted(name, result, season, bool(result.mle_retvals.get("converged", True)))


def _waves(season: int, start: int, n: int) -> np.ndarray | None:
    """One sine and one cosine of a long season; None for a short one."""
    if season <= LONGEST_SEASON:
        return None
    angle = 2 * np.pi * np.arange(start, start + n) / season
    return np.column_stack([np.sin(angle), np.cos(angle)])
