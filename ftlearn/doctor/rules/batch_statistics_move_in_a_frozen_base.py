"""BatchNormalization in a base that is otherwise frozen still moves its statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.rule import Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run a few examples in training mode and see which statistics of the base move; then put all back."""
    base = case.base
    kernels = [one for one in layers_of(base) if one.weights and type(one).__name__ != "BatchNormalization"]
    if kernels and sum(one.trainable for one in kernels) > len(kernels) / 2:
        return  # most of the base trains: its statistics are meant to move
    inside = {one.name for one in layers_of(base)}
    moved = [name for name in case.moved_statistics if name in inside]
    if moved:
        awake = int(np.sum([one.trainable for one in kernels]))
        yield (
            f"{len(moved)} BatchNormalization layers of `{base.name}` move their statistics in a training step, though "
            f"{len(kernels) - awake} of its {len(kernels)} other layers are frozen.",
            {"layers": moved, "base": base.name},
        )


RULE = Rule(
    name="batch-statistics-move-in-a-frozen-base",
    family="freezing",
    what="Runs a few examples in training mode and compares the statistics of each BatchNormalization layer.",
    why="A frozen base whose statistics drift is soon another network: training looks fine, validation falls.",
    reference="keras-team/keras#9965; the Keras guide on transfer learning keeps BatchNormalization in inference mode.",
    fix="for layer in base.layers:\n    if isinstance(layer, keras.layers.BatchNormalization):\n        "
    "layer.trainable = False\nmodel.compile(...)",
    check=check,
    invalid="""import keras
import numpy as np

base = keras.Sequential(
    [keras.Input((8,)), keras.layers.Dense(64, trainable=False), keras.layers.BatchNormalization()], name="base"
)
model = keras.Sequential([keras.Input((8,)), base, keras.layers.Dense(2)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(3, 2, (40, 8)).astype("float32")
examined = dict(model=model, train=(X, np.zeros((40, 2))))""",
    valid="""import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64), keras.layers.BatchNormalization()], name="base")
base.trainable = False
model = keras.Sequential([keras.Input((8,)), base, keras.layers.Dense(2)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(3, 2, (40, 8)).astype("float32")
examined = dict(model=model, train=(X, np.zeros((40, 2))))""",
    weight=9,
)
