"""What came back, read without trusting it: cells of any notebook format as text, and what their code defines."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ftlearn.errors import DataError

MOST_CELLS, MOST_CHARACTERS = 5_000, 5_000_000
"""What of a notebook is still graded: more than anybody writes by hand."""

_PARSED = 50_000  # characters of a cell that is still parsed
_CHECK = re.compile(r"^@\s*(?:check|hidden)\b", re.MULTILINE)
_MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
_DEFINITION = re.compile(
    r"^(?:async +)?(?:def|class) +(\w+)|^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)(?![ \t]*\.\.\.)", re.MULTILINE
)
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(eq=False)
class Theirs:
    """A cell that a student handed in.

    Attributes
    ----------
    kind : str
        ``"code"``, ``"markdown"`` or ``"raw"``.
    text : str
        As it stands there.
    id : str
        Empty where it has none: formats before 4.5 know no ids.
    task : str
        What its metadata say it is; a check's ends in ``_check``.
    """

    kind: str
    text: str
    id: str = ""
    task: str = ""

    @cached_property
    def defines(self) -> set[str]:
        """The names that its code binds at the top level."""
        return defined(self.text)


def cells_of(notebook: dict[str, Any]) -> tuple[list[Theirs], int]:
    r"""Return a notebook's cells, and the number of things among them that are none.

    Parameters
    ----------
    notebook : dict
        JSON of nbformat 3 or 4; anything may stand in it.

    Returns
    -------
    tuple of list of Theirs and int
        In their order.

    Raises
    ------
    DataError
        When there is no list of cells, or more than can be graded.

    Examples
    --------
    >>> cells_of({"cells": [{"cell_type": "code", "source": ["x = 1\n", "y = 2"]}, None]})[0][0].defines == {"x", "y"}
    True
    """
    found = notebook.get("cells")
    if found is None and isinstance(notebook.get("worksheets"), list):  # nbformat 3
        sheets = [one.get("cells") for one in notebook["worksheets"] if isinstance(one, dict)]
        found = [cell for cells in sheets if isinstance(cells, list) for cell in cells]
    fix = "Ask the student to open it in Jupyter, save it, and hand it in again."
    if not isinstance(found, list):
        raise DataError("The notebook has no list of cells.", fix=fix)
    if len(found) > MOST_CELLS:
        fix = "Ask the student for a notebook without the cells that are not needed."
        raise DataError(f"The notebook has {len(found):,} cells; at most {MOST_CELLS:,} are graded.", fix=fix)
    cells = [_cell(one) for one in found if isinstance(one, dict)]
    size = sum(len(one.text) for one in cells)
    if size > MOST_CHARACTERS:
        fix = "Ask the student to load data from a file instead of writing them into a cell."
        raise DataError(
            f"The notebook's cells hold {size:,} characters; at most {MOST_CHARACTERS:,} are graded.", fix=fix
        )
    return cells, len(found) - len(cells)


def _cell(cell: dict[str, Any]) -> Theirs:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source if isinstance(source, str) else ""
    text = re.sub(r"\r\n?", "\n", text.encode(errors="replace").decode())  # JSON can hold half a character
    kind, name = cell.get("cell_type"), cell.get("id")
    if kind not in ("code", "markdown", "raw"):
        code = kind not in ("heading", "html") and (cell.keys() & {"outputs", "input"} or defined(text))
        kind = "code" if code else "markdown"
    metadata = cell.get("metadata")
    graded = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    task = graded.get("grade_id") if isinstance(graded, dict) else None
    return Theirs(kind, text, name if isinstance(name, str) else "", task if isinstance(task, str) else "")


def parsed(text: str) -> ast.Module | None:
    """Parse code, IPython's own commands left out; nothing where it is no Python.

    Examples
    --------
    >>> parsed("half of") is None
    True
    """
    if len(text) > _PARSED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a student's string is no concern of the grader's
            return ast.parse(_MAGIC.sub(r"\1pass", text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def defined(text: str, *, stubs: bool = False) -> set[str]:
    r"""Return the names that code binds at its top level; without `stubs`, not those that only hold a place.

    Examples
    --------
    >>> sorted(defined("a, b = 1, 2\nc = ...\ndef f():\n    d = 3"))
    ['a', 'b', 'f']
    >>> sorted(defined("c = ...", stubs=True))
    ['c']
    """
    tree = parsed(text)
    if tree is None:
        return {first or second for first, second in _DEFINITION.findall(text)}
    return set(_bound(tree.body, stubs=stubs))


def _bound(body: list[ast.stmt], *, stubs: bool) -> Iterator[str]:
    left: list[ast.AST] = list(body)
    while left:
        node = left.pop()
        if isinstance(node, _SCOPES):
            if stubs or not all(_nothing(one) for one in node.body):
                yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, ast.Lambda | ast.comprehension) and (stubs or not _placeholder(node)):
            left += ast.iter_child_nodes(node)


def _nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _placeholder(node: ast.AST) -> bool:
    value = getattr(node, "value", None) if isinstance(node, ast.Assign | ast.AnnAssign) else None
    return isinstance(value, ast.Constant) and value.value is ...


def same_code(one: str, other: str) -> bool:
    """Tell whether two texts are the same code, whatever their comments and blanks.

    Examples
    --------
    >>> same_code("x = ...  # your answer here", "x=...")
    True
    """
    if one.strip() == other.strip():
        return True
    left, right = parsed(one), parsed(other)
    try:
        return left is not None and right is not None and ast.dump(left) == ast.dump(right)
    except RecursionError:
        return False


def without_checks(text: str) -> str:
    r"""Return what of a cell's code is no check: those that students may have changed never run.

    Examples
    --------
    >>> without_checks('half = 0.5\n@check("half")\ndef _(submission):\n    pass')
    'half = 0.5'
    """
    first = _CHECK.search(text)
    if not first:
        return text
    tree = parsed(text)
    if tree is None:
        return text[: first.start()].rstrip()
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, _SCOPES) and any(_is_check(one) for one in node.decorator_list):
            start = min(one.lineno for one in node.decorator_list)
            lines[start - 1 : node.end_lineno] = [""] * (node.end_lineno - start + 1)
    return "\n".join(lines).strip("\n")


def _is_check(node: ast.expr) -> bool:
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Name) and node.id in ("check", "hidden")
