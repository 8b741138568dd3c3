"""Near-identical work, for the instructor to look at: evidence, never a verdict, and never fewer points.

Answers are compared as sets of short runs of tokens. Names that a student chose count by the order in which they come,
so that renaming hides nothing; comments, blanks and the order of lines do not count. What the exercise gives, what is
too short to tell and what many write alike weighs nothing; what two have and nobody else weighs most.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.teach.grading.results import Result
from ftlearn.teach.sources import AUTHOR_TAGS, tags_of, text_of

_CODE_RUN, _TEXT_RUN = 7, 4
"""Tokens or words in a run: shorter ones are everybody's, longer ones break at every small change."""

_LIKE = 0.7
"""From which share of the shorter answer on two are held for near-identical (see tests/grading/test_alike.py)."""

_ENOUGH = 20.0
"""How many runs that nobody else has a pair must share, over a lesson's tasks."""

_IN_TASK = 6.0
"""How many of them must lie in a task for it to count: a line or two that are alike say nothing."""

_OWN = "own__"  # begins a name that the student chose
_LONGEST = 20_000  # characters of an answer that are compared
OTHER_SEED = "The seed in it was handed out to {student!r}."
"""The remark on a notebook whose seed is another student's; `pairs` reads it."""


@dataclass(frozen=True)
class Shared:
    """What two answers to a task have in common.

    Attributes
    ----------
    task : str
        Its name.
    left, right : str
        The two answers, in the order of `Pair.students`.
    likeness : float
        The share of the shorter one that is in the other, from 0 to 1, each run weighted by its rarity in the class.
    """

    task: str
    left: str
    right: str
    likeness: float


@dataclass(frozen=True)
class Pair:
    """Two students whose work in a lesson is alike.

    Attributes
    ----------
    lesson : str
        Its number.
    students : tuple of str
        In alphabetical order.
    tasks : tuple of str
        Those that are alike.
    likeness : float
        That of these tasks together.
    evidence : tuple of Shared
        For each of them, the most alike first.
    remark : str
        What else speaks for it: a seed that was handed out to the other one.
    """

    lesson: str
    students: tuple[str, str]
    tasks: tuple[str, ...]
    likeness: float
    evidence: tuple[Shared, ...]
    remark: str = ""


def pairs(results: Sequence[Result], exercises: Mapping[str, dict[str, Any]]) -> list[Pair]:
    """List students whose answers are near-identical.

    Parameters
    ----------
    results : sequence of Result
        Of a class; any lessons.
    exercises : mapping of str to dict
        By lesson the notebook that was handed out, or better its solution: whoever wrote that counts as classmates of
        theirs, so that what the author thought of too is not rare.

    Returns
    -------
    list of Pair
        The most alike first, lesson by lesson.

    Examples
    --------
    >>> pairs([Result("Ada", "04", "04_x.ipynb"), Result("Bob", "04", "04_x.ipynb")], {})
    []
    """
    found = []
    for lesson in sorted({one.lesson for one in results}):
        own = [one for one in results if one.lesson == lesson]
        found += sorted(_in_lesson(lesson, own, exercises.get(lesson)), key=lambda one: (-one.likeness, one.students))
    return found


def _in_lesson(lesson: str, results: list[Result], notebook: dict[str, Any] | None) -> Iterator[Pair]:
    results = sorted(results, key=lambda one: one.student)
    found: dict[tuple[int, int], list[tuple[float, float, Shared]]] = defaultdict(list)
    for place in _with_seeds_of_others(results):
        found[place]  # listed even where no answer is alike
    for name in dict.fromkeys(task.name for one in results for task in one.tasks):
        tasks = [one.task(name) for one in results]
        code = any(task.tests for task in tasks if task)
        runs = _code_runs if code else _text_runs
        answers = [task.answer[:_LONGEST] if task else "" for task in tasks]
        given, authors = _authors(notebook, name, code=code)
        sets = [*map(runs, answers), *map(runs, authors)]
        nothing = set().union(*map(runs, given))
        for first, second, shared, least in _compared([one - nothing for one in sets], len(answers)):
            if shared >= _IN_TASK and (shared >= _LIKE * least or (not code and shared >= _ENOUGH)):
                likeness = round(shared / least, 3)
                found[first, second].append((shared, least, Shared(name, answers[first], answers[second], likeness)))
    for (first, second), parts in found.items():
        both = results[first], results[second]
        remark = " ".join(one for one in (_seed_remark(*both), _seed_remark(*both[::-1])) if one)
        shared, least = (sum(part[place] for part in parts) for place in (0, 1))
        if remark or shared >= _ENOUGH:
            evidence = tuple(part[2] for part in sorted(parts, key=lambda part: -part[0]))
            tasks = tuple(one.task for one in evidence)
            likeness = round(shared / least, 3) if parts else 0.0
            yield Pair(lesson, (both[0].student, both[1].student), tasks, likeness, evidence, remark)


