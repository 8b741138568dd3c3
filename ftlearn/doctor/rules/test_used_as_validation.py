"""The test part is the validation part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule

_SHARE = 0.5


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the examples of the two parts; of a program that was watched, by which name it knows them."""
    told = case.observed.get("validation_called_test")
    if told:
        yield (
            f"The validation data is what the program calls {', '.join(told['names'])}, and the model was judged on it "
            f"again ({told['judged']}).",
            dict(told),
        )
        return
    first, second = case.sums("validation"), case.sums("test")
    if len(set(second)) < len(second) / 2:
        raise NotChecked("most examples of the test data are equal to one another")
    shared = len(set(first) & set(second))
    if shared > _SHARE * min(len(set(first)), len(set(second))):
        yield (
            f"{shared} of {len(set(second))} test examples are validation examples too.",
            {"shared": shared, "validation": len(first), "test": len(second)},
        )


RULE = Rule(
    name="test-used-as-validation",
    family="claims",
    what="Compares the examples of the validation and the test part byte by byte.",
    why="What chose the epoch, the settings or the model cannot judge it: the score is the best of many tries.",
    reference="Cawley and Talbot, JMLR 2010, on over-fitting in model selection.",
    known_problems="A test part that was looked at many times under its own name is not seen here.",
    fix="X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, stratify=y_train, random_state=0)",
    check=check,
    invalid="""import numpy as np

X = np.random.default_rng(0).normal(size=(200, 5))
y = X[:, 0] > 0
examined = dict(model=None, train=(X[:150], y[:150]), validation=(X[150:], y[150:]), test=(X[150:], y[150:]))""",
    valid="""import numpy as np

X = np.random.default_rng(0).normal(size=(200, 5))
y = X[:, 0] > 0
examined = dict(model=None, train=(X[:100], y[:100]), validation=(X[100:150], y[100:150]), test=(X[150:], y[150:]))""",
    weight=8.5,
)

VALID_MORE = (
    """import numpy as np

rng = np.random.default_rng(0)
X = rng.integers(0, 2, (200, 3))
examined = dict(model=None, validation=(X[:100], X[:100, 0]), test=(X[100:], X[100:, 0]))""",
    """import numpy as np
import tensorflow as tf

X = np.random.default_rng(0).normal(size=(200, 5))
held = tf.data.Dataset.from_tensor_slices((X, X[:, 0])).batch(20)
examined = dict(model=None, validation=held.take(5), test=held.skip(5))""",
)
