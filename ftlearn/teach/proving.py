"""Proof that an exercise keeps its promises: right answers pass, wrong ones fail for the reason that they are told.

``python -m ftlearn.teach.proving solutions/04_topic/04_topic.ipynb`` prints what does not hold, a line each.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import io
import linecache
import multiprocessing
import os
import re
import sys
import tempfile
import traceback
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ftlearn import environment
from ftlearn.errors import DataError
from ftlearn.learn.outcomes import ERROR, NOT_ATTEMPTED, NOT_YET, PASSED
from ftlearn.teach.release import released
from ftlearn.teach.sources import (
    AUTHOR_TAGS,
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    SourceTask,
    checked_by,
    read_source,
    tags_of,
    tasks_of,
    text_of,
    without,
)  # fmt: skip
from ftlearn.warm.imports import warm_up

WRONG, ALTERNATIVES, HINTS = 2, 3, (2, 3)
"""How many catalogued wrong answers a task has at least, how many other right ones, and between how many hints."""

_OFFERED = {"check", "exercise", "expect", "hidden", "reaches"}


def prove(path: str | Path) -> Iterator[str]:
    """Run a solution notebook's tasks with every answer that its author wrote, and say what does not hold.

    Parameters
    ----------
    path : path
        Of a solution notebook.

    Yields
    ------
    str
        A sentence for each promise that is broken; nothing for a sound exercise.

    Raises
    ------
    DataError
        When the notebook is not well formed.
    """
    notebook = read_source(path)
    tasks = tasks_of(notebook)
    environment.start_tensorflow()
    with tempfile.TemporaryDirectory() as folder, _environment("FTLEARN_PROGRESS", f"{folder}/progress.sqlite"):
        yield from _as_written(notebook, tasks)
        yield from _untouched(released(notebook))
        yield from _out_of_order(released(notebook))
    for task in tasks.values():
        yield from _complete(task)


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def _complete(task: SourceTask) -> Iterator[str]:
    """Say which parts of a task are missing."""
    if not task.minutes or not task.ideas or not task.points:
        yield f"{task.name}: minutes, ideas and points belong into its cells' metadata."
    if not task.check:
        return
    if BEGIN_HIDDEN not in task.check:
        yield f"{task.name}: it has no hidden test."
    for what, found, least in (("wrong", task.wrong, WRONG), ("alternative", task.alternatives, ALTERNATIVES)):
        if len(found) < least:
            yield f"{task.name}: {len(found)} {what} answers; {least} are the least."


def run_cell(text: str, names: dict[str, Any], where: str) -> str:
    """Run a cell's code, hold back what it prints, and say what went wrong.

    Parameters
    ----------
    text : str
        Python.
    names : dict
        The names that it finds and leaves.
    where : str
        What to call it in tracebacks.

    Returns
    -------
    str
        The error's name and text; empty when there was none.

    Examples
    --------
    >>> names = {}
    >>> run_cell("half = 1 / 2", names, "cell 1"), names["half"]
    ('', 0.5)
    >>> run_cell("half / 0", names, "cell 2")
    'ZeroDivisionError: float division by zero'
    """
    place = f"<{where}>"
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, place, "exec"), names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _outcome(task: str) -> Any:
    from ftlearn.learn import checking

    found = checking._TASKS.get(task)
    return found.outcome if found else None


def _answered(task: SourceTask, answer: str, check: str, names: dict[str, Any], where: str) -> tuple[Any, str]:
    """Run an answer and its check among the names that the cells before have left, and take them away again."""
    import keras

    from ftlearn.learn import checking

    before = dict(names)
    checking._TASKS.pop(task.name, None)
    keras.utils.set_random_seed(0)
    failed = run_cell(answer, names, f"{where} of {task.name}") or run_cell(check, names, f"check of {task.name}")
    names.clear()
    names.update(before)
    return _outcome(task.name), failed


def _as_written(notebook: dict[str, Any], tasks: dict[str, SourceTask]) -> Iterator[str]:
    """Run the notebook; at each task try the author's other answers first."""
    names: dict[str, Any] = {"__name__": "__main__"}
    waiting: SourceTask | None = None
    for number, cell in enumerate(notebook["cells"]):
        graded, text = cell["metadata"].get("nbgrader", {}), text_of(cell)
        if cell["cell_type"] != "code":
            continue
        if waiting is not None and graded.get("grade_id") != f"{waiting.name}_check":
            yield f"{waiting.name}: its check does not follow its solution at once."
            waiting = None
        if graded.get("solution"):
            waiting = tasks[graded["grade_id"]]
            if waiting.check:
                yield from _other_answers(waiting, names)
        if failed := run_cell(text, names, f"cell {number}"):
            yield f"Cell {number} raises {failed}"
        if waiting is not None and graded.get("grade"):
            yield from _judged(waiting, names)
            waiting = None


def _judged(task: SourceTask, names: dict[str, Any]) -> Iterator[str]:
    from ftlearn.learn import checking

    kept = checking._TASKS.get(task.name)
    if kept is None:
        yield f"{task.name}: its check cell has another name in @check."
        return
    if kept.outcome.kind != PASSED or kept.outcome.points != task.points:
        yield f"{task.name}: the solution gets {kept.outcome.points:g} of {task.points:g}: {kept.outcome}"
    if kept.points != task.points:
        yield f"{task.name}: @check gives {kept.points:g} points, its metadata {task.points:g}."
    if not HINTS[0] <= len(kept.hints) <= HINTS[1]:
        yield f"{task.name}: {len(kept.hints)} hints; between {HINTS[0]} and {HINTS[1]} are wanted."
    for function in kept.checks:
        if strays := _globals_of(getattr(function, "func", function).__code__) - _OFFERED - set(vars(builtins)):
            yield f"{task.name}: a check uses {sorted(strays)} of the notebook; ask the submission, or import inside."


