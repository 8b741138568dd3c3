"""What fine-tuning gains on the new task and forgets of the old, by blocks unfrozen, learning rate and recipe.

New task: real digits, 50 labels. Old task: capital letters, read by a logistic regression on the features that the
network had before; after fine-tuning the same regression reads the new features.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ftlearn import backbones, evaluation, finetune
from ftlearn.datasets import load_digits, load_letters
from ftlearn.optimizers import discriminative_adam
from ftlearn.studies._training import Repeater
from ftlearn.weights import numbers_in

SEEDS = 10
LABELS = 50
STEPS = 400
RATES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
RECIPES = (
    "head and base together",
    "together, head from zeros",
    "BatchNorm and Dropout awake",
    "gradual",
    "discriminative",
)
KEYS = ["recipe", "blocks", "learning_rate"]
CHECK = ("head first", 3, 1e-3)
TOLERANCE = {"accuracy": 0.08, "old_accuracy": 0.1}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Run every recipe for one seed (which draws the split, the labels and the order of batches)."""
    digits = load_digits(random_state=seed).label_budget(LABELS)
    test, (letters, reader) = digits.test, _old_task()
    start = _head_first(digits, seed)
    wanted = [part] if part else [
        *[("head first", blocks, rate) for blocks in (0, 1, 2, 3) for rate in RATES],
        *[(recipe, 3, rate) for recipe in RECIPES for rate in (1e-4, 1e-3)],
    ]  # fmt: skip
    rows = []
    for recipe, blocks, rate in wanted:
        repeater = _train(recipe, blocks, rate, start, digits, seed)
        features = _features(repeater).predict(letters.X, verbose=0)
        trained = numbers_in(repeater.model.trainable_variables)
        rows.append(
            {"seed": seed, "recipe": recipe, "blocks": blocks, "learning_rate": rate, "trainable": trained,
             "accuracy": repeater.accuracy(*test), "old_accuracy": evaluation.accuracy(reader, features, letters.y)}
        )  # fmt: skip
    return rows


@functools.cache
def _old_task() -> tuple:
    """Letters to test on, and the reader of the pretrained network's features."""
    from sklearn.linear_model import LogisticRegression

    split, base = load_letters(n=2600), backbones.load_backbone("letters")
    features = finetune.cache_features(base, split.train.X)
    return split.test, LogisticRegression(max_iter=2000).fit(features, split.train.y)


@functools.cache
def _pretrained() -> list:
    """Read the letters network's weights, once."""
    return backbones.load_backbone("letters").get_weights()


@functools.cache
def _model(blocks: int, recipe: str) -> Repeater:
    base = backbones.load_backbone("letters")
    awake = recipe == "BatchNorm and Dropout awake"
    finetune.unfreeze(base, blocks, batchnorm=awake, dropout=awake)
    model = backbones.attach_head(base, 10)
    optimizer = discriminative_adam(base, 1e-3, decay=0.4) if recipe == "discriminative" else None
    return Repeater(model, optimizer)


def _features(repeater: Repeater) -> Any:
    return repeater.model.layers[1]


def _head_first(digits: Any, seed: int) -> list:
    """Weights of the whole model after its head alone was trained."""
    repeater = _model(0, "head first")
    rng = np.random.default_rng(seed)
    fresh = [*_pretrained(), *[0 * w for w in repeater.model.get_weights()[-2:]]]
    repeater.train(fresh, *digits.train, rate=0.003, steps=STEPS, rng=rng)
    return repeater.model.get_weights()


def _train(recipe: str, blocks: int, rate: float, start: list, digits: Any, seed: int) -> Repeater:
    """Take `STEPS` steps after the head's (twice as many where head and base start together)."""
    rng = np.random.default_rng(seed + 1)
    if blocks == 0:
        repeater = _model(0, "head first")
        repeater.model.set_weights(start)
    elif recipe == "gradual":
        for opened in (1, 2, 3):
            repeater = _model(opened, "head first")
            repeater.train(start, *digits.train, rate=rate, steps=STEPS // 3, rng=rng)
            start = repeater.model.get_weights()
    elif "together" in recipe:
        repeater = _model(blocks, "head first")
        head = [0 * w for w in start[-2:]] if "zeros" in recipe else _random_head(start, seed)
        fresh = [*_pretrained(), *head]
        repeater.train(fresh, *digits.train, rate=rate, steps=2 * STEPS, rng=rng)
    else:
        repeater = _model(blocks, recipe)
        repeater.train(start, *digits.train, rate=rate, steps=STEPS, rng=rng)
    return repeater


def _random_head(weights: list, seed: int) -> list:
    """Make a head as Keras does by default: random weights, no bias."""
    kernel, bias = weights[-2:]
    bound = np.sqrt(6 / sum(kernel.shape))
    return [np.random.default_rng(seed).uniform(-bound, bound, kernel.shape), 0 * bias]
