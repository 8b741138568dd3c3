"""`training=False` was asked for when the model was built, and Keras 3 does not keep it under `fit`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import asked_for_inference, layers_of
from ftlearn.doctor.rule import NotChecked, Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run a few examples in training mode and see whether layers that were asked to infer move their statistics."""
    told = [asked_for_inference(one) for one in (case.built, *case.layers)]
    if any(one is None for one in told):
        raise NotChecked("it cannot be told how the layers were called")
    said = {layer: asked for one in told for layer, asked in one.items()}
    asked = [one for one in case.layers if said.get(id(one)) is False and one.weights]
    if not asked:
        return
    moved = set(case.moved_statistics)
    for layer in asked:
        inside = [one.name for one in (layer, *layers_of(layer)) if one.name in moved]
        if inside:
            count = len(inside)
            yield (
                f"`{layer.name}` was called with training=False, yet {count} BatchNormalization "
                f"layer{'s' * (count != 1)} "
                "in it move their statistics in a training step.",
                {"layer": layer.name, "statistics": inside},
            )


RULE = Rule(
    name="inference-mode-was-ignored",
    family="freezing",
    what="Looks for layers that a functional model calls with training=False, and compares the statistics of the "
    "BatchNormalization layers inside before and after a few examples in training mode.",
    why="In Keras 3 `fit` overrules training=False on a layer of a functional model: the statistics that it was to "
    "protect "
    "follow the new batches, and predictions get worse than training shows.",
    reference="keras-team/keras#20285, #20298; measured in Keras 3.3.3 to 3.15.1 for this course.",
    known_problems="Functional models only: elsewhere a call's training=False is obeyed.",
    fix="for layer in base.layers:\n    if isinstance(layer, keras.layers.BatchNormalization):\n        "
    "layer.trainable = False\nmodel.compile(...)",
    check=check,
    invalid="""import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16), keras.layers.BatchNormalization()], name="base")
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(1)(base(inputs, training=False)))
model.compile(keras.optimizers.Adam(1e-4), "mse")
X = np.random.default_rng(0).normal(1, 2, (40, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    valid="""import keras
import numpy as np

base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16), keras.layers.BatchNormalization()], name="base")
base.layers[-1].trainable = False
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(1)(base(inputs, training=False)))
model.compile(keras.optimizers.Adam(1e-4), "mse")
X = np.random.default_rng(0).normal(1, 2, (40, 8)).astype("float32")
examined = dict(model=model, train=(X, X[:, :1]))""",
    weight=9.5,
)

VALID_MORE = (
    """import keras
import numpy as np

base = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization()])
image = keras.Input((6, 6, 1))
model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(base(image))))
peek = keras.Model(image, base(image, training=False))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
rng = np.random.default_rng(0)
examined = dict(model=model, train=(rng.uniform(size=(20, 6, 6, 1)), np.arange(20) % 2))""",
    """import keras
import numpy as np


class Steady(keras.Model):
    def __init__(self):
        super().__init__()
        self.base = keras.Sequential([keras.layers.Dense(8), keras.layers.BatchNormalization()])
        self.head = keras.layers.Dense(1)

    def call(self, x):
        return self.head(self.base(x, training=False))


model = Steady()
X = np.random.default_rng(0).normal(2, 3, (40, 5)).astype("float32")
model(X[:2])
model.compile("adam", "mse")
examined = dict(model=model, train=(X, X[:, :1]))""",
)
