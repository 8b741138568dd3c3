"""A slice of the outer layers is named when the program was watched taking it, and what looks alike is not."""

from __future__ import annotations

from typing import Any

import pytest

from ftlearn.doctor.observing.examining import Examination
from ftlearn.doctor.observing.running import run
from ftlearn.doctor.report import Report

NAME = "slice-counts-outer-layers"
SMALL = """
import keras
import numpy as np

base = keras.Sequential([keras.Input((8, 8, 3)), *(keras.layers.Conv2D(6, 3, padding="same") for _ in range(4))])
size, rate = 8, 1e-5
"""
MOBILE = """
import keras
import numpy as np

base = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None)
size, rate = 32, 1e-5
"""
REST = """
base.trainable = False
inputs = keras.Input((size, size, 3))
features = keras.layers.GlobalAveragePooling2D()(base(inputs, training=False))
model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(features))
X = np.random.default_rng(0).uniform(-1, 1, (16, size, size, 3)).astype("float32")
y = np.arange(16) % 2
{thaw}
model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
model.fit(X, y, verbose=0)
"""
SLICE = """
for layer in model.layers[-20:]:
    layer.trainable = True
"""
EMPTY = """
base.trainable = True
for layer in model.layers[:-20]:
    layer.trainable = False
"""
FROZEN = """
for layer in model.layers[:100]:
    layer.trainable = False
"""
HEALTHY = {
    "the base by its own flag": "base.trainable = True",
    "the model by its own flag": "model.trainable = True",
    "all layers, one by one": "for layer in model.layers:\n    layer.trainable = True",
    "a slice of the base": "base.trainable = True\nfor layer in base.layers[:-2]:\n    layer.trainable = False",
    "a list of the parts": "for layer in (base, model.layers[-1]):\n    layer.trainable = True",
    "a slice to be printed": "print([one.name for one in model.layers[:10]])\nbase.trainable = True",
    "frozen and left so": "print(len(model.layers[-20:]))",
}


def watched(folder: Any, text: str) -> Report:
    """Run a program under observation and examine what it did."""
    program = folder / "program.py"
    program.write_text(text, encoding="utf-8")
    watcher, ended = run(program)
    assert ended.status == "finished", ended.error
    outcome = Examination(watcher, 60, {}).run()
    assert not outcome.notes, outcome.notes
    return outcome.report


def test_twenty_layers_of_a_model_of_four(tmp_path):
    """The example that this course measured: 398,690 of 412,770 weights."""
    report = watched(tmp_path, MOBILE + REST.format(thaw=SLICE) + "total = [model.trainable_weights, model.weights]\n"
                     "counted = [sum(int(np.prod(w.shape)) for w in one) for one in total]\n"
                     "assert counted == [398_690, 412_770], counted\n")  # fmt: skip
    (found,) = [one for one in report.findings if one.rule == NAME]
    assert "layers[-20:]" in found.sentence and "4 layers" in found.sentence and base_of(found) in found.sentence
    assert found.line.startswith("program.py:")


def base_of(found: Any) -> str:
    """Return the name of the base in a finding's evidence."""
    return str(found.evidence["base"])


@pytest.mark.parametrize("thaw", [SLICE, EMPTY, FROZEN], ids=["thawed", "empty", "frozen"])
def test_slices_longer_than_the_model(tmp_path, thaw):
    report = watched(tmp_path, SMALL + REST.format(thaw=thaw))
    assert NAME in report.names, str(report)


@pytest.mark.parametrize("thaw", list(HEALTHY.values()), ids=list(HEALTHY))
def test_what_looks_alike_is_no_slice(tmp_path, thaw):
    report = watched(tmp_path, SMALL + REST.format(thaw=thaw))
    assert NAME not in report.names, str(report)


def test_keras_is_left_as_it_was(tmp_path):
    import keras

    kinds = (keras.Model, keras.Sequential, keras.Layer)
    before = [vars(kind).get(name) for kind in kinds for name in ("layers", "trainable", "__setattr__")]
    watched(tmp_path, SMALL + REST.format(thaw=SLICE))
    assert [vars(kind).get(name) for kind in kinds for name in ("layers", "trainable", "__setattr__")] == before
