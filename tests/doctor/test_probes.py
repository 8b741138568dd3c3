"""The doctor's probes leave a model as it was, bit for bit, whatever happens inside them."""

import random

import keras
import numpy as np
import pytest

from ftlearn.doctor import examine
from ftlearn.doctor.initial import looks_initial, share_initial
from ftlearn.doctor.private import forget_global_seed, global_seed, layers_of
from ftlearn.doctor.probes import inputs_of, passes_differ, statistics_that_move, untouched

X = np.random.default_rng(0).normal(1, 2, (24, 6)).astype("float32")
y = X[:, :2]


def block():
    return [keras.layers.Dense(8, "relu"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.4, seed=3)]


def sequential():
    return keras.Sequential([keras.Input((6,)), *block(), keras.layers.Dense(2)])


def functional():
    inputs = hidden = keras.Input((6,))
    for layer in block():
        hidden = layer(hidden)
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GaussianNoise(0.1)(hidden)))


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.base, self.head = keras.Sequential(block()), keras.layers.Dense(2)

    def call(self, x, training=None):
        return self.head(self.base(x, training=training)) + keras.random.normal((1, 2))  # Keras's own seeds


def subclassed():
    model = Own()
    model(X[:2])
    return model


def nested():
    inner = keras.Sequential([keras.Input((6,)), *block()])
    middle = keras.Sequential([keras.Input((6,)), inner, *block()])
    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Dense(2)(middle(inputs, training=False)))
    middle.trainable = False
    inner.layers[0].trainable = True  # flags that disagree with those around them
    return model


MODELS = {one.__name__: one for one in (sequential, functional, subclassed, nested)}


def every_state(model):
    """Return all that a probe could change."""
    variables = [*model.variables, *model.metrics_variables, *(model.optimizer.variables if model.optimizer else ())]
    seed = global_seed()
    return {
        "values": [np.array(one).tobytes() for one in variables],
        "trainable": [one.trainable for one in variables],
        "flags": [one.trainable for one in (model, *layers_of(model))],
        "python": random.getstate(),
        "numpy": [np.asarray(one).tobytes() for one in np.random.get_state()[1:]],
        "keras": None if seed is None else np.array(seed.state).tobytes(),
    }


@pytest.fixture(params=MODELS)
def model(request):
    keras.utils.set_random_seed(5)
    forget_global_seed()
    made = MODELS[request.param]()
    made.compile(keras.optimizers.Adam(1e-2), "mse", metrics=["mae"])
    made.fit(X, y, epochs=1, batch_size=8, verbose=0)
    return made


def disturb(model, rng):
    """Do a few of the things that probes do, in any order."""
    acts = [
        lambda: model(X, training=True),
        lambda: model.train_on_batch(X, y),
        lambda: model.evaluate(X, y, verbose=0),
        lambda: setattr(model, "trainable", bool(rng.integers(2))),
        lambda: setattr(layers[rng.integers(len(layers))], "trainable", bool(rng.integers(2))),
        lambda: [one.assign(one + 1) for one in model.trainable_variables],
        lambda: model.optimizer.learning_rate.assign(0.5),
        lambda: (random.random(), np.random.normal(), keras.random.normal((2,))),
    ]
    layers = list(layers_of(model))
    for act in rng.permutation(len(acts))[:5]:
        if acts[act] and not (act == 1 and not model.trainable_variables):
            acts[act]()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_inside_is_undone(model, seed):
    rng = np.random.default_rng(seed)
    before = every_state(model)
    with untouched(model):
        disturb(model, rng)
    assert every_state(model) == before


def test_it_is_undone_when_something_raises(model):
    before = every_state(model)
    with pytest.raises(RuntimeError, match="inside"), untouched(model):
        disturb(model, np.random.default_rng(7))
        raise RuntimeError("inside")
    assert every_state(model) == before


def test_training_goes_on_as_if_nobody_had_looked(model):
    with untouched(model):
        start = every_state(model)
    with untouched(model):
        model.fit(X, y, epochs=1, batch_size=8, shuffle=False, verbose=0)
        alone = [np.array(one) for one in model.weights]
    assert every_state(model) == start
    examine(model, train=(X, y), validation=(X[:8], y[:8]))
    assert every_state(model) == start
    model.fit(X, y, epochs=1, batch_size=8, shuffle=False, verbose=0)
    for one, other in zip(alone, model.weights, strict=True):
        assert np.array_equal(one, np.array(other))


def test_every_probe_leaves_the_model_alone(model):
    before = every_state(model)
    inner = next(one for one in layers_of(model) if isinstance(one, keras.layers.Dense))
    statistics_that_move(model, X)
    assert passes_differ(model, inner, X) == 0
    assert np.shape(inputs_of(model, inner, X))[1:] == inner.kernel.shape[:1]
    assert "call" not in vars(inner)
    assert every_state(model) == before


class Bomb(keras.layers.Layer):
    def call(self, x, training=None):
        if training:
            raise RuntimeError("no training here")
        return x


def test_a_model_that_raises_is_examined_and_left_as_it_was():
    base = keras.Sequential([keras.Input((6,)), *block(), Bomb()])
    model = keras.Sequential([keras.Input((6,)), base, keras.layers.Dense(2)])
    model.compile("adam", "mse")
    before = every_state(model)
    report = examine(model, train=(X, y))
    assert every_state(model) == before
    assert "RuntimeError: no training here" in " ".join(str(report).split())


def test_keras_seeds_that_were_not_there_before_are_gone_again():
    forget_global_seed()
    model = sequential()
    random.seed(3)
    expected = random.Random(3).random()
    if global_seed() is None:
        with untouched(model):
            keras.random.normal((2,))
        assert global_seed() is None
    random.seed(3)
    with untouched(model):
        keras.random.normal((2,))
    assert random.random() == expected


def test_half_of_the_features_dropped_lies_about_their_size_apart():
    base = keras.Sequential([keras.Input((6,)), keras.layers.Dense(400), keras.layers.Dropout(0.5)])
    model = keras.Sequential([keras.Input((6,)), base, keras.layers.Dense(2)])
    assert passes_differ(model, base, X) == pytest.approx(1, rel=0.1)
    assert passes_differ(model, model.layers[-1], X) == 0


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Dense(40), keras.layers.Conv1D(16, 3), keras.layers.LSTM(16), keras.layers.GRU(16),
        keras.layers.SeparableConv1D(32, 3), keras.layers.Dense(40, kernel_initializer="he_normal"),
        keras.layers.Dense(40, kernel_initializer=keras.initializers.RandomNormal(0.0, 0.02)),
        keras.layers.BatchNormalization(), keras.layers.LayerNormalization(),
    ],
    ids=lambda one: one.name,
)  # fmt: skip
def test_new_layers_look_initial_and_trained_ones_do_not(layer):
    model = keras.Sequential([keras.Input((10, 5)), layer, keras.layers.Dense(1)])
    assert looks_initial(layer)
    model.compile("adam", "mse")
    series = np.random.default_rng(1).normal(1, 2, (16, 10, 5))
    model.fit(series, np.ones((16, *model.output_shape[1:])), epochs=1, verbose=0)
    assert looks_initial(layer) is False
    assert share_initial(layers_of(model))[0] < 0.5
