"""Which cell of a student's notebook is which of the exercise's, and whether it is that exercise at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from ftlearn.errors import DataError
from ftlearn.teach.grading.notebooks import Theirs, defined
from ftlearn.teach.sources import checked_by, text_of


@dataclass(eq=False)
class Ours:
    """A cell that was handed out.

    Attributes
    ----------
    role : str
        ``"given"`` (code), ``"answer"``, ``"words"`` (an answer in words), ``"check"`` or ``"text"``.
    name : str
        The task's for an answer, the check's own for a check, else the cell's id.
    id, text : str
        As handed out.
    names : frozenset of str
        What an answer is asked to define.
    """

    role: str
    name: str
    id: str
    text: str
    names: frozenset[str] = frozenset()


Known = list[tuple[Theirs, Ours | None]]
"""The student's cells, each with what it was; the student's own were nothing."""


def ours_of(exercise: dict[str, Any]) -> list[Ours]:
    """Return an exercise's cells with what they are for.

    Examples
    --------
    >>> ours_of({"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 1"}]})[0].role
    'given'
    """
    found = []
    for number, cell in enumerate(exercise["cells"]):
        graded, text, code = cell["metadata"].get("nbgrader", {}), text_of(cell), cell["cell_type"] == "code"
        key = str(cell.get("id", ""))
        if graded.get("solution"):
            names = frozenset(defined(text, stubs=True)) if code else frozenset()
            found.append(Ours("answer" if code else "words", str(graded["grade_id"]), key, text, names))
        elif checked_by(cell):
            found.append(Ours("check", str(graded["grade_id"]), key, text))
        elif cell["cell_type"] != "raw":
            found.append(Ours("given" if code else "text", key or f"cell {number}", key, text))
    return found


def recognised(ours: list[Ours], cells: list[Theirs]) -> Known:
    """Tell of each cell of theirs which of ours it is: by its text, its id, its task, its lines."""
    by_id = {one.id: one for one in ours if one.id}
    by_name = {one.name: one for one in ours}
    by_text = {one.text.strip(): one for one in ours if one.role in ("given", "check", "text")}
    asked = {name: one for one in ours for name in one.names}
    found: Known = []
    for cell in cells:
        own = [one for one in (by_id.get(cell.id), by_name.get(cell.task)) if one and _may_be(cell, one)]
        same = by_text.get(cell.text.strip())
        if same and (cell.kind == "code") == (same.role != "text"):
            found.append((cell, next((one for one in own if one.text.strip() == cell.text.strip()), same)))
            continue
        theirs = {asked[name] for name in cell.defines & asked.keys()} if own else set()
        chosen = next((one for one in own if one in theirs), own[0] if own else None)
        stray = chosen is not None and chosen.role == "answer" and theirs and chosen not in theirs
        found.append((cell, None if stray else chosen))
    return _by_lines(ours, found)


def _may_be(cell: Theirs, one: Ours) -> bool:
    """Tell whether a cell can be what its id or its metadata say: they move, and cells change from code to words."""
    if one.role == "text":
        return 2 * len(_lines(one.text) & _lines(cell.text)) >= len(_lines(one.text))
    if cell.kind == "code":
        return one.role != "words" or not cell.defines
    return one.role == "words" or bool(one.names & cell.defines)


def _by_lines(ours: list[Ours], found: Known) -> Known:
    """Recognise given cells that were changed, and have lost their ids, by half of their lines."""
    there = {original for _, original in found}
    holders = defaultdict(set)
    for one in ours:
        if one.role == "given" and one not in there:
            for line in _lines(one.text):
                holders[line].add(one)
    made = []
    for cell, original in found:
        if original is None and cell.kind == "code" and holders:
            shared = Counter(one for line in _lines(cell.text) for one in holders.get(line, ()) if one not in there)
            best, count = max(shared.items(), key=lambda one: one[1], default=(None, 0))
            if best and 2 * count >= len(_lines(best.text)):
                original = best
                there.add(best)
        made.append((cell, original))
    return made


def _lines(text: str) -> set[str]:
    return {line for line in map(str.strip, text.split("\n")) if line}


def other_release(exercise: dict[str, Any], submitted: dict[str, Any], ours: list[Ours], known: Known) -> list[str]:
    """Say when a notebook was made from another release of the exercise.

    Returns
    -------
    list of str
        A sentence, or nothing.

    Raises
    ------
    DataError
        When it is another exercise's.
    """
    here, there = _about(exercise), _about(submitted)
    defines = set().union(*(cell.defines for cell, _ in known))
    found = {original for _, original in known}
    same = {original for cell, original in known if original and original.text.strip() == cell.text.strip()}
    tasks = [one for one in ours if one.role in ("answer", "words")]
    answered = sum(one in found or bool(one.names & defines) for one in tasks)
    other = there.get("lesson") not in (None, here.get("lesson"))
    few = 4 * answered <= len(tasks) and 10 * len(same) <= len(ours) and "lesson" not in there
    if few or (other and 2 * answered <= len(tasks)):
        its = f"it says that it is exercise {str(there['lesson'])[:20]!r}, and " if other else ""
        raise DataError(
            f"The notebook is of another exercise: {its}{answered} of the {len(tasks)} tasks are in it.",
            fix="Put it under the name of its own exercise, or ask the student for the right file.",
        )
    if there.get("release") in (None, here.get("release")):
        return []
    return [
        f"The notebook was made from another release of the exercise ({str(there['release'])[:20]}, now "
        f"{here.get('release')}). It was graded as the exercise is now; where tasks have changed since, "
        "give the student the new release to carry the answers over."
    ]


def _about(notebook: dict[str, Any]) -> dict[str, Any]:
    metadata = notebook.get("metadata")
    about = metadata.get("ftlearn") if isinstance(metadata, dict) else None
    return about if isinstance(about, dict) else {}
