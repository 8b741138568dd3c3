"""The model is that of the last epoch, though an earlier one was better."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.epochs import past_the_best
from ftlearn.doctor.rule import Rule

_RISE = 1.25


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the best validation loss of the history with that of the model as it is."""
    past = past_the_best(case)
    if past is not None and past.now > _RISE * past.least:
        yield (
            f"Validation loss is {past.now:.4g} now, as in the last epoch; in epoch {past.best} of {past.epochs} it "
            f"was {past.least:.4g}.",
            vars(past),
        )


RULE = Rule(
    name="best-weights-not-restored",
    family="training",
    what="Computes the validation loss of the model as it is and compares it with the best of its history.",
    why="What is reported or saved is a worse network than the one that training had found.",
    reference="EarlyStopping has restore_best_weights=False unless told otherwise (Keras API; keras-team/keras#12511).",
    known_problems="Judged by loss, with a margin of a quarter; another metric's best may have been kept on purpose.",
    fix='keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)',
    check=check,
    invalid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.1), "mse")
X = np.random.default_rng(0).normal(size=(120, 4)).astype("float32")
y = X.sum(1) + np.random.default_rng(1).normal(0, 0.3, 120)
train, validation = (X[:80], y[:80]), (X[80:], y[80:])
losses = {"loss": [], "val_loss": []}
for rate in (0.1, 0.1, 0.1, 0.9):
    model.optimizer.learning_rate = rate
    for name, values in model.fit(*train, validation_data=validation, verbose=0).history.items():
        losses[name] += values
examined = dict(model=model, train=train, validation=validation, history=losses)""",
    valid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.1), "mse")
X = np.random.default_rng(0).normal(size=(120, 4)).astype("float32")
y = X.sum(1) + np.random.default_rng(1).normal(0, 0.3, 120)
train, validation = (X[:80], y[:80]), (X[80:], y[80:])
history = model.fit(*train, epochs=5, validation_data=validation, verbose=0)
examined = dict(model=model, train=train, validation=validation, history=history)""",
    weight=4,
)

VALID_MORE = (
    """import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
hidden = keras.layers.Dense(16, "relu", kernel_regularizer="l2")
model = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(1)])
model.compile("adam", "mae")
X = np.random.default_rng(0).normal(size=(120, 4)).astype("float32")
held = tf.data.Dataset.from_tensor_slices((X, X.sum(1))).batch(20)
keep = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
history = model.fit(held.take(4), validation_data=held.skip(4), epochs=6, callbacks=[keep], verbose=0)
examined = dict(model=model, train=held.take(4), validation=held.skip(4), history=history)""",
    """import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
examined = dict(model=model, history={"loss": [3, 2, 1], "val_loss": [3, 2, 4]})""",
)
