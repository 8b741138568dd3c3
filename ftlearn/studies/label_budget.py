"""How accuracy on real digits grows with labels: classical baselines, from scratch, frozen and fine-tuned.

Every strategy may choose between a few settings (both that train the whole network: four) on the same 300 validation
images, then opens the test part once. The networks are the same network. From scratch takes 800 steps; fine-tuning 400
for its head and 400 for everything; frozen features the 400 for the head.
"""

from __future__ import annotations

import functools
import time
from typing import Any

import numpy as np

from ftlearn import backbones, evaluation, finetune
from ftlearn.datasets import Split, load_digits
from ftlearn.studies._training import Repeater, best_of
from ftlearn.weights import numbers_in

SEEDS = 10
BUDGETS = (10, 20, 50, 100, 300)
KEYS = ["labels", "strategy"]
CHECK = (20,)
TOLERANCE = {"accuracy": 0.08}

STEPS = 400
SCRATCH = [{"rate": r, "momentum": m} for m in (0.8, 0.9) for r in (1e-3, 3e-3)]
HEAD_RATES = [0.003, 0.01]
FINE_TUNING = [
    {"rate": 1e-4, "awake": False},
    {"rate": 1e-3, "awake": False},
    {"rate": 1e-3, "awake": True},
    {"rate": 3e-3, "awake": True},
]
PENALTIES = [0.1, 1.0, 10.0, 100.0]


def measure(seed: int, part: tuple[int, ...] | None = None) -> list[dict[str, Any]]:
    """Run every strategy at every label budget for one seed (which draws the split, the labels and the weights)."""
    digits = load_digits(random_state=seed)
    test = digits.test
    rows = []
    for labels in part or BUDGETS:
        small = digits.label_budget(labels)
        made = [_nearest(small), _logistic(small), _scratch(small, seed)]
        for source, suffix in (("letters", ""), ("textures", ", far source")):
            made += _transfer(small, seed, source, suffix)
        for strategy, setting, score, predict, trained, seconds in made:
            accuracy = float((predict(test.X) == test.y).mean())
            rows.append(
                {"seed": seed, "labels": labels, "strategy": strategy, "accuracy": accuracy, "validation": score,
                 "setting": setting, "trained": trained, "seconds": round(seconds, 2)}
            )  # fmt: skip
    return rows


def _flat(X: np.ndarray) -> np.ndarray:
    return X.reshape(len(X), -1)


def _nearest(data: Split) -> tuple:
    from sklearn.neighbors import KNeighborsClassifier

    started = time.perf_counter()
    model = KNeighborsClassifier(1).fit(_flat(data.train.X), data.train.y)
    score = evaluation.accuracy(model, _flat(data.validation.X), data.validation.y)
    return "1-nearest neighbour", "", score, lambda X: model.predict(_flat(X)), 0, time.perf_counter() - started


def _logistic(data: Split) -> tuple:
    from sklearn.linear_model import LogisticRegression

    def attempt(penalty: float) -> tuple[float, Any]:
        model = LogisticRegression(C=penalty, max_iter=2000).fit(_flat(data.train.X), data.train.y)
        return evaluation.accuracy(model, _flat(data.validation.X), data.validation.y), model

    started = time.perf_counter()
    penalty, score, model = best_of(PENALTIES, attempt)
    seconds = time.perf_counter() - started
    return (
        "logistic regression",
        f"C {penalty:g}",
        score,
        lambda X: model.predict(_flat(X)),
        model.coef_.size + 10,
        seconds,
    )


@functools.cache
def _scratch_model(momentum: float) -> Repeater:
    base = backbones.load_backbone("letters", weights=None, batchnorm_momentum=momentum)
    return Repeater(backbones.attach_head(base, 10))


@functools.cache
def _pretrained(source: str, awake: bool) -> Repeater:
    """Make the whole model, all of it to be trained, with BatchNorm and Dropout awake or still."""
    base = backbones.load_backbone(source)
    if not awake:
        finetune.unfreeze(base)
    return Repeater(backbones.attach_head(base, 10))


@functools.cache
def _frozen(source: str) -> tuple[Any, Repeater]:
    """Make the base, and a head alone for its stored features."""
    import keras

    base = finetune.freeze(backbones.load_backbone(source))
    layer = keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros")
    return base, Repeater(keras.Sequential([keras.Input((base.output_shape[-1],)), layer]))


def _fresh_weights(model: Any, seed: int) -> list:
    """Draw new random weights for every layer, by its own initialisers (BatchNorm's statistics 0 and 1)."""
    import keras

    keras.utils.set_random_seed(seed)
    copy = keras.models.clone_model(model)
    return copy.get_weights()


def _scratch(data: Split, seed: int) -> tuple:
    def attempt(setting: dict) -> tuple[float, Any]:
        repeater = _scratch_model(setting["momentum"])
        start = _fresh_weights(repeater.model, seed)
        repeater.train(start, *data.train, rate=setting["rate"], steps=2 * STEPS, rng=np.random.default_rng(seed))
        return repeater.accuracy(*data.validation), (repeater, repeater.model.get_weights())

    started = time.perf_counter()
    setting, score, (repeater, weights) = best_of(SCRATCH, attempt)
    seconds = (time.perf_counter() - started) / len(SCRATCH)
    trained = numbers_in(repeater.model.trainable_variables)
    words = f"rate {setting['rate']:g}, momentum {setting['momentum']:g}"
    return "from scratch", words, score, _predictor(repeater, weights), trained, seconds


def _predictor(repeater: Repeater, weights: list) -> Any:
    def predict(X: np.ndarray) -> np.ndarray:
        repeater.model.set_weights(weights)
        return repeater.model.predict(X, verbose=0).argmax(axis=1)

    return predict


def _transfer(data: Split, seed: int, source: str, suffix: str) -> list[tuple]:
    base, head = _frozen(source)
    features = [(finetune.cache_features(base, part.X), part.y) for part in (data.train, data.validation)]

    def attempt_head(rate: float) -> tuple[float, Any]:
        start = _fresh_weights(head.model, seed)
        head.train(start, *features[0], rate=rate, steps=STEPS, rng=np.random.default_rng(seed))
        return head.accuracy(*features[1]), head.model.get_weights()

    def attempt_all(setting: dict) -> tuple[float, Any]:
        whole = _pretrained(source, setting["awake"])
        whole.train(start, *data.train, rate=setting["rate"], steps=STEPS, rng=np.random.default_rng(seed))
        return whole.accuracy(*data.validation), (whole, whole.model.get_weights())

    started = time.perf_counter()
    rate, score, weights = best_of(HEAD_RATES, attempt_head)
    seconds_head = (time.perf_counter() - started) / len(HEAD_RATES)
    start = [*base.get_weights(), *weights]
    trained = sum(w.size for w in weights)
    predict = _predictor(_pretrained(source, False), start)
    frozen = ("frozen" + suffix, f"rate {rate:g}", score, predict, trained, seconds_head)

    started = time.perf_counter()
    setting, score, (whole, weights) = best_of(FINE_TUNING, attempt_all)
    seconds = seconds_head + (time.perf_counter() - started) / len(FINE_TUNING)
    trained = numbers_in(whole.model.trainable_variables)
    words = f"rate {setting['rate']:g}, BatchNorm and Dropout {'awake' if setting['awake'] else 'still'}"
    tuned = ("fine-tuned" + suffix, words, score, _predictor(whole, weights), trained, seconds)
    return [frozen, tuned]
