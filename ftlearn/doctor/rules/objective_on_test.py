"""A search chose its settings by their scores on the test data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.parts import read
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.doctor.trials import completed, in_other_order, rebuilt, recorded, scores

_EQUAL = 1e-4
_SHARE = 0.5


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the data that the search was given with the test data, or what its trials recorded with scores on it."""
    trials = completed(case)
    test = case.part("test")
    seen = case.observed.get("search_validation")
    if seen is not None:
        yield from _by_content(test.X, read("search's validation", seen).X)
        return
    if not test.whole:
        raise NotChecked("there are more test examples than were looked at")
    told: dict[str, Any] = {"test": len(test.X), "trials": 0}
    for place in range(min(2, len(trials))):
        again = rebuilt(case, place)
        past = recorded(again.trial).get("loss")
        if past is None or again.model is None:
            raise NotChecked("the trials recorded no val_loss, or their weights do not fit the model any more")
        now = scores(again.model, test)["loss"]
        chance = scores(again.model, test, labels=in_other_order(test.y))["loss"]
        if abs(chance - now) < 0.01 * abs(now):
            raise NotChecked("a trial's loss does not depend on the labels of the test data")
        if not np.isclose(past, now, rtol=_EQUAL, atol=0):
            return
        told |= {"trials": place + 1, "val_loss": past, "test_loss": now}
    yield (
        f"The search recorded val_loss = {told['val_loss']:.6g}, and that is to the digit what the trial's model loses "
        f"on the test data ({told['test_loss']:.6g}; {told['trials']} of {min(2, len(trials))} trials looked at).",
        told,
    )


def _by_content(test: np.ndarray, seen: np.ndarray) -> Iterator[tuple[str, dict[str, Any]]]:
    first, second = ({row.tobytes() for row in np.ascontiguousarray(one)} for one in (seen, test))
    if len(second) < len(test) / 2:
        raise NotChecked("most examples of the test data are equal to one another")
    shared = len(first & second)
    if shared > _SHARE * min(len(first), len(second)):
        yield (
            f"{shared} of {len(second)} test examples are among those by which the search scored its trials.",
            {"shared": shared, "search": len(seen), "test": len(test)},
        )


_OPENING = """import tempfile
import keras
import keras_tuner
import numpy as np

folder = tempfile.TemporaryDirectory()
X = np.random.default_rng(0).normal(size=(500, 4)).astype("float32")
y = (X[:, 0] > 0).astype("float32")


def build(hp):
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(hp.Int("units", 4, 12, 4), "relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    return model


def search(held):
    tuner = keras_tuner.RandomSearch(build, "val_loss", max_trials=2, seed=1, directory=folder.name)
    tuner.search(X[:300], y[:300], validation_data=(X[held], y[held]), epochs=2, verbose=0)
    return tuner


"""

RULE = Rule(
    name="objective-on-test",
    family="tuning",
    what="Builds the best trials' models again with the weights that they kept, and compares their loss on the test "
    "data with the val_loss that the search recorded; compares the examples where the search was watched.",
    why="The settings were chosen because they score well on the test data: the test score is the best of many tries "
    "and promises more than new data will give.",
    reference="Cawley and Talbot, JMLR 2010, on over-fitting in model selection and selection bias in evaluation.",
    known_problems="Not seen where a trial trained several times, in a way of its own, or without a val_loss.",
    fix="tuner.search(X_fit, y_fit, validation_data=(X_val, y_val))  # the test data wait until the search is over",
    check=check,
    invalid=_OPENING
    + """tuner = search(slice(400, 500))
model = tuner.get_best_models()[0]
examined = dict(model=model, train=(X[:300], y[:300]), test=(X[400:], y[400:]), tuner=tuner)""",
    valid=_OPENING
    + """tuner = search(slice(300, 400))
model = tuner.get_best_models()[0]
examined = dict(
    model=model, train=(X[:300], y[:300]), validation=(X[300:400], y[300:400]), test=(X[400:], y[400:]), tuner=tuner
)""",
    weight=9,
)

VALID_MORE = (
    _OPENING
    + """tuner = search(slice(300, 400))
examined = dict(
    model=None, test=(X[400:], y[400:]), tuner=tuner, observed={"search_validation": (X[300:400], y[300:400])}
)""",
)
