"""Trials failed, and the search returned as if nothing had happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import Rule
from ftlearn.doctor.trials import status_of, trials_of

_MEANT = ("FailedTrialError",)
_MEMORY = ("ResourceExhaustedError", "MemoryError", "OutOfMemoryError")
_SHARE = 0.5


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Count the trials that ended without a score, by their reason."""
    trials = trials_of(case)
    failed = [one for one in trials if status_of(one) in ("FAILED", "INVALID")]
    reasons = [_reason(one) for one in failed]
    raised = [one for one in reasons if one and not one.startswith((*_MEANT, *_MEMORY))]
    others = [one for one in reasons if not one.startswith(_MEANT)]
    if not raised and len(others) <= _SHARE * len(trials):
        return
    told = {"failed": len(others), "of": len(trials), "reasons": sorted(set(others))}
    nothing = " No trial has a score." if len(failed) == len(trials) else ""
    said = max(raised or others, key=(raised or others).count)
    yield (
        f"{len(others)} of {len(trials)} trials failed and search said nothing: "
        f"{said or 'their score is not a number'}.{nothing}",
        told,
    )


def _reason(trial: Any) -> str:
    """Return the last line of what a trial raised, shortened; empty when its score was not a number."""
    lines = [one for one in (trial.message or "").splitlines() if one and not one[0].isspace()]
    kinds = [
        one for one in lines if one.partition(":")[0].rpartition(".")[2].endswith(("Error", "Exception", "Interrupt"))
    ]
    said = kinds[-1] if kinds else lines[-1] if lines else ""
    kind, _, rest = said.partition(":")
    kind = kind.rpartition(".")[2]
    return f"{kind}:{rest}"[:160].rstrip(" .:") if said else ""


_OPENING = """import tempfile
import keras
import keras_tuner
import numpy as np

folder = tempfile.TemporaryDirectory()
X = np.random.default_rng(0).normal(size=(200, 8)).astype("float32")
y = (X[:, 0] > 0).astype("float32")


def build(hp):
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(hp.Int("units", 4, 12, 4), "relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    return model


def search(build, objective):
    tuner = keras_tuner.RandomSearch(build, objective, max_trials=2, seed=1, directory=folder.name)
    tuner.search(X[:150], y[:150], validation_data=(X[150:], y[150:]), epochs=1, verbose=0)
    return tuner


"""

RULE = Rule(
    name="failed-trials-swallowed",
    family="tuning",
    what="Counts the trials that failed, and reads what they raised.",
    why="Keras Tuner goes on when a trial raises, and stops only after several failures in a row: the best settings "
    "are then the best of what happened to run, or of nothing.",
    reference="keras-team/keras-tuner#761 and the guide Handling failed trials in KerasTuner; measured for this "
    "course: a wrong name of the objective fails every trial, and search returns as usual when there are under three.",
    known_problems="Trials that were refused on purpose (FailedTrialError) do not count; those that ran out of "
    "memory, or whose score was not a number, count when they are more than half of all trials.",
    fix="print([(one.status, one.message) for one in tuner.oracle.trials.values()])  # then mend what they raise",
    check=check,
    invalid=_OPENING
    + """tuner = search(build, keras_tuner.Objective("val_acc", "max"))
best = build(tuner.get_best_hyperparameters()[0])
best.fit(X[:150], y[:150], epochs=1, verbose=0)
examined = dict(model=best, tuner=tuner)""",
    valid=_OPENING
    + """tuner = search(build, "val_accuracy")
best = build(tuner.get_best_hyperparameters()[0])
best.fit(X[:150], y[:150], epochs=1, verbose=0)
examined = dict(model=best, tuner=tuner)""",
    weight=9,
)

VALID_MORE = (
    _OPENING
    + """def small(hp):
    if hp.Choice("large", [False, True]):
        raise keras_tuner.errors.FailedTrialError("too large for the telephone")
    return build(hp)


examined = dict(model=None, tuner=search(small, "val_accuracy"))""",
    _OPENING
    + """tuner = keras_tuner.RandomSearch(build, "val_accuracy", directory=folder.name)
examined = dict(model=None, tuner=tuner)  # made, and not yet run""",
)
