"""A fresh head and a pretrained base are trained together, in steps that are large for the base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.initial import looks_initial, share_initial
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.rule import Rule
from ftlearn.doctor.stepping import steps_taken

_LARGE = 5e-3
"""A first step that changes kernels by half a per cent: Adam at 1e-3 makes 2 %, at 5e-5 one in a thousand."""


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """See whether the head looks as it was made while the base does not, and measure the base's first step."""
    model, base = case.compiled, case.base
    inside = list(layers_of(base))
    held = {id(one) for one in base.weights}
    train = {id(one) for one in model.trainable_variables}
    kernels = [one for one in base.weights if len(one.shape) > 1]
    if sum(np.prod(one.shape) for one in kernels if id(one) in train) < sum(np.prod(one.shape) for one in kernels) / 2:
        return  # most of the base is frozen
    steps = steps_taken(model)
    before = case.before if steps or case.given_before else {}  # a head that is trained tells nothing any more

    def value(variable: Any) -> np.ndarray:
        return before.get(id(variable), np.array(variable))

    share, size, _ = share_initial(inside, value)
    if not size or share > 0.2:
        return  # the base is not pretrained, which is another matter
    heads = [
        one for one in case.layers
        if one.weights and not getattr(one, "layers", None) and any(len(w.shape) > 1 for w in one.weights)
        and all(id(w) not in held for w in one.weights) and any(id(w) in train for w in one.weights)
    ]  # fmt: skip
    fresh = [one.name for one in heads if looks_initial(one, value) and _random(one, value)]
    if not heads or len(fresh) < len(heads):
        return
    step = case.step
    if step.first_rate < step.rate / 4:
        return  # a warm-up gives the head time
    ratio = step.middle(inside)
    if ratio is not None and ratio > _LARGE:
        yield (
            f"The head ({', '.join(fresh[:3])}) {'was' if steps else 'is'} as its initialisers made it, and a first "
            "step at "
            f"a learning rate of {step.rate:.2g} changes the kernels of the trainable `{base.name}` by {ratio:.1%} "
            "(median).",
            {"head": fresh, "base": base.name, "ratio": ratio, "learning_rate": step.rate},
        )


def _random(layer: Any, value: Any) -> bool:
    """Return whether it has a bias, without which "fresh" is only a guess, and a kernel that does not start at zero."""
    kernels = [value(one) for one in layer.weights if len(one.shape) > 1]
    return any("bias" in one.name for one in layer.weights) and all(np.any(one) for one in kernels)


RULE = Rule(
    name="random-head-on-an-unfrozen-base",
    family="freezing",
    what="Compares the head with its initialisers and the base with its own, and measures how far the first step "
    "moves the "
    "base's kernels.",
    why="A random head sends random gradients: at this rate they change what the base has learnt before the head is "
    "of use.",
    reference="Kumar et al. 2022 (arXiv 2202.10054): train the head first, then all; the Keras guide on transfer "
    "learning.",
    known_problems="Small steps (below 0.5 % of a kernel) and a warm-up are let pass: that is how transformers are "
    "tuned.",
    fix="base.trainable = False\nmodel.compile(keras.optimizers.Adam(1e-3), loss=...)\nmodel.fit(...)  # the head\n"
    "base.trainable = True\nmodel.compile(keras.optimizers.Adam(1e-5), loss=...)\nmodel.fit(...)  # all, in small "
    "steps",
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
model = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(3)])
model.compile(keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=(X, np.arange(64) % 3))""",
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
base.trainable = False
model = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(3)])
model.compile(keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(X, np.arange(64) % 3, epochs=1, verbose=0)
base.trainable = True
model.compile(keras.optimizers.Adam(1e-4), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=(X, np.arange(64) % 3))""",
    weight=7,
)

VALID_MORE = (
    """import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 10)).astype("float32")
base = keras.Sequential(
    [keras.Input((10,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")], name="base"
)
model = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(1)])  # from scratch
model.compile("adam", "mse")
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)))""",
    """import keras
import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(64, 12, 3)).astype("float32")
base = keras.Sequential([keras.Input((12, 3)), keras.layers.LSTM(32)], name="base")
source = keras.Sequential([keras.Input((12, 3)), base, keras.layers.Dense(1)])
source.compile("adam", "mse")
source.fit(X, X.sum((1, 2)), epochs=2, verbose=0)
inputs = keras.Input((12, 3))
model = keras.Model(inputs, keras.layers.Dense(1)(base(inputs)))
rate = keras.optimizers.schedules.CosineDecay(0.0, 1000, warmup_target=1e-3, warmup_steps=100)
model.compile(keras.optimizers.AdamW(rate), "mae")
examined = dict(model=model, train=(X, X.mean((1, 2))[:, None]))""",
)
