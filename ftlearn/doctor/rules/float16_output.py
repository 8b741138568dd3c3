"""The output of a model in mixed precision is half precision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.outputs import predict
from ftlearn.doctor.rule import Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look at the kind of numbers that the model gives."""
    model = case.compiled
    outputs = getattr(model, "outputs", None)
    kinds = {str(one.dtype) for one in outputs} if outputs else {str(predict(model, case.batch(rows=2)).dtype)}
    if "float16" in kinds:
        yield "The model gives float16: 11 bits, and nothing above 65,504.", {"dtypes": sorted(kinds)}


RULE = Rule(
    name="float16-output",
    family="training",
    what="Looks at the type of the numbers that a compiled model gives.",
    why="A loss and its softmax in half precision overflow, and small probabilities become 0.",
    reference="tensorflow/tensorflow#34406; Keras guide on mixed precision: keep the last layer in float32.",
    fix='keras.layers.Dense(10, activation="softmax", dtype="float32")  # the last layer',
    check=check,
    invalid="""import keras

inputs = keras.Input((4,))
x = keras.layers.Dense(8, activation="relu", dtype="mixed_float16")(inputs)
model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax", dtype="mixed_float16")(x))
model.compile("adam", "sparse_categorical_crossentropy")
examined = dict(model=model)""",
    valid="""import keras

inputs = keras.Input((4,))
x = keras.layers.Dense(8, activation="relu", dtype="mixed_float16")(inputs)
model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax", dtype="float32")(x))
model.compile("adam", "sparse_categorical_crossentropy")
examined = dict(model=model)""",
    weight=6,
)

VALID_MORE = (
    """import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
examined = dict(model=model)""",
    """import keras
import numpy as np


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = keras.layers.Dense(1)

    def call(self, x):
        return self.out(x)


model = Net()
model.compile("adam", "mse")
X = np.ones((8, 4), "float32")
model(X)
examined = dict(model=model, train=(X, X[:, 0]))""",
)
