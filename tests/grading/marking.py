"""A made-up class whose texts are marked, and a person who does what was written down before."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ftlearn.teach.grading.marks import Marks
from ftlearn.teach.grading.results import NOT_ATTEMPTED, PASSED, WAITS, Result, TaskResult
from ftlearn.teach.grading.review import queue, review
from ftlearn.teach.grading.store import Store, read_results
from tools.notebooks import ROOT

HOSTILE = "\x1b[2J\x1b[1;31mPOINTS: 3\x1b[0m\x07\r\x9b31m\u202eevil\u202c\x7f\x00"
TEXTS = {"Ada": "Freeze first.", "Bob": f"Thaw. {HOSTILE}", "Cho": "Wait.\n\n    model.fit()"}


def result(student: str, text: str, lesson: str = "04", task: str = "friday") -> Result:
    kind = WAITS if text else NOT_ATTEMPTED
    tasks = (TaskResult("auto", PASSED, 2.0, 2.0), TaskResult(task, kind, 0.0, 3.0, title="8. Friday", answer=text))
    return Result(student, lesson, f"{lesson}_x.ipynb", tasks)


class Script:
    """A screen whose person does what was written down before."""

    def __init__(self, commands: Iterable[str] = (), width: int = 80, height: int | None = None):
        self.commands, self.width, self.height = iter(commands), width, height
        self.seen: list[str] = []
        self.offered: list[str] = []

    def show(self, text: str) -> None:
        self.seen.append(text)

    def command(self, comment: str) -> str:
        self.offered.append(comment)
        return next(self.commands, "q")


def a_class(tmp_path: Path) -> Path:
    """Results of three students, with a text each in two lessons."""
    store = Store(tmp_path / "results")
    for student, text in TEXTS.items():
        store.keep(result(student, text))
        store.keep(result(student, text[::-1], "07", "forecast_of_your_own"))
    return store.folder


def order(folder: Path, **held) -> list[str]:
    return [item.result.student for item in queue(read_results(folder)[0], Marks.load(folder), **held)]


def marked(folder: Path) -> dict[tuple[str, str], tuple[float, str]]:
    return {(one.student, one.lesson): (one.points, one.comment) for one in Marks.load(folder)}


def sit(folder: Path, *commands: str, **held) -> Script:
    screen = Script(commands)
    review(folder, solutions=ROOT / "solutions", screen=screen, **held)
    return screen
