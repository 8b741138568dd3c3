"""An exercise as the grader sees it: tests with points and time of their own, and what a student may read of them."""

from __future__ import annotations

import hashlib
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ftlearn.errors import DataError
from ftlearn.learn.checking import SECONDS
from ftlearn.learn.outcomes import ERROR, NOT_ATTEMPTED, NOT_YET, PASSED, UNCHECKED, Outcome, expect, reaches
from ftlearn.teach.grading.matching import Cell, is_check
from ftlearn.teach.grading.remote import OUT_OF_MEMORY
from ftlearn.teach.grading.seeds import seeds_in
from ftlearn.teach.release import released
from ftlearn.teach.sources import AUTHOR_TAGS, SourceTask, checked_by, tags_of, tasks_of, text_of

_HEAVY = re.compile(r"\b(keras|tensorflow)\b|from ftlearn import")
_HEAVY_TESTS = re.compile(rf"{_HEAVY.pattern}|\bnetwork_state\b")
_IMPORT = "from ftlearn.learn import hidden"
_HELD_BACK = {
    PASSED: "A hidden test passed.",
    NOT_YET: "The check in the notebook passes, but a hidden test with other inputs does not: try others too.",
    NOT_ATTEMPTED: "A hidden test found nothing to test: is the answer defined in the notebook, whatever came before?",
    ERROR: "The check in the notebook passes, but your code raises an error in a hidden test with other inputs.",
    OUT_OF_MEMORY: "Your code wanted more memory in a hidden test than there is for it.",
    UNCHECKED: "A hidden test could not judge your answer. Has it the form that the task asks for?",
}


@dataclass(frozen=True)
class Test:
    """One test of a task.

    Attributes
    ----------
    name : str
        ``"check"``, or ``"hidden 1"`` and so on.
    function : callable
        Takes the submission, and the reference where it asks for it.
    points : float
        What it brings.
    seconds : float
        What the student's code may take for all that it asks.
    """

    __test__ = False  # for pytest

    name: str
    function: Callable[..., Any]
    points: float
    seconds: float

    @property
    def hidden(self) -> bool:
        """Whether students do not have it."""
        return self.name != "check"

    def told(self, outcome: Outcome) -> str:
        """Return what of an outcome a student may read.

        Of a hidden test, only a sentence that its author wrote out whole: whatever was put together may hold its inputs
        or expected values, which the student's code has seen or could provoke.
        """
        if not self.hidden:
            if outcome.kind == UNCHECKED:
                return "The check could not judge your answer. Has it the form that the task asks for?"
            return outcome.text
        if outcome.text and outcome.text in set(_constants(self.function.__code__)):
            return outcome.text
        return _HELD_BACK.get(outcome.kind, "A hidden test did not come to an end with your code.")


def tests_of(task: SourceTask) -> list[Test]:
    r"""Return a task's visible check and hidden tests, without running them.

    Parameters
    ----------
    task : SourceTask
        From `tasks_of`.

    Returns
    -------
    list of Test
        In their order. Without points of their own, hidden tests share half of the task's.

    Raises
    ------
    DataError
        When the check cell cannot be run, or its tests give away more points than the task has.

    Examples
    --------
    >>> text = '@check("x")\ndef _(submission):\n    pass\n@hidden("x")\ndef _(submission):\n    pass'
    >>> [(one.name, one.points) for one in tests_of(SourceTask("x", 3, check=text))]
    [('check', 1.5), ('hidden 1', 1.5)]
    """
    found: list[tuple[Callable, float | None, float]] = []

    def check(name: str, *, seconds: float = SECONDS, **_: object) -> Callable[[Callable], None]:
        return lambda function: found.append((function, None, seconds))

    def hidden(name: str, *, points: float | None = None, seconds: float = SECONDS) -> Callable[[Callable], None]:
        return lambda function: found.append((function, points, seconds))

    names = {"check": check, "hidden": hidden, "expect": expect, "reaches": reaches, "__name__": "tests"}
    try:
        exec(compile(task.check.replace(_IMPORT, ""), f"<tests of {task.name}>", "exec"), names)
    except Exception as error:
        raise DataError(f"The check of {task.name!r} cannot be run: {type(error).__name__}: {error}.") from None
    if not found:
        raise DataError(f"The check cell of {task.name!r} has no @check.")
    given = sum(points or 0 for _, points, _ in found)
    free = sum(points is None for _, points, _ in found[1:])
    share = (task.points - given) / 2 / free if free else 0.0
    if given > task.points:
        raise DataError(f"The hidden tests of {task.name!r} give {given:g} points; the task has {task.points:g}.")
    first = task.points - given - share * free
    return [
        Test(f"hidden {number}" if number else "check", function, first if not number else
             share if points is None else points, seconds)
        for number, (function, points, seconds) in enumerate(found)
    ]  # fmt: skip


class Exercise:
    """An exercise read for grading.

    Parameters
    ----------
    source : dict
        The solution notebook, with a student's seeds in it where it has any.

    Attributes
    ----------
    tasks : dict of str to SourceTask
        In order.
    released : dict
        What was handed out.
    tests : dict of str to list of Test
        By task; a task that a person marks has none.
    seeds : dict of str to int
        The student's own numbers.
    sums : dict of str to str
        For each task a sum of what it is judged by.
    sum : str
        A sum of what all tasks rest on: the cells that are given, and the seeds.

    Raises
    ------
    DataError
        When the notebook is not well formed.
    """

    def __init__(self, source: dict[str, Any]):
        self.tasks, self.released, self.seeds = tasks_of(source), released(source), seeds_in(source)
        self.tests = {name: tests_of(task) for name, task in self.tasks.items() if task.check}
        self.sums = {
            name: _sum_of(task.check, task.points, task.rubric, [pattern for pattern, _ in task.wrong])
            for name, task in self.tasks.items()
        }
        given = [text_of(cell) for cell in self.released["cells"] if cell["cell_type"] == "code" and not is_check(cell)]
        self.sum = _sum_of(*given, sorted(self.seeds.items()))
        self._source = source

    @property
    def heavy(self) -> bool:
        """Whether it takes TensorFlow: such an exercise needs a runner that has imported it."""
        return any(_HEAVY.search(text_of(cell)) for cell in self._source["cells"] if cell["cell_type"] == "code")

    @property
    def heavy_tests(self) -> bool:
        """Whether the tests take TensorFlow too, in the grader's own process."""
        return any(_HEAVY_TESTS.search(task.check) for task in self.tasks.values())

    def solved(self) -> list[Cell]:
        """Return the solution's cells, those of the author's side left out."""
        return [
            Cell("given", str(number), text_of(cell))
            for number, cell in enumerate(self._source["cells"])
            if cell["cell_type"] == "code" and not checked_by(cell) and not tags_of(cell) & AUTHOR_TAGS
        ]


def _sum_of(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


def _constants(code: types.CodeType) -> Iterator[str]:
    for one in code.co_consts:
        if isinstance(one, str):
            yield one
        elif isinstance(one, types.CodeType):
            yield from _constants(one)
