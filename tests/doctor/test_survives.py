"""Whatever it is given, the doctor raises nothing and changes nothing."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ftlearn.doctor import examine
from ftlearn.doctor.private import global_seed

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype("float32")
Y = (X[:, 0] > 0).astype(int)


class Net(keras.Model):
    """A model written as a class, with layers that draw and that keep statistics."""

    def __init__(self):
        super().__init__()
        self.inner = keras.Sequential(
            [keras.layers.Dense(8), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
        )
        self.out = keras.layers.Dense(1, activation="sigmoid")

    def call(self, x, training=False):
        return self.out(self.inner(x, training=training))


class OwnStep(Net):
    """Its own way of taking a step."""

    def train_step(self, data):
        raise RuntimeError("this step must not be taken by the doctor")


class Batches(keras.utils.PyDataset):
    """A few batches."""

    def __len__(self):
        return 3

    def __getitem__(self, at):
        return X[20 * at : 20 * at + 20], Y[20 * at : 20 * at + 20]


def plain(compiled: bool = True, steps: int = 1) -> keras.Model:
    """Return a small model with everything that has a state."""
    keras.utils.set_random_seed(1)
    base = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)],
        name="base",
    )
    model = keras.Sequential([keras.Input((4,)), base, keras.layers.Dense(1, activation="sigmoid")])
    if compiled:
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        if steps:
            model.fit(X, Y, epochs=steps, verbose=0)
    return model


def several() -> keras.Model:
    """Return a model of two inputs and two outputs."""
    one, other = keras.Input((4,), name="one"), keras.Input((4,), name="other")
    joined = keras.layers.Concatenate()([one, other])
    model = keras.Model(
        [one, other], [keras.layers.Dense(1, name="a")(joined), keras.layers.Dense(3, name="b")(joined)]
    )
    model.compile("adam", ["mse", keras.losses.SparseCategoricalCrossentropy(from_logits=True)])
    return model


def own(kind: type, built: bool = True) -> keras.Model:
    """Return a model written as a class, compiled."""
    model = kind()
    if built:
        model(X[:2])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def ragged() -> Any:
    """Return rows of different lengths."""
    rows = np.empty(10, dtype=object)
    rows[:] = [np.arange(1 + at % 3) for at in range(10)]
    return rows, np.arange(10) % 2


BAD = X.copy()
BAD[5, 2] = np.nan
CASES = {
    "nothing": lambda: (None, {}),
    "not a model": lambda: ("a text", {"train": (X, Y)}),
    "unbuilt": lambda: (keras.Sequential([keras.layers.Dense(1)]), {"train": (X, Y)}),
    "unbuilt class": lambda: (own(Net, built=False), {"train": (X, Y), "validation": (X, Y)}),
    "uncompiled": lambda: (plain(False), {"train": (X, Y), "test": (X + 1, Y)}),
    "compiled": lambda: (plain(), {"train": (X[:40], Y[:40]), "validation": (X[40:], Y[40:])}),
    "never trained": lambda: (plain(steps=0), {"train": (X, Y)}),
    "class": lambda: (own(Net), {"train": (X, Y), "validation": (X + 1, Y)}),
    "own train_step": lambda: (own(OwnStep), {"train": (X, Y)}),
    "ragged": lambda: (plain(), {"train": ragged()}),
    "ragged tensor": lambda: (plain(), {"train": (tf.ragged.constant([[1.0], [1.0, 2.0]]), [0, 1])}),
    "ragged dataset": lambda: (
        plain(),
        {"train": tf.data.Dataset.from_tensor_slices((tf.ragged.constant([[1.0], [1.0, 2.0]]), [0, 1])).batch(2)},
    ),
    "generator": lambda: (plain(), {"train": ((X[:10], Y[:10]) for _ in range(3)), "test": (X, Y)}),
    "endless dataset": lambda: (plain(), {"train": tf.data.Dataset.from_tensor_slices((X, Y)).batch(20).repeat()}),
    "unbatched dataset": lambda: (plain(), {"train": tf.data.Dataset.from_tensor_slices((X, Y))}),
    "dataset without labels": lambda: (plain(), {"train": tf.data.Dataset.from_tensor_slices(X).batch(20)}),
    "PyDataset": lambda: (plain(), {"train": Batches(), "validation": Batches()}),
    "inputs without labels": lambda: (plain(), {"train": X}),
    "labels of another length": lambda: (plain(), {"train": (X, Y[:7])}),
    "texts": lambda: (plain(), {"train": (np.array(["one", "two"] * 30), Y)}),
    "labels as texts": lambda: (plain(), {"train": (X, np.array(["yes", "no"] * 30))}),
    "NaN data": lambda: (plain(), {"train": (BAD, Y), "validation": (BAD, Y)}),
    "NaN labels": lambda: (plain(), {"train": (X, np.full(60, np.nan))}),
    "one example": lambda: (plain(), {"train": (X[:1], Y[:1]), "test": (X[1:2], Y[1:2])}),
    "no examples": lambda: (plain(), {"train": (X[:0], Y[:0]), "test": (X[:0], Y[:0])}),
    "other width": lambda: (plain(), {"train": (X[:, :2], Y)}),
    "several": lambda: (several(), {"train": ([X, X], [Y, Y])}),
    "several by name": lambda: (several(), {"train": ({"one": X, "other": X}, {"a": Y, "b": Y})}),
    "odd history": lambda: (plain(), {"history": {"loss": [], "val_loss": [1.0, None]}, "train": (X, Y)}),
    "no history": lambda: (plain(), {"history": 3, "callbacks": object(), "scores": {"a": [], "b": None}}),
}


def state(model: Any) -> list[Any]:
    """Return everything of a model that could be changed, bit for bit."""
    if not isinstance(model, keras.Model):
        return []
    layers = list(model._flatten_layers())
    optimizer = getattr(model, "optimizer", None)
    held = [np.array(one).tobytes() for one in model.variables] if model.built else []
    held += [np.array(one).tobytes() for one in optimizer.variables] if optimizer is not None else []
    held += [np.array(one).tobytes() for metric in model.metrics for one in metric.variables] if model.built else []
    held += [(one.name, one.trainable, one.built) for one in layers]
    return [*held, model.built, model.compiled, getattr(model, "stop_training", None)]


def draws() -> list[Any]:
    """Return the states of the random numbers."""
    generator = global_seed()
    seeds = None if generator is None else np.array(generator.state).tobytes()
    return [random.getstate(), np.random.get_state()[1].tobytes(), seeds]


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_raised_and_nothing_changes(name):
    model, given = CASES[name]()
    before, seeds = state(model), draws()
    inputs, labels = X.copy(), Y.copy()
    report = examine(model, **given)
    assert state(model) == before
    assert draws() == seeds
    assert np.array_equal(X, inputs) and np.array_equal(Y, labels)
    assert str(report) and report.as_json() and report._repr_html_()
    assert set(report.names) | set(report.unchecked) | set(report.passed), "every rule ends somewhere"


@pytest.mark.parametrize("name", ["several", "generator", "ragged", "unbuilt", "uncompiled", "nothing", "no examples"])
def test_what_cannot_be_checked_is_said_in_words(name):
    model, given = CASES[name]()
    report = examine(model, **given)
    raised = {rule: reason for rule, reason in report.unchecked.items() if reason.startswith("looking raised")}
    assert not raised, f"rules that lack a reason in words: {raised}"


def test_a_model_that_trains_on_is_the_same_as_one_never_examined():
    twins = []
    for looked in (False, True):
        model = plain()
        if looked:
            examine(model, train=(X[:40], Y[:40]), validation=(X[40:], Y[40:]))
        keras.utils.set_random_seed(5)
        model.fit(X, Y, epochs=1, verbose=0)
        twins.append([np.array(one) for one in model.weights])
    assert all(np.array_equal(a, b) for a, b in zip(*twins, strict=True))
