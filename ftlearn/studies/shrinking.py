"""What a network loses when it is made smaller: weights set to zero, filters taken out, 8-bit integers.

The letters network learns digits from 300 labels, head first, then all of it. It is shrunk in each way, scored, trained
a little more and scored again. The unshrunk network trained that little more is the rival of all; a network as narrow
as the pruned one, trained from scratch with as many steps in all, that of the narrow ones. A seed draws the split, the
labels and the order of examples.

While a shrunk network trains again, BatchNorm is awake, for its statistics have changed. (Tried both ways on the
validation parts of two seeds: with nine tenths of the weights at zero it is better awake, with fewer as good. Likewise
each layer loses the same share: one threshold for all layers did worse from four fifths on.)
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ftlearn import backbones, compute, evaluation, finetune
from ftlearn.datasets import load_digits
from ftlearn.studies._training import BATCH, Repeater, rounds, start_over

SEEDS = 6
LABELS = 300
STEPS = {"head": 200, "all": 200, "again": 150}
ZEROS = (0.3, 0.5, 0.7, 0.8, 0.9)
IN_STAGES = (0.8, 0.9)
STAGES = 3
FILTERS = (0.25, 0.5, 0.75)
NARROW_RIVAL = 0.75
EXAMPLES = 100
KEYS = ["way", "share", "trained_again"]
CHECK = ("weights",)
TOLERANCE = {"accuracy": 0.06}


def measure(seed: int, part: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """Shrink one seed's network in every way, or in those of `part`: weights, filters, int8."""
    digits = load_digits(random_state=seed).label_budget(LABELS)
    test = digits.test
    repeater, fine_tuned = _fine_tuned(digits.train, seed)
    model = repeater.model
    rows: list[dict[str, Any]] = []

    def note(way: str, share: float, again: bool, score: float, size: int, packed: int) -> None:
        rows.append(
            {"seed": seed, "way": way, "share": share, "trained_again": again, "accuracy": score, "bytes": size,
             "gzipped": packed}
        )  # fmt: skip

    def score(of: Any, way: str, share: float, again: bool) -> None:
        note(way, share, again, evaluation.accuracy(of, *test), 4 * of.count_params(), compute.gzipped_bytes(of))

    score(model, "nothing", 0.0, False)
    for way in part or ("weights", "filters", "int8"):
        if way == "weights":
            awake = _repeaters()[2].model
            for share in (0.0, *ZEROS):
                _train(awake, fine_tuned, digits.train, seed, 0)
                masks = compute.prune(awake, share)
                if share:
                    score(awake, way, share, False)
                _train(awake, awake.get_weights(), digits.train, seed, STEPS["again"], compute.keep_pruned(masks))
                score(awake, way if share else "nothing", share, True)
            for share in IN_STAGES:
                _train(awake, fine_tuned, digits.train, seed, 0)
                for stage in range(1, STAGES + 1):
                    masks = compute.prune(awake, 1 - (1 - share) ** (stage / STAGES))
                    steps = STEPS["again"] // STAGES
                    _train(awake, awake.get_weights(), digits.train, seed + stage, steps, compute.keep_pruned(masks))
                score(awake, "weights, in stages", share, True)
        elif way == "filters":
            for share in FILTERS:
                _train(model, fine_tuned, digits.train, seed, 0)
                small, weights = _narrow(share), compute.remove_filters(model, share).get_weights()
                _train(small, weights, digits.train, seed, 0)
                score(small, way, share, False)
                _train(small, weights, digits.train, seed, STEPS["again"])
                score(small, way, share, True)
            rival = _narrow(NARROW_RIVAL)
            _train(rival, _random(rival, seed), digits.train, seed, sum(STEPS.values()))
            score(rival, "narrow from scratch", NARROW_RIVAL, True)
        else:
            _train(model, fine_tuned, digits.train, seed, 0)
            few = digits.train.X[:EXAMPLES]
            files = {
                "float32 file": compute.to_litert(model),
                "int8 weights": compute.to_litert(model, int8="weights"),
                "int8 all": compute.to_litert(model, int8="all", examples=few),
                "int8 all, seen only blank": compute.to_litert(model, int8="all", examples=0 * few),
            }
            for name, content in files.items():
                right = compute.LiteRT(content).predict(test.X).argmax(1) == test.y
                note(name, 0.0, False, float(right.mean()), len(content), len(_gzip(content)))
    return rows


def _gzip(content: bytes) -> bytes:
    import gzip

    return gzip.compress(content, mtime=0)


@functools.cache
def _repeaters() -> tuple[Repeater, Repeater, Repeater, list]:
    """Make the head alone, the whole model twice (BatchNorm frozen, awake), and its weights before any digit."""
    import keras

    model, awake = (
        backbones.attach_head(finetune.unfreeze(backbones.load_backbone("letters"), batchnorm=batchnorm), 10)
        for batchnorm in (False, True)
    )
    head = keras.Sequential([keras.Input((512,)), keras.layers.Dense(10, "softmax", kernel_initializer="zeros")])
    return Repeater(head, steps_together=50), Repeater(model), Repeater(awake), model.get_weights()


def _fine_tuned(train: Any, seed: int) -> tuple[Repeater, list]:
    head, whole, _, start = _repeaters()
    whole.model.set_weights(start)
    features, rng = finetune.cache_features(whole.model.layers[1], train.X), np.random.default_rng(seed)
    head.train([0 * w for w in start[-2:]], features, train.y, rate=3e-3, steps=STEPS["head"], rng=rng)
    whole.train([*start[:-2], *head.model.get_weights()], *train, rate=3e-4, steps=STEPS["all"], rng=rng)
    return whole, whole.model.get_weights()


def _train(model: Any, weights: list, train: Any, seed: int, steps: int, *callbacks: Any) -> None:
    """Start from `weights` with a fresh optimiser and take some steps (none only puts the weights back)."""
    start_over(model, weights, 1e-3)
    if steps:
        order = rounds(len(train.y), steps * BATCH, np.random.default_rng(seed + 1))
        model.fit(train.X[order], train.y[order], batch_size=BATCH, shuffle=False, verbose=0, callbacks=list(callbacks))


@functools.cache
def _narrow(share: float) -> Any:
    """Make a network of the shape that taking filters out leaves, all of it trainable, compiled."""
    small = compute.remove_filters(_repeaters()[1].model, share)
    small.trainable = True
    for layer in small.layers:
        layer.trainable = True
    return Repeater(small).model


def _random(model: Any, seed: int) -> list:
    """Draw fresh weights for a network as Keras does by default, and BatchNorm's beginnings."""
    rng, fresh = np.random.default_rng(seed), []
    for w in model.weights:
        if w.name == "kernel":
            fan = np.prod(w.shape[:-2]) * (w.shape[-2] + w.shape[-1])
            bound = np.sqrt(6 / fan)
            fresh.append(rng.uniform(-bound, bound, w.shape))
        elif w.name in ("gamma", "moving_variance"):
            fresh.append(np.ones(w.shape))
        else:
            fresh.append(np.asarray(w) if "seed" in w.path else np.zeros(w.shape))
    return fresh
