"""The tuner's trials are those of an earlier search, on other data or of another model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.doctor.trials import in_other_order, rebuilt, recorded, scores, trials_of

_ROWS = 20
_KEPT = 0.3


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Score the best trial's model on the validation data, and compare with what the trial recorded."""
    trials = trials_of(case)
    earlier = case.observed.get("trials_before_search")
    told: dict[str, Any] = {"trials": len(trials)}
    try:
        found = _differs(case, told)
    except NotChecked:
        if not isinstance(earlier, int) or not 0 < earlier == len(trials):
            raise
        told["before"] = earlier
        yield f"The search ran no trial: all {earlier} were in the tuner's folder before it.", told
        return
    if found:
        yield found, told


def _differs(case: Case, told: dict[str, Any]) -> str:
    """Say what shows that the best trial is not one of this program; empty when nothing does."""
    again = rebuilt(case)
    if again.asked:
        told["asked"] = list(again.asked)
        names = ", ".join(f"`{one}`" for one in again.asked)
        return f"The model that is searched asks for {names}, and the best trial had no such setting."
    if again.model is None:
        return "The weights that the best trial kept do not fit the model that its settings give now."
    past = recorded(again.trial)
    if not past:
        raise NotChecked("the trials recorded nothing about validation data")
    part = case.part("validation")
    if not part.whole or part.y is None or len(part.X) < _ROWS:
        raise NotChecked(f"it needs validation data with labels, {_ROWS} examples or more and all of them")
    now, chance = scores(again.model, part), scores(again.model, part, labels=in_other_order(part.y))
    halves = [scores(again.model, part, np.arange(start, len(part.X), 2)) for start in (0, 1)]
    names = [one for one in past if one in now and one in chance]
    judged = {one: _lost(past[one], chance[one], [now[one], *(half[one] for half in halves)]) for one in names}
    if not names or all(verdict is None for verdict in judged.values()):
        raise NotChecked("what the best trial recorded is no better than labels in another order give")
    if not all(verdict for verdict in judged.values() if verdict is not None):
        return ""
    name = next(one for one in names if judged[one])
    told |= {"metric": name, "recorded": past[name], "now": now[name], "labels_shuffled": chance[name]}
    return (
        f"The best trial recorded val_{name} = {past[name]:.4g}; its model, with the weights that it kept, has "
        f"{now[name]:.4g} on this validation data."
    )


def _lost(past: float, chance: float, now: list[float]) -> bool | None:
    """Tell whether most of a score's lead over chance is gone, in both halves too; None where it had none."""
    lead = past - chance
    if abs(lead) < 0.2 * max(abs(past), abs(chance)):
        return None
    return all((one - chance) / lead < _KEPT for one in now)


_OPENING = """import tempfile
import keras
import keras_tuner
import numpy as np

folder = tempfile.TemporaryDirectory()
rng = np.random.default_rng(0)
X = rng.normal(size=(400, 4)).astype("float32")
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


def search(y, **options):
    tuner = keras_tuner.RandomSearch(build, "val_accuracy", max_trials=2, seed=1, directory=folder.name, **options)
    tuner.search(X[:300], y[:300], validation_data=(X[300:], y[300:]), epochs=2, verbose=0)
    return tuner


"""

RULE = Rule(
    name="stale-tuner-project",
    family="tuning",
    what="Builds the best trial's model again with the weights that the trial kept, scores it on the validation data "
    "and compares with what the trial recorded.",
    why="With overwrite=False Keras Tuner takes the trials of an earlier search in the same folder for its own: it may "
    "run nothing, and the best settings are those for other data or another model.",
    reference="keras-team/keras-tuner#469 and #461; measured for this course: after every label was turned round, "
    "search built no model and gave back the old trials.",
    known_problems="Silent when data changed too little to cost most of the lead over chance. A search of several "
    "executions a trial, or with a `fit` of its own, is judged only when it was watched: then one that ran nothing is "
    "named, though it may be meant.",
    fix='keras_tuner.RandomSearch(build, "val_loss", max_trials=20, project_name="labels_v2", overwrite=True)',
    check=check,
    invalid=_OPENING
    + """search(y)
y = 1 - y  # the labels were the wrong way round
tuner = search(y)
model = tuner.get_best_models()[0]
examined = dict(model=model, validation=(X[300:], y[300:]), tuner=tuner)""",
    valid=_OPENING
    + """search(y)
y = 1 - y
tuner = search(y, overwrite=True)
model = tuner.get_best_models()[0]
examined = dict(model=model, validation=(X[300:], y[300:]), tuner=tuner)""",
    weight=9,
)

VALID_MORE = (
    _OPENING
    + """search(y)
tuner = search(y)  # the same search again: its trials are taken up, and they hold
examined = dict(model=None, validation=(X[300:], y[300:]), tuner=tuner, observed={"trials_before_search": 2})""",
    _OPENING
    + """tuner = search(y, project_name="first")
held = rng.normal(size=(60, 4)).astype("float32")  # other examples of the same kind
examined = dict(model=None, validation=(held, (held[:, 0] > 0).astype("float32")), tuner=tuner)""",
)
