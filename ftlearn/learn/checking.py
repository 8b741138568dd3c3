"""Exercises that answer back: check, hint and solution in the student's own kernel."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ftlearn.displays import show_html
from ftlearn.errors import FtlearnError, unknown_name
from ftlearn.learn import records
from ftlearn.learn.judging import judge, wants_reference
from ftlearn.learn.markup import inline, plain
from ftlearn.learn.outcomes import NOT_ATTEMPTED, PASSED, UNCHECKED, Outcome
from ftlearn.learn.submission import Submission

_COLOURS = {PASSED: "#006B4F", NOT_ATTEMPTED: "#555555", UNCHECKED: "#555555"}
_OTHER = "#A63A00"

SECONDS = 30.0
"""What a grader gives a test by default."""


@dataclass
class Task:
    """One task of an exercise, and how it stands in this kernel.

    Attributes
    ----------
    name : str
        As `check` was given it.
    points : float
        What it brings.
    hints : tuple of str
        A ladder: the first points the way, the last all but says it.
    checks : list of callable
        The visible check, and in a solution or a grader the hidden tests.
    names : dict
        The notebook's namespace.
    outcome : Outcome, optional
        Of the last check.
    hinted : int
        How many hints were given.
    """

    name: str
    points: float
    hints: tuple[str, ...]
    checks: list[Callable[[Any], Any]] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict, repr=False)
    outcome: Outcome | None = None
    hinted: int = 0
    attempted: bool = False


_TASKS: dict[str, Task] = {}
_LESSON = ""


def exercise(lesson: str) -> None:
    """Begin an exercise: forget the tasks of another one, and say how it works.

    Parameters
    ----------
    lesson : str
        Its number, such as ``"04"``.

    Examples
    --------
    >>> exercise("04")  # doctest: +ELLIPSIS
    Exercise 04. Replace each `...` by your answer, run the cell, and then the check below it...
    """
    global _LESSON
    _LESSON = lesson
    _TASKS.clear()
    text = (
        f"Exercise {lesson}. Replace each `...` by your answer, run the cell, and then the check below it. "
        '`hint("name")` gives a hint, `solution("name")` one right way, after you have tried.'
    )
    show_html(f"<p>{inline(text)}</p>", text)


def check(
    name: str, *, points: float = 1, hints: Sequence[str] = (), seconds: float = SECONDS
) -> Callable[[Callable], None]:
    """Make a function the check of a task, and run it on the notebook as it is now.

    Parameters
    ----------
    name : str
        The task's.
    points : float
        What it brings.
    hints : sequence of str
        Two or three, the answer never first.
    seconds : float
        What a grader gives it; here nothing is cut short.

    Returns
    -------
    callable
        A decorator for a function that takes a `Submission`, and raises `NotYet` (by `expect`) when the work is not
        right. It shows the outcome; nothing is raised, so that a blank exercise runs to its end.

    Examples
    --------
    >>> exercise("00")  # doctest: +ELLIPSIS
    Exercise 00...
    >>> half = 0.25
    >>> @check("half", hints=["What is one divided by two?"])
    ... def _(submission):
    ...     from ftlearn.learn import expect
    ...     got = submission.value("half", "number")
    ...     expect(got * 2 == 1, f"Twice your `half` is {got * 2:g}; it should be one whole.")
    Not yet. Twice your half is 0.5; it should be one whole. For a hint: hint("half").
    """

    def decorate(function: Callable[[Any], Any]) -> None:
        kept = _TASKS.get(name)
        task = Task(name, points, tuple(hints), [function], function.__globals__)
        if kept is not None:  # the cell was run again: hints given and attempts made stay
            task.hinted, task.attempted = kept.hinted, kept.attempted
        _TASKS[name] = task
        _look(task)

    return decorate


def hidden(name: str, *, points: float | None = None, seconds: float = SECONDS) -> Callable[[Callable], None]:
    """Add a hidden test to a task and hold the work against it: only in solutions, and where work is graded.

    Parameters
    ----------
    name : str
        The task's; its `check` has run before.
    points : float, optional
        What a grader gives for it, out of the task's; by default the hidden tests share half of them.
    seconds : float
        What a grader gives it.

    Returns
    -------
    callable
        A decorator like that of `check`, which raises AssertionError unless the visible check and this one pass. The
        function may take a second argument, `reference`: the solution's own work, to compare with.

    Examples
    --------
    >>> hidden("no such task")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ftlearn.errors.UnknownNameError: There is no task named 'no such task'...
    """
    task = _known(name)

    def decorate(function: Callable[[Any], Any]) -> None:
        work = Submission(task.names)
        task.checks.append(partial(function, reference=work) if wants_reference(function) else function)
        task.outcome = judge(task.checks, work, task.points)
        if not task.outcome.passed:
            raise AssertionError(str(task.outcome))

    return decorate


def _look(task: Task) -> None:
    task.outcome = outcome = judge(task.checks, Submission(task.names), task.points)
    if outcome.kind not in (NOT_ATTEMPTED, UNCHECKED):
        task.attempted = True
        records.keep(
            records.Event(
                lesson=_LESSON, kind="check", task=task.name, outcome=outcome.kind, points=outcome.points,
                possible=outcome.possible,
            )
        )  # fmt: skip
    _show(task, outcome)


def _show(task: Task, outcome: Outcome) -> None:
    from ftlearn.widgets import live

    more = ""
    if outcome.kind not in (PASSED, UNCHECKED) and task.hints and task.hinted < len(task.hints):
        more = f' For a hint: `hint("{task.name}")`.'
    colour = _COLOURS.get(outcome.kind, _OTHER)
    markup = (
        f'<div role="status" style="border-left:4px solid {colour};padding:.3em .8em;margin:.4em 0;max-width:46em">'
        f'<strong style="color:{colour}">{html.escape(outcome.heading)}</strong> {inline(outcome.text + more)}</div>'
    )
    show_html(markup, plain(f"{outcome}{more}"))
    if more and live():
        _hint_button(task)


def _hint_button(task: Task) -> None:
    import ipywidgets as w
    from IPython.display import display

    button = w.Button(description="Give me a hint", tooltip=f"The next hint for {task.name}")
    said = w.HTML()

    def on_click(_: Any) -> None:
        said.value = f'<div role="status" aria-live="polite">{inline(_next_hint(task))}</div>'

    button.on_click(on_click)
    display(w.VBox([button, said]))


def hint(name: str) -> None:
    """Give the next hint for a task; after the last one, all of them again.

    Parameters
    ----------
    name : str
        The task's, once its check has run.

    Raises
    ------
    UnknownNameError
        When no check of that name has run.

    Examples
    --------
    >>> exercise("00")  # doctest: +ELLIPSIS
    Exercise 00...
    >>> @check("half", hints=["What is one divided by two?", "Write 1 / 2."])
    ... def _(submission):
    ...     submission.value("never_set")
    Not attempted. There is no never_set yet: run the cell that defines it, then this one. For a hint: hint("half").
    >>> hint("half")
    Hint 1 of 2. What is one divided by two?
    """
    text = _next_hint(_known(name))
    show_html(f'<p role="status">{inline(text)}</p>', plain(text))


def _next_hint(task: Task) -> str:
    if not task.hints:
        return "There is no hint for this one: read the sentence of the check again."
    if task.hinted < len(task.hints):
        task.hinted += 1
        return f"Hint {task.hinted} of {len(task.hints)}. {task.hints[task.hinted - 1]}"
    said = " ".join(f"({i}) {one}" for i, one in enumerate(task.hints, 1))
    return f'All hints again: {said} After a try, `solution("{task.name}")` shows one right way.'


def solution(name: str) -> None:
    """Show one right way as text, to compare with: only after an attempt, and where solutions were handed out.

    Parameters
    ----------
    name : str
        The task's.

    Raises
    ------
    UnknownNameError
        When no check of that name has run.
    FtlearnError
        When nothing was tried yet, or no solutions are here.

    Examples
    --------
    >>> exercise("00")  # doctest: +ELLIPSIS
    Exercise 00...
    >>> @check("half")
    ... def _(submission):
    ...     submission.value("never_set")
    Not attempted. There is no never_set yet: run the cell that defines it, then this one.
    >>> solution("half")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ftlearn.errors.FtlearnError: Try 'half' first...
    """
    task = _known(name)
    if not task.attempted:
        raise FtlearnError(f"Try {name!r} first.", fix="Then run its check, whatever it says; solution() works after.")
    from ftlearn.learn.handed_out import find_solution

    source = find_solution(_LESSON, name)
    if source is None:
        raise FtlearnError("The solutions of this exercise were not handed out.", fix=f'Try hint("{name}").')
    show_html(f"<p>One right way:</p><pre><code>{html.escape(source)}</code></pre>", f"One right way:\n{source}")


def _known(name: str) -> Task:
    if name not in _TASKS:
        raise unknown_name("task", name, _TASKS or ["(none yet: run the cell of a check first)"])
    return _TASKS[name]
