"""What becomes of a model after its last fit under observation: saved and loaded, or given LoRA's weights."""

from __future__ import annotations

from ftlearn.doctor.observing import launching
from ftlearn.doctor.observing.running import run

PROGRAM = """
import warnings

import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")


class Own(keras.Sequential):
    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)


kept = {}
for kind in (keras.Sequential, Own):
    model = kind([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(X, X[:, :1], verbose=0)
    model.save("model.keras")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        loaded = keras.models.load_model("model.keras", custom_objects={"Own": Own})
    kept[kind.__name__] = loaded.loss, sum("is custom" in str(one.message) for one in said)
assert kept == {"Sequential": ("mse", 0), "Own": (None, 1)}, kept
"""


def test_a_model_that_was_loaded_is_compiled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "program.py").write_text(PROGRAM)
    _, ended = run(tmp_path / "program.py")
    assert (ended.status, ended.error) == ("finished", "")


LORA = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(X, X[:, :1], verbose=0)
model.layers[0].enable_lora(2)
"""


def test_weights_that_came_after_the_last_fit_are_not_held_against_it(tmp_path):
    (tmp_path / "program.py").write_text(LORA)
    watched = launching.watch_here(tmp_path / "program.py")
    assert not watched.found["findings"]
    assert any("other weights since" in one for one in watched.found["notes"]), watched.found["notes"]
