"""Accuracy looks fine because one class is most of the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.outputs import classified, trained
from ftlearn.doctor.private import metrics_given
from ftlearn.doctor.rule import NotChecked, Rule

_MAJORITY, _RECALL, _GAP, _LEAST = 0.75, 0.5, 0.2, 10
_TELLS = ("auc", "precision", "recall", "f1", "fbeta", "sensitivity", "specificity", "falsenegative", "falsepositive",
          "balanced", "iou", "kappa")  # fmt: skip


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare accuracy with the recall of each class, where one class is most of the examples."""
    trained(case)
    if case.observed.get("scores_by_class"):
        return  # the program asks scikit-learn for precision, recall or a confusion matrix itself
    name, y, guess, _ = classified(case, "test", "validation")
    metrics = metrics_given(case.model)
    if metrics is None:
        raise NotChecked("it cannot be told which metrics the model was compiled with")
    told = " ".join(one if isinstance(one, str) else f"{type(one).__name__} {getattr(one, '__name__', '')}"
                    for one in metrics).lower().replace("_", "")  # fmt: skip
    if any(word in told for word in _TELLS):
        return
    present, counts = np.unique(y, return_counts=True)
    rarest = int(counts.min())
    if len(present) < 2 or rarest < _LEAST:
        raise NotChecked(f"the {name} data hold fewer than {_LEAST} examples of some class, or one class only")
    share = float(counts.max() / len(y))
    recall = {int(one): float(np.mean(guess[y == one] == one)) for one in present}
    accuracy, balanced = float(np.mean(guess == y)), float(np.mean(list(recall.values())))
    worst = min(recall, key=lambda one: recall[one])
    if share >= _MAJORITY and recall[worst] < _RECALL and accuracy - balanced > _GAP:
        yield (
            f"Accuracy on the {name} part is {accuracy:.3f}, but {share:.0%} of the examples are of one class, and of "
            f"class {worst} only {recall[worst]:.0%} are found; balanced accuracy is {balanced:.3f}.",
            {"accuracy": accuracy, "balanced accuracy": balanced, "recall": recall, "majority": share},
        )


RULE = Rule(
    name="accuracy-hides-imbalance",
    family="claims",
    what="Compares accuracy with the recall of each class where one class is three quarters of the data or more.",
    why="Whoever says the most common class each time scores as high; the class that matters may never be found.",
    reference="Saito and Rehmsmeier, PLOS ONE 2015; keras-team/keras#5335.",
    known_problems="Silent where the model reports precision, recall or AUC: then nothing is hidden.",
    fix='model.fit(..., class_weight={0: 1.0, 1: 9.0})\nmodel.compile(..., metrics=[keras.metrics.AUC(curve="PR")])',
    check=check,
    invalid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
y = (rng.random(600) < 0.1).astype(int)
X = (rng.normal(size=(600, 4)) + 1.6 * y[:, None] * np.eye(4)[0]).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
model.fit(X[:300], y[:300], epochs=10, verbose=0)
examined = dict(model=model, train=(X[:300], y[:300]), test=(X[300:], y[300:]))""",
    valid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
y = (rng.random(600) < 0.1).astype(int)
X = (rng.normal(size=(600, 4)) + 1.6 * y[:, None] * np.eye(4)[0]).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
model.fit(X[:300], y[:300], epochs=10, verbose=0, class_weight={0: 1.0, 1: 9.0})
examined = dict(model=model, train=(X[:300], y[:300]), test=(X[300:], y[300:]))""",
    weight=5,
)

VALID_MORE = (
    """import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
y = (rng.random(600) < 0.1).astype(int)
X = (rng.normal(size=(600, 4)) + 6 * y[:, None]).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X[:300], y[:300], epochs=20, verbose=0)
examined = dict(model=model, train=(X[:300], y[:300]), test=(X[300:], y[300:]))""",
    """import keras
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 4)).astype("float32"), np.arange(60) % 2
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
examined = dict(model=model, train=(X[:30], y[:30]), validation=(X[30:], y[30:]))""",
)
