"""A slice of the outer model's layers was to thaw a few of the base, and took the base as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.rule import Rule

_MOST = 0.95


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look for the trace of an outer slice, or of a flat model that trains a base which says that it is frozen."""
    model, base = case.built, case.base
    train = {id(one) for one in model.trainable_variables}
    inside = [one for one in layers_of(base) if one.weights and not getattr(one, "layers", None)]
    kernels = [w for one in inside for w in one.weights if len(w.shape) > 1]
    size = sum(int(np.prod(one.shape)) for one in kernels)
    awake = sum(int(np.prod(one.shape)) for one in kernels if id(one) in train)
    if not size:
        return
    outer = [one for one in getattr(model, "layers", ()) if one is not base]
    told = {"base": base.name, "trainable": awake, "of": size}
    if len(outer) < len(getattr(model, "layers", ())) and len(inside) >= 3:
        said = _watched(case, base, awake / size)
        if said:
            yield f"{said}: {awake:,} of the {size:,} kernel weights of `{base.name}` train.", told
            return
    if len(outer) == len(getattr(model, "layers", ())):  # the base's layers stand in the model one by one
        if (
            not base.trainable
            and awake > _MOST * size
            and any(id(one) in {id(w) for w in model.weights} for one in kernels)
        ):
            yield (
                f"`{base.name}.trainable` says False, yet {awake:,} of its {size:,} kernel weights train: its layers "
                "stand in "
                "the model one by one, and a slice of the model's layers has thawed them.",
                told,
            )
        return
    if not base.trainable or len(inside) < 3 or awake < _MOST * size:
        return
    place = model.layers.index(base)
    first, last = model.layers[:place], model.layers[place + 1 :]
    if not first or any(one.weights or one.trainable for one in first):
        return  # no slice ends here: one leaves the layers before it switched off, though they have nothing to train
    if len(last) > 1 and all(one.trainable for one in last) and any(not one.weights for one in last):
        yield (
            f"The last {len(last) + 1} of the model's {len(model.layers)} layers are trainable and what stands before "
            f"them ({len(first)}) is not: the slice counts `{base.name}` as one layer, so {awake:,} of its {size:,} "
            "kernel weights train.",
            {**told, "outer_layers": len(model.layers), "frozen_in_front": [one.name for one in first]},
        )


def _watched(case: Case, base: Any, share: float) -> str:
    """Say what the program did by which the base was thawed, or frozen, as one layer; empty when it was not seen."""
    layers = [one.name for one in case.model.layers]
    at_once = [(value, count) for name, value, count in case.observed.get("trainable_set", ()) if name == base.name]
    value, count = at_once[-1] if at_once else (None, 0)
    for one in case.observed.get("layers_sliced", ()):
        start, stop, of = one["start"], one["stop"], one["of"]
        bound = max(abs(end) for end in (start, stop, 0) if end is not None)
        if of != len(layers) or bound <= of:
            continue
        text = f"layers[{'' if start is None else start}:{'' if stop is None else stop}]"
        told = f"`{text}` was taken of a model that has {of} layers, of which `{base.name}` is one"
        if count > 1 and (share > _MOST if value else share == 0):
            return told  # the loop over the slice set the base's flag too
        if stop is not None and stop < 0 and not start and share > _MOST:
            return f"{told}, so it is empty"
    after = layers[layers.index(base.name) + 1 :]
    counts = {name: count for name, flag, count in case.observed.get("trainable_set", ()) if flag}
    if 1 < len(after) + 1 < len(layers) and value and share > _MOST:
        weightless = any(not one.weights for one in case.model.layers if one.name in after)
        if weightless and count == len(after) + 1 and all(counts.get(name) == count for name in after):
            return f"A loop thawed the last {count} of the model's {len(layers)} layers, `{base.name}` first"
    return ""


RULE = Rule(
    name="slice-counts-outer-layers",
    family="freezing",
    what="Looks for the trace of a slice over the outer layers: those before the base are switched off though they "
    "have no "
    "weights, all from the base on are on, and the whole base trains.",
    why="`model.layers[-20:]` of a nested model counts the base as one layer: it thaws all of it, not its last layers.",
    reference="keras-team/keras-io#2385, #2393; measured for this course: 398,690 of 412,770 weights thawed.",
    known_problems="A slice that is longer than the model leaves the state of one who thaws all on purpose: it is "
    "named only when the program was watched (`ftlearn doctor PROGRAM`). A flat model needs base=.",
    fix="base.trainable = True\nfor layer in base.layers[:-20]:\n    layer.trainable = False\nmodel.compile(...)",
    check=check,
    invalid="""import keras
import numpy as np

base = keras.Sequential(
    [keras.Input((8, 8, 1)), keras.layers.Conv2D(6, 3), keras.layers.Conv2D(6, 3), keras.layers.Conv2D(6, 3)],
    name="base",
)
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Rescaling(2.0, -1.0),
        base,
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2),
    ]
)
for layer in model.layers[:-3]:
    layer.trainable = False
model.compile(keras.optimizers.Adam(1e-4), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype("float32")
examined = dict(model=model, train=(X, np.arange(20) % 2))""",
    valid="""import keras
import numpy as np

base = keras.Sequential(
    [keras.Input((8, 8, 1)), keras.layers.Conv2D(6, 3), keras.layers.Conv2D(6, 3), keras.layers.Conv2D(6, 3)],
    name="base",
)
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Rescaling(2.0, -1.0),
        base,
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2),
    ]
)
for layer in base.layers[:-1]:
    layer.trainable = False
model.compile(keras.optimizers.Adam(1e-4), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype("float32")
examined = dict(model=model, train=(X, np.arange(20) % 2))""",
    weight=9,
)

VALID_MORE = (
    """import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8), keras.layers.Dense(8), keras.layers.Dense(8)])
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.2)(base(inputs))))
for layer in model.layers[:-1]:
    layer.trainable = False
base.trainable = True  # all of it, after the head
model.compile(keras.optimizers.Adam(1e-4), "mse")
X = np.random.default_rng(0).normal(size=(20, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    """import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8), keras.layers.Dense(8), keras.layers.Dense(8)])
base.trainable = False
base.layers[-1].trainable = True
model = keras.Model(base.inputs, keras.layers.Dense(1)(base.outputs[0]))  # flat
model.compile(keras.optimizers.Adam(1e-4), "mse")
X = np.random.default_rng(0).normal(size=(20, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]), base=base)""",
)
