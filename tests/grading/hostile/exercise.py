"""A made-up exercise with secrets in its hidden tests, right answers to it, and notebooks with one hostile cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.matching import is_check
from ftlearn.teach.grading.results import PASSED, WAITS, TaskResult
from ftlearn.teach.release import released

SMALL = Limits(seconds=12, cell_seconds=2, memory=2**30, disk=16 * 2**20, processes=64)

TOTAL = """### BEGIN SOLUTION
total = 41213.625
### END SOLUTION"""

TOTAL_CHECK = """@check("total", points=2)
def _(submission):
    got = submission.value("total", "number")
    expect(1_000 < got < 100_000, f"`total` is {got}; it should have five digits before the point.")
### BEGIN HIDDEN TESTS
@hidden("total", points=1, seconds=2)
def _(submission):
    expect(submission.value("total", "number") == 41213.625, "That is another total.")
### END HIDDEN TESTS"""

SHIFT = """### BEGIN SOLUTION
def shift(numbers):
    return [one + 7 for one in numbers]
### END SOLUTION"""

SHIFT_CHECK = """@check("shift", points=4, seconds=2)
def _(submission):
    expect(submission.call("shift", [1, 2]) == [8, 9], "`shift([1, 2])` is not what it should be.")
### BEGIN HIDDEN TESTS
@hidden("shift", points=1, seconds=2)
def _(submission):
    got = submission.call("shift", [59321, 73.8125])
    expect(got == [59328, 80.8125], f"Got {got} for 59321 and 73.8125, expected 59328 and 80.8125.")
@hidden("shift", points=1, seconds=2)
def _(submission, reference):
    numbers = [-88123, 0.0]
    expect(submission.call("shift", numbers) == reference.call("shift", numbers), "Look at what is below zero.")
### END HIDDEN TESTS"""

LABEL = """### BEGIN SOLUTION
def label(text):
    return text.strip().lower()
### END SOLUTION"""

LABEL_CHECK = """@check("label", points=2, seconds=2)
def _(submission):
    expect(submission.call("label", " Cat ") == "cat", "`label(' Cat ')` is not what it should be.")
### BEGIN HIDDEN TESTS
@hidden("label", points=1, seconds=2)
def _(submission):
    expect(submission.call("label", "  A HERON OVER GREY WATER ") == "a heron over grey water", "Look at its ends.")
### END HIDDEN TESTS"""

MODEL = """### BEGIN SOLUTION
class Model:
    def predict(self, X):
        return (X.sum(axis=1) > 0).astype(float)

model = Model()
### END SOLUTION"""

MODEL_CHECK = """@check("model", points=3, seconds=2)
def _(submission):
    import numpy as np
    got = submission.predict("model", np.array([[1.0, 1.0], [-1.0, -1.0]]))
    expect(got.shape == (2,), "One number for each row is expected.")
### BEGIN HIDDEN TESTS
@hidden("model", points=2, seconds=2)
def _(submission):
    import numpy as np
    X = np.array([[64977.5, 1.0], [-64977.5, 1.0], [2.0, 3.0], [-4.0, 1.0]])
    reaches("00/hostile", float((submission.predict("model", X) == [1, 0, 1, 0]).mean()), 0.9, "Too often wrong.")
### END HIDDEN TESTS"""

POINTS = {"total": 2.0, "shift": 4.0, "label": 2.0, "model": 3.0, "why": 0.0}
FIRST = {"total": 1.0, "shift": 2.0, "label": 1.0, "model": 1.0, "why": 0.0}
"""What the visible check of each task brings."""

SECRETS = (
    "41213", "59321", "59328", "73.8125", "80.8125", "88123", "64977",
    "HERON", "heron", "hidden(", "expect(", "reaches(", "submission.", "00/hostile", "Traceback",
)  # fmt: skip
"""What stands in hidden tests only: no student may read any of it. A right `total` is the student's own, though."""


def _cell(kind: str, name: str, text: str, **graded: Any) -> dict[str, Any]:
    graded = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3} | graded
    cell = {"cell_type": kind, "id": name, "metadata": {"nbgrader": {"grade_id": name, **graded}}, "source": text}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def _notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def source() -> dict[str, Any]:
    """Return the solution notebook."""
    cells = [_cell("code", "start", "import math")]
    tasks = {"total": (TOTAL, TOTAL_CHECK), "shift": (SHIFT, SHIFT_CHECK), "label": (LABEL, LABEL_CHECK)}
    for name, (solution, check) in (tasks | {"model": (MODEL, MODEL_CHECK)}).items():
        cells.append(_cell("code", name, solution, solution=True, locked=False))
        cells.append(_cell("code", f"{name}_check", check, grade=True, points=POINTS[name]))
    cells.append(_cell("markdown", "why", "Because.", solution=True, grade=True, points=2, locked=False))
    rubric = _cell("markdown", "why-rubric", "Two points for a reason.")
    rubric["metadata"] = {"tags": ["rubric"]}
    return _notebook(*cells, rubric)


def answered(**cells: str) -> dict[str, Any]:
    """Return a submission with right answers, those named replaced."""
    made = released(source())
    given = {"total": TOTAL, "shift": SHIFT, "label": LABEL, "model": MODEL, "why": "It is so."} | cells
    for cell in made["cells"]:
        if cell["id"] in given:
            text = given.pop(cell["id"])
            cell["source"] = "\n".join(line for line in text.split("\n") if not line.startswith("### "))
    return made


def without_checks(notebook: dict[str, Any]) -> dict[str, Any]:
    """Delete the check cells."""
    return notebook | {"cells": [cell for cell in notebook["cells"] if not is_check(cell)]}


@dataclass(frozen=True)
class Case:
    """A hostile cell, and what has to become of it.

    Attributes
    ----------
    name : str
        What it tries.
    task : str
        Whose answer it stands in; the others are answered rightly.
    code : str
        The cell.
    kind : str or tuple of str
        The outcome of that task.
    points : float, optional
        What the task brings; by default all of them when it passes, else none.
    others : dict of str to tuple
        Kind and points of another task that it may harm, by right.
    limits : Limits
        What it may use.
    said : str
        What the student reads somewhere in the task.
    """

    name: str
    task: str
    code: str
    kind: str | tuple[str, ...]
    points: float | None = None
    others: dict[str, tuple[str, float]] = field(default_factory=dict)
    limits: Limits = SMALL
    said: str = ""

    def wanted(self) -> dict[str, tuple[tuple[str, ...], float]]:
        """Return for each task its kinds and points."""
        kinds = (self.kind,) if isinstance(self.kind, str) else self.kind
        points = (POINTS[self.task] if PASSED in kinds else 0.0) if self.points is None else self.points
        found = {name: ((PASSED,), brings) for name, brings in POINTS.items()} | {"why": ((WAITS,), 0.0)}
        found |= {name: ((kind,), brings) for name, (kind, brings) in self.others.items()}
        return found | {self.task: (kinds, points)}


def shown(results: list[TaskResult], remarks: list[str]) -> str:
    """Return all that a student may read of a result, their own answers left out."""
    told = [text for one in results for text in (one.text, one.title, *(test.text for test in one.tests))]
    return "\n".join([*told, *remarks])


def kept(results: list[TaskResult], remarks: list[str]) -> str:
    """Return all that is kept of a result."""
    return "\n".join([shown(results, remarks), *(test.detail for one in results for test in one.tests)])
