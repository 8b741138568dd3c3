"""A model says that it is frozen, and the layers inside it say that they are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.rule import Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare what the flags of a model and of its layers say with what is trained."""
    model = case.compiled
    train = {id(one) for one in model.trainable_variables}
    for parent in (model, *(one for one in case.layers if getattr(one, "layers", None))):
        if parent.trainable:
            continue
        inside = [one for one in layers_of(parent) if one.weights and not getattr(one, "layers", None)]
        able = [one for one in inside if any(w.trainable for w in one.weights) or not one.trainable]
        awake = [one for one in able if one.trainable]
        count = len(awake)
        if parent is model and count:
            yield (
                f"`{model.name}.trainable` is False, so nothing in it trains, though layers inside it "
                f"({count}: {', '.join(one.name for one in awake[:3])}{', …' * (count > 3)}) say that they are "
                "trainable.",
                {"parent": model.name, "layers": [one.name for one in awake], "trained": 0},
            )
            return
        trained = sum(id(w) in train for one in awake for w in one.weights)
        if count > 1 and count == len(able) and trained:
            yield (
                f"`{parent.name}.trainable` is False, yet all {count} layers with weights inside it train ({trained} "
                "weights).",
                {"parent": parent.name, "layers": [one.name for one in awake], "trained": trained},
            )


RULE = Rule(
    name="parent-frozen-children-alive",
    family="freezing",
    what="Compares the flags of a model with those of the layers inside it and with the weights that are trained.",
    why="A frozen outer model trains nothing, whatever its layers say; a frozen inner one does not stop layers that "
    "were "
    "thawed, or made, inside it: what you read off `trainable` is not what happens.",
    reference="keras-team/keras#18092; Layer.trainable_variables in Keras 3; measured for this course with Keras "
    "3.15.1.",
    known_problems="A frozen inner model of which some layers are thawed trains just these: it is meant, and let pass.",
    fix="base.trainable = True\nfor layer in base.layers[:-20]:\n    layer.trainable = False\nmodel.compile(...)",
    check=check,
    invalid="""import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(8)], name="base")
model = keras.Sequential([keras.Input((8,)), base, keras.layers.Dense(1)])
model.trainable = False
for layer in model.layers[-1:]:
    layer.trainable = True
model.compile(keras.optimizers.Adam(1e-3), "mse")
X = np.random.default_rng(0).normal(size=(20, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    valid="""import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(8)], name="base")
model = keras.Sequential([keras.Input((8,)), base, keras.layers.Dense(1)])
base.trainable = False
model.compile(keras.optimizers.Adam(1e-3), "mse")
X = np.random.default_rng(0).normal(size=(20, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    weight=9.5,
)

VALID_MORE = (
    """import keras
import numpy as np

base = keras.Sequential(
    [keras.Input((8,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(8), keras.layers.Dense(8)]
)
base.trainable = False
for layer in base.layers[-1:]:
    layer.trainable = True
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(1)(base(inputs)))
model.compile(keras.optimizers.Adam(1e-4), "mse")
X = np.random.default_rng(0).normal(size=(20, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    """import keras
import numpy as np

critic = keras.Sequential([keras.Input((6,)), keras.layers.Dense(12, "relu"), keras.layers.Dense(1, "sigmoid")])
critic.compile("adam", "binary_crossentropy")
maker = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(6)])
critic.trainable = False
model = keras.Sequential([keras.Input((3,)), maker, critic])
model.compile("adam", "binary_crossentropy")
X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
examined = dict(model=model, train=(X, np.ones((20, 1))))""",
)
