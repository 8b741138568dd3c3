"""A program that is watched gives the same results bit for bit, and afterwards nothing is left of the watching."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.doctor.watched import START, TWO_STAGES, seen

END = """
import random
import tensorflow as tf

results += [np.random.rand(3), random.random(), tf.random.uniform((3,)).numpy(), keras.random.uniform((2,)).numpy()]
results.append(keras.layers.Dense(1).name.startswith("dense"))
"""

OWN_LOOP = """
import tensorflow as tf


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.drop, self.two = keras.layers.Dense(8, "tanh"), keras.layers.Dropout(0.4), keras.layers.Dense(1)

    def call(self, x, training=False):
        return self.two(self.drop(self.one(x), training=training))


model, optimizer = Net(), keras.optimizers.Adam(1e-2)
losses = []
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(X, training=True)[:, 0] - X[:, 1]) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    losses.append(float(loss))
results = [losses, model.predict(X, verbose=0), *model.get_weights()]
"""

CONFIGURED = """
class Named(keras.Model):
    def __init__(self, units, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.units, self.dense = units, keras.layers.Dense(units)

    def call(self, x):
        return self.dense(x)


class Checked(keras.Model):
    pass


inputs = keras.Input((6,))
outputs = keras.layers.Dense(2)(inputs)
models = [Named(3, name="three"), Named(units=4, name="four"), Checked(inputs, outputs, name="checked"),
          keras.Model(inputs=inputs, outputs=outputs, name="plain")]
results = [sorted(one.get_config()) for one in models[2:]]
results += [str(getattr(getattr(one, "_auto_config", None), "config", None)) for one in models[:2]]
results += [type(one).__name__ for one in models]
results.append(keras.models.clone_model(models[2]).predict(X, verbose=0))
"""

SEVERAL = """
import tensorflow as tf

data = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(120).batch(16)
results = []
for units in (4, 8, 16):
    model = keras.Sequential([keras.Input((6,)), keras.layers.GaussianNoise(0.1), keras.layers.Dense(units, "relu"),
                              keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    results += [model.fit(data, epochs=2, verbose=0).history["loss"], model.evaluate(data, verbose=0)]
"""

SEARCH = """
import tempfile

import keras_tuner


def build(hp):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(hp.Int("units", 4, 32, step=4), "relu"),
                              keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(hp.Choice("rate", [1e-2, 1e-3])), "binary_crossentropy")
    return model


tuner = keras_tuner.RandomSearch(build, "val_loss", max_trials=3, seed=1, directory=tempfile.mkdtemp())
tuner.search(X[:80], y[:80], epochs=2, validation_data=(X[80:], y[80:]), verbose=0)
best = tuner.get_best_hyperparameters()[0].values
model = tuner.hypermodel.build(tuner.get_best_hyperparameters()[0])
results = [best["units"], best["rate"], model.fit(X, y, epochs=2, verbose=0).history["loss"], *model.get_weights()]
"""


@pytest.mark.parametrize(
    "program",
    [TWO_STAGES, OWN_LOOP, CONFIGURED, SEVERAL, SEARCH],
    ids=["stages", "loop", "configured", "several", "search"],
)
def test_results_are_the_same_bit_for_bit(tmp_path, program):
    text = START + program + END
    alone: dict = {"__name__": "__main__"}
    exec(compile(text, "alone.py", "exec"), alone)
    watched, ended = seen(tmp_path, text + "\nimport builtins\nbuiltins.left_by_program = results\n")
    import builtins

    results = builtins.__dict__.pop("left_by_program")
    assert ended.status == "finished", ended
    assert not watched.missing, watched.missing
    assert len(results) == len(alone["results"])
    for one, other in zip(results, alone["results"], strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(other))


def test_the_patches_are_taken_away(tmp_path):
    import keras

    before = {name: getattr(keras.Model, name) for name in ("__init__", "compile", "fit", "evaluate", "predict")}
    owned = {name for name in before if name in vars(keras.Model)}
    argv, main, path = list(sys.argv), sys.modules["__main__"], list(sys.path)
    seen(tmp_path, START + "keras.Sequential([keras.layers.Dense(1)])")
    assert {name: getattr(keras.Model, name) for name in before} == before
    assert {name for name in before if name in vars(keras.Model)} == owned
    assert (sys.argv, sys.modules["__main__"], sys.path) == (argv, main, path)
