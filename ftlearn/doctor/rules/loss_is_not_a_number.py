"""The loss is not a number (any more)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look for what is not finite in the history's losses, in the weights and in the training data."""
    epoch, weights, lacking = None, [], []
    try:
        losses = case.history.get("loss", [])
        epoch = next((at for at, value in enumerate(losses, 1) if not np.isfinite(value)), None)
    except NotChecked as reason:
        lacking.append(str(reason))
    try:
        weights = [one.path for one in case.built.weights if not np.all(np.isfinite(_floats(one)))]
    except NotChecked as reason:
        lacking.append(str(reason))
    if len(lacking) == 2:
        raise NotChecked(" and ".join(lacking))
    if epoch is None and not weights:
        return
    said = [f"the loss was not a number in epoch {epoch}"] if epoch else []
    said += [f"{len(weights)} weights hold values that are no numbers (`{weights[0]}`)"] if weights else []
    cause = _in_the_data(case)
    said += [cause] if cause else []
    sentence = "; ".join(said)
    yield sentence[0].upper() + sentence[1:] + ".", {"epoch": epoch, "weights": weights[:5], "data": cause}


def _floats(variable: Any) -> np.ndarray:
    value = np.asarray(variable)
    return value if value.dtype.kind in "fc" else np.zeros(1)


def _in_the_data(case: Case) -> str:
    try:
        part = case.part("train")
    except NotChecked:
        return ""
    for values, what in ((part.X, "inputs"), (part.y, "labels")):
        if values is not None and values.dtype.kind == "f":
            bad = ~np.isfinite(values.reshape(len(values), -1)).all(1)
            if bad.any():
                return f"the {what} of {int(bad.sum())} of {len(bad)} training examples hold values that are no numbers"
    return ""


RULE = Rule(
    name="loss-is-not-a-number",
    family="training",
    what="Looks for values that are not finite in the history's loss, the weights and the training data.",
    why="One such value turns every weight into one in a single step: nothing that follows was trained.",
    reference="Keras callback TerminateOnNaN; DeepLocalize (ICSE 2021) looks for the first layer in which it appears.",
    fix="X, y = X[np.isfinite(X).all(1)], y[np.isfinite(X).all(1)]  # or a smaller learning rate, clipnorm=1.0",
    check=check,
    invalid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
y = X.sum(1)
y[3] = np.nan
examined = dict(model=model, train=(X, y), history=model.fit(X, y, verbose=0))""",
    valid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
y = X.sum(1)
examined = dict(model=model, train=(X, y), history=model.fit(X, y, verbose=0))""",
    weight=9,
)

VALID_MORE = (
    """import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
examined = dict(model=model)""",
    """import keras
import numpy as np

model = keras.Sequential([keras.Input((6, 2)), keras.layers.Masking(-1.0), keras.layers.LSTM(4), keras.layers.Dense(1)])
model.compile("adam", "mae")
X = np.random.default_rng(0).normal(size=(40, 6, 2)).astype("float32")
X[:, 4:] = -1
examined = dict(model=model, train=(X, X[:, 0, 0]), history=model.fit(X, X[:, 0, 0], verbose=0))""",
)
