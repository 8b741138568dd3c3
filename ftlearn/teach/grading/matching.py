"""A student's notebook beside the exercise that was handed out: which cell answers which task.

A cell is found by its text, its id, the name of its task and what it defines; never by its place. What was deleted,
doubled, moved, renamed or changed is put right where it can be, and said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ftlearn.teach.grading.notebooks import cells_of, defined, parsed, same_code, without_checks
from ftlearn.teach.grading.recognising import Known, Ours, other_release, ours_of, recognised
from ftlearn.teach.grading.words import words_in
from ftlearn.teach.sources import text_of


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
        In the student's order. Several may answer one task; the last of them counts.
    texts : dict of str to str
        The answers by their tasks, those in words too; nothing where none was given.
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

    def in_released_order(self, order: Sequence[str]) -> list[Cell]:
        """Return the cells in the exercise's order, each of the student's own right after the cell it followed."""
        place = {name: number for number, name in enumerate(order)}
        found, latest = [], -1
        for number, cell in enumerate(self.cells):
            latest = place.get(cell.name, latest) if cell.kind != "extra" else latest
            found.append((latest, cell.kind == "extra", number, cell))
        return [cell for *_, cell in sorted(found, key=lambda one: one[:3])]


@dataclass(eq=False)
class _Piece:
    """A part of a cell of theirs: as of `Cell`, a stub (``"stub"``), or code where none runs (``"aside"``)."""

    kind: str
    name: str
    text: str
    defines: frozenset[str] | set[str] = frozenset()


def names_of(exercise: dict[str, Any]) -> list[str]:
    """Return the names of an exercise's cells that run, in its order: an answer's task, else the cell's id."""
    return [one.name for one in ours_of(exercise) if one.role in ("given", "answer")]


def is_check(cell: dict[str, Any]) -> bool:
    """Tell whether a cell is a check, by its metadata or by what it does."""
    graded = cell["metadata"].get("nbgrader", {})
    if graded.get("grade") and not graded.get("solution"):
        return True
    return cell["cell_type"] == "code" and text_of(cell).lstrip().startswith("@check(")


def match(exercise: dict[str, Any], submitted: dict[str, Any]) -> Plan:
    """Find for each cell of an exercise the student's version of it, and plan what is to be run.

    Parameters
    ----------
    exercise : dict
        What was handed out.
    submitted : dict
        What came back; anything may stand in it.

    Returns
    -------
    Plan
        With every given cell as it was handed out, whatever became of it.

    Raises
    ------
    DataError
        When it is no notebook, too large to be graded, or another exercise's.
    """
    cells, broken = cells_of(submitted)
    ours, plan = ours_of(exercise), Plan()
    known = recognised(ours, cells)
    plan.remarks += other_release(exercise, submitted, ours, known)
    if broken:
        plan.remarks.append(f"{broken} of the notebook's cells could not be read; they were left out.")
    pieces = _pieces(known)
    _say(ours, known, pieces, plan)
    _put_back(ours, pieces)
    moved = _answer(ours, pieces, plan)
    words, moved_words = words_in(ours, known)
    if moved + moved_words:
        plan.remarks.append(f"Answers were found in other cells than their own: {_listed(moved + moved_words)}.")
    plan.cells = [Cell(one.kind, one.name, one.text) for one in pieces if one.kind != "aside"]
    plan.texts |= words
    return plan


def _pieces(known: Known) -> list[_Piece]:
    """Take the cells apart: what was given, what answers a task, what is the student's own; checks are left out."""
    pieces: list[_Piece] = []
    seen: set[Ours] = set()
    for cell, original in known:
        text = without_checks(cell.text)
        if cell.kind != "code":
            pieces += [_Piece("aside", "", text, cell.defines)] if parsed(text) and cell.defines else []
        elif original is not None and original.role == "answer":
            kind = "answer" if text.strip() and not same_code(text, original.text) else "stub"
            pieces.append(_Piece(kind, original.name, text if kind == "answer" else original.text, cell.defines))
        elif text.strip():
            given = original is not None and original.role == "given" and original not in seen
            if original is not None and original.role == "check" and text == without_checks(original.text):
                continue
            parts = [text]
            if given:
                seen.add(original)
                before, same, after = text.partition(original.text.strip())
                parts = [before, original.text, after] if same else [original.text, text]
            for part in parts:
                if given and part is original.text:
                    pieces.append(_Piece("given", original.name, part))
                elif part.strip():
                    pieces.append(_Piece("extra", cell.id, part, defined(part)))
    return pieces


