"""The source network "series": an LSTM that has learnt to continue synthetic series of many kinds.

It never sees a real series, so that what it knows about real ones is transfer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.forecasting.scaling import normalise
from ftlearn.pretrain import source
from ftlearn.pretrain.mixtures import synthetic_series

RECIPE_VERSION = 1
LENGTH, HORIZON = 36, 12
FIRST = 12  # from this step on (counted from 0) the network is asked for forecasts
UNITS = 48
N_SERIES, EPOCHS = 15_000, 30
BATCH, PEAK_RATE = 64, 5e-3
_LIMIT = 8.0  # a window's target may be far out (a level shift after a flat stretch); it counts at most this much


def examples(series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Make one training example of every series: at each step from the thirteenth on, the next twelve are asked for.

    Asking at every step, not at the last one only, is what makes training quick: 39 questions a pass instead of one.
    A network that reads from left to right cannot cheat: what it is asked for lies to the right.

    Parameters
    ----------
    series : ndarray of shape (n, 63)
        One series a row.

    Returns
    -------
    X : ndarray of float32, shape (n, 51, 2)
        What is read, as by `normalise`; scaled by the standard deviation of its first 36 steps, as many as a window of
        the finished network has.
    Y : ndarray of float32, shape (n, 39, 12)
        The change from each step, the thirteenth and later, to each of the next twelve, on the same scale.
    """
    steps = series.shape[1] - HORIZON
    spread = normalise(series[:, :LENGTH])[1].spread
    level = (series - series[:, :1]) / spread
    X = np.stack([level, np.diff(level, axis=1, prepend=0)], axis=-1)[:, :steps]
    ahead = np.lib.stride_tricks.sliding_window_view(level[:, FIRST + 1 :], HORIZON, axis=1)
    Y = ahead - level[:, FIRST:steps, None]
    return X.clip(-_LIMIT, _LIMIT).astype("float32"), Y.clip(-_LIMIT, _LIMIT).astype("float32")


def series_network(*, units: int = UNITS, at_every_step: bool = False, name: str = "series") -> Any:
    """Build the headless network, with random weights.

    Parameters
    ----------
    units : int
        Of each of its two LSTM layers.
    at_every_step : bool
        Whether it gives features at every step, for training, or only at the last one. The weights are the same.
    name : str
        Name of the model.

    Returns
    -------
    keras.Model
        Functional; input a window as `ftlearn.forecasting.normalise` makes it, (36, 2); output one vector of `units`
        features. At every step: windows of any length, and one vector a step.
    """
    import keras
    from keras import layers

    inputs = keras.Input((None if at_every_step else LENGTH, 2), name="window")
    x = layers.LSTM(units, return_sequences=True, name="lstm1")(inputs)
    return keras.Model(inputs, layers.LSTM(units, return_sequences=at_every_step, name="lstm2")(x), name=name)


def with_head(base: Any, *, name: str = "forecaster") -> Any:
    """Put a new head on a headless network: one dense layer on its features, at zero, so that it forecasts no change.

    Parameters
    ----------
    base : keras.Model
        Ends in features.
    name : str
        Name of the whole model.

    Returns
    -------
    keras.Model
        Twelve forecasts a window (or a step); not compiled.
    """
    import keras

    head = keras.layers.Dense(HORIZON, kernel_initializer="zeros", name="head")
    return keras.Model(base.input, head(base.output), name=name)


def train(
    n_series: int = N_SERIES,
    *,
    kind: str = "many kinds",
    epochs: int = EPOCHS,
    units: int = UNITS,
    random_state: int = 0,
    progress: Callable[[str], None] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """Train network and head on seven tenths of the series; two tenths validate, one tenth tests.

    Parameters
    ----------
    n_series : int
        How many synthetic series. They are divided as series, so no part of one is in two parts.
    kind : str
        As for `synthetic_series`.
    epochs : int
        How often to go through the training series.
    units : int
        As for `series_network`.
    random_state : int
        Seed of the series, of the initial weights and of the order of training.
    progress : callable, optional
        Called with a line now and then.

    Returns
    -------
    model : keras.Model
        Network and head, forecasting from windows of 36.
    record : dict
        What was done, and the errors on the parts, as shares of the error of forecasting no change.
    """
    import keras

    say = progress or (lambda line: None)
    series = synthetic_series(n_series, kind=kind, random_state=random_state)
    bounds = [n_series * 7 // 10, n_series * 9 // 10]
    (X, Y), validation, test = (examples(part) for part in np.split(series, bounds))
    keras.utils.set_random_seed(random_state)
    every = with_head(series_network(units=units, at_every_step=True))
    asked = keras.Model(every.input, every.output[:, FIRST:], name="asked")
    steps = epochs * -(-len(X) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 10, warmup_target=PEAK_RATE, warmup_steps=steps // 10
    )
    asked.compile(keras.optimizers.AdamW(rate, weight_decay=1e-3, clipnorm=1.0), "mse", jit_compile=False)
    say(f"Training {every.count_params():,} parameters on {len(X):,} series ({kind})")
    start = time.perf_counter()

    class Lines(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            passed = time.perf_counter() - start
            say(f"Epoch {epoch + 1} of {epochs}: loss {(logs or {})['loss']:.3f}, {passed:.0f} s")

    asked.fit(X, Y, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[Lines()])
    seconds = round(time.perf_counter() - start)

    def error(part: tuple[np.ndarray, np.ndarray]) -> float:
        off = np.abs(asked.predict(part[0], batch_size=512, verbose=0) - part[1]).mean()
        return round(float(off / np.abs(part[1]).mean()), 4)

    model = with_head(series_network(units=units), name="series")
    model.set_weights(every.get_weights())
    return model, {
        "seconds": seconds,
        "recipe_version": RECIPE_VERSION,
        "random_state": random_state,
        "source": f"synthetic series, {kind}; no real one",
        "series": n_series,
        "series_trained_on": bounds[0],
        "epochs": epochs,
        "window": LENGTH,
        "horizon": HORIZON,
        "error_over_no_change_validation": error(validation),
        "error_over_no_change_test": error(test),
    }


def pretrain_series(
    out_dir: str | Path,
    *,
    random_state: int = 0,
    progress: Callable[[str], None] | None = None,
    n_series: int = N_SERIES,
    epochs: int = EPOCHS,
) -> dict[str, Any]:
    """Train the series network from nothing but the dependencies and write its weights, head included.

    Parameters
    ----------
    out_dir : path-like
        Folder for ``series.weights.h5`` and ``series.json``; made when missing.
    random_state : int
        Seed of the series, of the initial weights and of the order of training.
    progress : callable, optional
        Called with a plain line now and then.
    n_series : int
        How many synthetic series.
    epochs : int
        How often to go through the training series.

    Returns
    -------
    dict
        What ``series.json`` records.
    """
    model, record = train(n_series, epochs=epochs, random_state=random_state, progress=progress)
    return source.save(model, record, out_dir, progress=progress or (lambda line: None))
