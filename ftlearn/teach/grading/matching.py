"""A student's notebook beside the exercise that was handed out: which cell answers which task.

A cell is found by its id, then by the name of its task, then by its content; never by its place. What was deleted,
doubled, moved, renamed or changed is put right where it can be, and said.
"""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass, field
from typing import Any

from ftlearn.teach.sources import text_of

_ALIKE = 0.6
"""From which similarity on two cells are held for the same one (1 is equality)."""


@dataclass(frozen=True)
class Cell:
    """A cell to be run.

    Attributes
    ----------
    kind : str
        ``"given"``, ``"answer"`` or ``"extra"`` (a cell of the student's own).
    name : str
        The task's for an answer, else the cell's id.
    text : str
        Code.
    """

    kind: str
    name: str
    text: str


@dataclass
class Plan:
    """What is to be run, in which order, and what is to be said of the notebook.

    Attributes
    ----------
    cells : list of Cell
        In the student's order.
    texts : dict of str to str
        The free-text answers by their tasks.
    remarks : list of str
        Sentences for the instructor and the student.
    """

    cells: list[Cell] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def extras(self) -> bool:
        """Whether there are cells of the student's own."""
        return any(cell.kind == "extra" for cell in self.cells)

    def in_released_order(self, order: list[str]) -> list[Cell]:
        """Return the cells in the exercise's order, each of the student's own right after the cell it followed."""
        place = {name: number for number, name in enumerate(order)}
        found, latest = [], -1
        for number, cell in enumerate(self.cells):
            latest = place.get(cell.name, latest) if cell.kind != "extra" else latest
            found.append((latest, cell.kind == "extra", number, cell))
        return [cell for *_, cell in sorted(found, key=lambda one: one[:3])]


def names_of(exercise: dict[str, Any]) -> list[str]:
    """Return the names of an exercise's cells that run, in its order: an answer's task, else the cell's id."""
    return [_name(cell) for cell in exercise["cells"] if cell["cell_type"] == "code" and not is_check(cell)]


def is_check(cell: dict[str, Any]) -> bool:
    """Tell whether a cell is a check, by its metadata or by what it does."""
    graded = _graded(cell)
    if graded.get("grade") and not graded.get("solution"):
        return True
    return cell["cell_type"] == "code" and text_of(cell).lstrip().startswith("@check(")


def _graded(cell: dict[str, Any]) -> dict[str, Any]:
    found = cell.get("metadata", {}).get("nbgrader", {}) if isinstance(cell.get("metadata"), dict) else {}
    return found if isinstance(found, dict) else {}


def _name(cell: dict[str, Any]) -> str:
    graded = _graded(cell)
    return str(graded["grade_id"]) if graded.get("solution") else str(cell.get("id", ""))


def match(exercise: dict[str, Any], submitted: dict[str, Any]) -> Plan:
    """Find for each cell of an exercise the student's version of it, and plan what is to be run.

    Parameters
    ----------
    exercise : dict
        What was handed out.
    submitted : dict
        What came back.

    Returns
    -------
    Plan
        With every given cell as it was handed out, whatever became of it.
    """
    plan = Plan()
    wanted = [
        cell for cell in exercise["cells"] if not is_check(cell) and (cell["cell_type"] == "code" or _answers(cell))
    ]
    theirs = [cell for cell in submitted["cells"] if isinstance(cell, dict) and not is_check(cell)]
    theirs = [
        cell for cell in theirs if cell.get("cell_type") == "code" or _answers(cell) or not _known_text(cell, exercise)
    ]
    pairs = _pairs(wanted, theirs, plan)
    answered = {id(cell): original for original, cell in pairs}
    for cell in theirs:
        original = answered.get(id(cell))
        if original is not None:
            _take(plan, original, cell)
        elif cell.get("cell_type") == "code" and text_of(cell).strip():
            plan.cells.append(Cell("extra", str(cell.get("id", "")), text_of(cell)))
    _put_back(plan, wanted, {id(original) for original, _ in pairs})
    order = [name for name in names_of(exercise) if name in {cell.name for cell in plan.cells}]
    if [cell.name for cell in plan.cells if cell.kind != "extra"] != order:
        plan.remarks.append("Cells are in another order than they were handed out in.")
    return plan


