"""What the doctor takes from private attributes of Keras and tf.data is true; hidden, it is measured or not told."""

from __future__ import annotations

import ast
from pathlib import Path

import keras
import numpy as np
import pytest

from ftlearn import doctor
from ftlearn.doctor import private
from ftlearn.doctor.probes import untouched

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = X[:, :2]


def base():
    return keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)],
        name="base",
    )


def nested():
    inputs = keras.Input((4,), name="given")
    return keras.Model(inputs, keras.layers.Dense(2, name="head")(base()(inputs, training=False)))


class Own(keras.Model):
    """Layers in attributes, lists and mappings."""

    def __init__(self):
        super().__init__()
        self.base, self.many = base(), [keras.layers.Dense(3), (keras.layers.ReLU(), keras.layers.Dense(2))]
        self.named = {"a": keras.layers.Dense(2)}

    def call(self, x):
        x = self.many[0](self.base(x))
        return self.named["a"](self.many[1][1](self.many[1][0](x)))


def own():
    model = Own()
    model(X)
    return model


def recurrent():
    cells = keras.layers.RNN([keras.layers.LSTMCell(3), keras.layers.GRUCell(3)])
    wrapped = keras.layers.Bidirectional(keras.layers.GRU(2, return_sequences=True))
    inputs = keras.Input((4, 1))
    attended = keras.layers.MultiHeadAttention(1, 2)(wrapped(inputs), wrapped(inputs))
    timed = keras.layers.TimeDistributed(keras.layers.Dense(2))(attended)
    return keras.Model(inputs, keras.layers.Dense(2)(cells(timed)))


def shared():
    one, other, layer = keras.Input((4,)), keras.Input((4,)), keras.layers.Dense(2)
    return keras.Model([one, other], keras.layers.Add()([layer(one), layer(other)]))


MODELS = {one.__name__: one for one in (base, nested, own, recurrent, shared)}


@pytest.mark.parametrize("kind", MODELS)
def test_every_layer_is_found_once(kind, hidden):
    model = MODELS[kind]()
    found = list(private.layers_of(model))
    assert len({id(one) for one in found}) == len(found)
    assert {id(w) for one in found for w in one.weights} == {id(w) for w in model.weights}
    assert {one.name for one in model._flatten_layers(include_self=False) if type(one).__name__ != "InputLayer"} == {
        one.name for one in found if type(one).__name__ != "InputLayer"
    }


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.1),
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "decay": lambda: keras.optimizers.AdamW(0.1, weight_decay=0.1),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1)),
    "averaged": lambda: keras.optimizers.SGD(0.1, use_ema=True),
    "accumulated": lambda: keras.optimizers.Adam(0.1, gradient_accumulation_steps=2),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_what_an_optimiser_was_built_for(kind, hidden):
    try:
        optimizer = OPTIMIZERS[kind]()
    except (TypeError, ValueError):
        pytest.skip("this Keras has no such optimiser")
    model = nested()
    model.get_layer("base").layers[0].trainable = False
    model.compile(optimizer, "mse")
    assert private.optimised(optimizer, model) is None, "not built yet"
    model.fit(X, Y, verbose=0)
    before = [np.array(one) for one in [*model.weights, *optimizer.variables]]
    assert private.optimised(optimizer, model) == {id(one) for one in model.trainable_variables}
    after = [np.array(one) for one in [*model.weights, *optimizer.variables]]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), "looking has changed something"
    assert private.optimised(optimizer) is None if hidden else private.optimised(optimizer)


def moved_by_fit(model):
    """Return the weights that a training step of the same size really changes, measured and undone."""
    before, compiled = [np.array(one) for one in model.weights], model.train_function
    with untouched(model):
        vars(model)["train_function"] = compiled  # which a probe must not touch, and this test wants to see at work
        model.fit(X, Y, verbose=0)
        return {
            id(one)
            for one, old in zip(model.weights, before, strict=True)
            if not np.array_equal(np.array(one), old) and "moving" not in one.name
        }


@pytest.mark.parametrize("first", [False, True], ids=["frozen", "trained"])
def test_what_fit_goes_on_to_train(first, hidden):
    model = nested()
    inside = model.get_layer("base").layers[0]
    inside.trainable = first
    model.compile(keras.optimizers.SGD(0.1), "mse")
    assert private.trained_by_fit(model) is None, "until the first fit, flags hold as they stand"
    inside.trainable = not first
    assert bool({id(one) for one in inside.weights} & moved_by_fit(model)) is not first
    inside.trainable = first
    model.fit(X, Y, verbose=0)
    inside.trainable = not first
    assert private.trained_by_fit(model) == moved_by_fit(model) != {id(one) for one in model.trainable_variables}
    model.compile(keras.optimizers.SGD(0.1), "mse")
    assert private.trained_by_fit(model) is None
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
    model.fit(X, Y, verbose=0)
    assert private.trained_by_fit(model) is None, "without a compiled function, flags hold as they stand"


