"""A copy of the network cannot learn four examples by heart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.losses import Loss, loss_of, loss_value
from ftlearn.doctor.probes import untouched
from ftlearn.doctor.rule import NotChecked, Rule, running

_SECONDS, _STEPS, _LEAST, _RATES = 4.0, 150, 25, (0.01, 0.1, 0.001)
_LAYERS, _SCALE, _SHARE = 80, 10, 0.97  # a small linear network may learn four images slowly: no fault
_KNOWN = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "mean_squared_error",
          "mean_absolute_error", "huber")  # fmt: skip


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Train a clone on four examples; see whether it gets below what one constant answer would score."""
    loss = loss_of(case)
    if loss.name not in _KNOWN:
        raise NotChecked("the loss is not one of those for which the score of a constant answer is known")
    model = case.model
    if not getattr(model, "outputs", None) or len(case.layers) > _LAYERS:
        raise NotChecked(f"the model is a class of its own, or has more than {_LAYERS} layers")
    if not model.trainable_variables:
        raise NotChecked("no weight of the model is trainable")
    part = case.part("train")
    if part.y is None or part.y.dtype.kind not in "biuf" or len(part.y) != len(part.X):
        raise NotChecked("the labels of the train data are not numbers")
    chosen = _examples(part.X, part.y, loss)
    X, y = part.X[chosen], part.y[chosen]
    constant = _constant(loss, y)
    with running("a copy of the model does not train on the data"), untouched(model):
        best, steps = _trained(model, loss, X, y, _SHARE * constant)
    if best > _SHARE * constant:
        yield (
            f"A copy that was trained on 4 examples alone for {steps} steps came no lower than a loss of {best:.4g}; "
            f"the same answer to all four scores {constant:.4g}.",
            {"best": best, "constant": constant, "steps": steps, "examples": [int(one) for one in chosen]},
        )


def _examples(X: np.ndarray, y: np.ndarray, loss: Loss) -> np.ndarray:
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        raise NotChecked("the inputs hold values that are no numbers")
    if "crossentropy" in loss.name:
        key = y.argmax(1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y), -1)
        if (key.ndim == 2 and key.shape[1] != 1) or (loss.name.startswith("binary") and y.size != len(y)):
            raise NotChecked("there is more than one label an example")
        key = key.ravel()
        present, counts = np.unique(key, return_counts=True)
        common = present[np.argsort(-counts, kind="stable")[:2]]
        places = [np.flatnonzero(key == one)[:2] for one in common]
        if len(places) < 2 or min(map(len, places)) < 2 or np.any(np.mod(key, 1)):
            raise NotChecked("the train data hold no two classes of two examples")
        chosen = np.concatenate(places)
    else:
        if not np.isfinite(y).all() or np.abs(y).max() > _SCALE:
            raise NotChecked(f"labels are beyond {_SCALE}: how fast they can be learned depends on their scale")
        order = np.argsort(y.reshape(len(y), -1).mean(1), kind="stable")
        chosen = order[np.linspace(0, len(order) - 1, 4).astype(int)]
    rows = X[chosen].reshape(len(chosen), -1)
    if len(np.unique(chosen)) < 4 or len(np.unique(rows, axis=0)) < 4:
        raise NotChecked("the train data hold no four different examples")
    return chosen


def _constant(loss: Loss, y: np.ndarray) -> float:
    """Return the loss of the best constant answer: two classes at one half each, or the middle of the labels."""
    if "crossentropy" in loss.name:
        return float(np.log(2))
    y = y.astype("float32")
    middles = (np.broadcast_to(at(y, axis=0, keepdims=True), y.shape).copy() for at in (np.mean, np.median))
    constant = min(loss_value(loss.given, y, middle) for middle in middles)
    if constant < 1e-6:
        raise NotChecked("the labels of four spread examples are all the same")
    return constant


def _trained(model: Any, loss: Loss, X: np.ndarray, y: np.ndarray, enough: float) -> tuple[float, int]:
    """Return the least loss that a clone reaches on a few examples, and in how many steps."""
    import keras
    import tensorflow as tf

    stand_in = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
    stand_in.compile(loss=loss.given)
    clone = keras.models.clone_model(model)
    clone.trainable = True  # whether a signal gets through is asked, not what a head makes of frozen features
    inputs, labels = tf.convert_to_tensor(X), tf.convert_to_tensor(y)
    best, total, begun = np.inf, 0, time.monotonic()
    for rate in _RATES:
        clone.set_weights(model.get_weights())
        optimizer = keras.optimizers.Adam(rate)
        optimizer.build(clone.trainable_variables)

        def step(optimizer: Any = optimizer) -> Any:
            with tf.GradientTape() as tape:
                value = stand_in.compute_loss(y=labels, y_pred=clone(inputs, training=True))
            gradients = tape.gradient(value, clone.trainable_variables)
            pairs = [(g, v) for g, v in zip(gradients, clone.trainable_variables, strict=True) if g is not None]
            if pairs:
                optimizer.apply([g for g, _ in pairs], [v for _, v in pairs])
            return value

        run = tf.function(step).get_concrete_function()  # no warning about retracing when many models are examined
        for _ in range(_STEPS):
            value = float(run())
            total += 1
            best = min(best, value) if np.isfinite(value) else best
            if best <= enough:
                return best, total
            if time.monotonic() - begun > _SECONDS:
                if total < _LEAST * len(_RATES):
                    raise NotChecked(f"{total} steps took {_SECONDS:g} seconds: too few to tell")
                return best, total
    return best, total


RULE = Rule(
    name="cannot-overfit-one-batch",
    family="training",
    what="Trains a copy on four different examples for 4 seconds at most; compares its loss with a constant answer's.",
    why="A network that cannot learn four examples by heart cannot learn more: no signal or no gradient gets through.",
    reference="TheDeepChecker (Ben Braiek and Khomh, 2023); Karpathy, A recipe for training neural networks (2019).",
    known_problems="Not run on models of more than 80 layers or written as a class, nor on labels beyond 10.",
    fix="model.fit(X[:8], y[:8], epochs=200)  # then look layer by layer for outputs that are all the same",
    check=check,
    invalid="""import keras
import numpy as np

dead = keras.initializers.Constant(-100.0)
hidden = keras.layers.Dense(8, activation="relu", bias_initializer=dead)
model = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, (X[:, 0] > 0).astype(int)))""",
    valid="""import keras
import numpy as np

hidden = keras.layers.Dense(8, activation="relu")
model = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, (X[:, 0] > 0).astype(int)))""",
    weight=4,
)

VALID_MORE = (
    """import keras
import numpy as np

base = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.GlobalAveragePooling2D(),
    ],
    name="base",
)
base.trainable = False
inputs = keras.Input((8, 8, 1))
x = keras.layers.Dropout(0.3)(base(inputs, training=False))
model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
model.compile("adam", "sparse_categorical_crossentropy")
rng = np.random.default_rng(0)
examined = dict(model=model, train=(rng.random((60, 8, 8, 1)).astype("float32"), np.arange(60) % 3))""",
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((10, 1)), keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mae")
X = np.random.default_rng(0).normal(size=(60, 10, 1)).astype("float32")
examined = dict(model=model, train=(X, X.mean((1, 2))))""",
)