def _put_back(ours: list[Ours], pieces: list[_Piece]) -> None:
    """Put given cells that were deleted where they stood: after the nearest one before them that is there."""
    there = {one.name for one in pieces if one.kind == "given"}
    before: set[str] = set()
    for one in ours:
        if one.role == "given" and one.name not in there:
            places = (i + 1 for i, piece in enumerate(pieces) if piece.kind != "extra" and piece.name in before)
            pieces.insert(max(places, default=0), _Piece("given", one.name, one.text))
        before.add(one.name)


def _answer(ours: list[Ours], pieces: list[_Piece], plan: Plan) -> list[str]:
    """Find for each task the pieces that answer it; a stub stays only where there is nothing else.

    Returns the tasks that are answered in another cell than their own.
    """
    holders, moved = defaultdict(list), []
    for piece in pieces:
        for name in piece.defines:
            holders[name].append(piece)
    for number, task in enumerate(ours):
        if task.role != "answer":
            continue
        carried = [one for one in pieces if one.kind == "answer" and one.name == task.name]
        missing = set(task.names)
        for piece in reversed(carried):  # the last version counts, and of others what it leaves open; parts all do
            if task.names & piece.defines and not missing & piece.defines:
                piece.kind = "extra"
            missing -= piece.defines
        elsewhere = list(_elsewhere(missing, holders))
        stubs = [one for one in pieces if one.kind == "stub" and one.name == task.name]
        plan.remarks += _said_of(task.name, len(carried), elsewhere, stubs)
        moved += [task.name] if elsewhere else []
        for piece in elsewhere:
            if piece.kind == "answer":  # another task's too: it runs once more, after what this one was given
                given = {one.name for one in ours[:number] if one.role == "given"}
                last = max((i for i, one in enumerate(pieces) if one.kind == "given" and one.name in given), default=-1)
                place = max(last, pieces.index(piece)) + 1
                pieces.insert(place, _Piece("answer", task.name, piece.text, piece.defines))
            else:
                piece.kind, piece.name = "answer", task.name
        for stub in stubs[0 if carried or elsewhere else 1 :]:
            pieces.remove(stub)
        for stub in stubs[:1]:
            stub.kind = "answer"
        parts = {id(one) for one in (*carried, *elsewhere)}
        plan.texts[task.name] = "\n\n".join(one.text for one in pieces if id(one) in parts)
    return moved


def _elsewhere(missing: set[str], holders: dict[str, list[_Piece]]) -> Iterator[_Piece]:
    """Give the last pieces that define what is missing: the student's own first, then those of other tasks."""
    for name in sorted(missing):
        if name in missing:
            for kind in ("extra", "answer", "aside"):
                piece = next((one for one in reversed(holders[name]) if one.kind == kind), None)
                if piece:
                    missing -= piece.defines
                    yield piece
                    break


def _said_of(name: str, carried: int, elsewhere: list[_Piece], stubs: list[_Piece]) -> Iterator[str]:
    if carried > 1:
        yield f"{carried} cells answer `{name}`; all ran in their order, and of several versions the last one counts."
    if any(one.kind == "aside" for one in elsewhere):
        yield f"The answer to `{name}` stands in a cell that is no code cell; it ran nevertheless."
    if not carried and not elsewhere and not stubs:
        yield f"There is no cell for `{name}` any more, and none that defines what it asks for."


def _say(ours: list[Ours], known: Known, pieces: list[_Piece], plan: Plan) -> None:
    """Say what became of the cells that were given, and of their order."""
    names = [one.name for one in ours if one.role in ("given", "answer")]
    held = {one.name for one in pieces if one.kind == "given"}
    gone = [one.name for one in ours if one.role == "given" and one.name not in held]
    there = {original for cell, original in known if original and cell.text.strip() == original.text.strip()}
    changed = [one.name for one in ours if one.role == "given" and one.name in held and one not in there]
    if gone:
        plan.remarks.append(f"Given cells are missing: {_listed(gone)}. They ran nevertheless.")
    if changed:
        plan.remarks.append(f"Given cells were changed: {_listed(changed)}. They ran as handed out, then as changed.")
    if any(one.role == "check" and one not in there for one in ours):
        plan.remarks.append("Checks are missing or changed; that costs nothing, the course's own were used.")
    lost = sum(original is not None and original.role != "text" and cell.id != original.id for cell, original in known)
    if lost:
        plan.remarks.append(f"Cells have lost their ids ({lost}); they were found by their tasks and their text.")
    order = list(dict.fromkeys(one.name for one in pieces if one.kind in ("given", "answer", "stub")))
    if order != sorted(order, key=names.index):
        plan.remarks.append("Cells are in another order than they were handed out in; both orders were tried.")


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
