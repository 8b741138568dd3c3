"""The model gives probabilities, the loss takes them for logits."""

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
    if not loss.from_logits:
        return
    activation, layer = last_activation(case)
    if activation not in ("softmax", "sigmoid"):
        if activation:
            return
        _, _, _, p = first_predicted(case, "train", "validation", "test")
        if p.shape[-1] < 2 or p.min() < 0 or not np.allclose(p.sum(-1), 1, atol=1e-3):
            return
        where = "Every output is positive and each row sums to 1"
    else:
        where = f"`{layer}` ends in {activation}"
    yield f"{where}; {loss.name} was compiled with from_logits=True.", {"loss": loss.name, "activation": activation}


RULE = Rule(
    name="probabilities-called-logits",
    family="training",
    what="Compares the last activation, or the outputs where it cannot be told, with the loss's `from_logits`.",
    why="The loss squashes what is squashed already: it cannot come near 0, and its gradients are flat.",
    reference="Keras warns in training that the output was produced by a softmax (keras-team/keras#6143).",
    known_problems="With TensorFlow, Keras finds the logits before a plain last softmax itself and only warns; a model "
    "that is saved, nested or run elsewhere loses that.",
    fix='model.compile(loss="sparse_categorical_crossentropy", ...)  # or no activation in the last layer',
    check=check,
    invalid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.arange(40) % 3))""",
    valid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.arange(40) % 3))""",
    weight=7,
)

VALID_MORE = (
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((6, 4)), keras.layers.GRU(8), keras.layers.Dense(1)])
model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
X = np.random.default_rng(0).normal(size=(40, 6, 4)).astype("float32")
examined = dict(model=model, train=(X, np.arange(40) % 2))""",
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="sigmoid")])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, np.random.default_rng(1).random((40, 3))))""",
)
