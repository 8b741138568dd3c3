"""Digits under a new scanner: what is lost, and what wins it back, without labels and with a few.

A recogniser (the letters network, fine-tuned on 500 labelled digits of the old scanner) meets 500 other digits, scanned
by the new one: unlabelled but for 0, 10, 20 or 50 of them. Both scanners' accuracy is that on the same 497 test digits.
The settings were chosen on the validation parts of two other draws (seeds 100 and 101), three or four a method.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ftlearn import backbones, evaluation, finetune
from ftlearn.adaptation import Coral, Scanner, adapt_batchnorm
from ftlearn.datasets import load_digits
from ftlearn.datasets.splits import Part
from ftlearn.studies._training import Repeater

SEEDS = 6
KEYS = ["part", "scanner", "strength", "method", "pictures", "labels"]
CHECK = ("strengths", "blurred")
TOLERANCE = {"accuracy": 0.05, "old_accuracy": 0.05}

FULL = {
    "inverted": Scanner(inverted=1.0),
    "blurred": Scanner(blur=1.0),
    "turned": Scanner(turned=25.0),
    "all three": Scanner(turned=15.0, blur=0.5, inverted=1.0),
}
STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
AMOUNTS = (1, 2, 5, 10, 20, 50, 100, 500)
MIXES = {"all digits": 0, "half of them one digit": 1, "two digits only": 2, "one digit only": 3}
LABELS = (10, 20, 50)
SOURCE_STEPS, STEPS, SCRATCH_STEPS = 400, 100, 300
RATE, SCRATCH_RATE, PIXEL_PENALTY, FEATURE_PENALTY = 1e-3, 1e-3, 10.0, 100.0


def scanner(kind: str, strength: float) -> Scanner:
    """Make a scanner of one kind, at a share of its full strength."""
    full = FULL[kind]
    return Scanner(turned=strength * full.turned, blur=strength * full.blur, inverted=strength * full.inverted)


class World:
    """One draw: a recogniser trained on the old scanner's digits, and digits to scan anew.

    Attributes
    ----------
    old, pool : Part
        500 labelled digits of the old scanner, and 500 others (old scanner's view; scan them).
    test : Part
        497 digits, as the old scanner sees them.
    weights : list of ndarray
        The trained recogniser's.
    """

    def __init__(self, seed: int):
        digits = load_digits(random_state=seed)
        X, y = digits.train
        self.seed, self.old, self.pool, self.test = seed, Part(X[:500], y[:500]), Part(X[500:], y[500:]), digits.test
        self._few = dataclasses.replace(digits, train=self.pool)
        self.repeater, pretrained = recogniser()
        self.model = self.repeater.model
        head = [0 * w for w in pretrained[-2:]]
        self.repeater.train([*pretrained[:-2], *head], *self.old, rate=RATE, steps=SOURCE_STEPS,
                            rng=np.random.default_rng(seed))  # fmt: skip
        self.weights = self.model.get_weights()
        self.old_features = self.features(self.old.X)

    def few(self, labels: int) -> Part:
        """Draw labelled digits of the new scanner (old scanner's view), the classes as even as may be."""
        return self._few.label_budget(labels).train

    def reset(self) -> None:
        """Put the recogniser back as it came from the old scanner."""
        self.model.set_weights(self.weights)

    def features(self, X: np.ndarray) -> np.ndarray:
        """Give the 512 features of pictures."""
        return np.asarray(self.model.layers[1](X, training=False))

    def accuracy(self, X: np.ndarray, *, through: Callable[[np.ndarray], np.ndarray] | None = None) -> float:
        """Share of the test digits read rightly, their features sent `through` a function first."""
        features = self.features(X)
        answers = np.asarray(self.model.layers[-1](features if through is None else through(features)))
        return float((answers.argmax(1) == self.test.y).mean())


@functools.cache
def recogniser() -> tuple[Repeater, list]:
    """Build the recogniser once (BatchNorm still, Dropout silent), with the letters network's weights."""
    base = finetune.unfreeze(backbones.load_backbone("letters"))
    model = backbones.attach_head(base, 10)
    return Repeater(model, steps_together=25), model.get_weights()


@functools.cache
def _scratch() -> Repeater:
    base = backbones.load_backbone("letters", weights=None, batchnorm_momentum=0.8)
    return Repeater(backbones.attach_head(base, 10), steps_together=25)


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Train one recogniser and send it to every scanner."""
    world = World(seed)
    if part:
        return _named(seed, part[0], _strength(world, part[1], 1.0))
    rows = _named(seed, "strengths", [row for kind in FULL for s in STRENGTHS for row in _strength(world, kind, s)])
    rows += _named(seed, "strengths", _unlabelled(world, "none", 0.0, Scanner()))
    rows += _named(seed, "amounts", [row for kind in ("none", "blurred") for row in _amounts(world, kind)])
    rows += _named(seed, "mixes", [row for kind in ("none", "blurred") for row in _mixes(world, kind)])
    rows += _named(seed, "batches", [row for kind in ("none", "blurred") for row in _batches(world, kind)])
    return rows + _named(seed, "labels", [row for kind in ("blurred", "all three") for row in _labels(world, kind)])


def _named(seed: int, part: str, rows: list[dict]) -> list[dict]:
    empty = {"seed": seed, "part": part, "pictures": 0, "labels": 0, "strength": 1.0}
    return [{**empty, **row} for row in rows]


def _strength(world: World, kind: str, strength: float) -> list[dict]:
    return _unlabelled(world, kind, strength, scanner(kind, strength))


def _unlabelled(world: World, kind: str, strength: float, scan: Scanner) -> list[dict]:
    """Meet a scanner with 500 unlabelled pictures."""
    world.reset()
    pool, new, old = scan(world.pool.X), scan(world.test.X), world.test.X
    found = {"nothing": (world.accuracy(new), world.accuracy(old))}
    features = world.features(pool)
    moved = functools.partial(np.add, world.old_features.mean(0) - features.mean(0))
    found["means moved"] = world.accuracy(new, through=moved), world.accuracy(old, through=moved)
    coral = Coral().fit(features, like=world.old_features).transform
    found["CORAL"] = world.accuracy(new, through=coral), world.accuracy(old, through=coral)
    adapt_batchnorm(world.model, pool)
    found["BatchNorm"] = world.accuracy(new), world.accuracy(old)
    ways = {"by hand": scan.undo} | ({"1 - x": lambda X: 1 - X} if kind == "all three" else {})
    for way, restore in ways.items():
        world.reset()
        found[way] = world.accuracy(restore(new)), found["nothing"][1]
        adapt_batchnorm(world.model, restore(pool))
        found[f"{way}, then BatchNorm"] = world.accuracy(restore(new)), world.accuracy(old)
    place = {"scanner": kind, "strength": strength, "pictures": len(pool)}
    return [{**place, "method": m, "accuracy": a, "old_accuracy": b} for m, (a, b) in found.items()]


def _scan(kind: str) -> Scanner:
    return FULL.get(kind, Scanner())


def _amounts(world: World, kind: str) -> list[dict]:
    """Adapt BatchNorm to few or many pictures, drawn at random."""
    scan = _scan(kind)
    pool, new = scan(world.pool.X), scan(world.test.X)
    order = np.random.default_rng(world.seed).permutation(len(pool))
    rows = []
    for n in AMOUNTS:
        world.reset()
        adapt_batchnorm(world.model, pool[order[:n]])
        rows.append({"scanner": kind, "method": "BatchNorm", "pictures": n,
                     "accuracy": world.accuracy(new), "old_accuracy": world.accuracy(world.test.X)})  # fmt: skip
    return rows


def mixed(y: np.ndarray, mix: str, rng: np.random.Generator, n: int = 40) -> np.ndarray:
    """Draw `n` pictures whose classes are mixed as `MIXES` says; returns their places."""
    digits = rng.permutation(10)
    of = [np.flatnonzero(np.isin(y, digits[:k])) for k in (1, 2, 10)]
    one, two, every = (rng.permutation(places) for places in of)
    half = np.concatenate([one[: n // 2], np.setdiff1d(every, one, assume_unique=True)[: n // 2]])
    return (every[:n], half, two[:n], one[:n])[MIXES[mix]]


def _mixes(world: World, kind: str) -> list[dict]:
    """Adapt to 40 pictures whose classes are not those to come."""
    scan = _scan(kind)
    pool, new, old = scan(world.pool.X), scan(world.test.X), world.test.X
    rows = []
    for mix in MIXES:
        chosen = pool[mixed(world.pool.y, mix, np.random.default_rng(world.seed))]
        world.reset()
        coral = Coral().fit(world.features(chosen), like=world.old_features).transform
        found = {f"CORAL, {mix}": (world.accuracy(new, through=coral), world.accuracy(old, through=coral))}
        adapt_batchnorm(world.model, chosen)
        found[f"BatchNorm, {mix}"] = world.accuracy(new), world.accuracy(old)
        rows += [{"scanner": kind, "method": m, "pictures": len(chosen), "accuracy": a, "old_accuracy": b}
                 for m, (a, b) in found.items()]  # fmt: skip
    return rows


def _batches(world: World, kind: str) -> list[dict]:
    """Read the test digits in ten batches, each with its own statistics: mixed, or of one digit each."""
    new, y = _scan(kind)(world.test.X), world.test.y
    batches = {
        "mixed": np.array_split(np.random.default_rng(world.seed).permutation(len(y)), 10),
        "of one digit": [np.flatnonzero(y == digit) for digit in range(10)],
    }
    rows = []
    for name, places in batches.items():
        right = 0
        for batch in places:
            world.reset()
            adapt_batchnorm(world.model, new[batch])
            right += (np.asarray(world.model(new[batch], training=False)).argmax(1) == y[batch]).sum()
        rows.append({"scanner": kind, "method": f"batches {name}", "pictures": len(y) // 10,
                     "accuracy": right / len(y), "old_accuracy": np.nan})  # fmt: skip
    return rows


def _labels(world: World, kind: str) -> list[dict]:
    """Meet a scanner with a few labelled pictures."""
    scan = _scan(kind)
    test, old, rows = scan(world.test.X), world.test.X, []
    way, restore = ("1 - x, then ", lambda X: 1 - X) if scan.inverted == 1 else ("", lambda X: X)
    for labels in LABELS:
        few = world.few(labels)
        X = scan(few.X)
        found = {"fine-tuned": _tuned(world, Part(X, few.y), (test, old))}
        hand, views = Part(restore(X), few.y), (restore(test), old)
        if way:
            found[f"{way}fine-tuned"] = _tuned(world, hand, views)
        both = f"{way.removesuffix('then ')}BatchNorm, then fine-tuned"
        found[both] = _tuned(world, hand, views, restore(scan(world.pool.X)))
        world.reset()
        found["frozen + logistic regression"] = logistic(
            Part(unit(world.features(X)), few.y), [unit(world.features(v)) for v in (test, old)], world.test.y,
            FEATURE_PENALTY)  # fmt: skip
        flat = [v.reshape(len(v), -1) for v in (X, test, old)]
        found["pixels + logistic regression"] = logistic(Part(flat[0], few.y), flat[1:], world.test.y, PIXEL_PENALTY)
        found["from scratch"] = _from_scratch(world, Part(X, few.y), (test, old))
        rows += [{"scanner": kind, "method": m, "labels": labels, "accuracy": a, "old_accuracy": b}
                 for m, (a, b) in found.items()]  # fmt: skip
    return rows


def unit(features: np.ndarray) -> np.ndarray:
    """Scale each row to length one."""
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def logistic(few: Part, views: list[np.ndarray], y: np.ndarray, penalty: float) -> tuple[float, ...]:
    """Fit logistic regression on a few rows; returns its accuracy on each view of the test digits."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=penalty, max_iter=1000).fit(*few)
    return tuple(evaluation.accuracy(fitted, view, y) for view in views)


def _tuned(world: World, few: Part, views: tuple, statistics: np.ndarray | None = None) -> tuple[float, ...]:
    world.reset()
    if statistics is not None:
        adapt_batchnorm(world.model, statistics)
    start = world.model.get_weights()
    world.repeater.train(start, *few, rate=RATE, steps=STEPS, rng=np.random.default_rng(world.seed))
    return tuple(world.accuracy(view) for view in views)


def _from_scratch(world: World, few: Part, views: tuple) -> tuple[float, ...]:
    import keras

    repeater = _scratch()
    keras.utils.set_random_seed(world.seed)
    start = keras.models.clone_model(repeater.model.layers[1]).get_weights()
    head = [0 * w for w in repeater.model.get_weights()[-2:]]
    repeater.train([*start, *head], *few, rate=SCRATCH_RATE, steps=SCRATCH_STEPS,
                   rng=np.random.default_rng(world.seed))  # fmt: skip
    answers = [np.asarray(repeater.model(view, training=False)).argmax(1) for view in views]
    return tuple(float((a == world.test.y).mean()) for a in answers)
