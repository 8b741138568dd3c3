"""Mistakes in the head: labels, loss and last activation do not belong together."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tools.bench_doctor.programs import Correct, Task, base_of, build, compiled, examined, first, in_pieces, score
from tools.bench_doctor.registry import Tried, mutant

CLASSES = ("letters", "text", "photographs")
BINARY = ("letters", "series", "text")


def trained(task: Task) -> tuple[Any, Any]:
    """Return a model whose head has been trained, and the history."""
    model = build(task)
    return model, first(task, model)


def by_score(correct: Correct, task: Task, margin: float = 0.04) -> Tried:
    """Train the changed program's head and compare scores."""
    model, history = trained(task)
    got = score(task, model)
    said = f"score {got:.3f}, correct {correct.head_score:.3f}"
    return Tried(examined(task, model, history), not got >= correct.head_score - margin, said)


def by_loss(correct: Correct, task: Task, right: Any) -> Tried:
    """Train the changed program's head; compare its loss, as in training, with the right one, and its score."""
    import keras

    model, history = trained(task)
    X, y = task.test
    whole = keras.ops.convert_to_tensor(X)
    wrong = float(model.compute_loss(y=keras.ops.convert_to_tensor(y), y_pred=model(whole, training=False)))
    fair = float(np.mean(right(y, in_pieces(model, X))))
    got = score(task, model)
    differs = abs(wrong - fair) > 0.1 * fair or not got >= correct.head_score - 0.04
    said = f"loss {wrong:.3f}, rightly {fair:.3f}; score {got:.3f}, correct {correct.head_score:.3f}"
    return Tried(examined(task, model, history), differs, said)


def fit_raises(task: Task, model: Any) -> str:
    """Return what a first step raises; empty when it does not."""
    base_of(model).trainable = False
    compiled(task, model)
    try:
        model.fit(task.train[0][:64], task.train[1][:64], epochs=1, verbose=0)
    except Exception as error:  # whatever stops the program
        return type(error).__name__
    return ""


@mutant("labels-do-not-fit-the-loss", "letters", "photographs")
def counted_from_one(correct: Correct) -> Tried:
    """Count the classes from 1: the last has no unit."""
    task = correct.task
    task = task.but(**{name: (getattr(task, name)[0], getattr(task, name)[1] + 1)
                       for name in ("train", "validation", "test")})  # fmt: skip
    model = build(task)
    raised = fit_raises(task, model)
    worse = raised or not score(task, model) >= correct.head_score - 0.04
    return Tried(examined(task, model), bool(worse), f"fit raises {raised}" if raised else "it trains")


@mutant("labels-do-not-fit-the-loss", "text")
def numbers_for_columns(correct: Correct) -> Tried:
    """Give numbers of classes to the loss that takes a column for each."""
    import keras

    task = correct.task.but(loss=functools.partial(keras.losses.CategoricalCrossentropy, from_logits=True))
    model = build(task)
    raised = fit_raises(task, model)
    return Tried(examined(task, model), bool(raised), f"fit raises {raised or 'nothing'}")


@mutant("labels-do-not-fit-the-loss", "series")
def squeezed_forecast(correct: Correct) -> Tried:
    """End a forecast of values from -2 to 3 in a sigmoid."""
    return by_score(correct, correct.task.but(activation="sigmoid"))


def _sparse(y: np.ndarray, p: np.ndarray, *, logits: bool) -> np.ndarray:
    import keras

    return np.asarray(keras.losses.sparse_categorical_crossentropy(y, p, from_logits=logits))


@mutant("logits-without-from-logits", *CLASSES)
def plain_head(correct: Correct) -> Tried:
    """End in plain numbers, and name the loss by its string."""
    task = correct.task.but(activation=None, loss=lambda: "sparse_categorical_crossentropy")
    return by_loss(correct, task, functools.partial(_sparse, logits=True))


