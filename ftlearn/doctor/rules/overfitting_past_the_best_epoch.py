"""Training went on long after the validation loss had turned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.epochs import past_the_best
from ftlearn.doctor.rule import Rule

_PATIENCE = 5
_RISE, _FALL = 1.25, 0.8


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the best epoch with the last, and both with the model as it is."""
    past = past_the_best(case)
    if past is None or past.epochs - past.best < _PATIENCE:
        return
    if past.last > _RISE * past.least and past.train_last < _FALL * past.train_then:
        yield (
            f"Validation loss was least in epoch {past.best} of {past.epochs} ({past.least:.4g}) and ended at "
            f"{past.last:.4g}, while training loss fell from {past.train_then:.4g} to {past.train_last:.4g}; the model "
            f"scores {past.now:.4g} now.",
            vars(past),
        )


RULE = Rule(
    name="overfitting-past-the-best-epoch",
    family="training",
    what="Looks for five epochs or more in which validation loss rose by a quarter while training loss fell by a "
    "fifth, and whether the model still holds the last epoch's weights.",
    why="From there on the network learns its training examples by heart; the epochs after the best one do harm.",
    reference="Prechelt, Early stopping: but when? (1998).",
    known_problems="Accuracy may still rise while the loss does: the network grows too sure of itself.",
    fix='keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)',
    check=check,
    invalid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
rng = np.random.default_rng(0)
X = rng.normal(size=(240, 20)).astype("float32")
y = ((X[:, 0] + rng.normal(0, 1, 240)) > 0).astype(int)
train, validation = (X[:40], y[:40]), (X[40:], y[40:])
history = model.fit(*train, epochs=40, validation_data=validation, verbose=0)
examined = dict(model=model, train=train, validation=validation, history=history)""",
    valid="""import keras
import numpy as np

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
rng = np.random.default_rng(0)
X = rng.normal(size=(240, 20)).astype("float32")
y = ((X[:, 0] + rng.normal(0, 1, 240)) > 0).astype(int)
train, validation = (X[:40], y[:40]), (X[40:], y[40:])
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=6, restore_best_weights=True)
history = model.fit(*train, epochs=40, validation_data=validation, callbacks=[stop], verbose=0)
examined = dict(model=model, train=train, validation=validation, history=history)""",
    weight=5,
)

VALID_MORE = (
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(80, 4)).astype("float32")
y = X.sum(1)
history = model.fit(X, y, validation_split=0.25, epochs=8, verbose=0)
examined = dict(model=model, train=(X[:60], y[:60]), validation=(X[60:], y[60:]), history=history)""",
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
examined = dict(model=model, history={"loss": [3, 2, 1, 1, 1, 1, 1, 1], "val_loss": [3, 2, 2, 3, 4, 5, 6, 7]})""",
)
