"""A saved model predicts something else once it is loaded."""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.outputs import predict, traced
from ftlearn.doctor.probes import untouched
from ftlearn.doctor.rule import NotChecked, Rule

_WEIGHTS, _ROWS, _TOLERANCE = 10_000_000, 16, 1e-3


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Save the model to a temporary file, load it, compare predictions."""
    import keras

    if case.built.count_params() > _WEIGHTS:
        raise NotChecked("the model has more than 10 million weights; saving it takes too long")
    model, X = case.model, case.parts()[0].X[:_ROWS]
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        raise NotChecked("the inputs hold values that are no numbers")
    before, again = (predict(model, X, run=traced(case, X)) for _ in range(2))
    if before.dtype.kind != "f" or not np.isfinite(before).all() or not np.allclose(before, again, atol=1e-5):
        raise NotChecked("two predictions of the same inputs differ, or are no numbers")
    known = {type(one).__name__: type(one) for one in [model, *case.layers]
             if not type(one).__module__.startswith("keras")}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, untouched(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "model.keras"
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                model.save(path)
                loaded = keras.models.load_model(path, custom_objects=known, compile=False)
        except Exception as error:
            reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
            raise NotChecked(f"it does not save or load here: {reason}") from error
        after = predict(loaded, X)
    scale = float(np.abs(before).max())
    if after.shape != before.shape or float(np.abs(after - before).max()) > _TOLERANCE * (scale + 1e-6):
        gap = float(np.abs(after - before).max()) if after.shape == before.shape else float("nan")
        yield (
            f"Saved and loaded, the model's predictions of {len(X)} examples differ by up to {gap:.4g} "
            f"(they are up to {scale:.4g} large).",
            {"gap": gap, "largest": scale},
        )


RULE = Rule(
    name="reloads-to-other-predictions",
    family="saving",
    what="Saves the model as a .keras file in a temporary folder, loads it, and compares predictions.",
    why="What is served is not what was evaluated: a setting or a weight was not written down.",
    reference="keras-team/keras#19899 and #20833.",
    known_problems="Classes of your own are handed to the loader; a program without them cannot load the model.",
    fix='def get_config(self):\n    return {**super().get_config(), "factor": self.factor}',
    check=check,
    invalid="""import keras
import numpy as np


class Times(keras.layers.Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return super().get_config()


model = keras.Sequential([keras.Input((4,)), Times(3.0), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, X[:, 0]))""",
    valid="""import keras
import numpy as np


class Times(keras.layers.Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


model = keras.Sequential([keras.Input((4,)), Times(3.0), keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, X[:, 0]))""",
    weight=6,
)

VALID_MORE = (
    """import keras
import numpy as np

model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(4, 3),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5),
        keras.layers.Flatten(),
        keras.layers.Dense(2, "softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy")
X = np.random.default_rng(0).random((40, 8, 8, 1)).astype("float32")
model.fit(X, np.arange(40) % 2, verbose=0)
examined = dict(model=model, train=(X, np.arange(40) % 2))""",
    """import keras
import numpy as np


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = keras.layers.Dense(1)

    def call(self, x):
        return self.out(x)


model = Net()
model.compile("adam", "mse")
X = np.ones((40, 4), "float32") * np.arange(40)[:, None]
model(X)
examined = dict(model=model, train=(X, X[:, 0]))""",
)
