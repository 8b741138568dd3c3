"""Answers in words, wherever in the notebook they were written."""

from __future__ import annotations

import ast

from ftlearn.teach.grading.notebooks import Theirs, parsed
from ftlearn.teach.grading.recognising import Known, Ours
from ftlearn.teach.sources import TEXT_STUB


def words_in(ours: list[Ours], known: Known) -> tuple[dict[str, str], list[str]]:
    """Find the answers to the tasks that are answered in words.

    Parameters
    ----------
    ours : list of Ours
        What was handed out.
    known : list of tuple
        The student's cells, each with what it was.

    Returns
    -------
    tuple of dict and list
        The answers by their tasks, empty where none was given; the tasks whose answer stood elsewhere.
    """
    tasks = {one.name: "" for one in ours if one.role == "words"}
    sections = _sections(ours)
    elsewhere: dict[str, list[str]] = {name: [] for name in tasks}
    loose: list[str] = []
    latest: Ours | None = None
    for cell, original in known:
        if original is not None:
            latest = original
        task = sections.get(latest, "")
        if original is not None and original.role == "words":
            tasks[original.name] += _said(cell.text, original.text)
        elif original is not None and original.role == "text" and task:
            before, same, after = cell.text.partition(original.text.strip())
            elsewhere[task] += [part for part in (before, after) if same and part.strip()]
        elif original is None and _is_prose(cell, markdown_only=not task):
            (elsewhere[task] if task else loose).append(cell.text)
    unanswered = [name for name, text in tasks.items() if not text and not elsewhere[name]]
    if len(unanswered) == 1:
        elsewhere[unanswered[0]] = loose
    moved = [name for name in tasks if elsewhere[name]]
    for name in moved:
        parts = [tasks[name], *(_said(part, TEXT_STUB) for part in elsewhere[name])]
        tasks[name] = "\n\n".join(part for part in parts if part)
    return tasks, moved


def _sections(ours: list[Ours]) -> dict[Ours | None, str]:
    """Return for the cell of an answer in words, and for each prompt right above it, the task."""
    found: dict[Ours | None, str] = {}
    task = ""
    for one in reversed(ours):
        task = one.name if one.role == "words" else task if one.role == "text" else ""
        if task:
            found[one] = task
    return found


def _said(text: str, stub: str) -> str:
    """Return what was written besides the stub."""
    return text.replace(stub.strip(), "").strip()


def _is_prose(cell: Theirs, *, markdown_only: bool) -> bool:
    """Tell whether a cell holds words: Markdown, or a code cell with nothing that runs."""
    if cell.kind != "code" or markdown_only:
        return cell.kind != "code" and bool(cell.text.strip()) and not (cell.defines and parsed(cell.text))
    tree = parsed(cell.text)
    return bool(cell.text.strip()) and (tree is None or all(_is_text(one) for one in tree.body))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
