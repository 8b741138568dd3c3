"""New layers stand on a network's class scores, not on its features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.inputs import arrives_at
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.rule import NotChecked, Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look for a Dense layer that gets what a softmax inside the base puts out, and measure that it is that."""
    model = case.built
    scores = [one for one in _bases(case) if _scored(one) is not None]
    if not scores:
        return
    inside = {id(layer) for base in scores for layer in (base, *layers_of(base))}
    heads = [
        one for one in case.layers
        if type(one).__name__ == "Dense" and id(one) not in inside and one.weights
        and any(one.kernel.shape[0] == _scored(base).units for base in scores)
    ]  # fmt: skip
    if not heads:
        return
    head, seen = arrives_at(case, heads)
    base = next(one for one in scores if one is not model and head.kernel.shape[0] == _scored(one).units)
    if seen.ndim != 2 or seen.min() < 0 or np.abs(seen.sum(1) - 1).max() > 0.01:
        return
    yield (
        f"`{head.name}` gets the {seen.shape[1]} class probabilities of `{base.name}` (from its layer "
        f"`{_scored(base).name}`; every example's sum to 1), not its features.",
        {"head": head.name, "base": base.name, "classes": seen.shape[1], "layer": _scored(base).name},
    )


def _bases(case: Case) -> list[Any]:
    """Return the models that stand in this one, as one layer or layer by layer."""
    found = [one for one in case.layers if getattr(one, "layers", None) and one.weights]
    try:
        found.append(case.base)
    except NotChecked:
        pass
    return [one for one in {id(one): one for one in found}.values() if one is not case.model]


def _scored(base: Any) -> Any:
    """Return the Dense layer with softmax that a network ends in; None where it ends in something else."""
    last = base.layers[-1] if base.layers else None
    if type(last).__name__ in ("Activation", "Softmax") and len(base.layers) > 1:
        softmax = type(last).__name__ == "Softmax" or getattr(last.activation, "__name__", "") == "softmax"
        last = base.layers[-2] if softmax else None
        return last if type(last).__name__ == "Dense" else None
    softmax = getattr(getattr(last, "activation", None), "__name__", "") == "softmax"
    return last if type(last).__name__ == "Dense" and softmax and last.units > 2 else None


RULE = Rule(
    name="head-on-class-scores",
    family="freezing",
    what="Finds a network inside the model that ends in a softmax, and measures whether the layer that follows gets "
    "its probabilities.",
    why="Softmax leaves of a picture little more than which old class it resembles; what distinguishes the new classes "
    "was in the features before it.",
    reference="The Keras guide on transfer learning loads its base with include_top=False; Yosinski et al. 2014 (arXiv "
    "1411.1792).",
    known_problems="Whoever stacks models on the probabilities of others on purpose is named too.",
    fix='base = keras.applications.MobileNetV2(include_top=False, pooling="avg", weights="imagenet")\n'
    "features = keras.Model(base.inputs, base.layers[-2].output)  # or cut off the last layer",
    check=check,
    invalid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
X = rng.normal(size=(90, 12)).astype("float32")
network = keras.Sequential(
    [keras.Input((12,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(5, "softmax")], name="network"
)
network.compile("adam", "sparse_categorical_crossentropy")
network.fit(X, X[:, :5].argmax(1), epochs=5, verbose=0)  # pretrained
network.trainable = False
model = keras.Sequential([keras.Input((12,)), network, keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-2), "mse")
examined = dict(model=model, train=(X, X[:, :1]))""",
    valid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
X = rng.normal(size=(90, 12)).astype("float32")
network = keras.Sequential(
    [keras.Input((12,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(5, "softmax")], name="network"
)
network.compile("adam", "sparse_categorical_crossentropy")
network.fit(X, X[:, :5].argmax(1), epochs=5, verbose=0)  # pretrained
features = keras.Model(network.inputs, network.layers[-2].output, name="features")
features.trainable = False
model = keras.Sequential([keras.Input((12,)), features, keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-2), "mse")
examined = dict(model=model, train=(X, X[:, :1]))""",
    weight=9.5,
)

VALID_MORE = (
    """import keras
import numpy as np

inputs = keras.Input((12,))  # a gate: softmax weighs features, and the sum of these is what goes on
gate = keras.Sequential([keras.Input((12,)), keras.layers.Dense(12, "softmax")], name="gate")
x = keras.layers.Multiply()([inputs, gate(inputs)])
model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dense(16, "relu")(x)))
model.compile(keras.optimizers.Adam(1e-2), "mse")
X = np.random.default_rng(0).normal(size=(64, 12)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    """import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(96, 6)).astype("float32")  # a network in a network, whose scores come out
inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6), inner])
model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
model.fit(X, X[:, :3].argmax(1), epochs=3, verbose=0)
examined = dict(model=model, train=(X, X[:, :3].argmax(1)))""",
)
