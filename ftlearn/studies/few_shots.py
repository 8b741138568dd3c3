"""Reptile, a way of meta-learning, against ordinary pretraining on the same letters; tried on few-shot digits.

A task: five classes, one or five examples of each, 15 others of each to test on. A small convolutional network starts
from random weights, from 1,000 letter tasks by Reptile (five inner steps each), or from pretraining on the same letters
with as many gradient steps and as many pictures a step, its classifier then replaced by five outputs of zeros. From
each start the same fine-tuning (plain gradient steps; number and rate chosen on tasks of letters that were kept out of
all training) is tried on 100 tasks of digits. Beside them: the pretrained features with the nearest class mean, and the
same on pixels.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ftlearn.datasets import load_digits
from ftlearn.datasets.splits import Part
from ftlearn.pretrain import glyphs
from ftlearn.studies._steps import Steps

SEEDS = 5
KEYS = ["method", "shots"]
CHECK = ("pixels, nearest mean", 5)
TOLERANCE = {"accuracy": 0.02}

WAYS, SHOTS, QUERIES, TASKS = 5, (1, 5), 15, 100
META_TASKS, INNER_STEPS, INNER_SHOTS = 1000, 5, 10
INNER_RATES, PRETRAINING_RATES = (0.1, 0.3), (1e-3, 4e-3)
FINE_TUNING = [(10, 0.05), (10, 0.2), (50, 0.05), (50, 0.2)]
SCRIPTS = ("latin", "greek", "cyrillic", "armenian", "georgian", "hebrew")
PER_CLASS, KEPT_OUT = 40, 40


@functools.cache
def letters(scripts: tuple[str, ...] = SCRIPTS, keep_out: int = KEPT_OUT) -> tuple[Part, np.ndarray, np.ndarray]:
    """Render letters of some scripts; returns them, the classes to learn from, and those kept out for choosing."""
    classes = glyphs.group_lookalikes(glyphs.script_letters(scripts))
    X, y = glyphs.render(PER_CLASS * len(classes), characters=classes, random_state=0)
    order = np.random.default_rng(0).permutation(len(classes))
    return Part(X, y), order[keep_out:], order[:keep_out]


class Tasks:
    """Few-shot problems drawn from a labelled set.

    Parameters
    ----------
    part : Part
        Pictures and their classes.
    classes : ndarray of int
        The classes to draw from.
    """

    def __init__(self, part: Part, classes: np.ndarray):
        self.part, self.classes = part, classes
        self._of = {c: np.flatnonzero(part.y == c) for c in classes}

    def draw(self, rng: np.random.Generator, shots: int, queries: int = 0) -> tuple[Part, Part]:
        """Draw a task: five classes, numbered anew, `shots` examples of each, and `queries` others of each."""
        few, more = [], []
        for c in rng.choice(self.classes, WAYS, replace=False):
            places = rng.permutation(self._of[c])[: shots + queries]
            few.append(places[:shots])
            more.append(places[shots:])
        return tuple(Part(self.part.X[np.concatenate(p)], np.repeat(np.arange(WAYS), n))
                     for p, n in ((few, shots), (more, queries)))  # fmt: skip


@functools.cache
def network(outputs: int = WAYS) -> Any:
    """Build two convolutions and a dense layer that gives logits."""
    import keras
    from keras import layers

    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(outputs),
    ])  # fmt: skip


@functools.cache
def stepper() -> Steps:
    """Build what takes gradient steps on a task."""
    return Steps(network())


def first_weights(seed: int, outputs: int = WAYS) -> list:
    """Draw random first weights."""
    import keras

    keras.utils.set_random_seed(seed)
    return keras.models.clone_model(network(outputs)).get_weights()


def reptile(seed: int, rate: float, tasks: int = META_TASKS) -> list:
    """Go, after each task, part of the way to where its own training ended (Nichol, Achiam, Schulman 2018)."""
    part, known, _ = letters()
    source, rng, weights = Tasks(part, known), np.random.default_rng(seed), first_weights(seed)
    for number in range(tasks):
        few, _ = source.draw(rng, INNER_SHOTS)
        there = stepper().train(weights, *few, rate=rate, steps=INNER_STEPS, rng=rng, batch=len(few.y))
        part_way = 1 - number / tasks
        weights = [w + part_way * (t - w) for w, t in zip(weights, there, strict=True)]
    return weights


def pretrained(seed: int, rate: float, tasks: int = META_TASKS) -> list:
    """Learn to name all of the letters at once, in as many steps; then put five outputs of zeros in their place."""
    import keras

    part, known, _ = letters()
    mine = np.isin(part.y, known)
    X, y = part.X[mine], np.searchsorted(np.sort(known), part.y[mine])
    model, steps, batch = network(len(known)), tasks * INNER_STEPS, WAYS * INNER_SHOTS
    model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  jit_compile=False, steps_per_execution=50)  # fmt: skip
    model.set_weights(first_weights(seed, len(known)))
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(len(y)) for _ in range(1 + steps * batch // len(y))])[: steps * batch]
    model.fit(X[order], y[order], batch_size=batch, shuffle=False, verbose=0)
    return empty_head(model.get_weights())


def empty_head(weights: list) -> list:
    """Replace the classifier by five outputs of zeros."""
    return [*weights[:-2], np.zeros((len(weights[-2]), WAYS), "float32"), np.zeros(WAYS, "float32")]


def adapt(start: list, few: Part, steps: int, rate: float) -> list:
    """Fine-tune a start on a task: every example in every step."""
    rng = np.random.default_rng(0)
    return stepper().train(start, *few, rate=rate, steps=steps, rng=rng, batch=len(few.y))


def nearest_mean(features: Callable[[np.ndarray], np.ndarray], few: Part, more: Part) -> float:
    """Name the class whose mean feature vector, of length one as all are, is nearest."""
    from sklearn.metrics import pairwise_distances_argmin

    def unit(X: np.ndarray) -> np.ndarray:
        found = np.asarray(features(X)).reshape(len(X), -1)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)

    known = unit(few.X)
    means = [known[few.y == c].mean(0) for c in range(WAYS)]
    return float((pairwise_distances_argmin(unit(more.X), means) == more.y).mean())


def scores(tasks: list, solve: Callable[[Part, Part], float]) -> list[float]:
    """Accuracy of a way of solving on each task."""
    return [solve(few, more) for few, more in tasks]


def fine_tuned(start: list, setting: tuple[int, float]) -> Callable[[Part, Part], float]:
    """Make a solver: fine-tune from `start`, then read the others."""
    return lambda few, more: stepper().accuracy(adapt(start, few, *setting), *more)


def _features(weights: list) -> Callable[[np.ndarray], np.ndarray]:
    import keras

    model = network()
    model.set_weights(weights)
    return keras.Model(model.inputs[0], model.layers[-2].output)


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Train every start for one seed (first weights, tasks and order) and try it on the same digit tasks."""
    pictures, _, kept_out = letters()
    source, digits = Tasks(pictures, kept_out), load_digits(random_state=0)
    target = Tasks(Part(*digits.train), np.arange(10))
    starts = {} if part else _starts(seed)
    rows = []
    for shots in [part[1]] if part else SHOTS:
        for_choice = [source.draw(np.random.default_rng((1, seed, i)), shots, QUERIES) for i in range(20)]
        tasks = [target.draw(np.random.default_rng((2, seed, i)), shots, QUERIES) for i in range(TASKS)]
        found = {"pixels, nearest mean": ("", scores(tasks, functools.partial(nearest_mean, lambda X: X)))}
        for name, candidates in starts.items():
            tried = [(np.mean(scores(for_choice, fine_tuned(w, s))), -i, w, s)
                     for i, (w, s) in enumerate((w, s) for w in candidates for s in FINE_TUNING)]  # fmt: skip
            _, _, weights, (steps, rate) = max(tried, key=lambda t: t[:2])
            found[name] = f"{steps} steps at {rate:g}", scores(tasks, fine_tuned(weights, (steps, rate)))
            if name == "pretrained":
                near = functools.partial(nearest_mean, _features(weights))
                found["pretrained, nearest mean"] = "", scores(tasks, near)
        rows += [{"seed": seed, "method": m, "shots": shots, "accuracy": float(np.mean(a)),
                  "task_sd": float(np.std(a, ddof=1)), "setting": s} for m, (s, a) in found.items()]  # fmt: skip
    return rows


def _starts(seed: int) -> dict[str, list]:
    """Train each kind of start with each of its two settings (a random start: with random outputs, or zeros)."""
    random = first_weights(seed)
    return {
        "random start": [random, empty_head(random)],
        "Reptile": [reptile(seed, rate) for rate in INNER_RATES],
        "pretrained": [pretrained(seed, rate) for rate in PRETRAINING_RATES],
    }
