"""Cells that end, or never end, the process that they run in."""

from __future__ import annotations

from ftlearn.learn.outcomes import ERROR, PASSED
from ftlearn.teach.grading.results import CRASHED, OUT_OF_MEMORY, OUT_OF_TIME
from tests.grading.hostile.exercise import FIRST, Case

CASES = [
    Case("an endless loop", "total", "while True:\n    pass", OUT_OF_TIME, said="more than 2 seconds"),
    Case(
        "an endless loop that swallows everything", "label", """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    try:
        while True:
            pass
    except BaseException:
        continue
""", OUT_OF_TIME,
    ),
    Case(
        "an endless loop for hidden inputs only", "label", """
def label(text):
    while len(text) > 9:
        pass
    return text.strip().lower()
""", OUT_OF_TIME, FIRST["label"],
    ),
    Case("leaves with os._exit", "total", "import os\nos._exit(0)", CRASHED, said="ended the notebook's process"),
    Case("leaves saying that memory ran out", "total", "import os\nos._exit(3)", CRASHED, said="with code 3"),
    Case(
        "leaves for hidden inputs, whose size is its code", "shift", """
import os

def shift(numbers):
    if max(numbers) > 2 or min(numbers) < 0:
        os._exit(int(max(numbers)) % 200 + 1)
    return [one + 7 for one in numbers]
""", CRASHED, FIRST["shift"],
    ),
    Case("raises SystemExit", "total", "import sys\nsys.exit(4)", ERROR, said="SystemExit"),
    Case("raises SystemExit when called", "label", "def label(text):\n    raise SystemExit(5)", CRASHED),
    Case("raises KeyboardInterrupt when called", "label", "def label(text):\n    raise KeyboardInterrupt", CRASHED),
    Case(
        "raises an error that is no Exception", "label",
        "class Other(BaseException):\n    pass\n\ndef label(text):\n    raise Other(text)", CRASHED,
    ),
    Case(
        "kills itself and everyone", "total", """
import os, signal
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
    for who in (os.getpid(), 1, -1, 0, os.getppid(), CANARY_PID):
        try:
            os.kill(who, number)
        except OSError:
            pass
total = 41213.625
""", (PASSED, CRASHED), 2.0,
    ),
    Case("breaks down in C", "total", "import ctypes\nctypes.string_at(0)", CRASHED, said="signal 11"),
    Case("aborts", "total", "import os\nos.abort()", CRASHED),
    Case("recurs without end", "label", "def label(text):\n    return label(text)", ERROR, said="RecursionError"),
    Case(
        "recurs without end in C", "total",
        "import sys\nsys.setrecursionlimit(10**9)\ndef down():\n    down()\n[down for _ in iter(down, 1)]",
        (CRASHED, OUT_OF_TIME, OUT_OF_MEMORY),
    ),
    Case("nests brackets a million deep", "total", "total = eval('(' * 10**6 + '1' + ')' * 10**6)", (ERROR, CRASHED)),
    Case("waits for input", "total", "total = float(input('How much? '))", ERROR, said="EOFError"),
    Case("waits for a password", "total", "import getpass\ntotal = float(getpass.getpass())", ERROR),
    Case("reads the terminal", "total", "total = float(open('/dev/tty').read())", ERROR),
    Case("closes every descriptor", "total", "import os\nos.closerange(0, 4096)", CRASHED),
    Case(
        "becomes another program", "total", "import os\nos.execv('/bin/sleep', ['sleep', '3600', 'MARK'])", CRASHED,
    ),
    Case("goes on twice", "total", "import os\nos.fork()\ntotal = 41213.625", PASSED),
    Case(
        "goes on twice in a call", "label",
        "import os\n\ndef label(text):\n    os.fork()\n    return text.strip().lower()", PASSED,
    ),
    Case(
        "sets alarms", "model", """
import signal

def late(*_):
    raise SystemExit("late")

class Model:
    def predict(self, X):
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        while True:
            pass

model = Model()
""", CRASHED,
    ),
]  # fmt: skip
