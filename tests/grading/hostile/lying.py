"""Answers that lie about themselves, and cells that change what judges them."""

from __future__ import annotations

from ftlearn.learn.outcomes import ERROR, NOT_ATTEMPTED, NOT_YET, PASSED, UNCHECKED
from ftlearn.teach.grading.results import CRASHED, OUT_OF_MEMORY, OUT_OF_TIME
from tests.grading.hostile.exercise import FIRST, Case

AGREES = """
class Agrees:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    __lt__ = __gt__ = __le__ = __ge__ = __eq__
    __hash__ = object.__hash__
    def __bool__(self):
        return True
    def __abs__(self):
        return 0.0
    def __sub__(self, other):
        return 0.0
"""

CASES = [
    Case("is equal to everything", "total", f"{AGREES}\ntotal = Agrees()", NOT_YET),
    Case(
        "a number equal to everything", "total",
        f"{AGREES}\nclass Number(Agrees, float):\n    pass\n\ntotal = Number(5000.0)", NOT_YET, FIRST["total"],
    ),
    Case(
        "a number that turns into others", "total", """
class Number(float):
    turns = 0
    def __float__(self):
        Number.turns += 1
        return 5000.0 + Number.turns

total = Number(1.0)
""", NOT_YET, FIRST["total"],
    ),
    Case(
        "a text equal to everything", "label",
        f"{AGREES}\nclass Text(Agrees, str):\n    pass\n\ndef label(text):\n    return Text('dog')", NOT_YET,
    ),
    Case(
        "a list equal to everything", "shift",
        f"{AGREES}\nclass List(Agrees, list):\n    pass\n\ndef shift(numbers):\n    return List([8, 10])", NOT_YET,
    ),
    Case(
        "a list that never ends", "shift", """
class List(list):
    def __iter__(self):
        while True:
            yield 8

def shift(numbers):
    return List([8, 9])
""", (OUT_OF_TIME, OUT_OF_MEMORY, UNCHECKED),
    ),
    Case(
        "an array equal to everything", "model", f"""{AGREES}
import numpy as np

class Array(Agrees, np.ndarray):
    def __array_function__(self, *_, **__):
        return True
    def __array_ufunc__(self, *_, **__):
        return True
    def mean(self):
        return 1.0

class Model:
    def predict(self, X):
        return np.zeros(len(X)).view(Array)

model = Model()
""", NOT_YET, FIRST["model"],
    ),
    Case(
        "an array made when it is looked at", "model", f"""{AGREES}
import numpy as np

class Thing(Agrees):
    def __array__(self, *_, **__):
        return np.array([Agrees(), Agrees()], object)

class Model:
    def predict(self, X):
        return Thing()

model = Model()
""", (NOT_YET, UNCHECKED),
    ),
    Case(
        "says that it is a number", "total",
        "class Thing:\n    __class__ = property(lambda self: float)\n\ntotal = Thing()", (UNCHECKED, NOT_YET),
    ),
    Case(
        "shows itself without end", "label", """
class Slow(Exception):
    def __str__(self):
        while True:
            pass
    __repr__ = __str__

def label(text):
    raise Slow
""", OUT_OF_TIME,
    ),
    Case(
        "an error that cannot be shown", "total",
        "class Odd(Exception):\n    def __str__(self):\n        raise SystemExit\n\nraise Odd", (CRASHED, ERROR),
    ),
    Case(
        "an error with half a character and a script", "label",
        "def label(text):\n    raise ValueError('\\ud800<script>alert(1)</script>\\x00')", ERROR,
    ),
    Case("half a character for a text", "label", "def label(text):\n    return '\\udcff'", NOT_YET),
    Case(
        "a checker of its own", "shift", """
def expect(*_):
    pass

check = hidden = reaches = lambda *_, **__: (lambda function: None)
submission = reference = None

def shift(numbers):
    return 0
""", NOT_YET,
    ),
    Case(
        "patches the package that judges", "shift", """
import ftlearn.learn.judging, ftlearn.learn.outcomes, ftlearn.learn.submission
from ftlearn.learn.outcomes import Outcome

ftlearn.learn.judging.judge = lambda *_: Outcome("passed", "", 99.0, 99.0)
ftlearn.learn.outcomes.expect = lambda *_: None
ftlearn.learn.submission.Submission.call = lambda *_, **__: [8, 9]

def shift(numbers):
    return 0
""", NOT_YET, FIRST["shift"], others={"label": (NOT_YET, 0.0)},
    ),
    Case(
        "patches what Python is made of", "model", """
import builtins, json, struct

class Model:
    def predict(self, X):
        builtins.isinstance = builtins.hasattr = lambda *_: True
        builtins.len = lambda _: 2
        json.dumps = lambda *_, **__: '{"answer": true}'
        struct.pack = lambda *_: b""
        return [1.0] * len(X)

model = Model()
""", (CRASHED, UNCHECKED, NOT_YET, ERROR),
    ),
    Case(
        "patches NumPy", "model", """
import numpy as np

for name in ("asarray", "array", "equal", "mean", "allclose", "array_equal", "save", "ascontiguousarray"):
    setattr(np, name, lambda *_, **__: np.float64(1.0))

class Model:
    def predict(self, X):
        return 1.0

model = Model()
""", (CRASHED, UNCHECKED, NOT_YET, ERROR),
    ),
    Case(
        "patches IPython", "model", """
from IPython.core.interactiveshell import InteractiveShell
import IPython.core.getipython

InteractiveShell.run_cell = lambda *_, **__: None
get_ipython().user_ns = {}
get_ipython().run_cell = lambda *_, **__: None
""", NOT_ATTEMPTED,
    ),
    Case(
        "patches sockets", "model", """
import socket

socket.socket.recv = lambda *_: b""
socket.socket.sendall = lambda *_: None
""", (CRASHED, OUT_OF_TIME),
    ),
    Case(
        "traces every line", "total", """
import gc, sys, threading

def trace(frame, event, argument):
    return trace

sys.settrace(trace)
sys.setprofile(lambda *_: None)
threading.settrace(trace)
gc.callbacks.append(lambda *_: 1 / 0)
gc.collect()
total = 41213.625
""", PASSED,
    ),
    Case(
        "puts modules of its own first", "total", """
import sys
for name in ("json", "numpy", "struct", "ftlearn", "socket"):
    with open(f"/tmp/{name}.py", "w") as file:
        file.write("raise SystemExit")
sys.path.insert(0, "/tmp")
total = 41213.625
""", PASSED,
    ),
    Case(
        "drops every module", "model", "import sys\nsys.modules.clear()\nmodel = None",
        (CRASHED, UNCHECKED, NOT_YET, ERROR),
    ),
    Case("an async cell", "total", "import asyncio\nawait asyncio.sleep(0)\ntotal = 41213.625", PASSED),
    Case(
        "stops the loop that it runs in", "total",
        "import asyncio\nasyncio.get_running_loop().stop()\nawait asyncio.sleep(60)", (ERROR, CRASHED, OUT_OF_TIME),
    ),
]  # fmt: skip
