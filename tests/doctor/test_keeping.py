"""What stands beside a model's variables is put back too, and training goes on as if nobody had looked."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from ftlearn.doctor import examine
from ftlearn.doctor.probes import untouched

RNG = np.random.default_rng(0)
X = RNG.normal(1, 2, (32, 6)).astype("float32")
Y = X[:, :2]


class Draws(keras.layers.Layer):
    """Draws by TensorFlow itself, whose state is not a variable."""

    def call(self, x, training=None):
        return x + tf.random.normal((1, 1)) if training else x


def block():
    return [keras.layers.Dense(8, "relu"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.4)]


def plain():
    return keras.Sequential([keras.Input((6,)), *block(), keras.layers.Dense(2)]), X, Y


def drawing():
    layers = [keras.layers.GaussianNoise(0.3), Draws(), keras.layers.SpatialDropout1D(0.2)]
    return keras.Sequential([keras.Input((6,)), keras.layers.Reshape((3, 2)), *layers, keras.layers.Flatten(),
                             keras.layers.Dense(2)]), X, Y  # fmt: skip


def mixed():
    policy = keras.mixed_precision.DTypePolicy("mixed_float16")
    return keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(4, dtype=policy), keras.layers.Dense(2, dtype="float32")]
    ), X, Y  # fmt: skip


def quantised():
    model, *data = plain()
    try:
        model.layers[-1].quantize("int8")
    except (AttributeError, NotImplementedError):
        pytest.skip("this Keras does not quantise")
    return model, *data


def several():
    one, other = keras.Input((6,), name="one"), keras.Input((6,), name="other")
    joined = keras.layers.BatchNormalization()(keras.layers.Concatenate()([one, other]))
    outputs = {"a": keras.layers.Dense(2, name="a")(joined), "b": keras.layers.Dense(1, name="b")(joined)}
    return keras.Model({"one": one, "other": other}, outputs), {"one": X, "other": X + 1}, {"a": Y, "b": Y[:, :1]}


MODELS = {one.__name__: one for one in (plain, drawing, mixed, quantised, several)}


def made(kind, optimizer="adam", fitted=0):
    keras.utils.set_random_seed(7)
    model, x, y = MODELS[kind]()
    chosen = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()) if kind == "mixed" else optimizer
    model.compile(chosen, {"a": "mse", "b": "mse"} if kind == "several" else "mse")
    if fitted:
        model.fit(x, y, epochs=fitted, verbose=0)
    return model, x, y


def described(thing, depth=0):
    """Everything that an object holds in Python, variables by their bits."""
    if isinstance(thing, list | tuple) and depth < 6:
        return [described(one, depth + 1) for one in thing]
    if isinstance(thing, set):
        return sorted(map(str, thing))
    if isinstance(thing, dict) and depth < 6:
        return {str(name): described(one, depth + 1) for name, one in thing.items()}
    if type(thing).__name__ in ("Variable", "KerasVariable"):
        return id(thing), np.array(thing).tobytes(), thing.trainable
    return id(thing)


def everything(model):
    things = [model, *model._flatten_layers(include_self=False), *model.metrics]
    optimizer = model.optimizer
    things += [optimizer, getattr(optimizer, "inner_optimizer", optimizer), optimizer._tracker]
    return [{name: described(value) for name, value in vars(one).items()} for one in things]


def act(model, x, y):
    """Do inside what a probe might do."""
    model(x, training=True)
    model.train_on_batch(x, y)
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    model.evaluate(x, y, verbose=0)
    model.predict(x, batch_size=5, verbose=0)
    model.stop_training = True
    keras.utils.set_random_seed(1)


@pytest.mark.parametrize("fitted", [0, 1], ids=["new", "fitted"])
@pytest.mark.parametrize("kind", MODELS)
def test_everything_that_a_model_holds_is_put_back(kind, fitted):
    if kind == "quantised":
        fitted = 0
    model, x, y = made(kind, fitted=fitted)
    before, python, numpy = everything(model), random.getstate(), np.random.get_state()[1].copy()
    with untouched(model):
        if kind != "quantised":
            act(model, x, y)
        else:
            model(x, training=True)
    after = everything(model)
    for one, other in zip(before, after, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert one[name] == other[name], name
    assert random.getstate() == python and np.array_equal(np.random.get_state()[1], numpy)
    assert model.optimizer.built is bool(fitted), "an optimiser that was built inside is not built"


def trained(model, x, y):
    keras.utils.set_random_seed(3)
    history = model.fit(x, y, epochs=2, batch_size=8, verbose=0).history
    return [history, *(np.array(one).tobytes() for one in [*model.weights, *model.optimizer.variables])]


@pytest.mark.parametrize("fitted", [0, 1], ids=["new", "fitted"])
@pytest.mark.parametrize("kind", [one for one in MODELS if one != "quantised"])
def test_training_goes_on_the_same(kind, fitted):
    results = {}
    for looked in ("never", "untouched", "examined"):
        model, x, y = made(kind, fitted=fitted)
        function = model.train_function
        if looked == "untouched":
            with untouched(model):
                act(model, x, y)
        elif looked == "examined":
            examine(model, train=(x, y), validation=(x, y))
        assert model.train_function is function
        results[looked] = trained(model, x, y)
    assert results["untouched"] == results["never"]
    assert results["examined"] == results["never"]


def test_a_compiled_function_learns_nothing_of_flags_that_hold_inside_only():
    model, x, y = made("plain", fitted=1)
    with untouched(model):
        model.trainable = False
        model.layers[0].trainable = True
        model.fit(x, y, batch_size=7, verbose=0)
    before = [np.array(one) for one in model.trainable_variables]
    model.fit(x, y, batch_size=7, verbose=0)
    moved = [not np.array_equal(one, np.array(now)) for one, now in zip(before, model.trainable_variables, strict=True)]
    assert all(moved)


@pytest.mark.parametrize("seeded", [True, False])
def test_draws_of_tensorflow_are_what_they_would_have_been(seeded):
    if not seeded:
        results = []
        for look in (False, True):
            model, x, y = made("drawing")
            if look:
                examine(model, train=(x, y))
            keras.utils.set_random_seed(5)
            results.append(np.array(tf.random.normal((3,))))
        assert np.array_equal(*results), "a new seed gives the same draws, whatever happened before"
        return
    results = []
    for look in (False, True):
        model, x, y = made("drawing")
        tf.random.set_seed(5)
        first = [np.array(tf.random.normal((3,))), np.array(tf.random.normal((3,), seed=9))]
        if look:
            examine(model, train=(x, y))
            with untouched(model):
                model(x, training=True)
        results.append([*first, np.array(tf.random.normal((3,))), np.array(tf.random.normal((3,), seed=9))])
    assert all(np.array_equal(a, b) for a, b in zip(*results, strict=True))


def test_layers_made_afterwards_have_the_names_that_they_would_have_had():
    model, x, y = made("plain", fitted=1)
    before = int(keras.layers.Dense(1).name.rpartition("_")[2])
    examine(model, train=(x, y))
    assert int(keras.layers.Dense(1).name.rpartition("_")[2]) == before + 1
