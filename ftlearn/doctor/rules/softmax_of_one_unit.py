"""A softmax over one unit: the output is 1 for everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.losses import last_activation
from ftlearn.doctor.rule import NotChecked, Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look at the last activation and at how many units it is over."""
    activation, layer = last_activation(case)
    if not activation:
        raise NotChecked("the last activation cannot be told")
    units = case.built.output_shape[-1]
    if activation == "softmax" and units == 1:
        yield f"`{layer}` is a softmax over 1 unit: it gives 1.0 for every input.", {"layer": layer}


RULE = Rule(
    name="softmax-of-one-unit",
    family="training",
    what="Looks for a last softmax over a single unit.",
    why="A softmax divides by the sum over units; of one unit it is always 1. Nothing can be learned through it.",
    reference="keras-team/tf-keras#426; Keras only warns when the layer is called.",
    fix='keras.layers.Dense(1, activation="sigmoid")  # with "binary_crossentropy"',
    check=check,
    invalid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="softmax")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.arange(40) % 2))""",
    valid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.arange(40) % 2))""",
    weight=9,
)

VALID_MORE = (
    """import keras

inputs = keras.Input((5, 4))
scores = keras.layers.Dense(1)(inputs)
share = keras.layers.Softmax(axis=1)(scores)
pooled = keras.layers.Dot(axes=1)([share, inputs])
model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(pooled)))
model.compile("adam", "sparse_categorical_crossentropy")
examined = dict(model=model)""",
    """import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mae")
examined = dict(model=model)""",
)