def _globals_of(code: types.CodeType) -> set[str]:
    import dis

    found = {one.argval for one in dis.get_instructions(code) if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return found.union(*(_globals_of(one) for one in code.co_consts if isinstance(one, types.CodeType)))


def _other_answers(task: SourceTask, names: dict[str, Any]) -> Iterator[str]:
    visible = without(task.check, BEGIN_HIDDEN, END_HIDDEN, [])
    for number, text in enumerate(task.alternatives, 1):
        outcome, failed = _answered(task, text, task.check, names, f"alternative {number}")
        if failed or outcome is None or outcome.kind != PASSED:
            yield f"{task.name}: alternative {number} does not pass: {failed or outcome}"
    patterns = [pattern for pattern, _ in task.wrong]
    for number, (pattern, text) in enumerate(task.wrong, 1):
        outcome, failed = _answered(task, text, visible, names, f"wrong answer {number}")
        if failed or outcome is None:
            yield f"{task.name}: wrong answer {number} raises {failed or 'nothing, and no check of that name runs'}"
        elif outcome.kind not in (NOT_YET, ERROR):
            yield f"{task.name}: wrong answer {number} is found {outcome}"
        elif not re.search(pattern, outcome.text):
            yield f"{task.name}: wrong answer {number} ({pattern!r}) gets another's message: {outcome}"
        for other in {*patterns} - {pattern}:
            if not failed and outcome and re.search(other, outcome.text):
                yield f"{task.name}: the message of wrong answer {number} also fits {other!r}: {outcome}"


def _untouched(exercise: dict[str, Any]) -> Iterator[str]:
    """Run a blank exercise: nothing may raise, and every check says that nothing was attempted."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(exercise["cells"]):
        if cell["cell_type"] != "code":
            continue
        if failed := run_cell(text_of(cell), names, f"blank cell {number}"):
            yield f"Blank, cell {number} raises {failed}"
        if task := checked_by(cell):
            outcome = _outcome(task)
            if outcome is None or outcome.kind != NOT_ATTEMPTED:
                yield f"{task}: a blank answer is found {outcome}; expected not attempted."


def _out_of_order(exercise: dict[str, Any]) -> Iterator[str]:
    """Run each check right after the first code cell: it says what is missing."""
    cells = [cell for cell in exercise["cells"] if cell["cell_type"] == "code"]
    for cell in cells[1:]:
        task = checked_by(cell)
        if not task:
            continue
        names: dict[str, Any] = {"__name__": "__main__"}
        failed = run_cell(text_of(cells[0]), names, "first cell") or run_cell(text_of(cell), names, f"check of {task}")
        outcome = _outcome(task)
        if failed or outcome is None or outcome.kind != NOT_ATTEMPTED:
            yield f"{task}: alone it gives {failed or outcome}; expected not attempted."


def secrets(notebook: dict[str, Any]) -> list[list[str]]:
    """Collect what no student may find: solutions, hidden tests, and the author's cells.

    Parameters
    ----------
    notebook : dict
        A solution notebook.

    Returns
    -------
    list of list of str
        A list for each of them, of its lines without their margins: those that say something (12 characters or more),
        import nothing, and stand in no cell that is handed out as it is.
    """
    given = {BEGIN_SOLUTION, END_SOLUTION, BEGIN_HIDDEN, END_HIDDEN}
    for cell in notebook["cells"]:
        if not tags_of(cell) & AUTHOR_TAGS:
            answer = cell["metadata"].get("nbgrader", {}).get("solution")
            shown = without(
                text_of(cell), *((BEGIN_SOLUTION, END_SOLUTION) if answer else (BEGIN_HIDDEN, END_HIDDEN)), []
            )
            if cell["cell_type"] == "code" or not answer:
                given.update(line.strip() for line in shown.splitlines())
    found = []
    for task in tasks_of(notebook).values():
        shown = set(without(task.check, BEGIN_HIDDEN, END_HIDDEN, []).splitlines())
        hidden = "\n".join(line for line in task.check.splitlines() if line not in shown)
        for text in (task.solution, hidden, task.rubric, *task.alternatives, *(code for _, code in task.wrong)):
            lines = [line.strip() for line in text.splitlines()]
            found.append([line for line in lines if len(line) >= 12 and line not in given and " import " not in line])
    return [lines for lines in found if lines]


def main(paths: list[str]) -> int:
    """Prove the notebooks that are named and print what does not hold; several, each in a process of its own."""
    if len(paths) == 1:
        return _print(paths[0])
    forked = sys.platform == "linux"
    if forked:
        warm_up()
        gc.freeze()  # a child need not look through what it shares with us
    processes, worst = multiprocessing.get_context("fork" if forked else "spawn"), 0
    for path in paths:
        one = processes.Process(target=_alone, args=(path,))
        one.start()
        one.join()
        if one.exitcode not in (0, 1):
            sys.stdout.write(f"{path}: its process ended with status {one.exitcode}.\n")
        worst = max(worst, abs(one.exitcode))
    return min(worst, 1)


def _alone(path: str) -> None:
    try:
        status = _print(path)
    except Exception:
        traceback.print_exc()
        status = 2  # not 1, which says that what does not hold has been printed
    sys.exit(status)


def _print(path: str) -> int:
    try:
        problems = [f"{path}: {problem}" for problem in prove(path)]
    except DataError as error:
        sys.stdout.write(f"{path}: {error}\n")
        return 1
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