def _seed_remark(one: Result, other: Result) -> str:
    """Say that a student's seed is the other one's; nothing where it is not."""
    of_other = OTHER_SEED.format(student=other.student) in one.remarks
    return f"The seed in {one.student}'s notebook was handed out to {other.student}." if of_other else ""


def _with_seeds_of_others(results: list[Result]) -> Iterator[tuple[int, int]]:
    place = {OTHER_SEED.format(student=one.student): number for number, one in enumerate(results)}
    for number, one in enumerate(results):
        yield from (tuple(sorted((number, place[said]))) for said in one.remarks if place.get(said, number) != number)


def _authors(notebook: dict[str, Any] | None, name: str, *, code: bool) -> tuple[list[str], list[str]]:
    """Return what an exercise gives, and the right answers to a task that its author wrote."""
    given, authors, latest = [], [], ""
    for cell in notebook["cells"] if notebook else ():
        graded, tags = cell["metadata"].get("nbgrader", {}), tags_of(cell)
        latest = graded["grade_id"] if graded.get("solution") else latest
        if graded.get("solution") or "alternative" in tags:
            authors += [text_of(cell)] if latest == name else []
        elif not tags & AUTHOR_TAGS and (cell["cell_type"] == "code") == code:
            given.append(text_of(cell))
    return given, authors


def _compared(sets: list[set], students: int) -> Iterator[tuple[int, int, float, float]]:
    """Give each two students that share a run, what they share, and what the one with less has, in rare runs.

    A run that two have counts as one, and less the more have it; nothing from about a sixth of all on.
    """
    from scipy.sparse import csr_array

    if not any(sets):
        return
    columns: dict[Any, int] = {}
    found = [columns.setdefault(run, len(columns)) for one in sets for run in sorted(one)]
    rows = np.repeat(np.arange(len(sets)), [len(one) for one in sets])
    table = csr_array((np.ones(len(found)), (rows, found)), shape=(len(sets), len(columns)))
    holders = np.asarray(table.sum(axis=0)).ravel()
    rarity = np.clip(1 - (holders - 2) * 6 / len(sets), 0, 1)
    table = table[:students]
    amounts = table @ rarity
    shared = (table.multiply(rarity[None]).tocsr() @ table.T).tocoo()
    for first, second, weight in zip(shared.row, shared.col, shared.data, strict=True):
        if first < second and weight > 0:
            yield int(first), int(second), float(weight), float(min(amounts[first], amounts[second]))


def _text_runs(text: str) -> set[tuple[str, ...]]:
    return set(_windows(re.findall(r"\w+", text.casefold()), _TEXT_RUN))


def _code_runs(text: str) -> set[tuple[str, ...]]:
    """Return the runs of tokens of code, each with the student's own names counted by the order of their coming."""
    return {_numbered(run) for run in _windows(re.findall(r"\w+|[^\w\s]", _plain(text)), _CODE_RUN)}


def _windows(tokens: list[str], size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(tokens[start:] for start in range(size)), strict=False)


def _numbered(run: tuple[str, ...]) -> tuple[str, ...]:
    order: dict[str, str] = {}
    return tuple(order.setdefault(one, f"{_OWN}{len(order)}") if one.startswith(_OWN) else one for one in run)


def _plain(text: str) -> str:
    """Write code as Python itself would, with every name that it binds replaced; what is no Python, word by word."""
    try:
        tree = ast.parse(text)
        bound = {name for node in ast.walk(tree) for name in _bound(node)}
        return ast.unparse(_Renamed({name: f"{_OWN}{number}" for number, name in enumerate(sorted(bound))}).visit(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return re.sub(r"(?<![.\w])[^\W\d]\w*", _own_unless_known, re.sub(r"#.*", "", text))


def _own_unless_known(found: re.Match) -> str:
    return found[0] if keyword.iskeyword(found[0]) or hasattr(builtins, found[0]) else _OWN + found[0]


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias) and node.asname:
        yield node.asname


class _Renamed(ast.NodeTransformer):
    """Code without docstrings and with other names."""

    def __init__(self, names: dict[str, str]):
        self._names = names

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Constant):
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for part in ("id", "name", "arg", "asname"):
            if not isinstance(node, ast.keyword) and (name := getattr(node, part, None)) in self._names:
                setattr(node, part, self._names[name])
        return super().generic_visit(node)
