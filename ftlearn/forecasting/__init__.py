"""Forecasting one series: data, windows without a look into the future, rivals, errors, intervals."""

from ftlearn.forecasting.adapting import load_forecaster, predict
from ftlearn.forecasting.classical import ETS_KINDS, Fitted, ets, naive, sarima, seasonal_naive
from ftlearn.forecasting.scaling import Scale, normalise
from ftlearn.forecasting.scores import conformal_radius, coverage, mae, mase, mase_scale, repeats_last_value
from ftlearn.forecasting.series import Series, load_series, series_names
from ftlearn.forecasting.windows import (
    Origin,
    Parts,
    Windows,
    rolling_origin,
    temporal_split,
    windows,
)

__all__ = [
    "ETS_KINDS", "Fitted", "Origin", "Parts", "Scale", "Series", "Windows", "conformal_radius", "coverage",
    "ets", "load_forecaster", "load_series", "mae", "mase", "mase_scale", "naive", "normalise", "predict",
    "repeats_last_value", "rolling_origin", "sarima", "seasonal_naive", "series_names", "temporal_split", "windows",
]  # fmt: skip
