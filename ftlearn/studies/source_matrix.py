"""Which source helps which target: three sources, cut after one, two or three blocks, on four targets of 50 labels.

Sources: the networks "letters" and "textures", and the same network with random weights. Each of these nine candidates
is scored (LogME, linear probe in cross-validation, both on the 50 labels), used frozen (logistic regression on its
features) and fine-tuned from there (100 steps), each in the better of two settings on 300 validation images. Beside
them, with two settings too: logistic regression on pixels, and the whole network from scratch (300 steps).
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ftlearn import backbones, evaluation, finetune
from ftlearn.datasets import Split, load_digits, make_split
from ftlearn.datasets.splits import Part
from ftlearn.studies._training import Repeater, best_of
from ftlearn.transferability import logme, probe_score, shortened

SEEDS = 8
LABELS = 50
SOURCES = ("letters", "textures", "random")
KEYS = ["target", "source", "blocks"]
CHECK = ("handwritten digits", "textures", 1)
TOLERANCE = {"accuracy": 0.08, "frozen": 0.03, "logme": 0.05, "pixels": 0.02}

PENALTIES = [1.0, 10.0]
FINE_TUNING = [(3e-4, "still"), (1e-3, "awake")]
SCRATCH = [(1e-3, 0.8), (3e-3, 0.8)]
STEPS, SCRATCH_STEPS, CLASSES = 100, 300, 10
_ENDS = {1: "block1_pool", 2: "block2_pool", 3: "features"}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Try every candidate on every target for one seed (which draws examples, random weights and order)."""
    rows = []
    for target in [part[0]] if part else TARGETS:
        data = TARGETS[target](seed)
        test = data.test
        baselines = {"pixels": _pixels(data, test), "scratch": _scratch(data, test, seed)}
        for source, blocks in [part[1:]] if part else [(s, b) for s in SOURCES for b in _ENDS]:
            tried = _candidate(source, blocks, data, test, seed)
            rows.append({"seed": seed, "target": target, "source": source, "blocks": blocks, **tried, **baselines})
    return rows


def digits(seed: int) -> Split:
    """Draw real handwritten digits: near to letters."""
    return load_digits(random_state=seed).label_budget(LABELS)


def new_fonts(seed: int) -> Split:
    """Draw the letters A to J in fonts that the letters network has never seen: as near to it as can be."""
    from ftlearn.pretrain import glyphs

    X, y = glyphs.render(1350, characters="ABCDEFGHIJ", fonts=glyphs.UNSEEN_FONTS, random_state=seed)
    whole = make_split("new fonts", X, y, classes=tuple("ABCDEFGHIJ"), validation=300, test=500, random_state=seed)
    return whole.label_budget(LABELS)


def photograph_regions(seed: int) -> Split:
    """Cut patches from ten regions of the textures network's photographs, around points where it has seen none.

    The patches overlap those that it has seen, and one another; the regions are among those that it learnt to name.
    """
    from ftlearn.pretrain import textures

    X, y = textures.patches(60 * 140, random_state=1000 + seed, unseen=True)
    mine = np.isin(y, np.arange(3, 60, 6))
    X, y = X[mine], y[mine] // 6
    classes = tuple(f"region {i}" for i in range(10))
    whole = make_split("regions", X, y, classes=classes, validation=300, test=500, random_state=seed)
    return whole.label_budget(LABELS)


def other_pictures(seed: int) -> Split:
    """Cut patches from a portrait, a map of heights, a scan of a head and a map of the sea floor; name the picture.

    Training, validation and test patches come from different stripes of each picture.
    """
    rng = np.random.default_rng(seed)
    stripes = [(0, 0.6, LABELS), (0.6, 0.8, 300), (0.8, 1, 500)]
    parts = [_patches(_four_pictures(), n, from_, to, rng) for from_, to, n in stripes]
    names = ("portrait", "mountains", "head", "sea floor")
    return Split("other pictures", *parts, classes=names, random_state=seed)


TARGETS: dict[str, Callable[[int], Split]] = {
    "letters in new fonts": new_fonts,
    "handwritten digits": digits,
    "other pictures": other_pictures,
    "photographs, new parts": photograph_regions,
}


@functools.cache
def _four_pictures() -> tuple[np.ndarray, ...]:
    """Read four pictures that come with matplotlib, as grey values from 0 to 1."""
    from matplotlib import cbook
    from PIL import Image

    with cbook.get_sample_data("grace_hopper.jpg") as file:
        portrait = np.asarray(Image.open(file).convert("RGB"), float).mean(-1)
    mountains = cbook.get_sample_data("jacksboro_fault_dem.npz")["elevation"].astype(float)
    sea_floor = cbook.get_sample_data("topobathy.npz")["topo"].astype(float)
    with cbook.get_sample_data("s1045.ima.gz") as file:
        head = np.frombuffer(file.read(), np.uint16).reshape(256, 256)[20:236, 30:226].astype(float)
    return tuple((p - p.min()) / (p.max() - p.min()) for p in (portrait, mountains, head, sea_floor))