def _answers(cell: dict[str, Any]) -> bool:
    return bool(_graded(cell).get("solution"))


def _known_text(cell: dict[str, Any], exercise: dict[str, Any]) -> bool:
    """Tell whether a Markdown cell is one of the exercise's prompts."""
    return any(one["cell_type"] == "markdown" and text_of(one) == text_of(cell) for one in exercise["cells"])


def _pairs(wanted: list[dict], theirs: list[dict], plan: Plan) -> list[tuple[dict, dict]]:
    """Pair cells by id, then by the task's name, then by content; the last of several for one task counts."""
    pairs: list[tuple[dict, dict]] = []
    left, free = list(wanted), list(theirs)
    for same in (_same_id, _same_task, _same_names, _alike):
        for original in list(left):
            found = [cell for cell in free if cell.get("cell_type") == original["cell_type"] and same(original, cell)]
            if not found:
                continue
            chosen = max(found, key=lambda cell: (_touched(original, cell), free.index(cell)))
            if len(found) > 1 and same in (_same_id, _same_task):
                plan.remarks.append(
                    f"There are {len(found)} cells for {_name(original)!r}; the last changed one counts."
                )
            if same is not _same_id and _answers(original):
                plan.remarks.append(f"The cell of {_name(original)!r} had lost its id; it was found by its content.")
            pairs.append((original, chosen))
            left.remove(original)
            free = [cell for cell in free if cell not in found or cell is chosen]
            free.remove(chosen)
    return pairs


def _touched(original: dict, cell: dict) -> bool:
    return text_of(original).strip() != text_of(cell).strip()


def _same_id(original: dict, cell: dict) -> bool:
    return bool(original.get("id")) and original.get("id") == cell.get("id")


def _same_task(original: dict, cell: dict) -> bool:
    return _answers(original) and _graded(cell).get("grade_id") == _graded(original)["grade_id"]


def _same_names(original: dict, cell: dict) -> bool:
    """Tell whether a cell defines what the stub of an answer leaves to be defined."""
    asked = _defined(text_of(original))
    return _answers(original) and bool(asked) and asked <= _defined(text_of(cell))


def _alike(original: dict, cell: dict) -> bool:
    return difflib.SequenceMatcher(None, text_of(original), text_of(cell), autojunk=False).ratio() >= _ALIKE


def _defined(text: str) -> set[str]:
    """Return the names that code defines at its top level; none where it is no Python."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return set()
    found = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        found |= {one.id for one in targets if isinstance(one, ast.Name)}
    return found


def _take(plan: Plan, original: dict, cell: dict) -> None:
    name = _name(original)
    if original["cell_type"] == "markdown":
        plan.texts[name] = text_of(cell)
    elif _answers(original):
        plan.cells.append(Cell("answer", name, text_of(cell)))
    else:
        if _touched(original, cell):
            plan.remarks.append(f"The given cell {name!r} was changed; it ran as it was handed out, then as changed.")
            plan.cells.append(Cell("given", name, text_of(original)))
            plan.cells.append(Cell("extra", name, text_of(cell)))
            return
        plan.cells.append(Cell("given", name, text_of(original)))


def _put_back(plan: Plan, wanted: list[dict], found: set[int]) -> None:
    """Put cells that were deleted back where they stood, after the nearest one before them that is there."""
    for number, original in enumerate(wanted):
        if id(original) in found:
            continue
        name = _name(original)
        plan.remarks.append(f"The cell {name!r} is missing" + ("." if _answers(original) else "; it ran nevertheless."))
        if original["cell_type"] != "code" or _answers(original):
            continue
        before = {_name(one) for one in wanted[:number]}
        place = max((i + 1 for i, cell in enumerate(plan.cells) if cell.name in before), default=0)
        plan.cells.insert(place, Cell("given", name, text_of(original)))
