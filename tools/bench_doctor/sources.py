"""What the four correct programs start from: a pretrained network each, and the data of another task."""

from __future__ import annotations

import functools
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

WINDOW, WORDS, LENGTH = 24, 4000, 24
CLOTHES = ("dress", "hat", "pants", "shoes")
Pair = tuple[np.ndarray, np.ndarray]


def letters(*, pretrained: bool = True, **options: Any) -> Any:
    """Return the network that has learnt letters."""
    from ftlearn.backbones import load_backbone

    return load_backbone("letters", weights="pretrained" if pretrained else None, **options)


def textures(*, pretrained: bool = True) -> Any:
    """Return the network that has learnt textures."""
    from ftlearn.backbones import load_backbone

    return load_backbone("textures", weights="pretrained" if pretrained else None)


def mobilenet(*, pretrained: bool = True) -> Any:
    """Return MobileNetV2 0.35 with its preprocessing inside: pixels from 0 to 255 go in."""
    from ftlearn.backbones import load_backbone

    return load_backbone("mobilenet_v2_0.35", weights="pretrained" if pretrained else None, size=96)


def digits(seed: int) -> dict[str, Pair]:
    """Return 200 digits to learn from, 150 to choose by, 300 to test on; values from 0 to 1."""
    from ftlearn.datasets import load_digits

    split = load_digits(random_state=seed)
    return {name: (part.X[:size], part.y[:size]) for name, part, size in _sized(split, 200, 150, 300)}


@functools.cache
def _clothes(seed: int, size: int) -> Any:
    from ftlearn.datasets import fetch_clothing

    return fetch_clothing(size=size, per_class=40, classes=CLOTHES, random_state=seed)


def clothes(seed: int) -> dict[str, Pair]:
    """Return 160 photographs of four classes to learn from, 80 to choose by, 120 to test on; pixels from 0 to 255."""
    split = _clothes(seed, 96)
    return {name: (part.X[:size].astype("float32"), part.y[:size]) for name, part, size in _sized(split, 160, 80, 120)}


def grey_clothes(seed: int) -> dict[str, Pair]:
    """Return the same photographs as the network of textures takes them: 8 by 8, grey, from 0 to 1."""
    split = _clothes(seed, 8)
    return {
        name: (part.X[:size].mean(-1, keepdims=True).astype("float32") / 255, part.y[:size])
        for name, part, size in _sized(split, 160, 80, 120)
    }


def _sized(split: Any, *sizes: int) -> list[tuple[str, Any, int]]:
    return list(zip(("train", "validation", "test"), (split.train, split.validation, split.test), sizes, strict=True))


@functools.cache
def other_classes(name: str) -> Pair:
    """Return examples of another task of three classes or more for a program's base."""
    from ftlearn.datasets import fetch_clothing, load_letters, load_support_messages

    if name == "letters":
        part = load_letters(n=1300).train
        return part.X, part.y
    if name == "text":
        part = load_support_messages().train
        return numbered(part.X), part.y
    part = fetch_clothing(size=8, classes=("longsleeve", "outwear", "shirt", "shorts", "skirt", "t-shirt")).train
    return part.X.mean(-1, keepdims=True).astype("float32") / 255, part.y


def lstm(*, pretrained: bool = True) -> Any:
    """Return an LSTM that has learnt to continue made-up series of many kinds, or a fresh one."""
    import keras

    base = keras.Sequential([keras.Input((WINDOW, 1)), keras.layers.LSTM(32)], name="forecaster")
    if pretrained:
        _learnt("series", base, _made_up_series, "mse")
    return base


def _made_up_series() -> tuple[np.ndarray, np.ndarray, int]:
    from ftlearn.pretrain.mixtures import synthetic_series

    series = synthetic_series(12_000, length=WINDOW + 40)
    series = (series - series.mean(1, keepdims=True)) / (series.std(1, keepdims=True) + 1e-6)
    begins = np.random.default_rng(0).integers(0, 40, len(series))
    cut = np.stack([row[at : at + WINDOW + 1] for row, at in zip(series, begins, strict=True)]).astype("float32")
    return cut[:, :-1, None], cut[:, -1:], 1


