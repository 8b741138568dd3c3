"""The last few layers of a flat model were thawed, and they are the new head: of the base, nothing trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look for thawed layers at the end of a frozen base that have no weights, where a slice ends."""
    model, base = case.built, case.base
    layers = list(getattr(model, "layers", ()))
    if base in layers:
        return  # one layer of the model, and no slice of it ends inside the base
    own = {id(one) for one in getattr(base, "layers", ())}
    inside = [one for one in layers if id(one) in own and type(one).__name__ != "InputLayer"]
    train = {id(one) for one in model.trainable_variables}
    if not inside or any(id(weight) in train for one in inside for weight in one.weights):
        return
    thawed = [one for one in inside if one.trainable]
    cut = len(inside) - len(thawed)
    frozen = [one for one in inside[:cut] if not one.weights]
    if not thawed or inside[cut:] != thawed or not frozen or any(one.weights for one in thawed):
        return
    head = layers[layers.index(inside[-1]) + 1 :]
    if not any(one.weights for one in head) or not all(one.trainable for one in head):
        return
    names = ", ".join(f"`{one.name}`" for one in thawed[:3])
    yield (
        f"The last {len(thawed) + len(head)} layers of the model are trainable: {len(head)} of the new head, and of "
        f"the {len(inside)} of `{base.name}` only {names}, which {'has' if len(thawed) == 1 else 'have'} no weights.",
        {"thawed": [one.name for one in thawed], "head": [one.name for one in head], "base": base.name},
    )


RULE = Rule(
    name="slice-reaches-the-head-only",
    family="freezing",
    what="Looks in a model that continues its base layer by layer for the trace of a slice from the end: thawed layers "
    "of the base that have no weights, behind frozen ones.",
    why="What was to be fine-tuned is frozen: a slice such as model.layers[-5:] counts pooling, dropout and the new "
    "layers too.",
    reference="keras-team/keras-io#2385; the programs students meet: “unfreeze the last five layers” of a ResNet50.",
    known_problems="Needs base=, or a program that is watched. A slice that ends exactly at the head leaves no trace.",
    fix="for layer in base.layers[-15:]:  # of the base, not of the model\n"
    "    layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)\n"
    "print(len(model.trainable_weights))\nmodel.compile(...)",
    check=check,
    invalid="""import keras
import numpy as np

base = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(6, 3),
        keras.layers.ReLU(),
        keras.layers.Conv2D(6, 3),
        keras.layers.ReLU(),
    ],
    name="base",
)
x = keras.layers.GlobalAveragePooling2D()(base.outputs[0])
model = keras.Model(base.inputs[0], keras.layers.Dense(2)(keras.layers.Dense(8, "relu")(x)))
for layer in base.layers:
    layer.trainable = False
for layer in model.layers[-4:]:
    layer.trainable = True
model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype("float32")
examined = dict(model=model, train=(X, np.arange(20) % 2), base=base)""",
    valid="""import keras
import numpy as np

base = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(6, 3),
        keras.layers.ReLU(),
        keras.layers.Conv2D(6, 3),
        keras.layers.ReLU(),
    ],
    name="base",
)
x = keras.layers.GlobalAveragePooling2D()(base.outputs[0])
model = keras.Model(base.inputs[0], keras.layers.Dense(2)(keras.layers.Dense(8, "relu")(x)))
for layer in base.layers:
    layer.trainable = False
for layer in base.layers[-2:]:
    layer.trainable = True
model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype("float32")
examined = dict(model=model, train=(X, np.arange(20) % 2), base=base)""",
    weight=9.3,
)

VALID_MORE = (
    """import keras
import numpy as np

base = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(6, 3), keras.layers.ReLU()], name="base")
base.trainable = False  # all of it, its layers without weights too: the head alone is to be trained
x = keras.layers.GlobalAveragePooling2D()(base.outputs[0])
model = keras.Model(base.inputs[0], keras.layers.Dense(2)(x))
model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype("float32")
examined = dict(model=model, train=(X, np.arange(20) % 2), base=base)""",
    """import keras
import numpy as np

base = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(6, 3), keras.layers.ReLU()], name="base")
for layer in base.layers:
    if layer.weights:
        layer.trainable = False  # those that have something to train
model = keras.Sequential([keras.Input((8, 8, 1)), base, keras.layers.Flatten(), keras.layers.Dense(2)])
model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype("float32")
examined = dict(model=model, train=(X, np.arange(20) % 2), base=base)""",
)
