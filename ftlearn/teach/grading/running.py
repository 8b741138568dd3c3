"""One submission graded: its cells run in a child, its tasks judged from here, whatever the child does."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ftlearn.learn.judging import brings, judge, wants_reference
from ftlearn.learn.outcomes import ERROR, NOT_ATTEMPTED, PASSED, UNCHECKED, Outcome
from ftlearn.teach.grading.children import Runner
from ftlearn.teach.grading.exercises import Exercise, Test
from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.matching import Cell, match, names_of
from ftlearn.teach.grading.remote import OUT_OF_MEMORY, RemoteSubmission
from ftlearn.teach.grading.results import NOT_TRIED, WAITS, TaskResult, TestResult
from ftlearn.teach.grading.session import Lost, Session
from ftlearn.teach.sources import SourceTask

_SLOWEST = 5  # times its seconds may a test's questions take, on a busy machine
_SPARE = 60.0  # seconds for what a test does by itself
_TEXT = 700  # characters of a sentence in a result


class Grader:
    """Grade notebooks of one exercise.

    Parameters
    ----------
    exercise : Exercise or dict
        The exercise, or its solution notebook with the student's seeds in it where it has any.
    runner : Runner
        Gives children.
    limits : Limits, optional
        What a submission may use.
    """

    def __init__(self, exercise: Exercise | dict[str, Any], runner: Runner, limits: Limits | None = None):
        self._exercise = exercise if isinstance(exercise, Exercise) else Exercise(exercise)
        self._runner, self._limits, self._tests = runner, limits or Limits(), self._exercise.tests
        self._reference: Session | None = None

    def grade(self, submitted: dict[str, Any], only: Sequence[str] | None = None) -> tuple[list[TaskResult], list[str]]:
        """Grade one notebook.

        Parameters
        ----------
        submitted : dict
            What a student handed in.
        only : sequence of str, optional
            The tasks to be judged; by default all.

        Returns
        -------
        tasks : list of TaskResult
            In the exercise's order.
        remarks : list of str
            What was put right in the notebook, and what happened in its cells.
        """
        exercise = self._exercise
        plan = match(exercise.released, submitted)
        remarks, wanted = list(plan.remarks), list(exercise.tasks if only is None else only)
        results: dict[str, list[TestResult]] = {}
        deadline = time.monotonic() + self._limits.seconds
        orders, again = [plan.cells], plan.in_released_order(names_of(exercise.released))
        if again != plan.cells:
            orders.append(again)
        try:
            for number, cells in enumerate(orders):
                left = [name for name in wanted if name in self._tests and not _full(results.get(name))]
                if left:
                    said = self._pass(cells, left, results, deadline, loose=bool(plan.remarks) or plan.extras)
                    remarks += said if not number else []
        finally:
            self.close()
        answers = {cell.name: cell.text for cell in plan.cells if cell.kind == "answer"} | plan.texts
        return [
            self._result(exercise.tasks[name], results.get(name), answers.get(name, "")) for name in wanted
        ], remarks

    def close(self) -> None:
        """End the child that holds the solution's own work."""
        if self._reference is not None:
            self._reference.close()
            self._reference = None

    def _pass(
        self,
        cells: list[Cell],
        wanted: list[str],
        results: dict[str, list[TestResult]],
        deadline: float,
        *,
        loose: bool,
    ) -> list[str]:
        """Run the cells in one order and judge the tasks in it; keep of each task the better result.

        What a student may read is said before the first hidden test: no later sentence can hold its inputs.
        """
        session = Session(self._runner.start, cells, self._limits, deadline)
        place = {cell.name: number for number, cell in enumerate(cells) if cell.kind == "answer"}
        fresh: dict[str, list[TestResult]] = {}
        try:
            for number in session:
                name = cells[number].name
                if cells[number].kind == "answer" and name in wanted:
                    fresh[name] = [self._first(name, session, number)]
            for name in wanted:
                if name not in fresh or (loose and fresh[name][0].kind != PASSED):
                    session.finish()
                    fresh[name] = [max([*fresh.get(name, []), self._first(name, session, place.get(name))], key=_worth)]
            for name in wanted:
                if fresh[name][0].kind == PASSED:
                    fresh[name] += self._hidden(name, session, place.get(name))
        except Lost as lost:  # the notebook's time is over
            for name in wanted:
                if name not in fresh:
                    fresh[name] = [_ended(self._tests[name][0], lost)]
                for test in self._tests[name][len(fresh[name]) :]:
                    if fresh[name][0].kind == PASSED:
                        fresh[name].append(_ended(test, lost))
        finally:
            session.close()
        for name, found in fresh.items():
            if name not in results or _sum(found) > _sum(results[name]):
                results[name] = found
        return [_said(cells[number], how.text) for number, how in session.deadly.items()]

    def _first(self, name: str, session: Session, number: int | None) -> TestResult:
        """Judge a task by the check that its student has too."""
        test = self._tests[name][0]
        if number in session.deadly:
            how = session.deadly[number]
            return TestResult(test.name, how.kind, 0.0, test.points, f"The cell of `{name}`: {how.text}")
        found = self._judged(test, session)
        error, memory = session.errors.get(number, ("", False))
        if found.kind == NOT_ATTEMPTED and error:
            text = f"The cell of `{name}` raised {error}"
            return replace(found, kind=OUT_OF_MEMORY if memory else ERROR, text=text, detail=text)
        return found

    def _hidden(self, name: str, session: Session, number: int | None) -> list[TestResult]:
        """Judge a task by its hidden tests, on what all cells have left; where that fails, right after its own cell."""
        found = []
        for test in self._tests[name][1:]:
            session.finish()
            one = self._judged(test, session)
            if one.kind != PASSED and number is not None:
                session.close()  # what earlier tests have left is gone too
                session.reach(number + 1)
                one = max(one, self._judged(test, session), key=_worth)
            found.append(one)
        return found

    def _judged(self, test: Test, session: Session) -> TestResult:
        started = time.monotonic()
        function = test.function
        if wants_reference(function):
            function = partial(function, reference=self._solution())
        try:
            work = RemoteSubmission(session.pipe(test.seconds), self._exercise.seeds, quoted=test.hidden)
            with _bounded(_SLOWEST * test.seconds + _SPARE):
                outcome = judge([function], work, test.points)
        except Lost as lost:
            return _ended(test, lost)
        except _Endless:
            session.close()  # it may have been in the middle of an answer
            outcome = Outcome(UNCHECKED, "The test itself does not come to an end with this answer.", 0.0, test.points)
        seconds = round(time.monotonic() - started, 3)
        told = test.told(outcome).removesuffix(brings(test.points)).rstrip()[:_TEXT]
        return TestResult(test.name, outcome.kind, outcome.points, test.points, told, outcome.text[:_TEXT], seconds)

    def _solution(self) -> RemoteSubmission:
        """Return the solution's own work, in a child of its own."""
        if self._reference is None:
            deadline = time.monotonic() + self._limits.seconds
            self._reference = Session(self._runner.start, self._exercise.solved(), self._limits, deadline)
        self._reference.finish()
        return RemoteSubmission(self._reference.pipe(self._limits.seconds), self._exercise.seeds)

    def _result(self, task: SourceTask, found: list[TestResult] | None, answer: str) -> TaskResult:
        held = {"title": task.title, "answer": answer[:20_000], "judged_by": self._exercise.sums[task.name]}
        if found is None:
            return TaskResult(task.name, WAITS if answer.strip() else NOT_ATTEMPTED, 0.0, task.points, **held)
        done = {one.name for one in found}
        tests = [*found, *(
            TestResult(one.name, NOT_TRIED, 0.0, one.points, "It is tried when the check before it passes.")
            for one in self._tests[task.name] if one.name not in done
        )]  # fmt: skip
        first = next((one for one in found if one.kind != PASSED), found[0])
        wrong = next((pattern for pattern, _ in task.wrong if re.search(pattern, first.detail or first.text)), "")
        points = round(sum(one.points for one in found), 6)
        return TaskResult(
            task.name, first.kind, points, task.points, first.text, tests=tuple(tests), misconception=wrong, **held
        )


class _Endless(BaseException):
    """Ends a test whose own code runs on and on."""


@contextlib.contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Stop what runs here after a time, where the system can: a test may never finish with some answer."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise _Endless

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ended(test: Test, lost: Lost) -> TestResult:
    text = test.told(Outcome(lost.ended.kind, lost.ended.text)) if test.hidden else lost.ended.text
    return TestResult(test.name, lost.ended.kind, 0.0, test.points, text, lost.ended.text)


def _said(cell: Cell, how: str) -> str:
    return f"The cell of `{cell.name}` was left out after a first try. {how}" if cell.kind == "answer" else (
        f"A cell ({cell.text.strip()[:40]!r}…) was left out after a first try. {how}"
    )  # fmt: skip


def _worth(one: TestResult) -> tuple[float, bool]:
    return one.points, one.kind == PASSED


def _sum(found: list[TestResult]) -> float:
    return sum(one.points for one in found)


def _full(found: list[TestResult] | None) -> bool:
    return bool(found) and all(one.kind == PASSED for one in found)
