"""The model gives logits, the loss takes them for probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.losses import CROSSENTROPIES, last_activation, loss_of
from ftlearn.doctor.outputs import first_predicted
from ftlearn.doctor.rule import NotChecked, Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the last activation, or the outputs themselves, with what the loss was told."""
    loss = loss_of(case)
    if loss.name not in CROSSENTROPIES:
        raise NotChecked("the loss is not one of Keras's cross-entropies")
    if loss.from_logits:
        return
    activation, layer = last_activation(case)
    try:
        _, _, _, p = first_predicted(case, "train", "validation", "test")
        outside = float(np.mean((p < -0.01) | (p > 1.01)))
    except NotChecked:
        if not activation:
            raise
        p, outside = None, 0.0
    if activation != "linear" and outside < 0.01:
        return
    seen = "" if p is None else f", and gives values from {p.min():.3g} to {p.max():.3g}"
    where = f"`{layer}` has no activation" if activation == "linear" else "The output is no probability"
    yield (
        f"{where}{seen}; {loss.name} was compiled with from_logits=False.",
        {"loss": loss.name, "layer": layer, "activation": activation, "outside [0, 1]": outside},
    )


RULE = Rule(
    name="logits-without-from-logits",
    family="training",
    what="Compares the last activation, and the outputs on a few examples, with the loss's `from_logits`.",
    why="The loss cuts what lies outside 0 to 1 off: there the gradient is zero or wrong, and Keras says nothing.",
    reference="keras-team/keras#6143; keras-hub#1008 calls it one of the larger pain points of Keras.",
    known_problems="A loss of your own is not looked at.",
    fix="model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), ...)",
    check=check,
    invalid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile("adam", "sparse_categorical_crossentropy")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.arange(40) % 3))""",
    valid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.arange(40) % 3))""",
    weight=7,
)

VALID_MORE = (
    """import keras
import numpy as np

inputs = keras.Input((4,))
head = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1), keras.layers.Activation("sigmoid")], name="head")
model = keras.Model(inputs, head(keras.layers.Dense(8)(inputs)))
model.compile("adam", "binary_crossentropy")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.arange(40) % 2))""",
    """import keras
import numpy as np


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = keras.layers.Dense(3)

    def call(self, x):
        return keras.ops.softmax(self.out(x))


model = Net()
model.compile("adam", "sparse_categorical_crossentropy")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
model(X)
examined = dict(model=model, train=(X, np.arange(40) % 3))""",
)
