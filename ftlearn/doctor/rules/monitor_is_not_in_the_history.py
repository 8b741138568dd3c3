"""A callback watches what is never measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look up what each callback watches in the history."""
    given = case.extra("callbacks")
    held = list(given) if isinstance(given, list | tuple) else list(getattr(given, "callbacks", [given]))
    for callback in held:
        watched = getattr(callback, "monitor", None)
        if isinstance(watched, str) and watched not in case.history:
            yield (
                f"{type(callback).__name__} watches `{watched}`; the history holds {', '.join(case.history)}.",
                {"callback": type(callback).__name__, "monitor": watched, "history": list(case.history)},
            )


RULE = Rule(
    name="monitor-is-not-in-the-history",
    family="training",
    what="Looks up in the history what the callbacks watch.",
    why="The callback does nothing, and Keras only warns: training never stops early, no best epoch is kept.",
    reference="keras-team/keras#20323; measured for this course: an absent monitor only warns.",
    fix='keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)',
    check=check,
    invalid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
examined = dict(model=model, history=model.fit(X, X[:, 0], callbacks=[stop], verbose=0), callbacks=[stop])""",
    valid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
history = model.fit(X, X[:, 0], validation_split=0.2, callbacks=[stop], verbose=0)
examined = dict(model=model, history=history, callbacks=[stop])""",
    weight=6,
)

VALID_MORE = (
    """import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
examined = dict(model=model, history={"loss": [1.0, 0.5]}, callbacks=keras.callbacks.TerminateOnNaN())""",
    """import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
slower = keras.callbacks.ReduceLROnPlateau(monitor="loss")
examined = dict(model=model, history={"loss": [1.0, 0.5], "learning_rate": [0.1, 0.1]}, callbacks=[slower])""",
)
