"""All steps of training together cannot move the weights by anything that matters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.doctor.stepping import steps_taken

_SMALL, _EPOCHS = 1e-4, 5


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Take one step, multiply it by the steps that were taken or are to come, and compare with the weights' size."""
    model = case.compiled
    part, taken = case.part("train"), steps_taken(model)
    history = case.history if case.stages else {}
    losses = history.get("loss", [])
    if taken and not losses:
        raise NotChecked("the model is trained already, and no history was given")
    moved = _moved(case, model) if case.given_before and taken else None
    if moved is None and len(losses) > 1 and losses[-1] < 0.98 * losses[0]:
        return  # the loss fell: the steps were of use; where it is known how far they went, noise cannot pretend that
    if moved == 0:
        return  # nothing moved at all, which no learning rate explains
    rates = history.get("learning_rate") or [1.0]
    if rates[-1] < max(rates) / 2 or not np.isfinite(losses).all():
        return  # the rate was lowered on the way, by a callback as a rule
    step = case.step
    ratio = step.middle(case.layers)
    if ratio is None:
        raise NotChecked("no kernel of the model is trained")
    if ratio < 1e-3 * step.rate:
        return  # the gradient has all but vanished: more of it would do nothing
    steps = taken or _EPOCHS * max(1, len(part.X) // 32)
    total = ratio * steps if moved is None else moved
    if total < _SMALL:
        yield (
            f"At a learning rate of {step.rate:.2g} one step changes the trained kernels by {ratio:.1e} of their size "
            f"(median), {steps:,} steps by {'at most ' if moved is None else ''}{total:.1e}.",
            {"ratio": ratio, "steps": steps, "total": total, "limit": _SMALL, "learning_rate": step.rate},
        )


def _moved(case: Case, model: Any) -> float | None:
    """Return how far the trained kernels are from where they were, relative to their size (median)."""
    before = case.before
    train = [one for one in model.trainable_variables if len(one.shape) > 1 and id(one) in before]
    sizes = [max(np.linalg.norm(before[id(one)]), 1e-12) for one in train]
    gaps = [np.linalg.norm(np.array(one) - before[id(one)]) / size for one, size in zip(train, sizes, strict=True)]
    return float(np.median(gaps)) if gaps else None


RULE = Rule(
    name="update-too-small-to-matter",
    family="freezing",
    what="Takes one training step with a fresh copy of the optimiser, multiplies it by the number of steps, and "
    "compares that "
    "with the size of the kernels; where the loss fell it says nothing.",
    why="Weights that change by less than one part in ten thousand leave every prediction as it was: nothing is tuned.",
    reference="LeCun et al. 1998, Efficient BackProp; CS231n, “Ratio of weights:updates” (about 1e-3 a step is usual).",
    known_problems="The sum of the steps is an upper limit; before training, five epochs in batches of 32 are assumed.",
    fix="model.compile(optimizer=keras.optimizers.Adam(1e-5), loss=...)  # 10 to 1,000 times larger than now",
    check=check,
    invalid="""import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(64, 10)).astype("float32")
model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(1e-9), "mse")
history = model.fit(X, X.sum(1, keepdims=True), epochs=3, verbose=0)
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)), history=history)""",
    valid="""import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(64, 10)).astype("float32")
model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(1e-2), "mse")
history = model.fit(X, X.sum(1, keepdims=True), epochs=3, verbose=0)
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)), history=history)""",
    weight=6,
)

VALID_MORE = (
    """import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 6)).astype("float32")
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-2), "mse")
history = model.fit(
    X,
    X[:, :1],
    epochs=8,
    verbose=0,
    callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=1e-3, patience=1, min_delta=10.0, min_lr=1e-9)],
)
examined = dict(model=model, train=(X, X[:, :1]), history=history)""",
    """import keras
import numpy as np

inputs = keras.Input((5, 2))
hidden = keras.layers.GRU(12)(inputs)
model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(hidden))
rate = keras.optimizers.schedules.PolynomialDecay(5e-5, 100)
model.compile(keras.optimizers.AdamW(rate), "sparse_categorical_crossentropy")
X = np.random.default_rng(0).normal(size=(9, 5, 2)).astype("float32")
examined = dict(model=model, train=(X, np.arange(9) % 3))""",
)
