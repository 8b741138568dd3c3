"""A stage of fine-tuning in which no weight of the base moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.doctor.stepping import steps_taken


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the base's weights with those before the stage, where it was to be trained."""
    model, before = case.built, case.before
    steps = steps_taken(model)
    if not steps:
        raise NotChecked("the model has not been trained since it was compiled")
    base = case.base
    held = [one for one in base.weights if id(one) in before]
    if not held:
        raise NotChecked("the weights in `before` are not the base's")
    train = {id(one) for one in model.trainable_variables}
    awake = sum(id(one) in train for one in held)
    if not awake and not case.observed.get("called_fine_tuning", case.stages >= 2):
        return  # a frozen base in a first stage stays as it is: that is what it is for
    moved = sum(not np.array_equal(np.array(one), before[id(one)]) for one in held)
    if not moved:
        yield (
            f"None of the {len(held)} weights of `{base.name}` differs from what it was before the stage of {steps} "
            "steps; "
            f"{awake} of them are trainable.",
            {"base": base.name, "weights": len(held), "trainable": awake, "steps": steps, "moved": 0},
        )


RULE = Rule(
    name="fine-tuning-moved-nothing",
    family="freezing",
    what="Compares the base's weights with those before the stage, bit for bit, when the base is trainable or when a "
    "second stage of training was given.",
    why="What is called fine-tuning was more training of the head; its score says nothing about fine-tuning.",
    reference="keras-team/keras#13404; the Keras guide on transfer learning compiles again after thawing the base.",
    known_problems="Needs before=. Two stages on a base that is meant to stay frozen are named too, unless the program "
    "was watched and never calls the second one fine-tuning.",
    fix="base.trainable = True\nmodel.compile(optimizer=keras.optimizers.Adam(1e-5), loss=...)\nmodel.fit(...)",
    check=check,
    invalid="""import keras
import numpy as np

rng = np.random.default_rng(0)
base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64, "relu")], name="base")
base.trainable = False
model = keras.Sequential([keras.Input((8,)), base, keras.layers.Dense(1)])
X = rng.normal(size=(64, 8)).astype("float32")
y = X.sum(1, keepdims=True)
model.compile(keras.optimizers.Adam(1e-2), "mse")
head = model.fit(X, y, epochs=1, verbose=0)
before = model.get_weights()
model.compile(keras.optimizers.Adam(1e-4), "mse")
tuning = model.fit(X, y, epochs=1, verbose=0)
examined = dict(model=model, train=(X, y), history=[head, tuning], before=before)""",
    valid="""import keras
import numpy as np

rng = np.random.default_rng(0)
base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64, "relu")], name="base")
base.trainable = False
model = keras.Sequential([keras.Input((8,)), base, keras.layers.Dense(1)])
X = rng.normal(size=(64, 8)).astype("float32")
y = X.sum(1, keepdims=True)
model.compile(keras.optimizers.Adam(1e-2), "mse")
head = model.fit(X, y, epochs=1, verbose=0)
before = model.get_weights()
base.trainable = True
model.compile(keras.optimizers.Adam(1e-4), "mse")
tuning = model.fit(X, y, epochs=1, verbose=0)
examined = dict(model=model, train=(X, y), history=[head, tuning], before=before)""",
    weight=9,
)

VALID_MORE = (
    """import keras
import numpy as np

rng = np.random.default_rng(1)
base = keras.Sequential([keras.Input((12, 2)), keras.layers.LSTM(8)], name="base")
base.trainable = False
series = keras.Input((12, 2))
model = keras.Model(series, keras.layers.Dense(1)(base(series)))
model.compile(keras.optimizers.Adam(1e-2), "mae")
before = base.get_weights()
X = rng.normal(size=(48, 12, 2)).astype("float32")
history = model.fit(X, X[:, -1, :1], epochs=1, verbose=0)
examined = dict(model=model, train=(X, X[:, -1, :1]), history=history, before=before)""",
    """import keras
import numpy as np
import tensorflow as tf


class Tuned(keras.Model):
    def __init__(self):
        super().__init__()
        self.base = keras.Sequential([keras.layers.Dense(32, "relu")], name="base")
        self.head = keras.layers.Dense(3)

    def call(self, x):
        return self.head(self.base(x))


rng = np.random.default_rng(2)
X, y = rng.normal(size=(30, 6)).astype("float32"), rng.integers(0, 3, 30)
data = tf.data.Dataset.from_tensor_slices((X, y)).batch(10)
model = Tuned()
model.compile(keras.optimizers.SGD(1e-2), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model(X[:1])
before = model.get_weights()
model.fit(data, epochs=1, verbose=0)
examined = dict(model=model, train=data, before=before)""",
)
