"""The validation examples differ from pass to pass: they are augmented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case, Part
from ftlearn.doctor.rule import NotChecked, Rule

_SHARE = 0.05


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the validation and test parts twice and compare the examples under the same labels."""
    parts = [one for one in case.parts() if one.name != "train"]
    if not parts:
        raise NotChecked("no validation or test data was given")
    for first in parts:
        second = case.again(first.name)
        if second is first:
            continue  # arrays
        count = _changed(first, second)
        if count > _SHARE * len(first.X):
            yield (
                f"{count} of {len(first.X)} examples of the {first.name} part are others in a second pass, though "
                "their labels are the same.",
                {"part": first.name, "changed": count, "of": len(first.X)},
            )


def _changed(first: Part, second: Part) -> int:
    if first.y is None or first.y.ndim > 2 or first.y.shape == first.X.shape:
        raise NotChecked(f"the {first.name} part has no plain labels by which to tell the same example")
    if len(first.X) != len(second.X) or first.X.shape != second.X.shape or len(np.unique(first.y)) < 2:
        return 0  # a stream that never gives the same twice
    in_order = np.array_equal(first.y, second.y)
    if not in_order and not (first.whole and second.whole):
        raise NotChecked(f"the {first.name} part is shuffled and too large to be read as a whole")
    if not in_order and not np.array_equal(_sorted(first.y), _sorted(second.y)):
        return 0
    known = {row.tobytes() for row in first.X}
    new = np.array([row.tobytes() not in known for row in second.X])
    if in_order and new.any() and first.X.dtype.kind == "f":  # all but the rounding of parallel reading
        scale = float(np.nanmax(np.abs(first.X))) if np.isfinite(first.X).any() else 0.0
        close = (np.abs(first.X - second.X) <= 1e-5 * scale) | (np.isnan(first.X) & np.isnan(second.X))
        new &= ~close.reshape(len(close), -1).all(1)
    return int(new.sum())


def _sorted(y: np.ndarray) -> np.ndarray:
    rows = y.reshape(len(y), -1)
    return rows[np.lexsort(rows.T)]


_PROGRAM = """import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
X, y = rng.random((64, 8, 8, 3)).astype("float32"), np.arange(64) % 4
flip = keras.layers.RandomFlip()
plain = tf.data.Dataset.from_tensor_slices((X, y))
train = plain.take(40).shuffle(40).batch(8).map(lambda image, label: (flip(image, training=True), label))
validation = plain.skip(40).batch(8){stages}
model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(4)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=train, validation=validation)"""

INVALID_MORE = (  # every pass draws the same numbers, as everything in this program does
    """import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
X, y = rng.random((64, 8, 8, 3)).astype("float32"), np.arange(64) % 4
plain = tf.data.Dataset.from_tensor_slices((X, y))
turned = plain.map(lambda image, label: (tf.image.random_flip_up_down(image), label))
train, validation = turned.take(40).batch(8), turned.skip(40).batch(8)
model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(4)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=train, validation=validation)""",
)

VALID_MORE = (
    _PROGRAM.format(stages=".cache().shuffle(8)"),
    """import keras
import numpy as np


class Simulated(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        X = np.random.normal(size=(16, 6)).astype("float32")
        return X, X.sum(1, keepdims=True)


model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
examined = dict(model=model, train=Simulated(), validation=Simulated())""",
)

RULE = Rule(
    name="validation-is-augmented",
    family="data",
    what="Reads the validation and test parts twice and compares the examples.",
    why="A score on altered examples is a score on another task, and one that changes from epoch to epoch by chance.",
    reference="keras-preprocessing#218; keras#10458: ImageDataGenerator(validation_split) augments both parts.",
    known_problems="Targets that are pictures themselves are not compared: noise on the input may be meant.",
    fix="validation = plain.batch(32)  # no Random* layer in its map; or put the Random* layers into the model",
    check=check,
    invalid=_PROGRAM.format(stages=".map(lambda image, label: (flip(image, training=True), label))"),
    valid=_PROGRAM.format(stages=""),
    weight=7,
)