def _patches(pictures: tuple[np.ndarray, ...], n: int, left: float, right: float, rng: np.random.Generator) -> Part:
    """Cut 8 x 8 patches, at one or two pixels a value, from a stripe of each picture; stretch each to [0, 1]."""
    y = rng.permutation(np.arange(n, dtype=np.int64) % len(pictures))
    X = np.empty((n, 8, 8, 1), "float32")
    for i, c in enumerate(y):
        picture, block = pictures[c], int(rng.integers(1, 3))
        (height, width), side = picture.shape, 8 * block
        row = rng.integers(0, height - side)
        column = rng.integers(int(left * width), max(int(right * width) - side, int(left * width) + 1))
        patch = picture[row : row + side, column : column + side].reshape(8, block, 8, block).mean((1, 3))
        X[i, ..., 0] = (patch - patch.min()) / max(np.ptp(patch), 0.05)
    return Part(X, y)


def _pixels(data: Split, test: Part) -> float:
    return _probe(data, test, lambda X: X.reshape(len(X), -1))[1]


def _probe(data: Split, test: Part, features: Callable[[np.ndarray], np.ndarray]) -> tuple:
    """Fit logistic regression on features; returns it as a head's weights, and its accuracy on test.

    A head has ten outputs, so that one compiled network serves all targets; those that a target lacks never answer.
    """
    from sklearn.linear_model import LogisticRegression

    short, turn = shortened(features(data.train.X))
    validation = features(data.validation.X) @ turn

    def attempt(penalty: float) -> tuple[float, Any]:
        model = LogisticRegression(C=penalty, max_iter=2000).fit(short, data.train.y)
        return evaluation.accuracy(model, validation, data.validation.y), model

    _, _, model = best_of(PENALTIES, attempt)
    score = evaluation.accuracy(model, features(test.X) @ turn, test.y)
    lacking = CLASSES - len(data.classes)
    bias = np.pad(model.intercept_, (0, lacking), constant_values=-30.0)
    return (np.pad(turn @ model.coef_.T, ((0, 0), (0, lacking))), bias), score


@functools.cache
def _network(source: str, blocks: int, mode: str, momentum: float = 0.9) -> tuple[Any, Repeater]:
    """Make a source cut after some blocks, and the same with a head, ready to be trained again and again."""
    import keras

    weights = None if source == "random" else "pretrained"
    whole = backbones.load_backbone("letters" if source == "random" else source, weights=weights,
                                    **({"batchnorm_momentum": momentum} if source == "random" else {}))  # fmt: skip
    flat = keras.layers.Flatten()(whole.get_layer(_ENDS[blocks]).output)
    base = keras.Model(whole.inputs[0], keras.layers.Dropout(0.2)(flat))
    if mode == "still":
        finetune.unfreeze(base)
    model = backbones.attach_head(base, CLASSES)
    return base, Repeater(model, steps_together=25)


def _accuracy(repeater: Repeater, part: Part) -> float:
    answers = np.asarray(repeater.model(part.X, training=False))  # called once: no prediction function to compile
    return float((answers.argmax(1) == part.y).mean())


def _fresh(base: Any, seed: int) -> list:
    """Draw random weights for every layer, by its own initialisers."""
    import keras

    keras.utils.set_random_seed(seed)
    return keras.models.clone_model(base).get_weights()


def _candidate(source: str, blocks: int, data: Split, test: Part, seed: int) -> dict[str, Any]:
    """Score one candidate, use it frozen, fine-tune it; seconds are for one setting."""
    base, _ = _network(source, blocks, "still")
    start = _fresh(base, seed) if source == "random" else base.get_weights()
    base.set_weights(start)
    started = time.perf_counter()
    known = np.asarray(base(data.train.X))
    features_seconds = time.perf_counter() - started
    scores = {"logme": logme(known, data.train.y)}
    logme_seconds = time.perf_counter() - started
    started = time.perf_counter()
    scores["probe"] = probe_score(known, data.train.y, random_state=seed)
    probe_seconds = features_seconds + time.perf_counter() - started
    head, frozen = _probe(data, test, lambda X: np.asarray(base(X)))

    def attempt(setting: tuple[float, str]) -> tuple[float, Any]:
        rate, mode = setting
        _, repeater = _network(source, blocks, mode)
        rng = np.random.default_rng(seed)
        repeater.train([*start, *head], *data.train, rate=rate, steps=STEPS, rng=rng)
        return _accuracy(repeater, data.validation), (repeater, repeater.model.get_weights())

    started = time.perf_counter()
    (rate, mode), validation, (repeater, weights) = best_of(FINE_TUNING, attempt)
    seconds = (time.perf_counter() - started) / len(FINE_TUNING)
    repeater.model.set_weights(weights)
    tuned = _accuracy(repeater, test)
    _network(source, blocks, "still")[0].set_weights(start)
    return {
        **scores, "frozen": frozen, "accuracy": tuned, "validation": validation, "setting": f"rate {rate:g}, {mode}",
        "logme_seconds": logme_seconds, "probe_seconds": probe_seconds, "seconds": seconds,
    }  # fmt: skip


def _scratch(data: Split, test: Part, seed: int) -> float:
    def attempt(setting: tuple[float, float]) -> tuple[float, Any]:
        rate, momentum = setting
        base, repeater = _network("random", 3, "awake", momentum)
        head = [0 * w for w in repeater.model.get_weights()[-2:]]
        start = [*_fresh(base, seed), *head]
        rng = np.random.default_rng(seed)
        repeater.train(start, *data.train, rate=rate, steps=SCRATCH_STEPS, rng=rng)
        return _accuracy(repeater, data.validation), (repeater, repeater.model.get_weights())

    _, _, (repeater, weights) = best_of(SCRATCH, attempt)
    repeater.model.set_weights(weights)
    return _accuracy(repeater, test)
