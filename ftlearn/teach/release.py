"""Exercises made from solutions: what a student gets, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ftlearn.errors import DataError
from ftlearn.teach.sources import (
    AUTHOR_TAGS,
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    STUB,
    TEXT_STUB,
    read_source,
    tags_of,
    tasks_of,
    text_of,
    without,
)


def released(notebook: dict[str, Any]) -> dict[str, Any]:
    """Make the student's notebook: solutions become stubs, hidden tests, author's cells and outputs go.

    Parameters
    ----------
    notebook : dict
        A solution notebook, from `read_source`.

    Returns
    -------
    dict
        A new notebook.

    Raises
    ------
    DataError
        When the source is not well formed.
    """
    tasks_of(notebook)
    made = copy.deepcopy(notebook)
    made["cells"] = [cell for cell in made["cells"] if not tags_of(cell) & AUTHOR_TAGS]
    for cell in made["cells"]:
        text, graded = text_of(cell), cell["metadata"].get("nbgrader", {})
        if graded.get("solution"):
            text = _stubbed(cell, text)
        text = without(text, BEGIN_HIDDEN, END_HIDDEN, []).rstrip("\n")
        cell["source"] = text.splitlines(keepends=True)
        cell["metadata"].pop("ftlearn", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return made


def _stubbed(cell: dict[str, Any], text: str) -> str:
    """Replace the regions, or the whole cell where there is none."""
    stub = STUB if cell["cell_type"] == "code" else TEXT_STUB
    cut = without(text, BEGIN_SOLUTION, END_SOLUTION, [stub])
    return cut if cut != text else stub


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
    for source in _sources(Path(solutions), only):
        target = Path(exercises) / source.parent.name / source.name
        text = as_text(released(read_source(source)))
        changed = not target.is_file() or target.read_text(encoding="utf-8") != text
        if changed:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(target)
        yield target, changed


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
    for source in _sources(Path(solutions), only):
        target = Path(exercises) / source.parent.name / source.name
        wanted.add(target)
        if not target.is_file():
            wrong.append(f"{target} is missing.")
        elif target.read_text(encoding="utf-8") != as_text(released(read_source(source))):
            wrong.append(f"{target} is not what {source} makes.")
    strays = sorted(set(Path(exercises).glob("*/*.ipynb")) - wanted) if not only else []
    return wrong + [f"{stray} has no solution." for stray in strays]


def as_text(notebook: dict[str, Any]) -> str:
    """Write a notebook the way Jupyter does."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _sources(solutions: Path, only: str) -> list[Path]:
    found = sorted(path for path in solutions.glob("*/*.ipynb") if path.stem == path.parent.name)
    chosen = [path for path in found if path.stem.startswith(only)]
    if not chosen:
        known = ", ".join(path.stem for path in found) or "none"
        raise DataError(f"No solution in {solutions} starts with {only!r}.", fix=f"There are: {known}.")
    return chosen
