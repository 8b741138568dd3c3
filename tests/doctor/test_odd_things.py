"""Odd models and odd data: nothing is raised, nothing changes, no rule stumbles and none cries wolf."""

from __future__ import annotations

import random

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tensorflow as tf

from ftlearn.doctor import examine

layers = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(48, 4)).astype("float32")
Y = (X[:, 0] > 0).astype(int)
IMAGES = RNG.integers(0, 256, (24, 12, 12, 3)).astype("uint8")
WORDS = np.array(["good film", "bad film", "so so"] * 16)


def compiled(model, loss="binary_crossentropy", data=None, **kinds):
    model.compile("adam", loss, **kinds)
    if data is not None:
        model.fit(*data, epochs=1, verbose=0)
    return model


def head(*before, shape=(4,), fit=True):
    model = keras.Sequential([keras.Input(shape), *before, layers.Dense(1, activation="sigmoid")])
    return compiled(model, data=(X, Y) if fit and shape == (4,) else None)


class NoConfig(layers.Layer):
    def __init__(self, size):
        super().__init__()
        self.inner = layers.Dense(size)

    def build(self, shape):
        self.inner.build(shape)
        self.built = True

    def call(self, x):
        return self.inner(x)


class Raises(layers.Layer):
    """A layer of which hardly anything can be asked."""

    def get_config(self):
        raise RuntimeError("no configuration")

    def call(self, x):
        return x

    def count_params(self):
        raise RuntimeError("no count")


class OnFit(keras.Model):
    """Its own `fit`, `compile` and `__call__`."""

    def __init__(self):
        super().__init__()
        self.out = layers.Dense(1)

    def compile(self, *, way):
        super().compile(optimizer="sgd", loss="mse")
        self.way = way

    def call(self, x, extra=None, *, flag=False):
        return self.out(x)

    def fit(self, *given, **named):
        raise AssertionError("the doctor must not fit")


class Endless(keras.utils.PyDataset):
    def __getitem__(self, index):
        return X[:8], Y[:8]

    @property
    def num_batches(self):
        return None


class Weighted(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        part = slice(index * 16, index * 16 + 16)
        return X[part], Y[part], np.ones(16, "float32")


def twice():
    layer, inputs = layers.Dense(4), keras.Input((4,))
    return compiled(keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layer(layer(inputs)))), data=(X, Y))


def deep(levels):
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    for _ in range(levels):
        inner = keras.Sequential([keras.Input((4,)), inner, layers.Dropout(0.1)])
    return head(inner, fit=False)


def worded():
    turn = layers.TextVectorization(max_tokens=20, output_sequence_length=4)
    turn.adapt(WORDS)
    model = keras.Sequential(
        [
            keras.Input((), dtype="string"),
            turn,
            layers.Embedding(20, 4),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        ]
    )
    return compiled(model, keras.losses.BinaryCrossentropy(from_logits=True))


def images(*before):
    model = keras.Sequential(
        [keras.Input((12, 12, 3)), *before, layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(2)]
    )
    return compiled(model, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def tied():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.BatchNormalization()])
    return compiled(keras.Model({"a": a, "b": b}, layers.Dot(1)([shared(a), shared(b)])), "mse")


def own():
    model = OnFit()
    model(X[:2])
    model.compile(way="mine")
    return model


def no_loss():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.add_metric = None
    model.compile("adam")
    return model


RAGGED = tf.ragged.constant([[1.0], [1.0, 2.0]])
FRAME, SERIES = pd.DataFrame(X), pd.Series(Y)


def dataset(*parts):
    return tf.data.Dataset.from_tensor_slices(parts)


def signatures():
    def draw():
        yield X[:8], Y[:8]

    kinds = (tf.TensorSpec((None, 4), "float32"), tf.TensorSpec((None,), "int64"))
    return tf.data.Dataset.from_generator(draw, output_signature=kinds)


def sparse_tensor():
    return tf.sparse.from_dense(np.where(X > 1, X, 0))


