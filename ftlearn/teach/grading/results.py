"""What grading finds in one submission, and how it is kept: plain data, one JSON file each."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from ftlearn.errors import DataError
from ftlearn.learn.outcomes import ERROR, NOT_ATTEMPTED, NOT_YET, PASSED, UNCHECKED
from ftlearn.teach.grading.remote import OUT_OF_MEMORY

OUT_OF_TIME, CRASHED = "out of time", "crashed"
WAITS = "waits for a person"
NOT_TRIED = "not tried"
"""The kind of a test whose task failed before; no task has it."""
KINDS = (PASSED, NOT_YET, NOT_ATTEMPTED, ERROR, OUT_OF_TIME, OUT_OF_MEMORY, CRASHED, UNCHECKED, WAITS)
"""Every outcome that a graded task can have."""

SCHEMA = 1


@dataclass(frozen=True)
class TestResult:
    """What one test of a task found.

    Attributes
    ----------
    name : str
        ``"check"`` for what the student sees too, ``"hidden 1"`` and so on.
    kind : str
        One of `KINDS`.
    points, possible : float
        What it brings, of how many.
    text : str
        For the student: nothing of a hidden test but what its author wrote for them.
    detail : str
        For the instructor.
    seconds : float
        What it took.
    """

    __test__ = False  # for pytest

    name: str
    kind: str
    points: float
    possible: float
    text: str = ""
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class TaskResult:
    """What grading found in one task.

    Attributes
    ----------
    name, title : str
        The task's name, and the heading above it.
    kind : str
        That of its first test that did not pass.
    points, possible : float
        Over its tests.
    text : str
        For the student.
    tests : tuple of TestResult
        Empty for a task that a person marks.
    answer : str
        What the student wrote.
    misconception : str
        The author's pattern that the message fits; empty when none does.
    judged_by : str
        A sum of the tests and points: when it changes, the task is graded again.
    """

    name: str
    kind: str
    points: float
    possible: float
    text: str = ""
    title: str = ""
    tests: tuple[TestResult, ...] = ()
    answer: str = ""
    misconception: str = ""
    judged_by: str = ""


@dataclass(frozen=True)
class Result:
    """What grading found in one submission.

    Attributes
    ----------
    student, lesson, notebook : str
        Whose, of which exercise (``"04"``), in which file.
    tasks : tuple of TaskResult
        In the exercise's order; empty when the notebook could not be graded.
    sandbox : str
        Behind which wall it ran: ``"bubblewrap"``, ``"namespaces"`` or ``"NOT SANDBOXED"``.
    remarks : tuple of str
        What was put right in the notebook, and what happened in its cells.
    problem : str
        Why it could not be graded at all.
    sum : str
        SHA-256 of the notebook's bytes.
    exercise : str
        A sum of what all tasks rest on: the given cells and the seeds.
    handed_in : str
        When, in ISO 8601, as far as is known.
    late : bool
        Whether the platform marked it so.
    layout, number : str
        How it was collected (``"folders"``, ``"nbgrader"``, ``"moodle"``, ``"canvas"``), and their number there.
    place : str
        Its file below the submissions.
    seconds : float
        What grading took.
    """

    student: str
    lesson: str
    notebook: str
    tasks: tuple[TaskResult, ...] = ()
    sandbox: str = ""
    remarks: tuple[str, ...] = ()
    problem: str = ""
    sum: str = ""
    exercise: str = ""
    handed_in: str = ""
    late: bool = False
    layout: str = "folders"
    number: str = ""
    place: str = ""
    seconds: float = 0.0
    schema: int = field(default=SCHEMA)

    @property
    def points(self) -> float:
        """What the tests brought; marks by hand and lateness are not in it."""
        return sum(task.points for task in self.tasks)

    @property
    def possible(self) -> float:
        """What all tasks could bring, those marked by hand too."""
        return sum(task.possible for task in self.tasks)

    def task(self, name: str) -> TaskResult | None:
        """Return a task by its name."""
        return next((one for one in self.tasks if one.name == name), None)


def as_json(result: Result) -> str:
    """Write a result as JSON.

    Parameters
    ----------
    result : Result
        What was found.

    Returns
    -------
    str
        Text; the same for the same result.

    Examples
    --------
    >>> from_json(as_json(Result("Ada", "04", "04_x.ipynb"))).student
    'Ada'
    """
    return json.dumps(dataclasses.asdict(result), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def from_json(text: str) -> Result:
    """Read what `as_json` wrote.

    Parameters
    ----------
    text : str
        JSON.

    Returns
    -------
    Result
        As it was.

    Raises
    ------
    DataError
        When it is no result, or one of another schema.
    """
    try:
        held: dict[str, Any] = json.loads(text)
        if held["schema"] != SCHEMA:
            raise KeyError("schema")
        tasks = tuple(
            TaskResult(**{**task, "tests": tuple(TestResult(**test) for test in task["tests"])})
            for task in held["tasks"]
        )
        return Result(**{**held, "tasks": tasks, "remarks": tuple(held["remarks"])})
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"It is no result of grading ({type(error).__name__}).") from None
