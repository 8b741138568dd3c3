"""The optimiser was built for other weights than those that are to be trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import optimised, own_training_step, trainable_at_compile, trained_by_fit
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.doctor.stepping import steps_taken


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the variables that the optimiser was built for with the model's trainable ones."""
    model = case.compiled
    if own_training_step(model):
        raise NotChecked("the model brings its own training step, which may have other optimisers")
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    held = optimised(optimizer, model)
    if held is None:
        raise NotChecked("the optimiser is not built yet, or does not tell for which weights")
    weights = model.trainable_variables
    before = trainable_at_compile(model)
    changed = before is not None and any(before.get(id(one), one.trainable) != one.trainable for one in case.layers)
    fitted = trained_by_fit(model)
    if fitted is not None and fitted != {id(one) for one in weights} and (changed or before is None):
        return  # `trainable` was changed after a fit, which is another matter
    missing = [one.path for one in weights if id(one) not in held]
    if missing:
        yield (
            f"The optimiser was built for {len(held)} weights; {len(missing)} of the {len(weights)} that the model "
            "trains are "
            f"not among them ({', '.join(missing[:2])}{', …' * (len(missing) > 2)}).",
            {"missing": missing, "built_for": len(held), "steps": steps_taken(model)},
        )


RULE = Rule(
    name="optimizer-belongs-to-other-weights",
    family="freezing",
    what="Compares the weights that the optimiser was built for with those that the model trains.",
    why="`fit` raises “Unknown variable”, and the moments that the optimiser keeps are those of other weights.",
    reference="keras-team/keras#9477, #22787; measured for this course with Keras 3.15.1.",
    known_problems="Silent where Keras does not tell what an optimiser was built for.",
    fix="model.compile(optimizer=keras.optimizers.Adam(1e-5), loss=...)  # a new optimiser, not the one of the stage "
    "before",
    check=check,
    invalid="""import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, name="base"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam(1e-3)
model.layers[0].trainable = False
model.compile(optimizer, "mse")
model.fit(X, X.sum(1, keepdims=True), epochs=1, verbose=0)
model.layers[0].trainable = True
model.compile(optimizer, "mse")
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)))""",
    valid="""import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, name="base"), keras.layers.Dense(1)])
model.layers[0].trainable = False
model.compile(keras.optimizers.Adam(1e-3), "mse")
model.fit(X, X.sum(1, keepdims=True), epochs=1, verbose=0)
model.layers[0].trainable = True
model.compile(keras.optimizers.Adam(1e-4), "mse")
model.fit(X, X.sum(1, keepdims=True), epochs=1, verbose=0)
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)))""",
    weight=9,
)

VALID_MORE = (
    """import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
base = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu")])
model = keras.Sequential([keras.Input((4,)), base, keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(1e-2, momentum=0.9)
model.compile(optimizer, "mse")
model.fit(X, X.sum(1, keepdims=True), epochs=1, verbose=0)
base.trainable = False
model.compile(optimizer, "mse")  # fewer weights than it was built for: that works
model.fit(X, X.sum(1, keepdims=True), epochs=1, verbose=0)
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)))""",
    """import keras
import numpy as np


class Pair(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.two = keras.layers.Dense(4), keras.layers.Dense(1)
        self.other = keras.optimizers.Adam(1e-4)

    def call(self, x):
        return self.two(self.one(x))

    def train_step(self, data):
        self.optimizer.build(self.two.trainable_variables)
        self.other.build(self.one.trainable_variables)
        return {"loss": 0.0}


X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
model = Pair()
model.compile(keras.optimizers.Adam(1e-3), "mse")
model(X[:1])
model.optimizer.build(model.two.trainable_variables)
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)))""",
)
