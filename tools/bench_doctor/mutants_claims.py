"""Claims that the numbers do not carry."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.bench_doctor.programs import Correct, Task, build, examined, first, in_pieces, score
from tools.bench_doctor.registry import Tried, mutant
from tools.bench_doctor.sources import Pair


def rare(task: Task, share: float = 0.12) -> Task:
    """Return the program as a question of yes or no, where yes is rare: one class, or a rise that is large."""

    def kept(X: np.ndarray, y: np.ndarray) -> Pair:
        rise = y[:, 0] - X[:, -1, 0] if task.forecasts else None
        yes = rise > 0.45 if rise is not None else y == task.units - 1
        rng = np.random.default_rng(task.seed)
        some = np.flatnonzero(yes)
        some = rng.permutation(some)[: max(10, int(share / (1 - share) * (~yes).sum()))]
        rows = np.sort(np.concatenate([np.flatnonzero(~yes), some]))
        return X[rows], yes[rows].astype("int64")

    parts = {name: kept(*getattr(task, name)) for name in ("train", "validation", "test")}
    return task.but(**parts, units=1, activation="sigmoid", loss=lambda: "binary_crossentropy", epochs=8)


def balanced(model: Any, part: Pair) -> float:
    """Return the mean recall of the two classes."""
    guess = in_pieces(model, part[0])[:, 0] > 0.5
    return float(np.mean([np.mean(guess[part[1] == one] == one) for one in (0, 1)]))


@mutant("accuracy-hides-imbalance", "series", "text", "photographs, grey")
def rare_class(correct: Correct) -> Tried:
    """Judge by accuracy where one answer is rare."""
    task = rare(correct.task)
    model, fair = build(task), build(task)
    history = first(task, model)
    first(task, fair, class_weight={0: 1.0, 1: float((task.train[1] == 0).sum() / (task.train[1] == 1).sum())})
    got, could = balanced(model, task.test), balanced(fair, task.test)
    said = f"balanced accuracy {got:.3f}, with class weights {could:.3f}; accuracy {score(task, model):.3f}"
    return Tried(examined(task, model, history), got < could - 0.1, said)


@mutant("gain-within-the-noise-of-seeds", "letters", "text", "photographs, grey")
def nothing_gained(correct: Correct) -> Tried:
    """Compare a method with itself, over three seeds each, and report the difference."""
    seeds = np.arange(6) + 100 * correct.task.seed
    found = []
    for seed in seeds:
        task = correct.task.but(seed=int(seed), epochs=4)
        model = build(task)
        first(task, model, callbacks=[])
        found.append(score(task, model))
    scores = {"as before": found[:3], "with an idea": found[3:]}
    gain = float(np.mean(found[3:]) - np.mean(found[:3]))
    return Tried(correct.head_examined(scores=scores), gain != 0, f"a gain of {gain:+.4f} of a method over itself")
