"""Mistakes in a search for settings: heads on features, searched by Keras Tuner."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from tools.bench_doctor.programs import Correct, build, compiled, head_of, score
from tools.bench_doctor.registry import Tried, mutant
from tools.bench_doctor.sources import Pair

PROGRAMS = ("letters", "text", "photographs, grey")
RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1)
Parts = dict[str, Pair]


@functools.cache
def folder(_: str) -> tempfile.TemporaryDirectory:
    """Return a folder that lasts as long as this process: a tuner reads its trials' weights later."""
    return tempfile.TemporaryDirectory(prefix="ftlearn-bench-doctor-")


def search(
    correct: Correct, parts: Parts, *, place: str, rates: tuple[float, ...] = RATES[2:4], held: str = "validation",
    objective: Any = "val_loss", built: list | None = None, epochs: int = 3,
) -> Any:  # fmt: skip
    """Search the rate of a head on features, and return the tuner."""
    import keras
    import keras_tuner

    task = correct.task

    def make(hp: Any) -> Any:
        rate = hp.Choice("learning_rate", list(rates))
        if built is not None:
            built.append(rate)
        head = keras.Sequential(
            [keras.Input(parts["train"][0].shape[1:]), keras.layers.Dense(task.units, task.activation)]
        )
        return compiled(task, head, rate)

    keras.utils.set_random_seed(task.seed)
    where = f"{task.name}-{task.seed}-{place}"
    tuner = keras_tuner.GridSearch(make, objective, directory=folder(where).name, project_name="rates")
    tuner.search(*parts["train"], validation_data=parts[held], epochs=epochs, verbose=0)
    return tuner


def tables(correct: Correct) -> Parts:
    """Return the parts as features of the frozen base."""
    return head_of(correct.task, build(correct.task))[1]


def made(tuner: Any, parts: Parts, **more: Any) -> dict[str, Any]:
    """Return what `examine` is given of a search."""
    return {"model": tuner.get_best_models()[0], **parts, "tuner": tuner} | more


@mutant("stale-tuner-project", *PROGRAMS)
def other_labels_before(correct: Correct) -> Tried:
    """Search again in the same folder after the labels were put right."""
    parts, built = tables(correct), []
    wrong = {name: (X, (y + 1) % correct.task.units) for name, (X, y) in parts.items()}
    search(correct, wrong, place="stale")
    tuner = search(correct, parts, place="stale", built=built)
    ran = len(built) - 1  # one is built to see which settings there are
    given = made(tuner, parts)
    got = score(correct.task, given["model"], parts["test"])
    return Tried(given, got < correct.head_score - 0.04, f"{max(ran, 0)} trials ran; score {got:.3f}")


@mutant("best-value-at-the-edge", *PROGRAMS)
def rates_too_small(correct: Correct, epochs: int = 3) -> Tried:
    """Search among rates that are all too small."""
    parts = tables(correct)
    tuner = search(correct, parts, place="edge", rates=tuple(one / 30 for one in RATES), epochs=epochs)
    beyond = search(correct, parts, place="beyond", rates=RATES, epochs=epochs)
    ours, theirs = (one.oracle.get_best_trials()[0].score for one in (tuner, beyond))
    said = f"validation loss {ours:.3f}, beyond the range {theirs:.3f}"
    return Tried(made(tuner, parts), theirs < 0.95 * ours, said)


@mutant("best-value-at-the-edge", "series")
def rates_too_small_for_a_series(correct: Correct) -> Tried:
    """Do so with as many epochs as the program's head has: after three, the first weights decide, not the rate."""
    return rates_too_small(correct, correct.task.epochs)


@mutant("objective-on-test", *PROGRAMS)
def searched_on_test(correct: Correct) -> Tried:
    """Let the test part choose the settings."""
    parts = tables(correct)
    tuner = search(correct, parts, place="on test", held="test")
    return Tried(made(tuner, parts), True, f"{len(parts['test'][0])} test examples chose among {len(RATES[2:4])} rates")


@mutant("failed-trials-swallowed", *PROGRAMS)
def wrong_objective(correct: Correct) -> Tried:
    """Name an objective that no epoch tells of; the search returns all the same."""
    import keras_tuner

    parts = tables(correct)
    tuner = search(correct, parts, place="failed", objective=keras_tuner.Objective("val_acc", "max"))
    failed = sum(one.status in ("FAILED", "INVALID") for one in tuner.oracle.trials.values())
    return Tried(
        correct.head_examined(tuner=tuner), failed > 0, f"{failed} of {len(tuner.oracle.trials)} trials failed"
    )


def with_classes(correct: Correct) -> Callable[[], Any]:
    """Return a maker of the base with a softmax on it that has learnt the classes of another task."""
    import keras

    from tools.bench_doctor import sources

    base = correct.task.base()
    X, y = sources.other_classes(correct.task.name)
    head = keras.Sequential([keras.Input(base.output_shape[1:]), keras.layers.Dense(int(y.max()) + 1, "softmax")])
    head.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    pieces = [keras.ops.convert_to_tensor(X[at : at + 200]) for at in range(0, len(X), 200)]
    found = np.concatenate([np.asarray(base(one, training=False)) for one in pieces])
    head.fit(found, y, epochs=10, verbose=0)
    weights = head.get_weights()

    def make() -> Any:
        base = correct.task.base()
        last = keras.layers.Dense(len(weights[1]), "softmax", name="classes")
        whole = keras.Model(base.inputs, last(base.outputs[0]), name=f"{base.name}_with_classes")
        last.set_weights(weights)
        return whole

    return make


@mutant("head-on-class-scores", *PROGRAMS)
def on_the_softmax(correct: Correct) -> Tried:
    """Put the new head on the old classes' probabilities."""
    from tools.bench_doctor.mutants_data import worse_by

    return worse_by(correct, correct.task.but(base=with_classes(correct)), margin=0.02)
