"""Training the same small network many times with a regulariser, and watching it epoch by epoch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ftlearn import backbones, finetune
from ftlearn.datasets import Part, Split
from ftlearn.studies._training import BATCH, Repeater, rounds, start_over

STARTS = ("dense", "from scratch", "fine-tuned")
RATES = {"dense": 3e-3, "from scratch": 1e-3, "fine-tuned": 3e-4}
HEAD_STEPS, HEAD_RATE = 200, 3e-3


class Watched(Repeater):
    """A network for digits that trains with soft targets, and can be looked at after every epoch.

    Parameters
    ----------
    start : str
        One of `STARTS`: two dense layers; the letters network from random weights; or the pretrained one.
    dropout : float
        Share of the features dropped before the head.
    decay : float
        AdamW's weight decay.
    """

    def __init__(self, start: str, dropout: float = 0.0, decay: float = 0.0):
        import keras
        import tensorflow as tf

        if start == "fine-tuned":
            base = finetune.unfreeze(backbones.load_backbone("letters"))
        elif start == "from scratch":
            base = backbones.load_backbone("letters", weights=None, dropout=0.0)
        else:
            layers = keras.layers.Flatten(), *(keras.layers.Dense(256, activation="relu") for _ in range(2))
            base = keras.Sequential([keras.Input((8, 8, 1)), *layers])
        self.model = model = backbones.attach_head(base, 10, dropout=dropout)
        model.compile(
            optimizer=keras.optimizers.AdamW(1e-3, weight_decay=decay), loss="categorical_crossentropy",
            jit_compile=False,
        )  # fmt: skip
        model.optimizer.build(model.trainable_variables)
        images = tf.TensorSpec((None, 8, 8, 1), tf.float32)
        self.probabilities = tf.function(lambda X: model(X, training=False), input_signature=[images])

    def fit(
        self, weights: list, X: np.ndarray, targets: np.ndarray, *, rate: float, epochs: int,
        look: Callable | None = None,
    ) -> None:  # fmt: skip
        """Start from `weights` with a fresh optimiser, go through `X` once in order; `look` after each epoch."""
        import keras

        start_over(self.model, weights, rate)
        steps = len(X) // BATCH // epochs

        def maybe(step: int, logs: Any = None) -> None:
            if (step + 1) % steps == 0:
                look()

        watch = [keras.callbacks.LambdaCallback(on_train_batch_end=maybe)] if look else []
        self.model.fit(X, targets, batch_size=BATCH, shuffle=False, verbose=0, callbacks=watch)

    def scores(self, part: Part) -> tuple[float, float, float]:
        """Work out loss (cross-entropy), accuracy, and by how much the mean confidence is above the accuracy."""
        return scores(self.probabilities(part.X).numpy(), part.y)


def scores(probabilities: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Work out loss (cross-entropy), accuracy, and by how much the mean confidence is above the accuracy."""
    right = probabilities[np.arange(len(y)), y]
    accuracy = float((probabilities.argmax(axis=1) == y).mean())
    return float(-np.log(np.maximum(right, 1e-7)).mean()), accuracy, float(probabilities.max(axis=1).mean()) - accuracy


@functools.cache
def watched(start: str, dropout: float = 0.0, decay: float = 0.0) -> Watched:
    """Make such a network once for all seeds: compiling takes longer than training."""
    return Watched(start, dropout, decay)


def start_weights(start: str, data: Split, seed: int) -> list:
    """Draw random weights; or take the pretrained ones, with a head trained on the frozen features."""
    import keras

    if start != "fine-tuned":
        keras.utils.set_random_seed(seed)
        return keras.models.clone_model(watched(start).model).get_weights()
    base, head = _frozen()
    features = finetune.cache_features(base, data.train.X)
    blank = [np.zeros(w.shape, "float32") for w in head.model.get_weights()]
    rng = np.random.default_rng(seed)
    head.train(blank, features, data.train.y, rate=HEAD_RATE, steps=HEAD_STEPS, rng=rng)
    return [*base.get_weights(), *head.model.get_weights()]


@functools.cache
def _frozen() -> tuple[Any, Repeater]:
    import keras

    base = finetune.freeze(backbones.load_backbone("letters"))
    layer = keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros")
    return base, Repeater(keras.Sequential([keras.Input((base.output_shape[-1],)), layer]))


def shown(
    part: Part, seed: int, epochs: int, *, turn: float = 0, zoom: float = 0, shift: float = 0, smoothing: float = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Lay out, in order, what the epochs show: images (augmented) and targets (smoothed).

    The last batch of an epoch is filled up from the next shuffle, so that all batches are of one size.
    """
    rng = np.random.default_rng(seed)
    total = epochs * -(-len(part.y) // BATCH) * BATCH
    order = rounds(len(part.y), total, rng)
    targets = np.eye(10, dtype="float32")[part.y[order]]
    return augmented(part.X[order], seed, turn, zoom, shift), targets * (1 - smoothing) + smoothing / 10


def augmented(X: np.ndarray, seed: int, turn: float = 0, zoom: float = 0, shift: float = 0) -> np.ndarray:
    """Turn by up to `turn` degrees, zoom by up to `zoom` either way, shift by up to `shift` of the width."""
    import keras

    layers = (
        keras.layers.RandomRotation(turn / 360, fill_mode="constant", seed=seed),
        keras.layers.RandomZoom((-zoom, zoom), fill_mode="constant", seed=seed + 1),
        keras.layers.RandomTranslation(shift, shift, fill_mode="constant", seed=seed + 2),
    )
    for layer, strength in zip(layers, (turn, zoom, shift), strict=True):
        X = layer(X, training=True) if strength else X
    return np.asarray(X)


def mislabelled(part: Part, share: float, seed: int) -> Part:
    """Give a share of the images a wrong class."""
    rng = np.random.default_rng(seed)
    wrong = rng.permutation(len(part.y))[: round(share * len(part.y))]
    y = part.y.copy()
    y[wrong] = (y[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return Part(part.X, y)
