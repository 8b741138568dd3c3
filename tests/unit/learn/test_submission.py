"""A student's work as checks see it: plain data, five outcomes, and a network that is looked at and left alone."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn.learn.network import network_state
from ftlearn.learn.outcomes import NotAttempted, NotYet, Unchecked, WorkError
from ftlearn.learn.submission import Submission
from ftlearn.learn.values import plain


def network(trainable=True):
    inner = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, name="inner_dense"), keras.layers.BatchNormalization(name="bn")],
        name="base",
    )
    inner.trainable = trainable
    inputs = keras.Input((4,))
    scaled = keras.layers.Rescaling(1 / 255, name="scale")(inputs)
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name="head")(inner(scaled)))


def unwritten():
    """Do nothing yet."""
    ...


def test_a_missing_name_says_what_to_run():
    with pytest.raises(NotAttempted, match="no `answer` yet: run the cell"):
        Submission({}).value("answer")


@pytest.mark.parametrize("ask", ["value", "predict", "state", "call"])
def test_the_stub_is_not_attempted_whatever_is_asked(ask):
    more = (np.zeros(2),) if ask == "predict" else ()
    with pytest.raises(NotAttempted, match=r"still `\.\.\.`"):
        getattr(Submission({"answer": ...}), ask)("answer", *more)


def test_a_function_without_a_body_is_not_attempted():
    for function in (unwritten, lambda: ...):
        with pytest.raises(NotAttempted):
            Submission({"f": function}).call("f")


def test_a_function_that_returns_none_or_a_constant_is_attempted():
    def gives_text():
        return "a"

    assert Submission({"f": gives_text}).call("f") == "a"
    assert Submission({"f": {}.get}).call("f", "no") is None


@pytest.mark.parametrize(
    ("held", "kind", "said"),
    [
        ("0.5", "number", "should be a number; got the text '0.5'"),
        (True, "number", "should be a number; got True"),
        (0.5, "whole number", "should be a whole number; got the number 0.5"),
        (float("nan"), "number", "finite"),
        (3, "text", "should be a text; got the number 3"),
        ({1: 2}, "list", "should be a list; got a dict of 1"),
        ([[1], [1, 2]], "array", "rows differ in length"),
        (["a"], "array", "array of numbers"),
        (None, "number", "nothing"),
        (int, "number", "should be a number; got a type"),
        (object(), "array", "should be an array; got an object"),
        (1, "true or false", "should be True or False"),
    ],
)
def test_another_kind_is_said_in_words(held, kind, said):
    with pytest.raises(NotYet, match=said.replace("(", "\\(")):
        Submission({"x": held}).value("x", kind)


def test_an_error_names_itself_and_its_line():
    names = {}
    exec(compile("def f(x):\n    return 1 / x\n", "<cell 7>", "exec"), names)
    with pytest.raises(WorkError, match=r"`f` raised ZeroDivisionError: division by zero in line 2 of its cell"):
        Submission(names).call("f", 0)


def test_a_function_cannot_change_the_arrays_of_the_check():
    def spoil(array):
        array[:] = 0
        return array

    kept = np.ones(3)
    assert Submission({"f": spoil}).call("f", kept).sum() == 0
    assert kept.sum() == 3
    listed = [[1]]
    Submission({"f": lambda one: one[0].append(2) or one}).call("f", listed)
    assert listed == [[1]]


leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())
nested = st.recursive(leaf, lambda one: st.lists(one) | st.dictionaries(st.text(), one), max_leaves=20)


@given(nested)
def test_plain_data_stay_as_they_are_and_are_copies(held):
    made = plain(held, "x")
    assert made == held
    if isinstance(held, list | dict) and held:
        assert made is not held


def test_what_only_looks_like_a_number_becomes_one():
    class Sly(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    made = plain(Sly(3), "x")
    assert type(made) is float
    assert made != 4


def test_tables_and_histories_become_dicts():
    assert plain(pd.DataFrame({"a": [1, 2]}), "x") == {"a": [1, 2]}
    assert plain(pd.Series([1.0], index=["b"]), "x") == {"b": 1.0}
    assert plain(pd.Series([1.0, 2.0]), "x").tolist() == [1.0, 2.0]
    assert Submission({"x": pd.DataFrame({"a": [1, 2]})}).value("x", "array").tolist() == [[1], [2]]
    history = keras.callbacks.History()
    history.history = {"loss": [1.0]}
    assert plain(history, "x") == {"loss": [1.0]}
    assert plain({"a": 1}.values(), "x") == [1]


def test_a_function_that_returns_something_else_is_told_so():
    with pytest.raises(NotYet, match="`f` returns an object; numbers, text, lists or arrays are expected"):
        Submission({"f": lambda: object()}).call("f")


def test_what_cannot_be_looked_into_is_not_the_students_fault():
    with pytest.raises(Unchecked, match="cannot be looked into"):
        plain(object(), "x")


def test_the_state_tells_what_the_next_compile_trains():
    state = network_state(network(trainable=False))
    assert [layer.path for layer in state.layers if layer.trainable and layer.weights] == ["head"]
    assert state.last_activation == "softmax"
    assert state.input_shape == (4,)
    assert {layer.kind for layer in state.under("base")} == {"Dense", "BatchNormalization"}


def test_a_model_written_as_a_class_has_a_state_too():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = keras.layers.Dense(2, activation="softmax", name="head")

        def call(self, x):
            return self.head(x)

    model = Own()
    with pytest.raises(NotYet, match="is not built"):
        network_state(model)
    model(np.zeros((1, 4), "float32"))
    state = network_state(model)
    assert [(one.path, sorted(one.weights)) for one in state.layers] == [("head", ["bias", "kernel"])]
    assert (state.last_activation, state.input_shape) == ("softmax", ())


def test_several_inputs_have_no_single_shape():
    first, second = keras.Input((3,)), keras.Input((2,))
    joined = keras.layers.Concatenate()([first, second])
    model = keras.Model([first, second], [keras.layers.Dense(2)(joined), keras.layers.Dense(1)(joined)])
    state = network_state(model)
    assert (state.input_shape, state.output_shape) == ((), ())


def test_looking_changes_nothing_and_gives_copies():
    model = network()
    before = model.get_weights()
    state = network_state(model)
    for layer in state.layers:
        for weight in layer.weights.values():
            weight[...] = 7
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_moved_finds_the_weights_that_a_fit_moved_and_no_other():
    model = network(trainable=False)
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = network_state(model)
    model.fit(np.random.default_rng(0).normal(size=(8, 4)), np.array([0, 1] * 4), verbose=0)
    changes = network_state(model).moved(before)
    assert {name for name, change in changes.items() if change > 0} == {"head/kernel", "head/bias"}
    assert network_state(model).iterations == 1
    assert before.iterations == 0


def test_inputs_of_sees_what_reaches_the_base_and_lets_go():
    model = network()
    work = Submission({"model": model})
    X = np.full((2, 4), 255.0, "float32")
    assert np.allclose(work.inputs_of("model", "base", X), 1.0)
    assert model.predict(X, verbose=0).shape == (2, 2)
    assert "call" not in vars(model.get_layer("base")) or model.get_layer("base").call(X[:1]) is not None
    with pytest.raises(NotYet, match="no layer named 'letters'"):
        work.inputs_of("model", "letters", X)


def test_predict_agrees_with_keras_and_takes_probabilities_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    model = network()
    X = np.random.default_rng(0).normal(size=(300, 4)).astype("float32")
    work = Submission({"model": model, "classical": LogisticRegression().fit(X, X[:, 0] > 0), "number": 3})
    assert np.allclose(work.predict("model", X), model.predict(X, verbose=0), atol=1e-6)
    assert work.predict("classical", X).shape == (300, 2)
    with pytest.raises(NotYet, match="should be a model; got the number 3"):
        work.predict("number", X)


def test_a_kept_result_is_asked_like_any_name():
    work = Submission({"build": network, "lost": lambda: [].clear()})
    work.call("build", keep="made")
    assert work.state("made").under("head")[0].kind == "Dense"
    with pytest.raises(NotYet, match="`lost` returns nothing"):
        work.call("lost", keep="made")
    with pytest.raises(NotYet, match="Keras model; got the number 3"):
        Submission({"x": 3}).state("x")