@mutant("probabilities-called-logits", *CLASSES)
def squeezed_twice(correct: Correct) -> Tried:
    """End in a softmax, with a layer behind it that hides it from Keras, and say that these are logits."""
    import keras

    loss = functools.partial(keras.losses.SparseCategoricalCrossentropy, from_logits=True)
    task = correct.task.but(activation="softmax", loss=loss)
    if task.name == "letters":  # as under mixed precision
        head = [keras.layers.Dense(task.units, "softmax", dtype="mixed_bfloat16", name="head"),
                keras.layers.Activation("linear", dtype="float32", name="whole")]  # fmt: skip
    else:
        head = [keras.layers.Dense(task.units, "softmax", name="head"), keras.layers.Flatten(name="flat")]
    model = build(task, head=head)
    history = first(task, model)
    X, y = task.test
    found = model(keras.ops.convert_to_tensor(X), training=False)
    wrong = float(model.compute_loss(y=keras.ops.convert_to_tensor(y), y_pred=found))
    fair = float(np.mean(_sparse(y, np.asarray(found), logits=False)))
    differs = abs(wrong - fair) > 0.1 * fair
    return Tried(examined(task, model, history), differs, f"loss {wrong:.3f}, rightly {fair:.3f}")


def halves(task: Task, **changes: Any) -> Task:
    """Return the program with two classes: the upper half of the labels, or values that rise."""

    def upper(X: np.ndarray, y: np.ndarray) -> np.ndarray:
        if task.forecasts:
            return (y[:, 0] > X[:, -1, 0]).astype("int64")
        return (y >= task.units // 2).astype("int64")

    parts = {name: (getattr(task, name)[0], upper(*getattr(task, name))) for name in ("train", "validation", "test")}
    usual = {"units": 1, "activation": "sigmoid", "loss": lambda: "binary_crossentropy", "metrics": ("accuracy",)}
    return task.but(**parts, **{**usual, **changes})


@mutant("logits-cut-at-one-half", *BINARY)
def cut_at_half(correct: Correct) -> Tried:
    """Give the plain accuracy to a model of one logit."""
    import keras

    loss = functools.partial(keras.losses.BinaryCrossentropy, from_logits=True)
    task = halves(correct.task, activation=None, loss=loss)
    model, history = trained(task)
    p, y = in_pieces(model, task.test[0])[:, 0], task.test[1]
    half, zero = (float(np.mean((p > cut) == y)) for cut in (0.5, 0.0))
    return Tried(examined(task, model, history), half != zero, f"accuracy {half:.3f}, cut at 0 {zero:.3f}")


@mutant("softmax-of-one-unit", *BINARY)
def one_softmax(correct: Correct) -> Tried:
    """End a question of yes or no in a softmax over one unit."""
    task = halves(correct.task, activation="softmax")
    model, history = trained(task)
    p = in_pieces(model, task.test[0])
    return Tried(examined(task, model, history), float(np.ptp(p)) == 0, f"predictions from {p.min():g} to {p.max():g}")


def dead(bias: float) -> Callable[[], list]:
    """Return a hidden layer that never fires."""
    import keras

    constant = keras.initializers.Constant(bias)
    return lambda: [keras.layers.Dense(16, "relu", bias_initializer=constant, name="hidden")]


@mutant("cannot-overfit-one-batch", "letters", "series", "text")
def dead_layer(correct: Correct) -> Tried:
    """Put a hidden layer into the head that is 0 for every example."""
    task = correct.task.but(behind=dead(-300.0))
    model, history = trained(task)
    spread = float(np.ptp(in_pieces(model, task.test[0]), axis=0).max())
    return Tried(examined(task, model, history), spread == 0, f"predictions differ by {spread:g}")


@mutant("float16-output", *BINARY)
def half_precision(correct: Correct) -> Tried:
    """Let the last layer follow the policy of mixed precision."""
    import keras

    task = correct.task
    head = [keras.layers.Dense(task.units, task.activation, dtype="mixed_float16", name="head")]
    model = build(task, head=head)
    history = first(task, model)
    kind = str(in_pieces(model, task.test[0][:8]).dtype)
    return Tried(examined(task, model, history), kind == "float16", f"the model gives {kind}")
