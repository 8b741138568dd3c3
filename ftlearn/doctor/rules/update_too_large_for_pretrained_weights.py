"""A step of training moves pretrained weights further than what they have learnt can stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.initial import share_initial
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.rule import NotChecked, Rule

_LARGE, _LOST = 0.05, 1.0


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Take one step with the optimiser's own settings, measure the base's kernels, and undo it."""
    model, base = case.compiled, case.base
    inside = list(layers_of(base))
    train = {id(one) for one in model.trainable_variables}
    if not any(id(one) in train for one in base.weights):
        return
    before = case.before if case.given_before else {}
    share, size, _ = share_initial(inside, lambda one: before.get(id(one), np.array(one)))
    if not size or share > 0.2:
        return  # not pretrained: large steps may be what it needs
    if case.step.taken and not before and case.stages < 2:
        raise NotChecked("the model is trained already, and its weights before that were not given (before=): "
                         "its base may have started from scratch")  # fmt: skip
    went = _went(inside, before, train)
    if case.step.taken and went > _LOST:  # a step from where they are now says little about weights so far out
        yield (
            f"In {case.step.taken} steps at a learning rate of {case.step.rate:.2g} the kernels of the pretrained "
            f"`{base.name}` went {went:.1f} times their own length (median) from where they were.",
            {"base": base.name, "moved": went, "steps": case.step.taken, "learning_rate": case.step.rate},
        )
        return
    ratio = case.step.middle(inside)
    if ratio is not None and ratio > _LARGE:
        yield (
            f"One step at a learning rate of {case.step.rate:.2g} changes the kernels of the pretrained "
            f"`{base.name}` by "
            f"{ratio:.1%} of their size (median); fine-tuning stays near 0.1 %.",
            {"base": base.name, "ratio": ratio, "learning_rate": case.step.rate, "limit": _LARGE},
        )


def _went(layers: list[Any], before: dict[int, np.ndarray], train: set[int]) -> float:
    """Return how far trained kernels are from where they were, relative to their length then; 0 where not known."""
    kernels = {id(one): one for layer in layers for one in layer.weights if len(one.shape) > 1}
    known = [one for key, one in kernels.items() if key in train and key in before and np.any(before[key])]
    gaps = [np.linalg.norm(np.asarray(one) - before[id(one)]) / np.linalg.norm(before[id(one)]) for one in known]
    return float(np.median(gaps)) if gaps else 0.0


RULE = Rule(
    name="update-too-large-for-pretrained-weights",
    family="freezing",
    what="Takes one training step on a few examples with a fresh copy of the optimiser, measures how far it moves "
    "the base's "
    "kernels, and undoes it.",
    why="A few such steps overwrite what the base has learnt; what is left is a network trained from scratch on "
    "little data.",
    reference="The Keras guide on transfer learning (“a very low learning rate”); Howard and Ruder 2018 (arXiv "
    "1801.06146).",
    known_problems="Only changes of more than 5 % a step are named, far more than is wise; of a schedule the highest "
    "rate counts.",
    fix="model.compile(optimizer=keras.optimizers.Adam(1e-5), loss=...)  # 10 to 100 times smaller",
    check=check,
    invalid="""import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 10)).astype("float32")
base = keras.Sequential(
    [keras.Input((10,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")], name="base"
)
source = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(1)])
source.compile("adam", "mse")
source.fit(X, X.sum(1), epochs=2, verbose=0)  # pretrained
model = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(2)])
model.compile(keras.optimizers.Adam(0.1), "mse")
examined = dict(model=model, train=(X, X[:, :2]))""",
    valid="""import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 10)).astype("float32")
base = keras.Sequential(
    [keras.Input((10,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")], name="base"
)
source = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(1)])
source.compile("adam", "mse")
source.fit(X, X.sum(1), epochs=2, verbose=0)  # pretrained
model = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(2)])
model.compile(keras.optimizers.Adam(1e-4), "mse")
examined = dict(model=model, train=(X, X[:, :2]))""",
    weight=8,
)

VALID_MORE = (
    """import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 12, 2)).astype("float32")
base = keras.Sequential([keras.Input((12, 2)), keras.layers.LSTM(24)], name="base")
source = keras.Sequential([keras.Input((12, 2)), base, keras.layers.Dense(1)])
source.compile("adam", "mse")
source.fit(X, X[:, -1, :1], epochs=2, verbose=0)
base.trainable = False
model = keras.Sequential([keras.Input((12, 2)), base, keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.1), "mse")  # a frozen base stands any rate
data = tf.data.Dataset.from_tensor_slices((X, X[:, -1, :1])).batch(8)
examined = dict(model=model, train=data)""",
    """import keras
import numpy as np


class Two(keras.Model):
    def __init__(self):
        super().__init__()
        self.base = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")], name="base")
        self.one, self.two = keras.layers.Dense(1), keras.layers.Dense(1)

    def call(self, x):
        x = self.base(x)
        return self.one(x), self.two(x)


X = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
model = Two()
model.compile(keras.optimizers.SGD(0.05, momentum=0.9), ["mse", "mae"])
model.fit(X, (X[:, :1], X[:, 1:2]), epochs=1, verbose=0)
examined = dict(model=model, train=(X, X[:, :1]))""",
)
