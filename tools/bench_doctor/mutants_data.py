"""Mistakes in the data: ranges, copies, parts, order."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.bench_doctor.programs import Correct, Task, base_of, build, compiled, examined, first, head_of, score
from tools.bench_doctor.registry import Tried, mutant
from tools.bench_doctor.sources import Pair

IMAGES = ("letters", "photographs", "photographs, grey")


def scaled(task: Task, change: Any) -> Task:
    """Return a program whose inputs are changed in every part."""
    parts = {name: (change(getattr(task, name)[0]).astype("float32"), getattr(task, name)[1])
             for name in ("train", "validation", "test")}  # fmt: skip
    return task.but(**parts)


def worse_by(correct: Correct, task: Task, margin: float = 0.04) -> Tried:
    """Train a head on the changed program and compare it with the correct one's."""
    model = build(task)
    history = first(task, model)
    got = score(task, model)
    said = f"score {got:.3f}, correct {correct.head_score:.3f}"
    return Tried(examined(task, model, history), got < correct.head_score - margin, said)


def without_scaling() -> Any:
    """Return MobileNetV2 without the preprocessing that this course puts into it."""
    import keras

    from tools.bench_doctor.sources import mobilenet

    held = mobilenet()
    plain = keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, include_top=False, weights=None, pooling="avg")
    plain.set_weights(held.get_weights())
    return plain


@mutant("input-range-is-not-the-backbones", "letters", "photographs, grey")
def sixteenths(correct: Correct) -> Tried:
    """Hand on the values as they lie in the file, not from 0 to 1."""
    return worse_by(correct, scaled(correct.task, lambda X: 16 * X if correct.task.units == 10 else 255 * X))


@mutant("input-range-is-not-the-backbones", "photographs")
def no_preprocessing(correct: Correct) -> Tried:
    """Give raw pixels to a network that wants -1 to 1."""
    return worse_by(correct, correct.task.but(base=without_scaling))


@mutant("input-is-rescaled-twice", "letters, bytes", "photographs", "photographs, grey")
def divided_again(correct: Correct) -> Tried:
    """Divide by 255 before the model, which divides as well."""
    import keras

    task = correct.task
    if task.name == "photographs, grey":
        task = task.but(front=lambda: [keras.layers.Rescaling(1 / 255)])
    else:
        task = scaled(task, lambda X: X / 255)
    return worse_by(correct, task)


def copied(correct: Correct, alter: Any) -> Tried:
    """Put a third of the train examples, altered or not, in the place of test examples: that many are not new."""
    task = correct.task
    rng = np.random.default_rng(task.seed)
    (X, y), (test, labels) = task.train, task.test
    count = len(test) // 3
    chosen = rng.choice(len(X), count, replace=len(X) < count)
    places = rng.choice(len(test), count, replace=False)
    test, labels = test.copy(), labels.copy()
    test[places], labels[places] = alter(rng, X[chosen]), y[chosen]
    given = correct.head_examined(test=(test, labels))
    got, fresh = score(task, given["model"], (test, labels)), correct.head_score
    return Tried(given, count > 0, f"{count} copies; reported score {got:.3f}, on new examples {fresh:.3f}")


@mutant("same-example-in-two-parts", "letters", "series", "text", "photographs")
def copies(correct: Correct) -> Tried:
    """Let a third of the test part be train examples."""
    return copied(correct, lambda rng, X: X)


@mutant("near-copies-in-two-parts", *IMAGES)
def near_copies(correct: Correct) -> Tried:
    """Let a third of the test part be train images, a little brighter and with a little noise."""

    def alter(rng: np.random.Generator, X: np.ndarray) -> np.ndarray:
        span = X.max()
        return np.clip(X * 1.06 + rng.normal(0, 0.01 * span, X.shape), 0, span).astype(X.dtype)

    return copied(correct, alter)


@mutant("class-is-missing-from-a-part", "letters", "photographs", "photographs, grey")
def class_lost(correct: Correct) -> Tried:
    """Take a test part without the class that is hardest."""
    task, model = correct.task, correct.headed()
    X, y = task.test
    right = [score(task, model, (X[y == one], y[y == one])) for one in range(task.units)]
    keep = y != int(np.argmin(right))
    got = score(task, model, (X[keep], y[keep]))
    said = f"class {int(np.argmin(right))} lost; reported score {got:.3f}, on all {correct.head_score:.3f}"
    return Tried(correct.head_examined(test=(X[keep], y[keep])), got > correct.head_score, said)


