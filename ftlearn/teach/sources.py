"""A solution notebook, the one file that an author edits, read as tasks.

Its cells are nbgrader's (``metadata.nbgrader``, schema 3). A task is a prompt, a solution cell whose ``grade_id`` is
the task's name, and a check cell named ``NAME_check`` with its points. Cells for the author's side only carry a tag
(those with code are raw cells, so that running the notebook passes over them):

- ``wrong``: code that replaces the solution's cell, and must fail with the sentence in its first line,
  ``# says: ...`` (a regular expression);
- ``alternative``: code that replaces it, and must pass;
- ``rubric``: Markdown for whoever marks the task by hand.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftlearn.errors import DataError
from ftlearn.learn.handed_out import BEGIN_SOLUTION, END_SOLUTION

AUTHOR_TAGS = frozenset({"wrong", "alternative", "rubric"})
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
STUB = "...  # your answer here"
TEXT_STUB = "*Your answer here.*"


@dataclass
class SourceTask:
    """One task as its author wrote it.

    Attributes
    ----------
    name : str
        The ``grade_id`` of its solution cell.
    points : float
        Of its check cell.
    solution : str
        The solution cell's text, with the markers.
    check : str
        The check cell's text, with the hidden tests; empty for a task that is marked by hand.
    wrong : list of tuple of str
        The pattern that the message must match, and the code.
    alternatives : list of str
        Other right answers.
    rubric : str
        For marking by hand.
    minutes : float
        What it should take.
    ideas : list of str
        Lines of docs/coverage.toml that it asks for.
    title : str
        The heading above it.
    """

    name: str
    points: float = 0.0
    solution: str = ""
    check: str = ""
    wrong: list[tuple[str, str]] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    rubric: str = ""
    minutes: float = 0.0
    ideas: list[str] = field(default_factory=list)
    title: str = ""


def text_of(cell: dict[str, Any]) -> str:
    """Return a cell's text as one string."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: dict[str, Any]) -> set[str]:
    """Return a cell's tags."""
    return set(cell["metadata"].get("tags", ()))


def read_source(path: str | Path) -> dict[str, Any]:
    """Read a notebook as JSON.

    Parameters
    ----------
    path : path
        Of the notebook.

    Returns
    -------
    dict
        As nbformat 4 has it.

    Raises
    ------
    DataError
        When there is no such file, or it is no notebook.

    Examples
    --------
    >>> read_source("no.ipynb")
    Traceback (most recent call last):
    ...
    ftlearn.errors.DataError: There is no notebook no.ipynb.
    """
    path = Path(path)
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"]
    except FileNotFoundError:
        raise DataError(f"There is no notebook {path}.") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise DataError(
            f"{path} is not a notebook ({type(error).__name__}).", fix="Open and save it in Jupyter."
        ) from None
    return notebook


def checked_by(cell: dict[str, Any]) -> str:
    """Return the name of the task that a cell checks; nothing where it is no check cell."""
    graded = cell["metadata"].get("nbgrader", {})
    return graded["grade_id"].removesuffix("_check") if graded.get("grade") and not graded.get("solution") else ""


def tasks_of(notebook: dict[str, Any]) -> dict[str, SourceTask]:
    """Collect the tasks of a solution notebook, in order.

    Parameters
    ----------
    notebook : dict
        From `read_source`.

    Returns
    -------
    dict of str to SourceTask
        By their names.

    Raises
    ------
    DataError
        When a task lacks a part, a name is used twice, a marker is not closed, or a wrong answer says nothing.
    """
    tasks: dict[str, SourceTask] = {}
    latest: SourceTask | None = None
    title = ""
    for number, cell in enumerate(notebook["cells"]):
        graded, text = cell["metadata"].get("nbgrader"), text_of(cell)
        if graded and graded.get("schema_version") != 3:
            raise DataError(f"Cell {number} has nbgrader's schema {graded.get('schema_version')!r}; expected 3.")
        if graded and graded["solution"]:
            name = graded["grade_id"]
            if name.endswith("_check"):
                raise DataError(f"A solution cell is named {name!r}; only checks end in _check.")
            if name in tasks:
                raise DataError(f"Two solution cells are named {name!r}.")
            latest = tasks[name] = SourceTask(name, float(graded.get("points", 0)), solution=text, title=title)
            about = cell["metadata"].get("ftlearn", {})
            latest.minutes, latest.ideas = float(about.get("minutes", 0)), list(about.get("ideas", ()))
            if cell["cell_type"] == "code" and BEGIN_SOLUTION not in text:
                raise DataError(f"The solution cell {name!r} has no {BEGIN_SOLUTION!r}.")
            without(text, BEGIN_SOLUTION, END_SOLUTION, [])
        elif graded and graded["grade"]:
            name = graded["grade_id"].removesuffix("_check")
            if name not in tasks:
                raise DataError(f"The check cell {graded['grade_id']!r} has no solution cell {name!r} before it.")
            tasks[name].check, tasks[name].points = text, float(graded["points"])
            without(text, BEGIN_HIDDEN, END_HIDDEN, [])
        elif tags := tags_of(cell) & AUTHOR_TAGS:
            if latest is None:
                raise DataError(f"Cell {number} is tagged {tags} and comes before every task.")
            _author_cell(latest, tags.pop(), text)
        elif heading := re.search(r"^#+ (.+)$", text, re.MULTILINE) if cell["cell_type"] == "markdown" else None:
            title = heading[1].strip()
    for task in tasks.values():
        if not task.check and not task.rubric:
            raise DataError(f"The task {task.name!r} has neither a check nor a rubric.")
    return tasks


def _author_cell(task: SourceTask, tag: str, text: str) -> None:
    if tag == "rubric":
        task.rubric = text
    elif tag == "alternative":
        task.alternatives.append(text)
    else:
        said = re.match(r"# says: (.+)\n", text)
        if not said:
            raise DataError(f"A wrong answer of {task.name!r} does not begin with '# says: ' and a pattern.")
        task.wrong.append((said[1], text[said.end() :]))


def without(text: str, begin: str, end: str, stub: list[str]) -> str:
    r"""Replace each region between two markers by a stub, indented as the marker is.

    Parameters
    ----------
    text : str
        A cell's text.
    begin, end : str
        The markers; each stands on a line of its own.
    stub : list of str
        Lines to put there.

    Returns
    -------
    str
        The rest.

    Raises
    ------
    DataError
        When a region is not closed, or begins inside another.

    Examples
    --------
    >>> without("a = 1\n### BEGIN SOLUTION\na = 2\n### END SOLUTION", BEGIN_SOLUTION, END_SOLUTION, ["..."])
    'a = 1\n...'
    """
    kept, inside = [], False
    for line in text.split("\n"):
        if begin in line:
            if inside:
                raise DataError(f"{begin!r} stands inside another region.")
            inside = True
            kept += [line[: len(line) - len(line.lstrip())] + one for one in stub]
        elif end in line:
            if not inside:
                raise DataError(f"{end!r} stands without {begin!r}.")
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise DataError(f"{begin!r} is not closed by {end!r}.")
    return "\n".join(kept)
