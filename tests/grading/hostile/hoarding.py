"""Cells that take memory, files, processes and room in the answer."""

from __future__ import annotations

from dataclasses import replace

from ftlearn.learn.outcomes import ERROR, NOT_YET, PASSED, UNCHECKED
from ftlearn.teach.grading.results import CRASHED, OUT_OF_MEMORY, OUT_OF_TIME
from tests.grading.hostile.exercise import SMALL, Case

MANY = """
import ctypes, mmap, os, threading, time

def take(shared):
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # hides, where it may
    held = mmap.mmap(-1, 220 * 2**20) if shared else b"x" * (220 * 2**20)
    for _ in range(220 * shared):
        held.write(b"x" * 2**20)
    os.fork()
    time.sleep(30)

def begin(shared):
    if os.fork() == 0:
        take(shared)

for number in range(5):
    WAY
time.sleep(30)
total = 41213.625
"""

TIGHT = replace(SMALL, seconds=20, cell_seconds=10, memory=2**30)

CASES = [
    Case("4 GB at once", "total", "held = b'x' * (4 * 2**30)\ntotal = len(held)", OUT_OF_MEMORY, said="MemoryError"),
    Case("memory bit by bit", "total", "held = []\nwhile True:\n    held.append(b'x' * 2**24)", OUT_OF_MEMORY),
    Case(
        "memory bit by bit in a call", "label",
        "def label(text):\n    held = []\n    while True:\n        held.append(b'x' * 2**24)", OUT_OF_MEMORY,
    ),
    Case("memory over many processes", "total", MANY.replace("WAY", "begin(False)"), OUT_OF_MEMORY, limits=TIGHT),
    Case("memory that processes share", "total", MANY.replace("WAY", "begin(True)"), OUT_OF_MEMORY, limits=TIGHT),
    Case(
        "memory over processes of threads", "total",
        MANY.replace("WAY", "threading.Thread(target=begin, args=[False]).start()"), OUT_OF_MEMORY, limits=TIGHT,
    ),
    Case(
        "memory over processes after stopping whoever watches", "total",
        MANY.replace("for number", "os.kill(0, 19)\nfor number").replace("WAY", "begin(False)"),
        OUT_OF_MEMORY, limits=TIGHT,
    ),
    Case("a bomb of forks", "total", "import os\nwhile True:\n    os.fork()", (CRASHED, ERROR, OUT_OF_TIME)),
    Case(
        "a bomb of threads", "total", """
import threading, time
while True:
    threading.Thread(target=time.sleep, args=[60]).start()
""", (CRASHED, ERROR),
    ),
    Case(
        "a giant file", "total",
        "with open('/tmp/giant', 'wb') as file:\n    for _ in range(1024):\n        file.write(bytes(2**20))", ERROR,
    ),
    Case(
        "a giant file in shared memory", "total",
        "with open('/dev/shm/giant', 'wb') as file:\n    for _ in range(1024):\n        file.write(bytes(2**20))",
        ERROR,
    ),
    Case(
        "many small files", "total", """
import os
for number in range(10**6):
    os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))
""", (ERROR, OUT_OF_TIME),
    ),
    Case(
        "many folders, each in the one before", "total", """
import os
while True:
    os.mkdir("deeper")
    os.chdir("deeper")
""", (ERROR, OUT_OF_TIME),
    ),
    Case(
        "100 MB of output a call", "label", """
import os, sys

def label(text):
    print("x" * 10**8)
    sys.stderr.write("y" * 10**8)
    os.write(1, b"z" * 10**8)
    return text.strip().lower()
""", PASSED,
    ),
    Case("a giant text for a number", "total", "total = 'x' * 10**8", NOT_YET),
    Case("a giant text for a text", "label", "def label(text):\n    return 'x' * 10**8", UNCHECKED),
    Case("a giant list", "shift", "def shift(numbers):\n    return [1.5] * 6_000_000", (UNCHECKED, OUT_OF_TIME)),
    Case(
        "a giant error", "label", "def label(text):\n    raise ValueError('x' * 10**8)", ERROR, said="ValueError: xxx",
    ),
    Case(
        "a giant array", "model", """
import numpy as np

class Model:
    def predict(self, X):
        return np.ones((len(X), 2**22))

model = Model()
""", NOT_YET,
    ),
    Case(
        "an array larger than memory", "model", """
import numpy as np

class Model:
    def predict(self, X):
        return np.ones((len(X), 2**27))

model = Model()
""", OUT_OF_MEMORY,
    ),
    Case("a number of a million digits", "total", "total = 10**1_000_000", (UNCHECKED, NOT_YET)),
    Case("a number of 400 digits", "total", "total = 10**400", (UNCHECKED, NOT_YET)),
    Case("a list in a list in a list", "shift", """
def shift(numbers):
    held = []
    for _ in range(10**5):
        held = [held]
    return held
""", UNCHECKED),
    Case(
        "a list that holds itself", "shift", "held = []\nheld.append(held)\n\ndef shift(numbers):\n    return held",
        UNCHECKED,
    ),
    Case(
        "an endless generator", "shift",
        "import itertools\n\ndef shift(numbers):\n    return itertools.count()", (NOT_YET, OUT_OF_TIME),
    ),
    Case(
        "a range without end", "shift", "def shift(numbers):\n    return range(10**15)", (OUT_OF_MEMORY, OUT_OF_TIME),
    ),
    Case("no number", "total", "total = float('nan')", NOT_YET),
    Case("an infinite number", "total", "total = float('inf')", NOT_YET),
]  # fmt: skip
