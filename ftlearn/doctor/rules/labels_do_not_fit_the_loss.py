"""The labels are not of the kind that the loss and the last layer take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.losses import ELEMENTWISE, Loss, last_activation, loss_of
from ftlearn.doctor.rule import NotChecked, Rule

_OUT_OF_REACH = 0.2
_REACH = {"sigmoid": (-0.05, 1.05), "softmax": (-0.05, 1.05), "tanh": (-1.05, 1.05), "relu": (-1e-6, np.inf)}


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the labels' shape and values with the loss and the output."""
    loss = loss_of(case)
    shape = getattr(case.built, "output_shape", None)
    if not isinstance(shape, tuple) or not shape or shape[-1] is None or not isinstance(shape[-1], int):
        raise NotChecked("the shape of the output is not known")
    activation = last_activation(case)[0]
    part = case.parts()[0]
    y = part.y
    if y is None or y.dtype.kind not in "biuf" or not len(y):
        raise NotChecked(f"the labels of the {part.name} data are not numbers")
    said = _fault(loss, y, shape, activation)
    if said:
        yield (
            f"Labels of the {part.name} part {said}",
            {"labels": list(y.shape), "least": float(y.min()), "most": float(y.max()), "output": list(shape),
             "loss": loss.name, "activation": activation},
        )  # fmt: skip


def _fault(loss: Loss, y: np.ndarray, shape: tuple, activation: str) -> str:
    units, finite = int(shape[-1]), y[np.isfinite(y)] if y.dtype.kind == "f" else y
    if not finite.size:
        return ""
    low, high = float(finite.min()), float(finite.max())
    if loss.name == "sparse_categorical_crossentropy":
        ignored = loss.config.get("ignore_class")
        if ignored is not None:
            finite = finite[finite != ignored]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if y.ndim == len(shape) and y.shape[-1] == units > 1:
            return f"have a column for each of {units} classes; {loss.name} takes one number an example."
        if np.any(np.mod(finite, 1)):
            return f"are no whole numbers ({low:.3g} to {high:.3g}); {loss.name} takes numbers of classes."
        if low < 0 or high >= units:
            return f"run from {low:.0f} to {high:.0f}; the output has {units} units, for the numbers 0 to {units - 1}."
    elif loss.name.startswith("categorical"):
        if units == 1:
            return f"meet one unit; {loss.name} over one class is 0 whatever it predicts."
        if y.ndim < len(shape) or y.shape[-1] == 1:
            return f"are one number an example ({low:.3g} to {high:.3g}); {loss.name} takes a column for each class."
    elif loss.name.startswith("binary"):
        if low < -1e-6 or high > 1 + 1e-6:
            return f"run from {low:.3g} to {high:.3g}; {loss.name} takes 0 to 1."
        if units > 1 and len(shape) == 2 and y.size == len(y):
            return f"are one number an example; {loss.name} sets it against each of {units} units."
        if units > 2 and activation == "softmax" and y.shape[-1] == units and np.all(np.abs(y.sum(-1) - 1) < 1e-6):
            return f"are one class of {units}, as is the softmax; {loss.name} asks {units} separate questions."
    elif loss.name in ELEMENTWISE and activation in _REACH:
        least, most = _REACH[activation]
        share = float(np.mean((finite < least) | (finite > most)))
        if share > _OUT_OF_REACH:
            return f"run from {low:.3g} to {high:.3g}; {share:.0%} of them lie where {activation} cannot reach."
    return ""


RULE = Rule(
    name="labels-do-not-fit-the-loss",
    family="training",
    what="Compares the shape and range of the labels with the loss, the last activation and the number of outputs.",
    why="The loss then measures something else, or nothing; some of these pairs raise, the others train in silence.",
    reference="keras-team/keras#13006, tf-keras#426; which pairs raise, warn or stay silent: measured here.",
    known_problems="A loss of your own is not looked at; a fifth of the labels of a regression may be out of reach.",
    fix='model.compile(loss="sparse_categorical_crossentropy")  # labels 0, 1, 2, …; "categorical_…" for one-hot rows',
    check=check,
    invalid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.where(X[:, 0] > 0, 1, -1)))""",
    valid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.where(X[:, 0] > 0, 1, 0)))""",
    weight=8,
)

VALID_MORE = (
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 1, activation="softmax")])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(ignore_class=255))
rng = np.random.default_rng(0)
y = rng.integers(0, 3, (20, 8, 8))
y[:, 0] = 255
examined = dict(model=model, train=(rng.random((20, 8, 8, 1)).astype("float32"), y))""",
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
rng = np.random.default_rng(0)
examined = dict(model=model, train=(rng.random((40, 4)).astype("float32"), rng.integers(0, 2, (40, 3))))""",
)
