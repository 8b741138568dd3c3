"""A network that goes on learning: what it forgets when it is updated with new examples only, and what helps.

Two streams of five tasks each: digits in pairs (0 and 1, then 2 and 3, ...), and the same ten digits from one scanner
after another. Each way of updating takes `STEPS` steps a task at the same rate; it starts from the letters
network with a head of zeros. (To start over with the steps added up takes as many as the updates so far together.) A
memory keeps the same number of examples in all, shared by the tasks so far.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ftlearn import backbones, finetune
from ftlearn.adaptation import Scanner
from ftlearn.datasets import Part, load_digits
from ftlearn.studies._training import BATCH, Repeater, rounds, start_over

SEEDS = 6
STEPS = 60
RATES = (1e-3,)
MEMORIES = (20, 100)
TASKS = 5
EVERYTHING = 1_000
WAYS = (
    ("naive", 0),
    ("head only, naive", 0),
    *(("replay", memory) for memory in MEMORIES),
    ("replay", EVERYTHING),
    ("start over on everything", EVERYTHING),
    ("start over, steps added up", EVERYTHING),
)
STREAMS = ("new classes", "new scanners")
SCANNERS = (
    Scanner(),
    Scanner(blur=0.8),
    Scanner(turned=25),
    Scanner(inverted=1.0),
    Scanner(turned=-25, blur=0.5),
)
KEYS = ["stream", "way", "memory", "rate", "task"]
CHECK = ("new classes", "replay", 100, 1e-3)
TOLERANCE = {"accuracy": 0.1, "validation": 0.12}


class Task(NamedTuple):
    """What arrives together: examples to learn from, to choose with, to test on."""

    train: Part
    validation: Part
    test: Part


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Run every way over both streams for one seed (which draws the split, what is kept, and the order)."""
    wanted = [part] if part else [
        (stream, way, memory, rate) for stream in STREAMS for way, memory in WAYS for rate in RATES
    ]  # fmt: skip
    rows = []
    for stream, way, memory, rate in wanted:
        for row in update(tasks_of(stream, seed), way, memory=memory, rate=rate, seed=seed):
            rows.append({"seed": seed, "stream": stream, "way": way, "memory": memory, "rate": rate, **row})
    if not part:
        rows += [{"seed": seed, **row} for row in _without_training(seed)]
    return rows


@functools.lru_cache(2)
def tasks_of(stream: str, seed: int) -> tuple[Task, ...]:
    """Cut the digits into the tasks of a stream."""
    digits = load_digits(random_state=seed)
    parts = digits.train, digits.validation, digits.test
    if stream == "new classes":
        return tuple(
            Task(*(Part(one.X[one.y // 2 == task], one.y[one.y // 2 == task]) for one in parts))
            for task in range(TASKS)
        )
    dealt = np.random.default_rng(seed).permutation(len(digits.train.y)) % TASKS
    tasks = []
    for task, scanner in enumerate(SCANNERS):
        mine = Part(parts[0].X[dealt == task], parts[0].y[dealt == task])
        tasks.append(Task(*(Part(scanner(one.X), one.y) for one in (mine, *parts[1:]))))
    return tuple(tasks)


def update(tasks: tuple[Task, ...], way: str, *, memory: int, rate: float, seed: int) -> Iterator[dict[str, Any]]:
    """Go through a stream in one way, and after each task test on all tasks so far."""
    rng, repeater = np.random.default_rng(seed), _repeater(0 if way.startswith("head") else 3)
    weights = _start()
    for number, task in enumerate(tasks, 1):
        old = remembered(tasks[: number - 1], memory, seed)
        if way.startswith("start over"):
            weights = _start()
            X, y = (np.concatenate(both) for both in zip(task.train, old, strict=True)) if number > 1 else task.train
            order = rounds(len(y), STEPS * BATCH * (number if "added up" in way else 1), rng)
            X, y = X[order], y[order]
        else:
            X, y = mixed(task.train, old if memory and number > 1 else None, rng)
        start_over(repeater.model, weights, rate)
        repeater.model.fit(X, y, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
        weights = repeater.model.get_weights()
        yield _scores(functools.partial(repeater.model, training=False), tasks[:number])


def mixed(new: Part, old: Part | None, rng: np.random.Generator) -> Part:
    """Order the examples of one task's steps: all new, or in each batch half new and half remembered."""
    if old is None:
        order = rounds(len(new.y), STEPS * BATCH, rng)
        return Part(new.X[order], new.y[order])
    half = STEPS * BATCH // 2
    one, other = rounds(len(new.y), half, rng), rounds(len(old.y), half, rng)
    X, y = np.stack([new.X[one], old.X[other]], 1), np.stack([new.y[one], old.y[other]], 1)
    return Part(X.reshape(-1, *X.shape[2:]), y.reshape(-1))


def remembered(tasks: tuple[Task, ...], memory: int, seed: int) -> Part:
    """Draw what is kept of the tasks so far: the same number of each task, its classes in their turn."""
    kept = []
    for task in tasks:
        X, y = task.train
        shuffled = np.random.default_rng(seed).permutation(len(y))
        rank = {int(i): sum(y[shuffled[:at]] == y[i]) for at, i in enumerate(shuffled)}
        first = sorted(rank, key=rank.get)[: max(memory // len(tasks), 1)]
        kept.append(Part(X[first], y[first]))
    return Part(*map(np.concatenate, zip(*kept, strict=True))) if kept else Part(np.zeros((0, 8, 8, 1)), np.zeros(0))


def _scores(predict: Any, seen: tuple[Task, ...]) -> dict[str, Any]:
    """Average over the tasks so far; the first and the newest apart."""
    tests = [_share(predict, task.test) for task in seen]
    chosen = [_share(predict, task.validation) for task in seen]
    return {
        "task": len(seen),
        "validation": np.mean(chosen),
        "accuracy": np.mean(tests),
        "first": tests[0],
        "newest": tests[-1],
    }


def _share(predict: Any, part: Part) -> float:
    return float((np.asarray(predict(part.X)).argmax(1) == part.y).mean())


def _without_training(seed: int) -> list[dict[str, Any]]:
    """Name the class whose mean feature is nearest: a mean can be updated for ever, and forgets nothing."""
    base = backbones.load_backbone("letters")
    rows = []
    for stream in STREAMS:
        sums, counts, tasks = np.zeros((10, base.output_shape[-1])), np.zeros(10), tasks_of(stream, seed)
        for number, task in enumerate(tasks, 1):
            np.add.at(sums, task.train.y, finetune.cache_features(base, task.train.X))
            np.add.at(counts, task.train.y, 1)
            scores = _scores(functools.partial(_nearest, base, sums, counts), tasks[:number])
            rows.append({"stream": stream, "way": "nearest class mean", "memory": 0, "rate": 0.0, **scores})
    return rows


def _nearest(base: Any, sums: np.ndarray, counts: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Score each class by how near its mean is; a class never seen is infinitely far."""
    means = sums / np.maximum(counts, 1)[:, None]
    distances = ((finetune.cache_features(base, X)[:, None] - means) ** 2).sum(-1)
    return np.where(counts > 0, -distances, -np.inf)


@functools.cache
def _repeater(blocks: int) -> Repeater:
    base = backbones.load_backbone("letters")
    finetune.unfreeze(base, blocks) if blocks else finetune.freeze(base)
    return Repeater(backbones.attach_head(base, 10), steps_together=10)


@functools.cache
def _start() -> list:
    """Weights of the letters network with a head of zeros."""
    return _repeater(3).model.get_weights()
