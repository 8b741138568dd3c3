"""Labels and predictions differ in shape, and subtracting them silently makes a table of all pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.losses import ELEMENTWISE, loss_of, loss_value
from ftlearn.doctor.outputs import first_predicted
from ftlearn.doctor.rule import NotChecked, Rule

_ROWS = 16


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compute the loss as it is and with labels in the shape of the predictions."""
    loss = loss_of(case)
    if loss.name and loss.name not in ELEMENTWISE:
        raise NotChecked("the loss does not subtract labels and predictions one by one")
    name, _, y, p = first_predicted(case, "train", "validation", "test")
    if y.dtype.kind not in "biuf":
        raise NotChecked(f"the labels of the {name} data are not numbers")
    one, other = int(np.prod(y.shape[1:])), int(np.prod(p.shape[1:]))
    evidence: dict[str, Any] = {"labels": list(y.shape[1:]), "predictions": list(p.shape[1:])}
    if loss.name and one == 1 and other > 1:
        yield (
            f"Each label is one number, each prediction {other} (shape {p.shape[1:]}): one is set against all.",
            evidence,
        )
        return
    y, p = y[:_ROWS].astype("float32"), p[:_ROWS].astype("float32")
    if one != other or y.shape == p.shape or len(y) < 3 or not (np.isfinite(y).all() and np.isfinite(p).all()):
        return
    as_is, aligned = loss_value(loss.given, y, p), loss_value(loss.given, y.reshape(p.shape), p)
    if abs(as_is - aligned) > 1e-3 * (abs(as_is) + abs(aligned)):
        yield (
            f"The loss of {len(y)} examples is {as_is:.4g} with labels of shape {y.shape}, and {aligned:.4g} with the "
            f"same labels in the shape of the predictions, {p.shape}.",
            evidence | {"loss as it is": as_is, "loss aligned": aligned},
        )


RULE = Rule(
    name="shapes-broadcast-in-the-error",
    family="claims",
    what="Computes the loss on a few examples with the labels as they are and in the shape of the predictions.",
    why="(N,) minus (N, 1) is an N × N table: every label meets every prediction, and nothing is raised.",
    reference="Measured for this course: NumPy and TensorFlow broadcast without a word.",
    known_problems="What a program computes from predictions by itself, outside the model's loss, is not seen.",
    fix="y = y.reshape(-1, 1)  # and in your own code: error = y - model.predict(X).ravel()",
    check=check,
    invalid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((6, 3)), keras.layers.LSTM(4, return_sequences=True), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 6, 3)).astype("float32")
examined = dict(model=model, train=(X, X[:, -1, :1]))""",
    valid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((6, 3)), keras.layers.LSTM(4), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 6, 3)).astype("float32")
examined = dict(model=model, train=(X, X[:, -1, 0]))""",
    weight=7,
)

VALID_MORE = (
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((6, 3)), keras.layers.LSTM(4, return_sequences=True), keras.layers.Dense(1)])
model.compile("adam", "mae")
X = np.random.default_rng(0).normal(size=(40, 6, 3)).astype("float32")
examined = dict(model=model, train=(X, X[:, :, 0]))""",
    """import keras
import numpy as np


def pinball(y, p):
    return keras.ops.mean(keras.ops.maximum(0.9 * (y - p), -0.1 * (y - p)), axis=-1)


model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("adam", pinball)
X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
examined = dict(model=model, train=(X, X[:, 0]))""",
)