NAMES = {"train": (X, Y), "validation": (X[:20] + 1, Y[:20])}
CASES = {
    "float64": lambda: (head(), {"train": (X.astype("float64"), Y.astype("float64"))}),
    "float16": lambda: (head(), {"train": (X.astype("float16"), Y)}),
    "bool labels": lambda: (head(), {"train": (X, Y > 0), "test": (X + 1, Y > 0)}),
    "one class": lambda: (head(), {"train": (X, Y * 0), "validation": (X + 1, Y[:48] * 0)}),
    "column labels": lambda: (head(), {"train": (X, Y[:, None]), "test": (X + 1, Y[:, None])}),
    "columns a class": lambda: (head(), {"train": (X, np.eye(2)[Y])}),
    "labels from -1": lambda: (head(), {"train": (X, Y * 2 - 1)}),
    "complex": lambda: (head(), {"train": (X + 1j, Y)}),
    "dates": lambda: (head(), {"train": (np.full((48, 4), np.datetime64("2026-01-01")), Y)}),
    "frames": lambda: (head(), {"train": (FRAME, SERIES), "validation": (FRAME + 1, SERIES)}),
    "frame of words": lambda: (head(), {"train": (pd.DataFrame({"a": WORDS}), pd.Series(Y))}),
    "frame index": lambda: (head(), {"train": (pd.DataFrame(X, index=range(100, 148)), pd.Series(Y, index=range(48)))}),
    "sparse matrix": lambda: (head(), {"train": (scipy.sparse.csr_matrix(X), Y)}),
    "sparse tensor": lambda: (head(), {"train": (sparse_tensor(), Y)}),
    "variables": lambda: (head(), {"train": (tf.Variable(X), tf.Variable(Y))}),
    "keras variables": lambda: (head(), {"train": (keras.Variable(X), Y)}),
    "masked": lambda: (head(), {"train": (np.ma.masked_less(X, 0), Y)}),
    "read only": lambda: (head(), {"train": (np.broadcast_to(X[:1], X.shape), Y)}),
    "object numbers": lambda: (head(), {"train": (X.astype(object), Y)}),
    "triples": lambda: (head(), {"train": (X, Y, np.ones(48)), "validation": dataset(X + 1, Y, np.ones(48)).batch(8)}),
    "weighted PyDataset": lambda: (head(), {"train": Weighted(), "validation": (X + 1, Y)}),
    "endless PyDataset": lambda: (head(), {"train": Endless()}),
    "dataset of dicts": lambda: (head(), {"train": tf.data.Dataset.from_tensor_slices({"x": X, "y": Y}).batch(4)}),
    "ragged batches": lambda: (head(), {"train": dataset(RAGGED, [0, 1]).ragged_batch(2)}),
    "from a generator": lambda: (head(), {"train": signatures()}),
    "last batch smaller": lambda: (head(), {"train": dataset(X[:47], Y[:47]).batch(9)}),
    "huge": lambda: (head(), {"train": (np.broadcast_to(X[:1], (2_000_000, 4)), np.broadcast_to(Y[:1], 2_000_000))}),
    "huge numbers": lambda: (head(), {"train": (X * 1e38, Y), "test": (X * 1e-40, Y)}),
    "constant": lambda: (head(), {"train": (X * 0, Y), "validation": (X * 0 + 1, Y)}),
    "bytes": lambda: (images(), {"train": (IMAGES, np.arange(24) % 2)}),
    "preprocessing": lambda: (
        images(layers.Resizing(12, 12), layers.Rescaling(1 / 255), layers.RandomFlip(), layers.RandomRotation(0.1)),
        {"train": (IMAGES, np.arange(24) % 2), "validation": (IMAGES[::-1] // 2, np.arange(24) % 2)},
    ),
    "normalisation": lambda: (head(layers.Normalization(mean=0.0, variance=1.0)), NAMES),
    "words": lambda: (worded(), {"train": (WORDS, Y), "validation": (WORDS, Y)}),
    "layers shared": lambda: (twice(), NAMES),
    "weights tied": lambda: (tied(), {"train": ({"a": X, "b": X}, X[:, 0]), "test": ([X, X], X[:, 0])}),
    "lambda": lambda: (head(layers.Lambda(lambda x: x * 2)), NAMES),
    "no configuration": lambda: (head(NoConfig(3)), NAMES),
    "raises when asked": lambda: (head(Raises()), NAMES),
    "own fit and compile": lambda: (own(), {"train": (X, X[:, 0])}),
    "deeply nested": lambda: (deep(12), NAMES),
    "many layers": lambda: (head(*(layers.ReLU() for _ in range(300)), fit=False), NAMES),
    "no loss": lambda: (no_loss(), NAMES),
    "no weights": lambda: (compiled(keras.Sequential([keras.Input((4,)), layers.ReLU()]), "mse"), NAMES),
    "loss of one's own": lambda: (compiled(head(), lambda y, p: keras.ops.mean(p)), NAMES),
    "loss that raises": lambda: (compiled(head(), lambda y, p: 1 / 0), NAMES),
    "eager": lambda: (compiled(head(), run_eagerly=True), NAMES),
    "steps together": lambda: (compiled(head(), steps_per_execution=3, data=(X, Y)), NAMES),
    "a layer": lambda: (layers.Dense(2), NAMES),
    "a class": lambda: (keras.Sequential, NAMES),
    "history of text": lambda: (head(), {**NAMES, "history": {"loss": ["a", "b"], "val_loss": [float("nan")] * 2}}),
    "odd extras": lambda: (head(), {**NAMES, "before": [X], "base": "text", "scaler": 3, "scores": {"a": [1.0]}}),
}  # fmt: skip


def state(model):
    if not isinstance(model, keras.Model):
        return []
    held = [np.array(one).tobytes() for one in model.variables]
    held += [np.array(one).tobytes() for one in getattr(getattr(model, "optimizer", None), "variables", ())]
    parts = [model, *model._flatten_layers(include_self=False)]
    return [held, [(one.name, one.trainable, one.built, sorted(vars(one))) for one in parts]]


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_raised_changed_or_cried(name):
    keras.utils.set_random_seed(2)
    model, given = CASES[name]()
    before, python, inputs = state(model), random.getstate(), X.copy()
    report = examine(model, **given)
    assert state(model) == before and random.getstate() == python and np.array_equal(X, inputs)
    assert str(report) and report.as_json() and report._repr_html_()
    stumbled = {rule: said for rule, said in report.unchecked.items() if said.startswith("looking raised")}
    assert not stumbled, stumbled
    assert set(report.names) <= RIGHT.get(name, set()), str(report)


RIGHT = {
    "columns a class": {"labels-do-not-fit-the-loss"},
    "labels from -1": {"labels-do-not-fit-the-loss"},
    "huge numbers": {"loss-is-not-a-number", "cannot-overfit-one-batch"},
    "no weights": {"shapes-broadcast-in-the-error"},
    "lambda": {"lambda-does-not-load"},
    "constant": {"cannot-overfit-one-batch"},
}
