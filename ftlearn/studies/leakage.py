"""What a validation promises and what untouched data deliver, for common mistakes in preparing data.

Everything is digits. Untouched are always images (for writers: people) that nothing was done with. ``dose`` is how much
of the mistake: epochs, percent of images, writers, noise columns. Way "right" does the same without the mistake.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn import backbones
from ftlearn.studies._training import Repeater, start_over

SEEDS = 10
KEYS = ["mistake", "way", "dose"]
CHECK = ("writers",)
TOLERANCE = {"promised": 0.03, "accuracy": 0.03}
EPOCHS = (3, 10, 30, 60)
COPIES = (0, 10, 25, 50, 100)
WRITERS = (2, 3, 5, 9)
COLUMNS = (100, 300, 1000, 5000)
NOISE = (0, 5, 10, 20, 30)
_UNTOUCHED = 800  # rows of a seed's order from here on


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Make every mistake, and do the same without it, for one seed (which draws the images)."""
    makers = {
        "reshuffled": _reshuffled, "copies": _copies, "writers": _writers, "writers, pretrained": _writers_pretrained,
        "scaling": _scaling, "selection": _selection, "augmentation": _augmentation, "range": _ranges,
        "wrong labels": _wrong_labels,
    }  # fmt: skip
    rows = []
    for mistake, maker in makers.items():
        for way, dose, promised, delivered in maker(seed) if part is None or mistake in part else ():
            row = {"seed": seed, "mistake": mistake, "way": way, "dose": dose}
            rows.append({**row, "promised": float(promised), "accuracy": float(delivered)})
    return rows


@functools.cache
def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows of pixels from 0 to 1, classes, and approximate writers: thirteen blocks of neighbours."""
    from sklearn.datasets import load_digits

    raw = load_digits()
    return (raw.data / 16).astype("float32"), raw.target, np.arange(len(raw.target)) * 13 // len(raw.target)


def _images() -> np.ndarray:
    return digits()[0].reshape(-1, 8, 8, 1)


@functools.cache
def features(factor: float = 1.0) -> np.ndarray:
    """Let the letters network, unchecked as in plain Keras, describe the pixels times a factor."""
    base = backbones.load_backbone("letters")
    X = factor * _images()
    return np.concatenate([np.asarray(base(_unchecked(X[i : i + 600]))) for i in range(0, len(X), 600)])


def _unchecked(X: np.ndarray) -> Any:
    """Return a tensor: contracts are checked for arrays only."""
    from keras import ops

    return ops.convert_to_tensor(X)


def model() -> Any:
    """Make a logistic regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _promise(model: Any, X: np.ndarray, y: np.ndarray, seed: int, unit: np.ndarray | None = None) -> float:
    """Measure accuracy in five-fold cross-validation; with `unit`, its members stay together."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_score

    kind = StratifiedKFold if unit is None else StratifiedGroupKFold
    folds = 5 if unit is None else min(5, len(np.unique(unit)))
    return cross_val_score(model, X, y, groups=unit, cv=kind(folds, shuffle=True, random_state=seed)).mean()


def drawn(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows with a label, with every class among them as often as any other; and rows untouched."""
    _, y, _ = digits()
    order = np.random.default_rng(seed).permutation(len(y))
    near = order[:_UNTOUCHED]
    rank = np.array([(y[near[:i]] == y[k]).sum() for i, k in enumerate(near)])
    return near[np.argsort(rank, kind="stable")[:n]], order[_UNTOUCHED:]


def _copies(seed: int) -> Iterator[tuple]:
    """Take some of 100 images twice, the second time with a little noise in the pixels."""
    X, y, _ = digits()
    mine, untouched = drawn(seed, 100)
    for percent in COPIES:
        again = np.random.default_rng(seed + 1).permutation(mine)[:percent]
        noise = np.random.default_rng(seed + 2).normal(0, 0.06, X[again].shape)
        both = np.concatenate([X[mine], (X[again] + noise).clip(0, 1)])
        unit = np.concatenate([mine, again])
        delivered = model().fit(both, y[unit]).score(X[untouched], y[untouched])
        yield "mistake", percent, _promise(model(), both, y[unit], seed), delivered
        yield "right", percent, _promise(model(), both, y[unit], seed, unit), delivered


def _writers(seed: int, X: np.ndarray | None = None) -> Iterator[tuple]:
    """Use 200 images by few writers; untouched are four other writers."""
    _, y, writer = digits()
    X = digits()[0] if X is None else X
    rng = np.random.default_rng(seed)
    people = rng.permutation(13)
    others = np.isin(writer, people[9:])
    for count in WRITERS:
        mine = rng.choice(np.flatnonzero(np.isin(writer, people[:count])), 200, replace=False)
        delivered = model().fit(X[mine], y[mine]).score(X[others], y[others])
        yield "mistake", count, _promise(model(), X[mine], y[mine], seed), delivered
        yield "right", count, _promise(model(), X[mine], y[mine], seed, writer[mine]), delivered


def _writers_pretrained(seed: int) -> Iterator[tuple]:
    return _writers(seed, features())