def test_flags_at_compile_are_told_or_not(hidden):
    model = nested()
    layer = model.get_layer("base").layers[0]
    layer.trainable = False
    assert private.trainable_at_compile(model) is None
    model.compile("sgd", "mse")
    layer.trainable = True
    flags = private.trainable_at_compile(model)
    assert flags is None or flags[id(layer)] is False
    assert not (hidden and flags)


def test_inference_that_was_asked_for(hidden):
    model = nested()
    assert private.asked_for_inference(model) == {id(model.get_layer("base")): False}
    assert private.asked_for_inference(base()) == {}
    assert private.asked_for_inference(own()) == {}
    inner = base()
    keras.Model(inputs := keras.Input((4,)), inner(inputs, training=True))  # another model's call of the same layer
    outer = keras.Model(inputs := keras.Input((4,)), inner(inputs, training=False))
    assert private.asked_for_inference(outer) == {id(inner): False}


@keras.saving.register_keras_serializable("doctor_tests")
class Unwritten(keras.layers.Layer):
    def call(self, x):
        return x

    def get_config(self):
        raise NotImplementedError


def test_a_model_that_cannot_be_written_down_is_not_told(hidden):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, base()(Unwritten()(inputs), training=False))
    said = private.asked_for_inference(model)
    assert said is None if hidden else set(said.values()) == {False}


def test_the_seeds_of_keras_are_kept(hidden):
    keras.random.normal((4,))  # now there is a generator
    with private.seeds_kept():
        first = np.array(keras.random.normal((4,)))
    assert np.array_equal(keras.random.normal((4,)), first) is not hidden, "where Keras does not tell, none is put back"
    assert (private.global_seed() is None) is hidden
    private.forget_global_seed()
    with private.seeds_kept():
        keras.random.normal((4,))
    assert private.global_seed() is None


def metric(y, p):
    return keras.ops.mean(y - p)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (None, []), ([], []), (["accuracy"], ["accuracy"]), ([keras.metrics.AUC], None), ([metric], None),
        ([keras.metrics.BinaryAccuracy(threshold=0.3), "mae"], ["BinaryAccuracy", "mae"]),
        ({"head": ["mae"]}, ["mae"]), ([["mae", "mse"]], ["mae", "mse"]),
    ],
)  # fmt: skip
def test_the_metrics_of_compile(given, names, hidden):
    model = nested()
    assert private.metrics_given(model) == [], "not compiled"
    model.compile("sgd", "mse", metrics=given)
    found = private.metrics_given(model)
    if names is None:  # a class or a function of the user's own cannot be written down
        assert found is None or len(found) == 1
    else:
        assert [one if isinstance(one, str) else type(one).__name__ for one in found] == names
    if found and names == ["BinaryAccuracy", "mae"]:
        assert found[0].get_config()["threshold"] == pytest.approx(0.3)


def test_who_trains_in_a_way_of_their_own(hidden):
    class Step(keras.Model):
        def train_step(self, *given):
            return super().train_step(*given)

    class Loss(keras.Sequential):
        def compute_loss(self, *given, **named):
            return super().compute_loss(*given, **named)

    assert private.own_training_step(Step()) and private.own_training_step(Loss())
    assert not any(private.own_training_step(make()) for make in MODELS.values())


def test_where_a_tensor_comes_from(hidden):
    model = nested()
    assert private.origin_of(model.outputs[0]) is (None if hidden else model.get_layer("head"))
    assert private.origin_of(X) is None


def test_the_learning_rate_as_it_was_given(hidden):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    held = private.rate_of(keras.optimizers.Adam(schedule))
    assert [round(float(np.asarray(held(one))), 6) for one in (0, 10, 20)] == [0.1, 0.05, 0.025]
    assert float(np.asarray(private.rate_of(keras.optimizers.Adam(0.25)))) == 0.25


@pytest.mark.parametrize("kind", MODELS)
def test_an_examination_without_private_attributes_raises_nothing(kind, hidden):
    model = MODELS[kind]()
    model.compile("sgd", "mse", metrics=["mae"])
    shape = (32, 4, 1) if kind == "recurrent" else (32, 4)
    report = doctor.examine(model, train=(X.reshape(shape), Y), validation=(X.reshape(shape) + 1, Y))
    raised = {name: said for name, said in report.unchecked.items() if "looking raised" in said}
    assert not raised
    assert not report.findings or kind != "base", str(report)


def test_private_attributes_are_touched_in_these_modules_only():
    folder = Path(doctor.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if path.stem in ("private", "pipelines") or "observing" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ""
            if isinstance(node, ast.Attribute) and not (
                isinstance(node.value, ast.Name) and node.value.id in ("self", "case", "other")
            ):
                name = node.attr
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "hasattr", "setattr"):
                name = getattr(node.args[1], "value", "")
            private_name = isinstance(name, str) and name[:1] == "_" and name[:2] != "__" and name != "_repr_html_"
            assert not private_name, f"{path.name}, line {node.lineno}: {name}"
