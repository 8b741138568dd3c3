"""What each submission brings in the end: tests, marks by hand and lateness put together, without grading anything."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from ftlearn.teach.grading.marks import Mark, Marks
from ftlearn.teach.grading.moments import moment
from ftlearn.teach.grading.results import WAITS, Result, TaskResult
from ftlearn.teach.grading.settings import STARTED, Late, Settings

_DAY = timedelta(days=1)
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Standing:
    """Where a student stands in one lesson.

    Attributes
    ----------
    student, lesson : str
        Who, in which lesson.
    result : Result
        What grading found.
    tasks : mapping of str to float
        Points by task, marks by hand among them.
    waiting : tuple of str
        The tasks that still wait for a person; they count as 0.
    earned : float
        The sum of `tasks`.
    penalty : float
        What lateness costs of it.
    total, possible : float
        What is left, of how many.
    lateness : str
        A sentence about when it was handed in; empty where nothing is due.
    comments : mapping of str to str
        What a person wrote, by task.
    """

    student: str
    lesson: str
    result: Result
    tasks: Mapping[str, float]
    waiting: tuple[str, ...]
    earned: float
    penalty: float
    total: float
    possible: float
    lateness: str
    comments: Mapping[str, str]


def standings(results: Iterable[Result], marks: Marks, settings: Settings) -> list[Standing]:
    """Put results, marks and the rule of lateness together.

    Parameters
    ----------
    results : iterable of Result
        What grading found.
    marks : Marks
        What people gave.
    settings : Settings
        The course's.

    Returns
    -------
    list of Standing
        Sorted by student and lesson.

    Notes
    -----
    A penalty is a share of the *earned* points, not of the possible ones: a day costs everybody the same part of their
    work, weak work is not wiped out by it, and no total falls below 0. Points are counted in hundredths.

    A notebook that could not be graded has 0 of what the lesson's other submissions could bring.

    Examples
    --------
    >>> from ftlearn.teach.grading.settings import Settings
    >>> one = Result("Ada", "04", "04_x.ipynb", (TaskResult("a", "passed", 2.0, 3.0),))
    >>> standings([one], Marks(), Settings())[0].total
    2.0
    """
    results = sorted(results, key=lambda one: (one.student.casefold(), one.student, one.lesson))
    most: dict[str, Decimal] = {}
    for one in results:
        most[one.lesson] = max(_possible(one), most.get(one.lesson, Decimal(0)))
    return [_standing(one, marks, settings, most[one.lesson]) for one in results]


def _standing(result: Result, marks: Marks, settings: Settings, most: Decimal) -> Standing:
    given = {one.name: mark_of(result, one, marks) for one in result.tasks if one.kind == WAITS}
    tasks = {one.name: _points(one, given.get(one.name)) for one in result.tasks}
    share, lateness = _lateness(result, settings)
    earned = sum(tasks.values(), Decimal(0))
    penalty = (earned * share).quantize(_CENT, ROUND_HALF_DOWN)
    return Standing(
        result.student,
        result.lesson,
        result,
        {name: float(points) for name, points in tasks.items()},
        tuple(name for name, mark in given.items() if mark is None),
        float(earned),
        float(penalty),
        float(earned - penalty),
        float(_possible(result) if result.tasks else most),
        lateness,
        {name: mark.comment for name, mark in given.items() if mark is not None and mark.comment},
    )


def mark_of(result: Result, task: TaskResult, marks: Marks) -> Mark | None:
    """Return the mark of an answer as it is now.

    Examples
    --------
    >>> task = TaskResult("why", WAITS, 0.0, 2.0, answer="Because.")
    >>> mark_of(Result("Ada", "04", "04_x.ipynb", (task,)), task, Marks()) is None
    True
    """
    return marks.get(result.student, result.lesson, task.name, task.answer)


def _points(task: TaskResult, mark: Mark | None) -> Decimal:
    """Return a task's points in hundredths, from 0 to what it can bring, whatever was marked before that changed."""
    got = mark.points if mark is not None else task.points
    return _exact(min(max(got, 0.0), task.possible)) if math.isfinite(got) else Decimal(0)


def _possible(result: Result) -> Decimal:
    return sum((_exact(task.possible) for task in result.tasks), Decimal(0))


def _exact(points: float) -> Decimal:
    return Decimal(str(points)).quantize(_CENT, ROUND_HALF_UP)


def _lateness(result: Result, settings: Settings) -> tuple[Decimal, str]:
    """Return the share that lateness costs, and a sentence about it."""
    late, own = settings.late, settings.extended(result.student, result.lesson)
    due = settings.deadline(result.student, result.lesson)
    if due is None:
        return Decimal(0), ""
    when = settings.handed_in(result.student, result.lesson) or _known(result.handed_in)
    if when is None and result.late and own:
        return Decimal(
            0
        ), "Marked late by the platform, at a time unknown; counted as in time, because it was extended."
    if when is None and result.late:
        share = _share(late, 1)
        return share, f"Marked late by the platform, at a time unknown: counted as one started day, {_said(share)}."
    if when is None:
        return Decimal(0), "It is not known when it was handed in; counted as in time."
    until = due + timedelta(minutes=late.grace_minutes)
    if when <= until:
        grace = ", within the grace" if when > due else ", extended" if own else ""
        return Decimal(0), f"In time{grace}."
    days = _days(when, until, late.rule)
    share, unit = _share(late, days), "started day" if late.rule == STARTED else "whole day"
    return share, f"{_long(when - due)} late: {days} {unit}{'s' * (days != 1)}, {_said(share)}."


def _known(text: str) -> datetime | None:
    try:
        return moment(text)
    except ValueError:
        return None


def _days(when: datetime, until: datetime, rule: str) -> int:
    """Count the days by which something is late."""
    whole = max((when - until) // _DAY - 1, 0)
    while _after(until, whole + 1) <= when:
        whole += 1
    return whole + (rule == STARTED and (not whole or when > _after(until, whole)))


def _after(until: datetime, days: int) -> datetime:
    """Return the moment at which the clock shows the same, some days on.

    A day is from midnight to midnight, also when summer time ends in between and it has 25 hours. The clock is this
    machine's where that has the due date's offset; any other offset is taken to stay as it is.
    """
    here = until.astimezone()
    if here.utcoffset() == until.utcoffset():
        return moment(here.replace(tzinfo=None) + days * _DAY)
    return until + days * _DAY


def _share(late: Late, days: int) -> Decimal:
    return min(Decimal(str(late.per_day)) * days, Decimal(str(late.at_most)))


def _said(share: Decimal) -> str:
    return f"which costs {float(100 * share):g} % of the points earned" if share else "which costs nothing"


def _long(behind: timedelta) -> str:
    """Say how long something is, in its two largest units.

    A minute that has begun counts: nothing late is called 0 minutes late.
    """
    minutes = -(-behind // timedelta(minutes=1))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    first = next((place for place, (count, _) in enumerate(parts) if count), 2)
    said = [f"{count} {unit}{'s' * (count != 1)}" for count, unit in parts[first : first + 2] if count]
    return " and ".join(said)
