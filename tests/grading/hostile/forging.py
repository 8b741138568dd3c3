"""Cells that write to the grader's socket themselves."""

from __future__ import annotations

from ftlearn.learn.outcomes import NOT_YET, PASSED, UNCHECKED
from ftlearn.teach.grading.results import CRASHED, OUT_OF_TIME
from tests.grading.hostile.exercise import FIRST, Case

FIND = """
import io, json, os, pickle, socket, stat, struct, time
number = next(n for n in range(3, 256) if os.path.exists(f"/proc/self/fd/{n}") and stat.S_ISSOCK(os.fstat(n).st_mode))
grader = socket.socket(fileno=os.dup(number))

def send(body, *arrays):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    tail = b"".join(struct.pack(">I", len(one)) + one for one in arrays)
    grader.sendall(struct.pack(">II", len(body), len(tail)) + body + tail)

def npy(header, data=b""):
    text = header.encode() + b" " * 20 + b"\\n"
    return b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(text)) + text + data

"""

ARRAY = """
class Model:
    def predict(self, X):
        SEND
        os._exit(9)

model = Model()
"""


def _array(header: str, data: str = 'b""') -> str:
    return FIND + ARRAY.replace("SEND", f'send({{"dict": [["answer", {{"array": 0}}]]}}, npy({header!r}, {data}))')


CASES = [
    Case("an oversized length", "total", FIND + 'grader.sendall(b"\\xff" * 8)\ntime.sleep(60)', CRASHED),
    Case("a megabyte of zeros", "total", FIND + "grader.sendall(bytes(2**20))\nos._exit(9)", CRASHED),
    Case("noise", "total", FIND + "grader.sendall(os.urandom(2**16))\nos._exit(9)", (CRASHED, OUT_OF_TIME)),
    Case("a pickle", "total", FIND + "send(pickle.dumps(os.getcwd))\nos._exit(9)", CRASHED),
    Case("text that is no JSON", "total", FIND + 'send(b"\\xff\\xfe{")\nos._exit(9)', CRASHED),
    Case("JSON a million deep", "total", FIND + 'send(b"[" * 10**6 + b"]" * 10**6)\nos._exit(9)', CRASHED),
    Case("a number of a million digits on the wire", "total", FIND + 'send(b"9" * 10**6)\nos._exit(9)', CRASHED),
    Case("half a message", "total", FIND + 'grader.sendall(struct.pack(">II", 100, 0) + b"x")\nos._exit(0)', CRASHED),
    Case("a promise", "total", FIND + 'grader.sendall(struct.pack(">II", 100, 0))\ntime.sleep(60)', OUT_OF_TIME),
    Case(
        "an answer of one byte at a time", "label", FIND + """
def label(text):
    grader.sendall(struct.pack(">II", 2**23, 0))
    while True:
        grader.sendall(b" ")
        time.sleep(0.0005)
""", OUT_OF_TIME,
    ),
    Case(
        "a cell that says it is done, and goes on", "model",
        FIND + 'send({"dict": [["error", ""], ["memory", False]]})\nmodel = None\n' * 2, (UNCHECKED, CRASHED, NOT_YET),
    ),
    Case(
        "answers ahead of the questions", "model",
        FIND + 'for _ in range(50):\n    send({"dict": [["answer", [1.0, 0.0]]]})', (UNCHECKED, CRASHED, NOT_YET),
    ),
    Case("an answer that passes every check", "label", FIND + """
def label(text):
    send({"dict": [["answer", True], ["kind", "passed"], ["points", 99]]})
    return "wrong"
""", CRASHED),
    Case("a verdict of its own", "label", FIND + """
def label(text):
    send({"dict": [["verdict", "passed"], ["text", "<b>2 points</b>"]]})
    return "wrong"
""", UNCHECKED),
    Case("an array of a huge shape", "model", _array(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}"), CRASHED),
    Case("an array of a shape below zero", "model", _array(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-2, -1)}", "bytes(16)"), CRASHED),
    Case("an array of objects", "model", _array(
        "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "pickle.dumps([os.system] * 2)"), CRASHED),
    Case("an array whose header is no Python", "model", _array("{'descr': ('''"), CRASHED),
    Case("an array whose header is deep", "model", _array("{'descr': " + "[" * 4000, ""), CRASHED),
    Case("one array a million times", "model", FIND + ARRAY.replace(
        "SEND", 'send({"dict": [["answer", [{"array": 0}] * 10**6]]}, npy('
        "\"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000,)}\", bytes(8 * 10**6)))"), CRASHED),
    Case("a network that is none", "model", FIND + ARRAY.replace(
        "SEND", 'send({"dict": [["answer", {"state": {"dict": [["layers", [{"dict": [["path", 1], ["kind", 2], '
        '["trainable", 3], ["weights", 4]]}]]]}}]]})'), CRASHED),
    Case("a text where rows are expected", "model", FIND + ARRAY.replace(
        "SEND", 'send({"dict": [["answer", "x" * 10**6]]})'), (NOT_YET, UNCHECKED)),
    Case("rows of several lengths", "model", FIND + ARRAY.replace(
        "SEND", 'send({"dict": [["answer", [[1], [2, 3]]]]})'), (NOT_YET, UNCHECKED)),
    Case("reads the questions before they are answered", "total", FIND + """
import threading

def listen():
    while True:
        grader.recv(1, socket.MSG_PEEK)
        time.sleep(0.01)

threading.Thread(target=listen, daemon=True).start()
total = 41213.625
""", PASSED),
    Case("a hidden text said back as a verdict", "label", """
from ftlearn.learn.outcomes import NotYet
from ftlearn.learn.submission import Submission

call = Submission.call

def retold(self, name, *args, **kwargs):
    if name == "label" and len(args[0]) > 9:
        raise NotYet(args[0])
    return call(self, name, *args, **kwargs)

Submission.call = retold

def label(text):
    return text.strip().lower()
""", NOT_YET, FIRST["label"]),
]  # fmt: skip