@mutant("labels-are-sorted-under-validation-split", "letters", "text", "photographs, grey")
def sorted_labels(correct: Correct) -> Tried:
    """Train on data that are sorted by class, with validation_split."""
    order = np.argsort(correct.task.train[1], kind="stable")
    task = correct.task.but(train=tuple(one[order] for one in correct.task.train))
    model = build(task)
    base_of(model).trainable = False
    compiled(task, model)
    history = model.fit(*task.train, epochs=4, validation_split=0.25, verbose=0)
    got = score(task, model)
    seen = len(np.unique(task.train[1][: int(0.75 * len(order))]))
    given = examined(task, model, history)
    given.pop("validation")
    harm = got < correct.head_score - 0.04 or seen < task.units
    return Tried(given, harm, f"score {got:.3f}, correct {correct.head_score:.3f}; {seen} of {task.units} classes seen")


def tables(correct: Correct) -> tuple[Task, Any, dict[str, Pair]]:
    """Return the program's features as a table, and the head that learns from it."""
    head, parts = head_of(correct.task, build(correct.task))
    return correct.task, head, parts


@mutant("scaler-saw-everything", "letters", "series", "text")
def scaled_together(correct: Correct) -> Tried:
    """Standardise features with the mean and spread of all parts, then train the head on them."""
    from sklearn.preprocessing import StandardScaler

    task, head, parts = tables(correct)
    scaler = StandardScaler().fit(np.concatenate([X for X, _ in parts.values()]))
    known = StandardScaler().fit(parts["train"][0])
    parts = {name: (scaler.transform(X).astype("float32"), y) for name, (X, y) in parts.items()}
    compiled(task, head)
    history = head.fit(*parts["train"], epochs=4, validation_data=parts["validation"], verbose=0)
    gap = float(np.abs((scaler.mean_ - known.mean_) / known.scale_).max())
    given = {"model": head, "history": history, "scaler": scaler, **parts}
    return Tried(given, gap > 1e-3, f"means differ from those of train by {gap:.2g} standard deviations")


def _windowed(correct: Correct, parts: dict[str, Pair]) -> tuple[dict[str, Any], float, float]:
    """Train a head on other parts of the same windows; return the reported error and that on the right test part."""
    task = correct.task.but(**parts)
    model = build(task)
    history = first(task, model)
    return examined(task, model, history), score(task, model), score(task, model, correct.task.test)


def _joined(task: Task) -> Pair:
    return tuple(np.concatenate([getattr(task, name)[i] for name in ("train", "validation", "test")]) for i in (0, 1))


SERIES = ("series", "series, sunspots", "series, seattle")


@mutant("windows-overlap-between-parts", *SERIES)
def shuffled_windows(correct: Correct) -> Tried:
    """Cut windows first, then split them at random."""
    X, y = _joined(correct.task)
    order = np.random.default_rng(correct.task.seed).permutation(len(X))
    a, b = len(correct.task.train[0]), len(correct.task.train[0]) + len(correct.task.validation[0])
    cuts = {"train": order[:a], "validation": order[a:b], "test": order[b:]}
    given, reported, _ = _windowed(correct, {name: (X[cut], y[cut]) for name, cut in cuts.items()})
    known = {row.tobytes() for row in X[cuts["train"]][:, 4:]}
    shared = np.mean([X[at][:-4].tobytes() in known for at in cuts["test"]])
    return Tried(given, bool(shared > 0.1), f"{shared:.0%} of test windows share 20 rows; reported {reported:.3f}")


@mutant("time-runs-backwards-between-parts", *SERIES)
def future_first(correct: Correct) -> Tried:
    """Train on the end of the series and test on its beginning."""
    X, y = _joined(correct.task)
    c, b = len(correct.task.test[0]), len(correct.task.validation[0])
    cuts = {"test": slice(0, c), "validation": slice(c, c + b), "train": slice(c + b, len(X))}
    given, reported, _ = _windowed(correct, {name: (X[cut], y[cut]) for name, cut in cuts.items()})
    differs = abs(reported - correct.head_score) > 0.01 * abs(correct.head_score)
    return Tried(given, differs, f"reported score {reported:.3f}, forwards {correct.head_score:.3f}")
