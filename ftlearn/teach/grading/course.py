"""A whole class graded: what is new, what has changed, what is kept; and the pages about it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ftlearn.errors import DataError
from ftlearn.teach.grading.catalogue import Course
from ftlearn.teach.grading.collecting import HandedIn, collect
from ftlearn.teach.grading.jobs import Job, exercise_of
from ftlearn.teach.grading.outer import UNSANDBOXED
from ftlearn.teach.grading.results import Result, TaskResult
from ftlearn.teach.grading.settings import Settings
from ftlearn.teach.grading.store import Store

UNKNOWN = "unknown"
"""The lesson of a notebook that belongs to no exercise."""


@dataclass(frozen=True)
class Moved:
    """A task whose points are others than before.

    Attributes
    ----------
    student, lesson, task : str
        Whose, and which.
    before, after : float
        Points.
    """

    student: str
    lesson: str
    task: str
    before: float
    after: float

    def __str__(self) -> str:
        return f"{self.student}: {self.lesson}/{self.task} {self.before:g} → {self.after:g}"


@dataclass
class Run:
    """What one run of `grade_class` did.

    Attributes
    ----------
    graded, kept : int
        Submissions that were graded, and that were as before.
    problems : list of str
        A sentence for each that could not be graded.
    moved : list of Moved
        Tasks whose points have changed.
    sandbox : str
        Behind which wall; empty when nothing ran.
    """

    graded: int = 0
    kept: int = 0
    problems: list[str] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    sandbox: str = ""


def plan(
    root: Path,
    found: Sequence[HandedIn],
    course: Course,
    store: Store,
    settings: Settings,
    *,
    again: bool,
    unsafe: bool,
) -> Iterator[Job | Result]:
    """Give for each submission what is to be done: a job, or its result when that is known without running anything.

    Parameters
    ----------
    root : Path
        The folder or zip of submissions.
    found : sequence of HandedIn
        The class's notebooks.
    course : Course
        Its exercises.
    store : Store
        What is known from before.
    settings : Settings
        Of the course.
    again : bool
        Whether to grade all anew.
    unsafe : bool
        Whether to go on without a sandbox.

    Yields
    ------
    Job or Result
        A result that equals the one before needs no writing.
    """
    for one in found:
        lesson = one.lesson if one.lesson in course.lessons else UNKNOWN
        when = "" if one.layout == "canvas" else one.when  # its files bear the time at which they were downloaded
        about = Result(
            one.student, lesson, one.name, handed_in=when, late=one.late, place=_place(one, root),
            layout=one.layout, number=one.number, remarks=one.remarks,
        )  # fmt: skip
        before = store.get(lesson, one.student)
        try:
            content = one.read()
            about = replace(about, sum=hashlib.sha256(content).hexdigest())
            source = json.dumps(course.source(one.lesson, one.student))
        except DataError as error:
            yield replace(about, problem=str(error))
            continue
        job = Job(about, content, source, settings.limits, unsafe=unsafe)
        exercise = exercise_of(source)
        job = replace(job, about=replace(about, exercise=exercise.sum))
        same = before is not None and not again and not before.problem and before.sum == about.sum
        if not same or before.exercise != exercise.sum:
            yield job
            continue
        changed = tuple(
            name
            for name, total in exercise.sums.items()
            if (old := before.task(name)) is None or old.judged_by != total
        )
        if changed:
            yield replace(job, only=changed)
        else:
            yield replace(before, handed_in=about.handed_in, late=about.late, number=about.number)


def _place(one: HandedIn, root: Path) -> str:
    """Say where a notebook lies, as seen from the submissions."""
    path = one.where.relative_to(root) if one.where.is_relative_to(root) and one.where != root else Path(one.where.name)
    return f"{path.as_posix()}: {one.inside}" if one.inside else path.as_posix()


def joined(before: Result | None, found: Result, job: Job, names: Iterable[str]) -> Result:
    """Put tasks that were judged again among those that were not."""
    if job.only is None or before is None or found.problem:
        return found
    judged = {task.name: task for task in found.tasks}
    tasks = tuple(task for name in names if (task := judged.get(name) or before.task(name)) is not None)
    return replace(found, tasks=tasks)


def moved(before: Result | None, after: Result) -> Iterator[Moved]:
    """Say which tasks of a submission have other points than before; nothing when it was not graded before."""
    if before is None or before.sum != after.sum:
        return
    known: dict[str, TaskResult] = {task.name: task for task in before.tasks}
    for task in after.tasks:
        old = known.get(task.name)
        if old is not None and old.points != task.points:
            yield Moved(after.student, after.lesson, task.name, old.points, task.points)


def grade_class(
    submissions: str | Path,
    store: Store,
    course: Course,
    settings: Settings,
    run: Callable[[list[Job]], Generator[Result]],
    *,
    again: bool = False,
    unsafe: bool = False,
    begin: Callable[[int], None] = lambda total: None,
    tick: Callable[[Result], None] = lambda result: None,
) -> Run:
    """Grade what a class handed in, as far as it is not graded already.

    Parameters
    ----------
    submissions : path
        A folder or a zip; see `collect`.
    store : Store
        Where results are kept: each one as soon as it is there.
    course : Course
        The exercises.
    settings : Settings
        Limits, and the course's key.
    run : callable
        Grades jobs, on this machine or on a cluster, and gives their results as they are finished.
    again : bool
        Whether to grade what is graded already.
    unsafe : bool
        Whether to go on without a sandbox.
    begin, tick : callable
        Told how many are to be graded, and of each that is done.

    Returns
    -------
    Run
        What was done.

    Raises
    ------
    FtlearnError
        When there is nothing to grade, no sandbox, or no room for results.
    """
    found = collect(submissions)
    students = sorted({one.student for one in found})
    done, jobs, strays = Run(), [], {}
    for one in plan(Path(submissions), found, course, store, settings, again=again, unsafe=unsafe):
        if isinstance(one, Job):
            jobs.append(one)
            continue
        done.kept += not one.problem
        if one.problem:
            done.problems.append(f"{one.student}, {one.notebook}: {one.problem}")
        if (other := strays.get((one.lesson, one.student))) is not None:  # neither is of an exercise
            one = replace(one, notebook=f"{other.notebook}, {one.notebook}", problem=f"{other.problem} {one.problem}")
        strays[one.lesson, one.student] = one
        _keep(one, store.get(one.lesson, one.student), store)
    begin(len(jobs))
    if not jobs:
        return done
    known = {(job.about.lesson, job.about.student): job for job in jobs}
    with contextlib.closing(run(jobs)) as results:  # its workers end with it, whatever happens here
        for result in results:
            job = known[result.lesson, result.student]
            before = store.get(result.lesson, result.student)
            result = joined(before, result, job, exercise_of(job.source).tasks)
            if not result.problem and (said := course.foreign_seed(
                json.loads(job.content), result.lesson, result.student, students)):  # fmt: skip
                result = replace(result, remarks=(*result.remarks, said))
            done.moved += moved(before, result)
            _keep(result, before, store)
            done.graded += not result.problem
            if done.sandbox != UNSANDBOXED:
                done.sandbox = result.sandbox or done.sandbox
            if result.problem:
                done.problems.append(f"{result.student}, {result.notebook}: {result.problem}")
            tick(result)
    return done


def _keep(result: Result, before: Result | None, store: Store) -> None:
    """Write a result, unless it is there; what kept a notebook from being graded now costs no earlier result of it."""
    finished = before is not None and not before.problem and before.sum == result.sum
    if result != before and not (result.problem and finished):
        store.keep(result)