def encoder(*, pretrained: bool = True) -> Any:
    """Return a network that has learnt which film reviews are kind, or a fresh one: numbers of words go in."""
    import keras

    layers = keras.layers
    base = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"), layers.Embedding(WORDS, 32), layers.Conv1D(48, 3, activation="relu"),
            layers.BatchNormalization(momentum=0.9), layers.GlobalMaxPooling1D(), layers.Dense(48, activation="relu"),
        ],
        name="encoder",
    )  # fmt: skip
    if pretrained:
        _learnt("text", base, _film_reviews, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return base


def _film_reviews() -> tuple[np.ndarray, np.ndarray, int]:
    films = _films()
    return numbered(films.X), films.y, 2


@functools.cache
def _films() -> Any:
    from ftlearn.datasets import fetch_sentence_polarity

    return fetch_sentence_polarity().train


@functools.cache
def _vocabulary() -> dict[str, int]:
    words, counts = np.unique([one for text in _films().X for one in _words(text)], return_counts=True)
    return {str(words[place]): number for number, place in enumerate(np.argsort(-counts)[: WORDS - 2], 2)}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def numbered(texts: np.ndarray) -> np.ndarray:
    """Return texts as numbers of words: 0 fills up, 1 stands for words that are not known."""
    known = _vocabulary()
    rows = [[known.get(one, 1) for one in _words(str(text))][:LENGTH] for text in texts]
    return np.array([row + [0] * (LENGTH - len(row)) for row in rows], "int32")


def sentences(seed: int) -> dict[str, Pair]:
    """Return 200 sentences that the encoder has not read, 120 to choose by, 250 to test on, as numbers of words."""
    X, y = _unread()
    order = np.random.default_rng(seed).permutation(len(X))
    cuts = {"train": order[:200], "validation": order[200:320], "test": order[320:570]}
    return {part: (X[cut], y[cut]) for part, cut in cuts.items()}


@functools.cache
def _unread() -> Pair:
    from ftlearn.datasets import fetch_sentence_polarity

    part = fetch_sentence_polarity().validation
    return numbered(part.X), part.y


def months(name: str, seed: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Return a real series scaled by its train stretch, and where its train and validation stretches end."""
    from ftlearn.forecasting import load_series

    values = np.asarray(load_series(name).values, float)[8 * seed :]
    ends = int(0.45 * len(values)), int(0.65 * len(values))
    known = values[: ends[0]]
    return ((values - known.mean()) / known.std()).astype("float32"), ends


def windows(values: np.ndarray, ends: tuple[int, int]) -> dict[str, Pair]:
    """Cut windows whose targets lie in three stretches, one after the other."""
    X = np.lib.stride_tricks.sliding_window_view(values[:-1], WINDOW).copy()[..., None]
    y, first, second = values[WINDOW:, None], ends[0] - WINDOW, ends[1] - WINDOW
    cuts = {"train": slice(0, first), "validation": slice(first, second), "test": slice(second, len(X))}
    return {part: (X[cut], y[cut]) for part, cut in cuts.items()}


def _learnt(name: str, base: Any, task: Any, loss: Any) -> None:
    """Train a base on its source task once, and load it ever after."""
    import keras

    folder = Path(tempfile.gettempdir()) / "ftlearn-bench-doctor"
    path = folder / f"{name}-1-keras{keras.__version__}.weights.h5"
    if not path.exists():
        X, y, units = task()
        keras.utils.set_random_seed(0)
        source = keras.Sequential([base, keras.layers.Dense(units)])
        source.compile(keras.optimizers.Adam(3e-3), loss)
        source.fit(X, y, epochs=4, batch_size=64, verbose=0)
        folder.mkdir(exist_ok=True)
        written = folder / f"{os.getpid()}-{path.name}"
        base.save_weights(written)
        written.replace(path)
    base.load_weights(path)
