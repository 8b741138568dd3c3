"""A small exercise with a number of its own for each student: an example of how variants are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ftlearn.assets.transfer import whole_file
from ftlearn.teach.release import as_text

NAME = "20_a_sample_of_your_own"
_HEAD = 'from ftlearn.learn import check, exercise, expect, hint\n\nexercise("20")'
_SAMPLE = """import numpy as np

seed = 0  # your seed
prices = np.random.default_rng(seed).integers(1_000, 90_000, 51) + 0.5"""
_ANSWER = """### BEGIN SOLUTION
middle = float(np.median(prices))
### END SOLUTION"""
_CHECK = """@check("middle", points=2, hints=[
    "Half of the cars cost less.",
    "Sort them, and take the one in the middle.",
])
def _(submission):
    got = submission.value("middle", "number")
    expect(1_000 < got < 90_000, f"`middle` is {got:g}; the price of a car in euros is wanted.")
### BEGIN HIDDEN TESTS
from ftlearn.learn import hidden


@hidden("middle", points=2)
def _(submission, reference):
    wanted = reference.value("middle", "number")
    expect(abs(submission.value("middle", "number") - wanted) < 1e-6, "This is not the median of your own sample.")
### END HIDDEN TESTS"""
_WRONG = (
    "# says: price of a car\nmiddle = len(prices) // 2",
    "# says: price of a car\nmiddle = float(np.median(prices)) / 100",
)
_ALTERNATIVES = (
    "middle = sorted(prices)[25]",
    "middle = np.quantile(prices, 0.5)",
    "import statistics\n\nmiddle = statistics.median(prices.tolist())",
)


def write_variant(folder: Path, students: Sequence[str]) -> None:
    """Write the exercise's solution, and a roster.

    Parameters
    ----------
    folder : Path
        Gets ``solutions/`` and ``roster.csv``.
    students : sequence of str
        Who is on the roster.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_variant(Path(folder), ["Ada Lovelace"])
    ...     print((Path(folder) / "roster.csv").read_text(), end="")
    student
    Ada Lovelace
    """
    texts = {
        f"solutions/{NAME}/{NAME}.ipynb": as_text(_notebook()),
        "roster.csv": "".join(f"{name}\n" for name in ("student", *students)),
    }
    for place, text in texts.items():
        with whole_file(folder / place) as part:
            part.write_text(text, encoding="utf-8")


def _notebook() -> dict[str, Any]:
    asked = (
        "## 1. The middle of your sample\n\nBelow stand the prices of 51 used cars, in euros: other cars for "
        "each of you. Put the median of yours into `middle`."
    )
    about = {"ftlearn": {"minutes": 3, "ideas": ["idea-07a"]}, **_graded("middle", solution=True)}
    cells = [
        _cell("start-text", "markdown", "# Exercise 20: a sample of your own", **_graded("start-text")),
        _cell("start-code", "code", _HEAD, **_graded("start-code")),
        _cell("start-text-2", "markdown", asked, **_graded("start-text-2")),
        _cell("start-code-2", "code", _SAMPLE, **_graded("start-code-2")),
        _cell("middle", "code", _ANSWER, **about),
        _cell("middle_check", "code", _CHECK, **_graded("middle_check", grade=True, points=2)),
        *(_cell(f"wrong-{n}", "raw", text, tags=["wrong"]) for n, text in enumerate(_WRONG)),
        *(_cell(f"alternative-{n}", "raw", text, tags=["alternative"]) for n, text in enumerate(_ALTERNATIVES)),
    ]  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    known = {"lesson": "20", "title": "A sample of your own", "minutes": 3}
    return {"cells": cells, "metadata": {"ftlearn": known, "kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _graded(name: str, *, grade: bool = False, solution: bool = False, **more: Any) -> dict[str, Any]:
    return {"nbgrader": {
        "grade": grade, "grade_id": name, "locked": not solution, "schema_version": 3, "solution": solution,
        "task": False, **more,
    }}  # fmt: skip


def _cell(name: str, kind: str, text: str, **metadata: Any) -> dict[str, Any]:
    extra = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": metadata, "source": text.splitlines(keepends=True), **extra}
