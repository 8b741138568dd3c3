"""A trained classifier is no better than saying the most common class each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.outputs import classified, trained
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.doctor.stepping import steps_taken

_STEPS, _ROWS, _MARGIN, _CHANCE = 20, 50, 0.005, 0.05


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare accuracy with the share of the most common class, and balanced accuracy with chance."""
    trained(case)
    if 0 < steps_taken(case.model) < _STEPS:
        raise NotChecked(f"the model has been trained for fewer than {_STEPS} steps")
    name, y, guess, _ = classified(case, "test", "validation")
    present, counts = np.unique(y, return_counts=True)
    if len(y) < _ROWS or len(present) < 2:
        raise NotChecked(f"the {name} data hold fewer than {_ROWS} examples, or one class only")
    share, accuracy = float(counts.max() / len(y)), float(np.mean(guess == y))
    balanced = float(np.mean([np.mean(guess[y == one] == one) for one in present]))
    if accuracy <= share + _MARGIN and balanced <= 1 / len(present) + _CHANCE:
        said = np.unique(guess)
        yield (
            f"Accuracy on the {name} part is {accuracy:.3f}; its most common class is {share:.3f} of it, and the model "
            f"says {len(said)} of {len(present)} classes.",
            {"accuracy": accuracy, "majority": share, "balanced accuracy": balanced, "part": name},
        )


RULE = Rule(
    name="no-better-than-the-majority",
    family="claims",
    what="Compares the accuracy of a trained classifier with the share of the most common class.",
    why="It has learned nothing that helps: look for the cause among labels, inputs, loss and learning rate.",
    reference="Dummy classifiers as a first baseline: scikit-learn user guide, Dummy estimators.",
    known_problems="Balanced accuracy must be at chance as well, so who trades accuracy for recall is not named.",
    fix="majority = np.bincount(y_test).max() / len(y_test)  # report it beside every accuracy",
    check=check,
    invalid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
X = rng.normal(size=(400, 4)).astype("float32")
y, X = (X[:, 0] > 0.3).astype(int), X / 255**3
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
model.fit(X[:200], y[:200], epochs=8, verbose=0)
examined = dict(model=model, test=(X[200:], y[200:]))""",
    valid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
X = rng.normal(size=(400, 4)).astype("float32")
y = (X[:, 0] > 0.3).astype(int)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
model.fit(X[:200], y[:200], epochs=5, verbose=0)
examined = dict(model=model, train=(X[:200], y[:200]), test=(X[200:], y[200:]))""",
    weight=2,
)

VALID_MORE = (
    """import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
examined = dict(model=model, train=(X[:100], np.arange(100) % 3), test=(X[100:], np.arange(100) % 3))""",
    """import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(X, X[:, 0], verbose=0)
examined = dict(model=model, train=(X, X[:, 0]), history=history)""",
)
