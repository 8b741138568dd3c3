"""The same with TensorFlow, in a warm runner that all of these share."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ftlearn.learn.outcomes import ERROR, NOT_YET, PASSED, UNCHECKED
from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.outer import environment
from ftlearn.teach.grading.results import CRASHED, OUT_OF_MEMORY, OUT_OF_TIME
from ftlearn.teach.grading.running import Grader
from tests.grading.hostile.exercise import MODEL, POINTS, answered, kept, shown, source

LIMITS = Limits(seconds=240, cell_seconds=40, memory=4 * 2**30)

CHECK = """@check("model", points=3, seconds=30)
def _(submission):
    state = submission.state("model")
    expect(state.input_shape == (2,), "The network should take two numbers.")
    expect(len(state.of_kind("Dense")) == 1, "One dense layer is asked for.")
### BEGIN HIDDEN TESTS
@hidden("model", points=2, seconds=3)
def _(submission):
    import numpy as np
    X = np.array([[64977.5, 1.0], [-64977.5, 1.0], [2.0, 3.0], [-4.0, 1.0]])
    found = submission.predict("model", X).ravel() > 0.5
    reaches("00/hostile", float((found == [1, 0, 1, 0]).mean()), 0.9, "Too often wrong.")
### END HIDDEN TESTS"""

NET = """
import keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")])
"""

CASES = {
    "right": (NET, PASSED, 3.0),
    "a call that never ends": (f"""{NET}
class Slow(keras.Sequential):
    def __call__(self, *args, **kwargs):
        while True:
            pass

model = Slow(model.layers)
model.build((None, 2))
""", (OUT_OF_TIME,), 1.0),
    "an answer that is always right": (f"""{NET}
class Agrees:
    shape = (4,)
    def __array__(self, *_, **__):
        return np.full(4, np.nan)
    def __eq__(self, _):
        return True

import numpy as np
keras.Sequential.__call__ = lambda *_, **__: Agrees()
""", (NOT_YET, UNCHECKED, ERROR), 1.0),
    "a network that is none": ("""
class Net:
    compiled = True
    input_shape = (None, 2)
    output_shape = (None, 1)
    @property
    def layers(self):
        return [self]
    weights = layers

model = Net()
""", (NOT_YET, UNCHECKED), 0.0),
    "a patched package": (f"""{NET}
import keras.src
import numpy as np
keras.Model.get_layer = keras.Model.summary = keras.Model.predict = lambda *_, **__: None
np.asarray = np.array = lambda *_, **__: 1.0
""", (CRASHED, UNCHECKED, NOT_YET, ERROR), (0.0, 1.0)),
    "more memory than there is": (f"""
import numpy as np
held = np.ones((100_000, 100_000))
{NET}""", (OUT_OF_MEMORY,), 0.0),
    "weights that grow without end": (f"""
import keras
kept = []
while True:
    kept.append(keras.layers.Dense(8192, kernel_initializer="zeros"))
    kept[-1].build((1, 8192))
{NET}""", (OUT_OF_MEMORY,), 0.0),
    "inputs that are told": (f"""{NET}
import numpy as np
def told(self, X, *_, **__):
    raise ValueError(str(np.asarray(X)))
keras.Sequential.__call__ = told
""", (ERROR,), 1.0),
}  # fmt: skip


def exercise():
    made = source()
    for cell in made["cells"]:
        if cell["id"] == "model_check":
            cell["source"] = CHECK
        elif cell["id"] == "model":
            cell["source"] = "### BEGIN SOLUTION" + NET + "### END SOLUTION"
    return made


@pytest.mark.parametrize("name", CASES)
def test_a_network_harms_only_its_own_task(name, keras_runner, surroundings):
    code, kinds, points = CASES[name]
    keras_runner.start(LIMITS).end()  # it is warm from here on
    surroundings.settle()
    assert MODEL not in code
    results, remarks = Grader(exercise(), keras_runner, LIMITS).grade(answered(model=code))
    found = {one.name: one for one in results}
    assert found["model"].kind in kinds, kept(results, remarks)
    assert found["model"].points in (points if isinstance(points, tuple) else (points,)), kept(results, remarks)
    assert {one.name: one.points for one in results} | {"model": 0} == POINTS | {"model": 0}, kept(results, remarks)
    assert "64977" not in shown(results, remarks)
    assert surroundings.problems() == []


FIT = """
import keras
import numpy as np

keras.utils.set_random_seed(3)
X = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
y = (X.sum(axis=1) > 0).astype("float32")
net = keras.Sequential([
    keras.Input((6,)), keras.layers.Dense(16, activation="relu"), keras.layers.BatchNormalization(),
    keras.layers.Dropout(0.2), keras.layers.Dense(1, activation="sigmoid"),
])
net.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
losses = [float(one).hex() for one in net.fit(X, y, epochs=4, batch_size=16, verbose=0).history["loss"]]
"""


def test_a_warm_child_trains_as_a_fresh_process_does_to_the_last_bit(keras_runner):
    done = subprocess.run(
        [sys.executable, "-c", FIT + "print(losses)"], capture_output=True, text=True, env=environment(), cwd="/"
    )
    for _ in range(2):
        child = keras_runner.start(LIMITS)
        try:
            assert child.ask({"run": FIT}, 120) == {"error": "", "memory": False}
            found = child.ask({"question": "value", "args": ["losses"], "kwargs": {}}, 20)["answer"]
        finally:
            child.end()
        assert str(found) == done.stdout.strip(), done.stderr[-500:]
        assert len(set(found)) == 4
