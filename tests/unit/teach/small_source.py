"""A solution notebook small enough to be read here: one task with a value, one with a function, one by hand."""

from __future__ import annotations

HEAD = "from ftlearn.learn import check, exercise, expect\n\nexercise('99')"
HALF_CHECK = """@check("half", points=1, hints=["Think.", "Divide."])
def _(submission):
    got = submission.value("half", "number")
    expect(got != 2, "Two is twice one.")
    expect(0 < got < 1, f"{got:g} is no share of one.")
### BEGIN HIDDEN TESTS
from ftlearn.learn import hidden


@hidden("half")
def _(submission):
    expect(submission.value("half") == 0.5, "Half of one is wanted.")
### END HIDDEN TESTS"""
TWICE_CHECK = """@check("twice", points=2, hints=["Add.", "To itself."])
def _(submission):
    expect(submission.call("twice", 3) != 9, "That is the square.")
    expect(submission.call("twice", 3) == 6, f"twice(3) gives {submission.call('twice', 3)}.")
### BEGIN HIDDEN TESTS
from ftlearn.learn import hidden


@hidden("twice")
def _(submission):
    expect(submission.call("twice", -1.5) == -3, "Negative numbers too.")
### END HIDDEN TESTS"""
TWICE = "def twice(x):\n    ### BEGIN SOLUTION\n    answer = x + x\n    return answer\n    ### END SOLUTION"


def graded(name, points=None, *, grade=False, solution=False):
    about = {"grade": grade, "grade_id": name, "locked": not solution, "schema_version": 3, "solution": solution}
    return {"nbgrader": {**about, "task": False, **({} if points is None else {"points": points})}}


def cell(kind, text, **metadata):
    extra = {"outputs": [], "execution_count": None} if kind == "code" else {}
    name = metadata.get("nbgrader", {}).get("grade_id") or f"c{abs(hash((kind, text))) % 10**8}"
    return {"cell_type": kind, "id": name, "metadata": metadata, "source": text, **extra}


def answer(name, text, kind="code", **more):
    return cell(kind, text, ftlearn={"minutes": 3, "ideas": ["idea-01a"]}, **graded(name, solution=True, **more))


def source(**changes):
    """Make the notebook; `changes` replace parts of it by name."""
    part = {
        "half": "### BEGIN SOLUTION\nhelp_me = 2\nhalf = 1 / help_me\n### END SOLUTION",
        "half_check": HALF_CHECK,
        "half_wrong": ["# says: twice one\nhalf = 2", "# says: no share\nhalf = -1"],
        "half_alternatives": ["half = 0.5", "half = 2**-1", "import numpy as np\n\nhalf = np.float32(0.5)"],
        "twice": TWICE,
        "twice_check": TWICE_CHECK,
        "twice_wrong": [
            "# says: square\ndef twice(x):\n    return x * x",
            "# says: gives 4\ndef twice(x):\n    return 4",
        ],
        "twice_alternatives": [f"def twice(x):\n    return {text}" for text in ("2 * x", "x * 2", "sum([x, x])")],
        "between": "",
        **changes,
    }
    cells = [cell("markdown", "# Exercise 99"), cell("code", HEAD)]
    for name, points in (("half", 1), ("twice", 2)):
        cells += [cell("markdown", f"## {name}", **graded(f"{name}-text")), answer(name, part[name])]
        cells += [cell("code", part["between"])] if part["between"] else []
        cells.append(cell("code", part[f"{name}_check"], **graded(f"{name}_check", points, grade=True)))
        cells += [cell("raw", text, tags=["wrong"]) for text in part[f"{name}_wrong"]]
        cells += [cell("raw", text, tags=["alternative"]) for text in part[f"{name}_alternatives"]]
    cells.append(answer("why", "Because halves are the smallest of shares.", "markdown", points=2, grade=True))
    cells.append(cell("markdown", "One point for each of two reasons.", tags=["rubric"]))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"ftlearn": {"lesson": "99", "title": "Halves", "minutes": 10}, "kernelspec": kernel}
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
