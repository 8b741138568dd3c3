"""The shipped forecaster, and how it forecasts from windows in the units of a series."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.forecasting.scaling import normalise


def load_forecaster(*, weights: str | None = "pretrained") -> tuple[Any, Any]:
    """Load the LSTM that was trained on synthetic series.

    Parameters
    ----------
    weights : {"pretrained", None}
        ``"pretrained"``: as shipped; None: random weights and a head at zero, the same network from scratch.

    Returns
    -------
    base : keras.Model
        Two LSTM layers: a window of 36 values, scaled by itself (`normalise`), in; a vector of features out.
    model : keras.Model
        The same layers with the head on top: 12 forecasts out. Training one trains the other.

    Raises
    ------
    AssetError
        When the shipped file is damaged or missing.

    Examples
    --------
    >>> base, model = load_forecaster(weights=None)
    >>> base.input_shape, model.output_shape
    ((None, 36, 2), (None, 12))
    """
    from ftlearn.pretrain.series import series_network, with_head

    if weights not in ("pretrained", None):
        raise DataError(f"weights must be 'pretrained' or None; got {weights!r}.")
    base = series_network()
    model = with_head(base)
    if weights == "pretrained":
        from ftlearn import assets

        model.load_weights(assets.bundled("series.weights.h5"))
    return base, model


def predict(model: Any, X: Any) -> np.ndarray:
    """Forecast from windows in the units of the series: scale each by itself, forecast, scale back.

    Parameters
    ----------
    model : keras.Model
        From `load_forecaster`, or made like it.
    X : array-like of shape (n, 36)
        Windows, for example from `windows`.

    Returns
    -------
    ndarray of float64, shape (n, 12)
        Forecasts.

    Raises
    ------
    DataError
        When the windows are not as long as the network reads.

    Examples
    --------
    >>> _, model = load_forecaster(weights=None)  # its head is at zero: it forecasts no change
    >>> predict(model, [np.arange(36)])[0, :3].tolist()
    [35.0, 35.0, 35.0]
    """
    scaled, scale = normalise(X)
    if model.input_shape[1] not in (None, scaled.shape[1]):
        raise DataError(f"The network reads windows of {model.input_shape[1]} values; got {scaled.shape[1]}.")
    return scale.undo(np.asarray(model(scaled, training=False)))  # called directly: nothing to trace for each new model
