"""Exercises made from solutions: what a student gets, and nothing else."""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ftlearn.assets.transfer import whole_file
from ftlearn.errors import DataError
from ftlearn.teach.grading.seeds import for_student
from ftlearn.teach.sources import (
    AUTHOR_TAGS,
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    STUB,
    TEXT_STUB,
    SourceTask,
    read_source,
    tags_of,
    tasks_of,
    text_of,
    without,
)

_SEED = re.compile(r"^(\w+) = \d+(?=  # your seed\b)", re.MULTILINE)


def released(notebook: dict[str, Any]) -> dict[str, Any]:
    """Make the student's notebook: solutions become stubs, hidden tests, author's cells and outputs go.

    Parameters
    ----------
    notebook : dict
        A solution notebook, from `read_source`.

    Returns
    -------
    dict
        A new notebook. Its ``metadata.ftlearn.release`` changes when anything does that is handed out.

    Raises
    ------
    DataError
        When the source is not well formed.
    """
    made = stubbed(notebook)
    for cell in made["cells"]:
        text = without(text_of(cell), BEGIN_HIDDEN, END_HIDDEN, []).rstrip("\n")
        cell["source"] = text.splitlines(keepends=True)
        cell["metadata"].pop("ftlearn", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    about = made.setdefault("metadata", {}).setdefault("ftlearn", {})
    about["release"] = _sum_of(made["cells"])
    return made


def _sum_of(cells: list[dict[str, Any]]) -> str:
    """Return a short sum of what is handed out, the same for each student's seeds."""
    texts = [_SEED.sub(r"\1 = 0", text_of(cell)) for cell in cells]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def stubbed(notebook: dict[str, Any]) -> dict[str, Any]:
    """Take the solutions and the author's cells out; hidden tests stay.

    Parameters
    ----------
    notebook : dict
        A solution notebook.

    Returns
    -------
    dict
        A new notebook.

    Raises
    ------
    DataError
        When the source is not well formed.
    """
    tasks = tasks_of(notebook)
    made = copy.deepcopy(notebook)
    made["cells"] = [cell for cell in made["cells"] if not tags_of(cell) & AUTHOR_TAGS]
    for cell in made["cells"]:
        graded = cell["metadata"].get("nbgrader", {})
        if graded.get("solution"):
            text = stub(tasks[graded["grade_id"]]) if cell["cell_type"] == "code" else TEXT_STUB
            cell["source"] = text.splitlines(keepends=True)
    return made


def stub(task: SourceTask) -> str:
    r"""Write the cell that a student starts from: a region of the solution becomes the names that the check asks for.

    Parameters
    ----------
    task : SourceTask
        With code for a solution.

    Returns
    -------
    str
        Code that runs, and does nothing.

    Examples
    --------
    >>> text = f"{BEGIN_SOLUTION}\nhelp = 2\nshare = help / 4\n{END_SOLUTION}"
    >>> stub(SourceTask("x", solution=text, check='submission.value("share")'))
    'share = ...  # your answer here'
    """
    kept, region = [], None
    for line in task.solution.split("\n"):
        if BEGIN_SOLUTION in line:
            region, margin = [], line[: len(line) - len(line.lstrip())]
        elif END_SOLUTION in line:
            kept += [margin + STUB] if margin else _answers(region, task.check)
            region = None
        else:
            (kept if region is None else region).append(line)
    return "\n".join(kept).rstrip()


def _answers(region: list[str], check: str) -> list[str]:
    """Return an empty assignment for each name of a region that the check asks for by its name."""
    names: dict[str, None] = {}
    asked = set(re.findall(r'submission\.\w+\(\s*"(\w+)"', check))
    for node in ast.parse(textwrap.dedent("\n".join(region))).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            names.update(dict.fromkeys(one.id for one in parts if isinstance(one, ast.Name) and one.id in asked))
    return [f"{name} = ...  # your answer here" for name in names] or [STUB]


def release(solutions: str | Path, exercises: str | Path, only: str = "") -> Iterator[tuple[Path, bool]]:
    """Write the exercises of all solutions, and tell for each whether it changed.

    Parameters
    ----------
    solutions, exercises : path
        Folders with ``NN_topic/NN_topic.ipynb``.
    only : str
        The beginning of a lesson's name, such as ``"04"``.

    Yields
    ------
    tuple of Path and bool
        The exercise, and whether its text on disk was another.
    """
    for _, target, text, there in _compared(solutions, exercises, only):
        yield target, _written(target, text, there)


def release_variants(
    solutions: str | Path, exercises: str | Path, students: Sequence[str], key: bytes, only: str = ""
) -> Iterator[tuple[Path, bool]]:
    """Write a copy of the exercises for each student, with that student's seeds, and tell for each whether it changed.

    Parameters
    ----------
    solutions : path
        Folder with ``NN_topic/NN_topic.ipynb``.
    exercises : path
        Gets ``STUDENT/NN_topic/NN_topic.ipynb``.
    students : sequence of str
        From `read_roster`.
    key : bytes
        The course's.
    only : str
        The beginning of a lesson's name.

    Yields
    ------
    tuple of Path and bool
        The exercise, and whether its text on disk was another.
    """
    for source in _sources(Path(solutions), only):
        exercise = released(read_source(source))
        for student in students:
            target = Path(exercises) / student / source.stem / source.name
            text = as_text(for_student(exercise, key, student, source.stem[:2]))
            yield target, _written(target, text, _text_of(target))


def differing(solutions: str | Path, exercises: str | Path, only: str = "") -> list[str]:
    """Say which exercises are not what their solutions would make; empty when all are.

    Parameters
    ----------
    solutions, exercises : path
        The two folders.
    only : str
        The beginning of a lesson's name.

    Returns
    -------
    list of str
        A sentence each; strays in `exercises` too.
    """
    wrong, wanted = [], set()
    for source, target, text, there in _compared(solutions, exercises, only):
        wanted.add(target)
        if there is None:
            wrong.append(f"{target} is missing.")
        elif there != text:
            wrong.append(f"{target} is not what {source} makes.")
    strays = sorted(set(Path(exercises).glob("*/*.ipynb")) - wanted) if not only else []
    return wrong + [f"{stray} has no solution." for stray in strays]


def as_text(notebook: dict[str, Any]) -> str:
    """Write a notebook the way Jupyter does."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _written(target: Path, text: str, there: str | None) -> bool:
    if there == text:
        return False
    with whole_file(target) as part:
        part.write_text(text, encoding="utf-8")
    return True


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _compared(solutions: str | Path, exercises: str | Path, only: str) -> Iterator[tuple[Path, Path, str, str | None]]:
    """Give each source, its exercise, the text that this should have, and the one that it has, if it is there."""
    for source in _sources(Path(solutions), only):
        target = Path(exercises) / source.parent.name / source.name
        yield source, target, as_text(released(read_source(source))), _text_of(target)


def _sources(solutions: Path, only: str) -> list[Path]:
    found = sorted(path for path in solutions.glob("*/*.ipynb") if path.stem == path.parent.name)
    chosen = [path for path in found if path.stem.startswith(only)]
    if not chosen:
        known = ", ".join(path.stem for path in found) or "none"
        raise DataError(f"No solution in {solutions} starts with {only!r}.", fix=f"There are: {known}.")
    return chosen
