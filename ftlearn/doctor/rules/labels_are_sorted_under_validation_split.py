"""`validation_split` takes the last rows as they stand, and the labels are sorted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.labels import class_labels
from ftlearn.doctor.rule import NotChecked, Rule

_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 10, 20, 50, 100)


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """See from the history that rows of the train part were set aside, and count how often the label changes."""
    part = case.part("train")
    if not isinstance(part.source, tuple | list):
        raise NotChecked("validation_split takes arrays, and the train data is none")
    if not any(name.startswith("val_") for name in case.history):
        return
    cut = case.observed.get("validation_split")  # seen by one who watched: train ends there, validation begins
    if case._data.get("validation") is not None and cut is None:
        return  # validated on a part of its own
    y = class_labels(case, part)
    if cut is None:
        _shown_by_steps(case, y)
    else:
        y = np.concatenate([y, class_labels(case, case.part("validation"))])
    changes = int((y[1:] != y[:-1]).sum())
    _, counts = np.unique(y, return_counts=True)
    usual = len(y) * (1 - float(((counts / len(y)) ** 2).sum()))
    tail = np.unique(y[-max(1, len(y) // 10) :])
    if len(counts) >= 2 and usual >= 20 and changes <= usual / 10 and len(tail) < len(counts):
        yield (
            f"`fit` was validated on the last rows of the train part, whose labels are sorted: they change {changes} "
            f"times in {len(y)} rows, where about {usual:.0f} are usual, and the last tenth holds {len(tail)} of "
            f"{len(counts)} classes.",
            {"changes": changes, "usual": usual, "classes": len(counts), "in the last tenth": tail.tolist()},
        )


def _shown_by_steps(case: Case, y: np.ndarray) -> None:
    """Pass when the steps of an epoch show that rows were set aside."""
    steps = (getattr(case._history, "params", None) or {}).get("steps")
    if not steps:
        raise NotChecked("the history does not tell how many steps an epoch had")
    if steps in {-(-len(y) // size) for size in _BATCHES}:
        raise NotChecked("the history does not show that rows of the train data were set aside for validation")


_PROGRAM = """import keras
import numpy as np

rng = np.random.default_rng(0)
y = np.sort(rng.integers(0, 4, 300))
X = rng.normal(size=(300, 5)) + y[:, None]
{order}
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(X, y, {validation}, verbose=0)
examined = dict(model=model, train=(X, y), history=history)"""

_SPLIT = "validation_split=0.2"

VALID_MORE = (
    _PROGRAM.format(order="", validation="validation_data=(X[::3] + 0.1, y[::3]), epochs=40").replace(
        '"adam"', "keras.optimizers.Adam(0.05)"
    ),
    """import keras
import numpy as np

rng = np.random.default_rng(0)  # a trend is no class
X = rng.normal(size=(300, 5))
y = np.sort(X.sum(1))
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(X, y, validation_split=0.2, verbose=0)
examined = dict(model=model, train=(X, y), history=history)""",
)

RULE = Rule(
    name="labels-are-sorted-under-validation-split",
    family="data",
    what="Sees from the history that train rows were set aside, and counts how often the label changes.",
    why="The last rows hold classes that the others lack: never trained, they score about 0 in validation.",
    reference="keras-team/keras#4298, #8346; Keras documents that validation_split takes the last samples.",
    known_problems="Needs what fit returned: its steps an epoch show the split, at common batch sizes.",
    fix="order = np.random.default_rng(0).permutation(len(X))\nmodel.fit(X[order], y[order], validation_split=0.2)",
    check=check,
    invalid=_PROGRAM.format(order="", validation=_SPLIT),
    valid=_PROGRAM.format(order="order = rng.permutation(300)\nX, y = X[order], y[order]", validation=_SPLIT),
    weight=8,
)
