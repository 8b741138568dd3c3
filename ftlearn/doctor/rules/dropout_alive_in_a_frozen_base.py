"""Dropout inside a frozen base goes on throwing features away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import asked_for_inference, layers_of
from ftlearn.doctor.probes import passes_differ
from ftlearn.doctor.rule import NotChecked, Rule

_ASKED, _MUCH = 0.3, 0.85
"""Two passes of a Dropout of rate p lie √(2 p) apart, relative to the features: 0.32 for 0.05, 0.89 for 0.4."""


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run the frozen base twice in training mode on what it receives."""
    base = case.base
    inside = list(layers_of(base))
    train = {id(one) for one in case.built.trainable_variables}
    if any(id(one) in train for one in base.weights):
        return  # a base that trains may well use Dropout
    alive = [one.name for one in inside if "Dropout" in type(one).__name__ and getattr(one, "rate", 0)]
    if not alive:
        return
    if any(type(one).__name__.startswith("Random") or "Noise" in type(one).__name__ for one in inside):
        raise NotChecked("the base changes its inputs at random itself, which cannot be told from Dropout")
    asked = (asked_for_inference(case.built) or {}).get(id(base)) is False
    apart = passes_differ(case.built, base, case.batch())
    if apart > (_ASKED if asked else _MUCH):
        yield (
            f"Two passes of the frozen `{base.name}` over the same examples in training mode lie {apart:.0%} of the "
            f"features' size apart: {len(alive)} Dropout layer{'s are' if len(alive) != 1 else ' is'} alive in it"
            f"{', though it was called with training=False' if asked else ''}.",
            {"base": base.name, "layers": alive, "relative_difference": round(apart, 3), "asked_for_inference": asked},
        )


RULE = Rule(
    name="dropout-alive-in-a-frozen-base",
    family="freezing",
    what="Runs a frozen base twice in training mode on what it receives and measures how far the features lie apart.",
    why="trainable=False does not silence Dropout, nor does training=False in a functional model of Keras 3: the "
    "head is trained on "
    "features that "
    "it never sees again, and nothing is left in the base to regularise.",
    reference="Measured for this course with Keras 3.15.1; keras-team/keras#20285 on training=False.",
    known_problems="Without training=False only strong Dropout is named (about 0.4 and more): weak noise may be "
    "wanted.",
    fix="for layer in base.layers:\n    if isinstance(layer, keras.layers.Dropout):\n        layer.rate = "
    "0.0\n"
    "# or compute the features once, with base.predict, and train the head on them",
    check=check,
    invalid="""import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(32, "relu"), keras.layers.Dropout(0.5)], name="base")
base.trainable = False
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(1)(base(inputs, training=False)))
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    valid="""import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(32, "relu"), keras.layers.Dropout(0.0)], name="base")
base.trainable = False
inputs = keras.Input((8,))
model = keras.Model(inputs, [keras.layers.Dense(1, name="head")(keras.layers.Dropout(0.5)(base(inputs)))])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    weight=3,
)

VALID_MORE = (
    """import keras
import numpy as np

base = keras.Sequential(
    [
        keras.Input((6, 6, 1)),
        keras.layers.RandomFlip(),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.GlobalAveragePooling2D(),
    ]
)
base.trainable = False
model = keras.Sequential([keras.Input((6, 6, 1)), base, keras.layers.Dense(3, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
rng = np.random.default_rng(0)
examined = dict(model=model, train=(rng.uniform(size=(30, 6, 6, 1)), np.arange(30) % 3))""",
    """import keras
import numpy as np


class Quiet(keras.Model):
    def __init__(self):
        super().__init__()
        self.base = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.5)], name="base")
        self.base.trainable = False
        self.head = keras.layers.Dense(1)

    def call(self, x):
        return self.head(self.base(x, training=False))


X = np.random.default_rng(3).normal(size=(24, 6)).astype("float32")
model = Quiet()
model(X[:1])
model.compile("adam", "mse")
examined = dict(model=model, train=(X, X.sum(1)))""",
)