def _scaling(seed: int) -> Iterator[tuple]:
    """Means and spreads of 60 images, taken before the split and within it."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y, _ = digits()
    mine, untouched = drawn(seed, 60)
    scaled = StandardScaler().fit_transform(X[mine])
    within = make_pipeline(StandardScaler(), model())
    delivered = within.fit(X[mine], y[mine]).score(X[untouched], y[untouched])
    yield "mistake", 0, _promise(model(), scaled, y[mine], seed), delivered
    yield "right", 0, _promise(within, X[mine], y[mine], seed), delivered


def _selection(seed: int) -> Iterator[tuple]:
    """Choose the 20 columns that fit best, of pure noise; two classes, 100 rows, 1,000 untouched."""
    from sklearn.feature_selection import SelectKBest
    from sklearn.pipeline import make_pipeline

    for columns in COLUMNS:
        noise = np.random.default_rng(seed).normal(size=(1100, columns))
        y = np.arange(1100) % 2
        within = make_pipeline(SelectKBest(k=20), model())
        delivered = within.fit(noise[:100], y[:100]).score(noise[100:], y[100:])
        chosen = SelectKBest(k=20).fit_transform(noise[:100], y[:100])
        yield "mistake", columns, _promise(model(), chosen, y[:100], seed), delivered
        yield "right", columns, _promise(within, noise[:100], y[:100], seed), delivered


def _wrong_labels(seed: int) -> Iterator[tuple]:
    """Spoil some of 300 labels, in the validation too; untouched labels are right."""
    X, (_, y, _) = features(), digits()
    mine, untouched = drawn(seed, 300)
    for percent in NOISE:
        labels = with_wrong_labels(y[mine], percent, seed)
        delivered = model().fit(X[mine], labels).score(X[untouched], y[untouched])
        yield "mistake", percent, _promise(model(), X[mine], labels, seed), delivered


def with_wrong_labels(y: np.ndarray, percent: float, seed: int) -> np.ndarray:
    """Replace a share of labels by other ones of ten, drawn evenly."""
    rng = np.random.default_rng(seed + 3)
    wrong = rng.permutation(len(y))[: round(percent * len(y) / 100)]
    labels = y.copy()
    labels[wrong] = (labels[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return labels


def _ranges(seed: int) -> Iterator[tuple]:
    """Put a head on the letters network, with pixels in the wrong range; or in the right one until it is used."""
    _, y, _ = digits()
    mine, untouched = drawn(seed, 100)
    for factor in (1.0, 1 / 255, 255.0):
        X = features(factor)
        head = model().fit(X[mine], y[mine])
        promised = _promise(model(), X[mine], y[mine], seed)
        way = {1.0: "right", 1 / 255: "divided twice", 255.0: "not divided"}[factor]
        yield way, 0, promised, head.score(X[untouched], y[untouched])
        if factor == 1:
            for name, other in (("divided twice in use", 1 / 255), ("not divided in use", 255.0)):
                yield name, 0, promised, head.score(features(other)[untouched], y[untouched])


@functools.cache
def _small() -> tuple[Repeater, list]:
    """Make a small network of our own, and keep its first weights."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    stack = [
        keras.Input((8, 8, 1)), layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.Flatten(), layers.Dense(10, "softmax"),
    ]  # fmt: skip
    repeater = Repeater(keras.Sequential(stack))
    return repeater, repeater.model.get_weights()


def _trained(X: np.ndarray, y: np.ndarray) -> Repeater:
    """Train the small network afresh in one pass over what is given, in its order."""
    repeater, fresh = _small()
    start_over(repeater.model, fresh, 0.003)
    repeater.model.fit(X, y, batch_size=20, shuffle=False, verbose=0)
    return repeater


def _reshuffled(seed: int) -> Iterator[tuple]:
    """Of 200 images, take(50) validates and skip(50) trains, after a shuffle that is new in each pass; or is not."""
    X, (_, y, _) = _images(), digits()
    mine, untouched = drawn(seed, 200)
    for way in ("mistake", "right"):
        rng = np.random.default_rng(seed)
        passes = [rng.permutation(mine) if way == "mistake" else mine for _ in range(2 * max(EPOCHS))]
        for epochs in EPOCHS:
            order = np.concatenate([rng.permutation(one[50:]) for one in passes[: 2 * epochs : 2]])
            last = passes[2 * epochs - 1][:50]
            repeater = _trained(X[order], y[order])
            yield way, epochs, repeater.accuracy(X[last], y[last]), repeater.accuracy(X[untouched], y[untouched])


def _augmentation(seed: int) -> Iterator[tuple]:
    """Train on 100 images as they are, moved by up to a pixel in each epoch, or moved once and kept."""
    import keras

    X, (_, y, _) = _images(), digits()
    mine, untouched = drawn(seed, 200)
    train, validation = mine[:100], mine[100:]
    augment = keras.layers.RandomTranslation(1 / 8, 1 / 8, fill_mode="constant", seed=seed)
    everything = np.tile(X[train], (80, 1, 1, 1))
    seen = {
        "none": everything,
        "anew": np.asarray(augment(everything, training=True)),
        "kept": np.tile(np.asarray(augment(X[train], training=True)), (80, 1, 1, 1)),
    }
    moved = np.asarray(augment(X[validation], training=True))
    order = np.concatenate([100 * i + np.random.default_rng([seed, i]).permutation(100) for i in range(80)])
    for way, images in seen.items():
        repeater = _trained(images[order], np.tile(y[train], 80)[order])
        delivered = repeater.accuracy(X[untouched], y[untouched])
        yield way, 0, repeater.accuracy(X[validation], y[validation]), delivered
        if way == "anew":
            yield "anew, validation too", 0, repeater.accuracy(moved, y[validation]), delivered
