"""Answers that wait for a person: which, in which order, judged by what, and what may be given for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ftlearn.errors import DataError, FtlearnError
from ftlearn.teach.grading.marks import Marks, sum_of
from ftlearn.teach.grading.results import WAITS, Result, TaskResult
from ftlearn.teach.grading.standings import mark_of
from ftlearn.teach.sources import read_source, tasks_of


@dataclass(frozen=True)
class Item:
    """An answer for a person to mark.

    Attributes
    ----------
    result : Result
        Whose.
    task : TaskResult
        The task, and what the student wrote.
    """

    result: Result
    task: TaskResult

    @property
    def key(self) -> tuple[str, str, str]:
        """Student, lesson and task."""
        return self.result.student, self.result.lesson, self.task.name


def queue(
    results: Iterable[Result], marks: Marks, *, lesson: str = "", task: str = "", again: bool = False
) -> list[Item]:
    """List the answers that wait for a person.

    Parameters
    ----------
    results : iterable of Result
        What grading found.
    marks : Marks
        What was marked already.
    lesson, task : str, optional
        Only those of one lesson, or one task.
    again : bool
        Those that were marked too.

    Returns
    -------
    list of Item
        All answers to one task together, in an order that has nothing to do with names, and stays the same.

    Examples
    --------
    >>> one = TaskResult("why", WAITS, 0.0, 2.0, answer="Because.")
    >>> [item.task.answer for item in queue([Result("Ada", "04", "04_x.ipynb", (one,))], Marks())]
    ['Because.']
    """
    found = []
    for result in results:
        for place, one in enumerate(result.tasks):
            wanted = lesson in ("", result.lesson) and task in ("", one.name) and one.kind == WAITS
            if wanted and (again or mark_of(result, one, marks) is None):
                order = result.lesson, place, sum_of(one.answer), sum_of(result.student)
                found.append((order, Item(result, one)))
    return [item for _, item in sorted(found, key=lambda pair: pair[0])]


def points_of(text: str, possible: float) -> float:
    """Read points as a person types them.

    Parameters
    ----------
    text : str
        Such as ``"2"``, ``"1.5"``, ``"1,5"`` or ``"3/2"``.
    possible : float
        The most.

    Returns
    -------
    float
        From 0 to the most, in halves; the most itself whatever it is.

    Raises
    ------
    DataError
        For anything else.

    Examples
    --------
    >>> points_of("3/2", 3.0)
    1.5
    """
    try:
        points = Fraction(text.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError):
        raise DataError(f"{text!r} is no number.", fix=f"0 to {possible:g} is allowed.") from None
    if not 0 <= points <= possible or ((2 * points).denominator != 1 and points != Fraction(str(possible))):
        raise DataError(f"{float(points):g} points cannot be given.", fix=f"0 to {possible:g} in halves is allowed.")
    return float(points)


def rubric_of(solutions: Path, lesson: str, task: str) -> str:
    """Return what an answer is judged by.

    Parameters
    ----------
    solutions : Path
        The folder of the notebooks that hold the rubrics.
    lesson, task : str
        Of which task.

    Returns
    -------
    str
        Markdown; in its stead a sentence in brackets that says why there is none.

    Examples
    --------
    >>> rubric_of(Path("nowhere"), "04", "friday")
    '(No rubric: there is no solution of lesson 04 in nowhere; name the folder by --solutions.)'
    """
    try:
        path = next(path for path in sorted(solutions.glob(f"{lesson}_*/*.ipynb")) if path.stem == path.parent.name)
        return tasks_of(read_source(path))[task].rubric or "The task has no rubric."
    except StopIteration:
        return f"(No rubric: there is no solution of lesson {lesson} in {solutions}; name the folder by --solutions.)"
    except KeyError:
        return f"(No rubric: the solution of lesson {lesson} has no task {task!r}.)"
    except FtlearnError as error:
        return f"(No rubric. {error})"
