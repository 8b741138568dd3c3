"""The test part comes in another order each time: labels gathered apart from predictions do not belong to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.pipelines import stages_of
from ftlearn.doctor.rule import NotChecked, Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the test part twice and compare the order of its labels."""
    first, second = case.part("test"), case.again("test")
    if first.y is None:
        raise NotChecked("the test data has no labels")
    if second is first or first.y.shape != second.y.shape or np.array_equal(first.y, second.y):
        return
    if first.whole and second.whole and not _same_labels(first.y, second.y):
        return  # others, not the same in another order
    stages = [one for one in stages_of(first.source) if "Shuffle" in one]
    if not (first.whole and second.whole) and not stages:
        raise NotChecked("the test data is too large to be read as a whole")
    moved = int((first.y != second.y).reshape(len(first.y), -1).any(1).sum())
    yield (
        f"{moved} of {len(first.y)} labels of the test part stand in another place in a second pass"
        + (": its pipeline shuffles." if stages else "."),
        {"moved": moved, "of": len(first.y), "stages": stages},
    )


def _same_labels(first: np.ndarray, second: np.ndarray) -> bool:
    a, b = first.reshape(len(first), -1), second.reshape(len(second), -1)
    return bool(np.array_equal(a[np.lexsort(a.T)], b[np.lexsort(b.T)], equal_nan=a.dtype.kind == "f"))


_PROGRAM = """import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
X, y = rng.random((64, 6)).astype("float32"), rng.integers(0, 2, 64)
train = tf.data.Dataset.from_tensor_slices((X[:40], y[:40])).shuffle(40).batch(8)
test = tf.data.Dataset.from_tensor_slices((X[40:], y[40:])){stages}.batch(8)
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=train, test=test)"""

VALID_MORE = (
    _PROGRAM.format(stages=".shuffle(24, seed=1, reshuffle_each_iteration=False)"),
    _PROGRAM.format(stages="").replace("test=test", "validation=test.unbatch().shuffle(24).batch(8)"),
)

RULE = Rule(
    name="evaluation-order-is-shuffled",
    family="data",
    what="Reads the test part twice and compares the order of its labels.",
    why="`predict` makes one pass, gathering the labels another: in another order a confusion matrix shows chance.",
    reference="keras-team/keras#4225, #7520; labels gathered in a second pass matched 50.4 % (measured here).",
    known_problems="`evaluate` alone is not harmed, so only the test part is looked at, not the validation part.",
    fix="test = keras.utils.image_dataset_from_directory(..., shuffle=False)",
    check=check,
    invalid=_PROGRAM.format(stages=".shuffle(24)"),
    valid=_PROGRAM.format(stages=""),
    weight=3,
)
