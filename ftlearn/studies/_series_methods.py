"""The rivals of the study `series_transfer`: each gets what is known at a moment, chooses a setting, forecasts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ftlearn.forecasting import (
    ETS_KINDS,
    Series,
    ets,
    load_forecaster,
    naive,
    normalise,
    rolling_origin,
    sarima,
    seasonal_naive,
    windows,
)
from ftlearn.forecasting.classical import LONGEST_SEASON
from ftlearn.studies._training import rounds, start_over

VALIDATION, TEST = 24, 48
LENGTH, HORIZON = 36, 12
CONFIDENCE = 0.8
BATCH, STEPS = 32, 180
SINES_EPOCHS = 6
RATES = {
    "frozen, new head on features": (3e-3, 1e-2),
    "frozen, new head on the output": (3e-3, 1e-2),
    "frozen, old head trained on": (3e-4, 3e-3),
    "fine-tuned": (3e-4, 3e-3),
    "from scratch": (3e-3, 1e-2),
}
ORDERS = {
    "month": (((0, 1, 1), (0, 1, 1)), ((1, 0, 0), (0, 1, 1)), ((2, 0, 1), (0, 1, 1))),
    "week": (((1, 0, 0), (0, 0, 0)), ((2, 0, 0), (0, 0, 0)), ((1, 0, 1), (0, 0, 0))),
    "year": (((2, 0, 0), (0, 0, 0)), ((9, 0, 0), (0, 0, 0)), ((2, 0, 1), (0, 0, 0))),
}


class Moment(NamedTuple):
    """A series as it is known at a cut, and what comes after.

    Attributes
    ----------
    series : Series
        The whole of it.
    values : ndarray of shape (history + 48,)
        The history, then the test part.
    history : int
        How many of the values are known.
    cut : int
        Where in the series the test part begins.
    """

    series: Series
    values: np.ndarray
    history: int
    cut: int

    @property
    def known(self) -> np.ndarray:
        """What every method may learn from."""
        return self.values[: self.history]

    @property
    def train(self) -> slice:
        """Where targets for training lie."""
        return slice(0, self.history - VALIDATION)

    @property
    def validation(self) -> slice:
        """Where targets for choosing lie."""
        return slice(self.history - VALIDATION, self.history)

    @property
    def test(self) -> slice:
        """Where targets for the verdict lie."""
        return slice(self.history, self.history + TEST)


class Attempt(NamedTuple):
    """What one method did with the setting that did best in validation.

    Attributes
    ----------
    setting : str
        The one chosen.
    residuals : ndarray of shape (m, 12)
        Truth minus forecast on the examples that it chose by.
    test : ndarray of shape (n, 12)
        Forecasts from each origin of the test part.
    radius : ndarray of shape (n, 12), optional
        Half-widths of the model's own bands; by split conformal if None.
    """

    setting: str
    residuals: np.ndarray
    test: np.ndarray
    radius: np.ndarray | None = None


class _Fitter:
    """A compiled model that is trained again and again from any starting weights."""

    def __init__(self, model: Any):
        import keras

        self.model = model
        model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
        model.optimizer.build(model.trainable_variables)

    def run(self, weights: list, X: np.ndarray, Y: np.ndarray, *, rate: float, steps: int, seed: int) -> Any:
        """Take `steps` steps from `weights` with a fresh optimiser; returns the model."""
        start_over(self.model, weights, rate)
        order = rounds(len(X), steps * BATCH, np.random.default_rng(seed))
        self.model.fit(X[order], Y[order], batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
        return self.model


@functools.cache
def _pretrained(kind: str) -> list:
    """Weights of the whole forecaster; the shipped ones, or of one trained on two sines."""
    if kind == "many kinds":
        return load_forecaster()[1].get_weights()
    from ftlearn.pretrain.series import train

    return train(kind=kind, epochs=SINES_EPOCHS)[0].get_weights()


@functools.cache
def _whole() -> tuple[_Fitter, Any]:
    base, model = load_forecaster(weights=None)
    return _Fitter(model), base


@functools.cache
def _head(width: int) -> _Fitter:
    import keras

    dense = keras.layers.Dense(HORIZON, kernel_initializer="zeros")
    return _Fitter(keras.Sequential([keras.Input((width,)), dense]))


class _Data(NamedTuple):
    """Scaled training windows, scaled inputs to look at, and how to bring forecasts back."""

    X: np.ndarray
    Y: np.ndarray
    look: np.ndarray
    truth: np.ndarray
    undo: Callable
    checked: int


def _data(here: Moment, shuffled: Any = None) -> _Data:
    """Windows of the three parts; `shuffled` divides training and validation windows at random instead."""
    parts = [windows(here.values, LENGTH, HORIZON, targets=t) for t in (here.train, here.validation, here.test)]
    if shuffled is not None:
        every = windows(here.values, LENGTH, HORIZON, targets=slice(0, here.history))
        order = shuffled.permutation(len(every.X))
        few = len(every.X) // 5
        parts[:2] = [type(every)(*(column[rows] for column in every)) for rows in (order[few:], order[:few])]
    train, checked, tested = parts
    X, scale = normalise(train.X)
    look, back = normalise(np.concatenate([checked.X, tested.X]))
    return _Data(X, scale.apply(train.Y).astype("float32"), look, checked.Y, back.undo, len(checked.X))


def _choose(data: _Data, tries: dict[str, np.ndarray]) -> Attempt:
    """Keep the setting with the least error in validation."""
    back = {name: data.undo(scaled) for name, scaled in tries.items()}
    best = min(back, key=lambda name: np.abs(back[name][: data.checked] - data.truth).mean())
    return Attempt(best, data.truth - back[best][: data.checked], back[best][data.checked :])


def _tries(strategy: str, forecast: Callable[[float], np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{rate:g}": forecast(rate) for rate in RATES[strategy]}


def _untouched(here: Moment, seed: int, kind: str = "many kinds") -> Attempt:
    data, (fitter, _) = _data(here), _whole()
    fitter.model.set_weights(_pretrained(kind))
    return _choose(data, {"as it is": fitter.model.predict_on_batch(data.look)})


def _features(kind: str, on_output: bool, *inputs: np.ndarray) -> list[np.ndarray]:
    fitter, base = _whole()
    fitter.model.set_weights(_pretrained(kind))
    return [(fitter.model if on_output else base).predict_on_batch(X) for X in inputs]


def _frozen(here: Moment, seed: int, strategy: str, kind: str = "many kinds") -> Attempt:
    """Train a head on stored features (or on the twelve outputs); nothing else moves."""
    data = _data(here)
    F, look = _features(kind, "output" in strategy, data.X, data.look)
    fitter = _head(F.shape[1])
    old = _pretrained(kind)[-2:]
    start = old if "old" in strategy else [0 * w for w in fitter.model.get_weights()]

    def forecast(rate: float) -> np.ndarray:
        return fitter.run(start, F, data.Y, rate=rate, steps=STEPS, seed=seed).predict_on_batch(look)

    return _choose(data, _tries(strategy, forecast))


def _fine_tuned(here: Moment, seed: int) -> Attempt:
    """Train the old head first, for a third of the steps; then everything."""
    data, (fitter, _), weights = _data(here), _whole(), _pretrained("many kinds")
    (F,) = _features("many kinds", False, data.X)
    head = _head(F.shape[1]).run(weights[-2:], F, data.Y, rate=1e-3, steps=STEPS // 3, seed=seed)
    start = [*weights[:-2], *head.get_weights()]

    def forecast(rate: float) -> np.ndarray:
        trained = fitter.run(start, data.X, data.Y, rate=rate, steps=2 * STEPS // 3, seed=seed)
        return trained.predict_on_batch(data.look)

    return _choose(data, _tries("fine-tuned", forecast))


def _scratch(here: Moment, seed: int, shuffled: bool = False) -> Attempt:
    import keras

    data, (fitter, _) = _data(here, np.random.default_rng(seed) if shuffled else None), _whole()
    keras.utils.set_random_seed(1000 + seed)
    start = load_forecaster(weights=None)[1].get_weights()

    def forecast(rate: float) -> np.ndarray:
        trained = fitter.run(start, data.X, data.Y, rate=rate, steps=STEPS, seed=seed)
        return trained.predict_on_batch(data.look)

    return _choose(data, _tries("from scratch", forecast))


def _rolled(here: Moment, forecast: Callable[[np.ndarray], np.ndarray], part: slice) -> np.ndarray:
    origins = rolling_origin(here.values, part.start, HORIZON, stop=part.stop)
    return np.array([forecast(history) for _, history, _ in origins])


def _truth(here: Moment) -> np.ndarray:
    return windows(here.values, LENGTH, HORIZON, targets=here.validation).Y


def _simple(here: Moment, seed: int, *, seasonal: bool) -> Attempt:
    season = here.series.season

    def forecast(history: np.ndarray) -> np.ndarray:
        return seasonal_naive(history, HORIZON, season=season) if seasonal else naive(history, HORIZON)

    residuals = _truth(here) - _rolled(here, forecast, here.validation)
    return Attempt("", residuals, _rolled(here, forecast, here.test))


def _classical(here: Moment, seed: int, *, family: str) -> Attempt:
    """Choose among the settings by validation, then fit that one to all that is known."""
    season, step = here.series.season, here.series.step
    if family == "ETS":
        kinds = [k for k in ETS_KINDS if "season" not in k or season <= LONGEST_SEASON]
        makers = {k: functools.partial(ets, season=season, kind=k) for k in kinds}
    else:
        makers = {
            f"{order}{seasonal}": functools.partial(sarima, season=season, order=order, seasonal_order=seasonal)
            for order, seasonal in ORDERS[step]
        }
    residuals = {}
    for name, make in makers.items():
        fitted = make(here.values[here.train])
        tried = _rolled(here, functools.partial(fitted.forecast, horizon=HORIZON), here.validation)
        residuals[name] = _truth(here) - tried
    best = min(residuals, key=lambda name: np.abs(residuals[name]).mean())
    fitted = makers[best](here.known)
    bands = _rolled(here, lambda h: np.array(fitted.band(h, HORIZON, confidence=CONFIDENCE)), here.test)
    return Attempt(best, residuals[best], bands[:, 0], (bands[:, 2] - bands[:, 1]) / 2)


METHODS: dict[str, Callable[[Moment, int], Attempt]] = {
    "naive": functools.partial(_simple, seasonal=False),
    "seasonal naive": functools.partial(_simple, seasonal=True),
    "ETS": functools.partial(_classical, family="ETS"),
    "SARIMA": functools.partial(_classical, family="SARIMA"),
    "untouched": _untouched,
    "untouched, source of two sines": functools.partial(_untouched, kind="two sines"),
    **{name: functools.partial(_frozen, strategy=name) for name in RATES if name.startswith("frozen")},
    "fine-tuned": _fine_tuned,
    "from scratch": _scratch,
    "from scratch, shuffled split": functools.partial(_scratch, shuffled=True),
}
ON_CURVE = ("seasonal naive", "SARIMA", "untouched", "frozen, old head trained on", "fine-tuned", "from scratch")
