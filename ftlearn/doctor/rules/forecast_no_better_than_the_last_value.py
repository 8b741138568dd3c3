"""A forecast is no better than repeating the last value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.losses import CROSSENTROPIES, loss_of
from ftlearn.doctor.outputs import first_predicted, trained
from ftlearn.doctor.rule import NotChecked, Rule

_ROWS, _MARGIN, _FOUND, _DIFFERENT = 50, 1.02, 0.8, 0.5


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find which input the forecast continues, and compare the model with that input's last value."""
    trained(case)
    if loss_of(case).name in CROSSENTROPIES:
        raise NotChecked("the loss is a cross-entropy, so this is no forecast of a value")
    name, X, y, p = first_predicted(case, "test", "validation")
    if X.dtype.kind != "f" or y.dtype.kind != "f" or len(X) < _ROWS or X.ndim not in (2, 3) or X.shape[1] < 3:
        raise NotChecked(f"the {name} data are not {_ROWS} windows of a series or more")
    y, p = y.reshape(len(y), -1).astype(float), p.reshape(len(p), -1).astype(float)
    if y.shape != p.shape or not np.isfinite(y).all() or not np.isfinite(p).all():
        raise NotChecked("labels and predictions do not have the same shape")
    part = case.part(name)
    last = _last_value(part.X, np.asarray(part.y).reshape(len(part.X), -1)[:, 0])
    if last is None:
        raise NotChecked("the labels are not later values of one of the inputs")
    naive = (X[:, -1] if X.ndim == 2 else X[:, -1, last])[:, None].astype(float)
    ours, theirs = float(np.abs(y - p).mean()), float(np.abs(y - naive).mean())
    if theirs > 0 and ours >= _MARGIN * theirs:
        yield (
            f"Mean absolute error on the {name} part is {ours:.4g}; repeating the last value of each window has "
            f"{theirs:.4g}, a ratio of {ours / theirs:.2f}.",
            {"error": ours, "error of the last value": theirs, "ratio": ours / theirs, "part": name},
        )


def _last_value(X: np.ndarray, y: np.ndarray) -> int | None:
    """Return the column whose last values, in other windows, are the labels; None where there is none."""
    later = np.round(y.astype(float), 5)
    if len(np.unique(later)) < _DIFFERENT * len(later):
        return None
    if X.ndim == 2 and np.mean(np.isclose(X[1:, :-1], X[:-1, 1:]).all(1)) < _DIFFERENT:
        return None  # columns of a table, not a window that moves on
    columns = [X[:, -1]] if X.ndim == 2 else [X[:, -1, at] for at in range(X.shape[2])]
    found = [float(np.mean(np.isin(later, np.round(one.astype(float), 5)))) for one in columns]
    return int(np.argmax(found)) if max(found) >= _FOUND else None


RULE = Rule(
    name="forecast-no-better-than-the-last-value",
    family="claims",
    what="Finds which input the labels continue and compares the mean absolute error with that of its last value.",
    why="A network that loses to 'as it was' has learned nothing about what comes; its plot looks fine all the same.",
    reference="Hyndman and Koehler, 2006 (MASE); stats.stackexchange.com/questions/338923.",
    known_problems="Says nothing where labels are differences, or scaled otherwise than the inputs. No forecast of a "
    "random walk is better.",
    fix="naive = np.abs(y_test - X_test[:, -1, 0]).mean()  # report it beside the model's error",
    check=check,
    invalid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
series = np.cumsum(np.random.default_rng(0).normal(size=420)).astype("float32")
X = np.stack([series[at : at + 12] for at in range(400)])[..., None]
y = series[12:412]
model = keras.Sequential([keras.Input((12, 1)), keras.layers.SimpleRNN(4), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(X[:250], y[:250], epochs=2, verbose=0)
examined = dict(model=model, train=(X[:250], y[:250]), test=(X[280:], y[280:]))""",
    valid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
series = np.sin(np.arange(420) / 3 + np.random.default_rng(0).normal(0, 0.05, 420)).astype("float32")
X = np.stack([series[at : at + 12] for at in range(400)])[..., None]
y = series[12:412]
model = keras.Sequential([keras.Input((12, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.02), "mse")
model.fit(X[:250], y[:250], epochs=30, verbose=0)
examined = dict(model=model, train=(X[:250], y[:250]), test=(X[280:], y[280:]))""",
    weight=3,
)

VALID_MORE = (
    """import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 5)).astype("float32")
y = X[:, -1] + rng.normal(0, 3, 200).astype("float32")
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(X[:100], y[:100], verbose=0)
examined = dict(model=model, train=(X[:100], y[:100]), test=(X[100:], y[100:]))""",
    """import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 8, 3)).astype("float32")
model = keras.Sequential([keras.Input((8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
model.compile("adam", "mae")
model.fit(X[:100], X[:100, 0, :2], verbose=0)
examined = dict(model=model, train=(X[:100], X[:100, 0, :2]), test=(X[100:], X[100:, 0, :2]))""",
)
