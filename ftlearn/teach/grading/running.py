"""One submission graded: its cells run in a child, its tasks judged from here, whatever the child does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ftlearn.learn.judging import judge
from ftlearn.learn.outcomes import NOT_ATTEMPTED, PASSED, Outcome, expect, reaches
from ftlearn.teach.grading.children import Child, Gone, Runner, TooLong
from ftlearn.teach.grading.matching import Cell, Plan, match, names_of
from ftlearn.teach.grading.remote import RemoteSubmission
from ftlearn.teach.grading.walls import Limits
from ftlearn.teach.release import released
from ftlearn.teach.sources import SourceTask, tasks_of

OUT_OF_TIME, OUT_OF_MEMORY, CRASHED = "out of time", "out of memory", "crashed"
_CELL_SECONDS, _TASK_SECONDS = 30.0, 30.0


@dataclass
class Graded:
    """What grading found in one notebook.

    Attributes
    ----------
    outcomes : dict of str to Outcome
        By task.
    remarks : list of str
        What was put right in the notebook, and what happened in its cells.
    texts : dict of str to str
        Answers that a person marks.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


def checks_of(task: SourceTask) -> list[Callable[[Any], Any]]:
    """Return a task's visible check and hidden tests as functions, without running them.

    Parameters
    ----------
    task : SourceTask
        From `tasks_of`.

    Returns
    -------
    list of callable
        In their order.
    """
    found: list[Callable[[Any], Any]] = []

    def keep(*_: object, **__: object) -> Callable[[Callable], None]:
        return found.append

    import ftlearn.learn

    text = task.check.replace("from ftlearn.learn import hidden", "")
    names = {"check": keep, "hidden": keep, "expect": expect, "reaches": reaches, "__name__": f"checks of {task.name}"}
    exec(compile(text, f"<check of {task.name}>", "exec"), names)
    assert ftlearn.learn
    return found


class Session:
    """A child that has run a plan's cells; when it dies, another one takes over without the cell that killed it."""

    def __init__(self, runner: Runner, cells: list[Cell], limits: Limits):
        self._runner, self._cells, self._limits = runner, cells, limits
        self.deadly: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self._child: Child | None = None

    def child(self) -> Child:
        """Return a living child in which every cell has run that does not kill it."""
        while self._child is None:
            child = self._runner.start(self._limits)
            for cell in self._cells:
                if cell.name in self.deadly:
                    continue
                try:
                    self.errors[cell.name] = str(child.ask({"run": cell.text}, _CELL_SECONDS)["error"])
                except (TooLong, Gone) as error:
                    self.deadly[cell.name] = _how(error, child.end())
                    break
            else:
                self._child = child
        return self._child

    def lose(self, error: BaseException) -> str:
        """Give the child up, and say how it ended."""
        child, self._child = self._child, None
        return _how(error, child.end())

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.end()
            self._child = None


def _how(error: BaseException, ended: dict[str, Any]) -> str:
    if isinstance(error, TooLong):
        return OUT_OF_TIME
    return OUT_OF_MEMORY if ended["ended"] and ended["code"] == 137 else CRASHED


def grade(source: dict[str, Any], submitted: dict[str, Any], runner: Runner, limits: Limits | None = None) -> Graded:
    """Grade one notebook.

    Parameters
    ----------
    source : dict
        The solution notebook.
    submitted : dict
        What the student handed in.
    runner : Runner
        Gives children.
    limits : Limits, optional
        What the submission may use.

    Returns
    -------
    Graded
        An outcome for every task that has a check; texts for the others.
    """
    exercise, tasks = released(source), tasks_of(source)
    plan = match(exercise, submitted)
    result = Graded(remarks=plan.remarks, texts=plan.texts)
    open_tasks = {name: task for name, task in tasks.items() if task.check}
    for cells in _orders(plan, names_of(exercise)):
        session = Session(runner, cells, limits or Limits())
        try:
            for name, task in open_tasks.items():
                found = _judged(task, session)
                best = result.outcomes.get(name)
                if best is None or found.points > best.points:
                    result.outcomes[name] = found
        finally:
            session.close()
        result.remarks += [f"The cell {name!r} ended the notebook: {how}." for name, how in session.deadly.items()]
        if all(one.passed for one in result.outcomes.values()):
            break
        open_tasks = {name: tasks[name] for name, one in result.outcomes.items() if one.kind != PASSED}
    return result


def _orders(plan: Plan, order: list[str]) -> list[list[Cell]]:
    """Return the student's order, and the exercise's where it is another one."""
    again = plan.in_released_order(order)
    return [plan.cells] if again == plan.cells else [plan.cells, again]


def _judged(task: SourceTask, session: Session) -> Outcome:
    child = session.child()
    if task.name in session.deadly:
        how = session.deadly[task.name]
        return Outcome(how, f"The cell of `{task.name}` ended the notebook.", 0.0, task.points)
    try:
        outcome = judge(checks_of(task), RemoteSubmission(_Timed(child)), task.points)
    except (TooLong, Gone) as error:
        return Outcome(session.lose(error), f"`{task.name}` did not come to an end.", 0.0, task.points)
    error = session.errors.get(task.name, "")
    if outcome.kind == NOT_ATTEMPTED and error:
        return replace(outcome, kind="error in your code", text=f"The cell of `{task.name}` raised {error}")
    return outcome


class _Timed:
    """The way to a child, each question with its time limit."""

    def __init__(self, child: Child):
        self._child = child

    def ask(self, question: dict[str, Any]) -> Any:
        return self._child.ask(question, _TASK_SECONDS)
