"""Programs to be watched, and how."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from ftlearn.doctor.observing.running import run

START = """
import keras
import numpy as np

keras.utils.set_random_seed(3)
rng = np.random.default_rng(0)
X = rng.normal(size=(120, 6)).astype("float32")
y = (X[:, 0] > 0).astype("int32")
"""

TWO_STAGES = """
base = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.BatchNormalization()])
base.trainable = False
model = keras.Sequential([keras.Input((6,)), base, keras.layers.Dropout(0.3), keras.layers.Dense(2)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile("adam", loss, metrics=["accuracy"])
first = model.fit(X, y, epochs=2, validation_split=0.25, verbose=0)
middle = model.predict(X[:5], verbose=0)
base.trainable = True
model.compile(keras.optimizers.Adam(1e-4), loss)
second = model.fit(X, y, epochs=2, verbose=0)
results = [first.history["val_loss"], middle, second.history["loss"], *model.get_weights(),
           model.evaluate(X, y, verbose=0)]
"""


def written(folder: Path, text: str, name: str = "program.py") -> Path:
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


def seen(folder: Path, text: str):
    """Run a program watched, and return the notes and how it ended."""
    return run(written(folder, text))
