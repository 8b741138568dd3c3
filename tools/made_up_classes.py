"""Classes made up for measuring graders: an exercise in our form, which is nbgrader's too, and answers to it.

Each student's notebook is another one. Of each task it holds a right answer, another right one, a wrong one that the
visible check refuses, or none: there nbgrader, which gives a task's points whole or not at all, and `ftlearn grade`
agree.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftlearn.teach.release import released
from ftlearn.teach.sources import text_of

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_PATTERN = "raraw raarb rarar wraar rbrrr arwar rrara bbbbb arara rwaaw".replace(
    " ", ""
)  # right, another, wrong, blank


@dataclass(frozen=True)
class MadeUpTask:
    """A task of a made-up exercise.

    Attributes
    ----------
    name : str
        Of the task.
    points : int
        What it brings.
    answers : dict of str to callable
        From ``"r"``, ``"a"`` and ``"w"`` (right, another right one, wrong) to what makes a student's cell from their
        number.
    visible, hidden : str
        Bodies of the two tests, which ask ``submission``.
    asserts : str
        The same as plain Python, for a notebook that imports nothing of ours.
    """

    name: str
    points: int
    answers: dict[str, Callable[[int], str]]
    visible: str
    hidden: str
    asserts: str = ""

    def check(self) -> str:
        """Return the text of its check cell."""
        return (
            f'@check("{self.name}", points={self.points}, hints=["Think.", "Try."])\ndef _(submission):\n'
            f"{_indented(self.visible)}\n### BEGIN HIDDEN TESTS\nfrom ftlearn.learn import hidden\n\n\n"
            f'@hidden("{self.name}")\ndef _(submission):\n{_indented(self.hidden)}\n### END HIDDEN TESTS'
        )

    def answer(self, student: int) -> str:
        """Return what a student has put into its cell; empty for nothing."""
        kind = _PATTERN[(7 * student + sum(map(ord, self.name))) % len(_PATTERN)]
        return f"# {student_name(student)}\n{self.answers[kind](student)}" if kind in self.answers else ""


def student_name(number: int) -> str:
    """Return the name of a made-up student.

    Examples
    --------
    >>> student_name(7)
    'student007'
    """
    return f"student{number:03}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


_WORDS = "the quick brown fox jumps over the lazy dog and the cat"
TRIVIAL = (
    MadeUpTask(
        "total", 1,
        {
            "r": lambda n: f"first_{n} = 1\nlast_{n} = 100\ntotal = sum(i**2 for i in range(first_{n}, last_{n} + 1))",
            "a": lambda n: f"total = 0\nfor step_{n} in range(101):\n    total += step_{n} * step_{n}",
            "w": lambda n: f"total = sum(range({n + 101}))",
        },
        'got = submission.value("total", "whole number")\nexpect(got > 300_000, f"{got} is too little.")',
        'expect(submission.value("total") == 338_350, "Each of the hundred numbers counts once.")',
        "assert total > 300_000\n### BEGIN HIDDEN TESTS\nassert total == 338_350\n### END HIDDEN TESTS",
    ),
    MadeUpTask(
        "middle", 2,
        {
            "r": lambda n: f"def middle(numbers_{n}):\n    return sorted(numbers_{n})[len(numbers_{n}) // 2]",
            "a": lambda n: "import statistics\n\n\ndef middle(row):\n"
            f"    place_{n} = statistics.median(row)\n    return place_{n}",
            "w": lambda n: f"def middle(numbers):\n    return sum(numbers) / (len(numbers) + {n})",
        },
        'expect(submission.call("middle", [3, 1, 9]) == 3, "The middle one of 1, 3, 9 is 3.")',
        'expect(submission.call("middle", [5, 4, 3, 2, 900]) == 4, "Large numbers count once, like small ones.")',
        "assert middle([3, 1, 9]) == 3\n### BEGIN HIDDEN TESTS\nassert middle([5, 4, 3, 2, 900]) == 4\n"
        "### END HIDDEN TESTS",
    ),
    MadeUpTask(
        "counts", 3,
        {
            "r": lambda n: "from collections import Counter\n\n\ndef counts(text):\n"
            f"    found_{n} = Counter(text.split())\n    return dict(found_{n})",
            "a": lambda n: f"def counts(text):\n    found = {{}}\n    for word_{n} in text.split():\n"
            f"        found[word_{n}] = found.get(word_{n}, 0) + 1\n    return found",
            "w": lambda n: f"def counts(text):\n    return {{word: {n} + 1 for word in text}}",
        },
        'got = submission.call("counts", "a b a")\nexpect(got == {"a": 2, "b": 1}, f"It gives {got}.")',
        f'got = submission.call("counts", "{_WORDS}")\nexpect(got["the"] == 3 and len(got) == 10, "Other texts too.")',
        'assert counts("a b a") == {"a": 2, "b": 1}\n### BEGIN HIDDEN TESTS\n'
        f'got = counts("{_WORDS}")\nassert got["the"] == 3 and len(got) == 10\n### END HIDDEN TESTS',
    ),
)  # fmt: skip
TENSORFLOW_GIVEN = """import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
X = rng.normal(size=(256, 4)).astype("float32")
y = (X[:, 0] + X[:, 1] > 0).astype("int64")"""
TENSORFLOW = (
    MadeUpTask(
        "network", 1,
        {
            "r": lambda n: "network = keras.Sequential([keras.Input((4,)), "
            f'keras.layers.Dense({8 + n % 23}, activation="relu"), keras.layers.Dense(2, activation="softmax")])\n'
            'network.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy", '
            'metrics=["accuracy"])',
            "a": lambda n: 'start = keras.Input((4,))\n'
            f'h = keras.layers.Dense({12 + n % 19}, activation="tanh")(start)\n'
            'end = keras.layers.Dense(2, activation="softmax")(h)\nnetwork = keras.Model(start, end)\n'
            'network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])\n'
            "network.optimizer.learning_rate = 0.02",
            "w": lambda n: f"network = keras.Sequential([keras.Input((4,)), keras.layers.Dense({3 + n})])\n"
            'network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))',
        },
        'import numpy as np\n\nshape = submission.predict("network", np.zeros((3, 4), "float32")).shape\n'
        'expect(shape == (3, 2), f"Two classes are wanted; it gives rows of {shape[1]}.")',
        'import numpy as np\n\nrows = submission.predict("network", np.ones((5, 4), "float32")).sum(axis=1)\n'
        'expect(np.allclose(rows, 1, atol=1e-3), "Each row should be probabilities.")',
    ),
    MadeUpTask(
        "trained", 2,
        {
            "r": lambda n: f"trained = keras.Sequential([keras.Input((4,)), keras.layers.Dense({16 + n % 17}, "
            'activation="relu"), keras.layers.Dense(2, activation="softmax")])\n'
            'trained.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")\n'
            f"trained.fit(X, y, epochs={8 + n % 3}, batch_size=32, verbose=0)",
            "a": lambda n: f"trained = keras.Sequential([keras.layers.Dense({20 + n % 13}, "
            'activation="tanh"), keras.layers.Dense(2, activation="softmax")])\n'
            'trained.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")\n'
            f"history = trained.fit(X, y, epochs={8 + n % 3}, batch_size=32, verbose=0)",
            "w": lambda n: 'last = keras.layers.Dense(2, activation="softmax")\n'
            "trained = keras.Sequential([keras.Input((4,)), last])\n"
            'trained.compile("sgd", "sparse_categorical_crossentropy")\n'
            f"trained.fit(X, 1 - y, epochs={2 + n % 3}, verbose=0)\ntrained.fit(X, 1 - y, epochs=20, verbose=0)",
        },
        'import numpy as np\n\nZ = np.random.default_rng(1).normal(size=(64, 4)).astype("float32")\n'
        'right = (submission.predict("trained", Z).argmax(axis=1) == (Z[:, 0] + Z[:, 1] > 0)).mean()\n'
        'expect(right > 0.7, f"Of new examples it has {right:.0%} right.")',
        'import numpy as np\n\nZ = np.random.default_rng(2).normal(size=(200, 4)).astype("float32")\n'
        'right = (submission.predict("trained", Z).argmax(axis=1) == (Z[:, 0] + Z[:, 1] > 0)).mean()\n'
        'expect(right > 0.7, "Other examples too.")',
    ),
    MadeUpTask(
        "share", 1,
        {
            "r": lambda n: f"share_{n} = y.mean()\nshare = float(share_{n})",
            "a": lambda n: f"share = int(y.sum()) / len(y)  # {n}",
            "w": lambda n: f"share = {n} + 1.5",
        },
        'got = submission.value("share", "number")\nexpect(0 <= got <= 1, f"{got:g} is no share.")',
        'expect(0.4 < submission.value("share") < 0.6, "About half of them are of class 1.")',
    ),
)  # fmt: skip


def exercise(name: str, tasks: tuple[MadeUpTask, ...], *, given: str = "", bare: bool = False) -> dict[str, Any]:
    """Make the notebook that an author would write.

    Parameters
    ----------
    name : str
        Such as ``"98_small_steps"``.
    tasks : tuple of MadeUpTask
        What is asked.
    given : str
        A cell that comes before.
    bare : bool
        Whether its checks are plain asserts, and nothing of ours is imported.

    Returns
    -------
    dict
        A notebook.
    """
    head = "" if bare else f'from ftlearn.learn import check, exercise, expect\n\nexercise("{name[:2]}")'
    cells = [_cell("markdown", f"# {name}", "heading"), _cell("code", head, "head"), _cell("code", given, "given")]
    cells = [cell for cell in cells if cell["source"]]
    for task in tasks:
        text = f"{BEGIN}\n{task.answers['r'](0)}\n{END}"
        check = task.asserts if bare else task.check()
        cells += [
            _cell("markdown", f"## {task.name}", f"{task.name}-text"),
            _cell("code", text, task.name, _graded(task.name, solution=True)),
            _cell("code", check, f"{task.name}_check", _graded(f"{task.name}_check", grade=True, points=task.points)),
        ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"ftlearn": {"lesson": name[:2], "title": name, "minutes": 10}, "kernelspec": kernel}
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def _graded(name: str, *, grade: bool = False, solution: bool = False, **points: int) -> dict[str, Any]:
    about = {"grade": grade, "grade_id": name, "locked": grade, "schema_version": 3, "solution": solution}
    more = {"ftlearn": {"minutes": 3, "ideas": []}} if solution else {}
    return {"nbgrader": {**about, "task": False, **points}, **more}


def _cell(kind: str, text: str, name: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    extra = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": metadata or {}, "source": text, **extra}


def answers_of(source: dict[str, Any], student: int) -> dict[str, str]:
    """Mix a student's answers to a real exercise: its solution, its alternatives, its wrong ones, or none.

    Parameters
    ----------
    source : dict
        A solution notebook.
    student : int
        Their number.

    Returns
    -------
    dict
        Texts by task; a task that stays blank is not in it.
    """
    from ftlearn.teach.sources import tasks_of

    found = {}
    for number, task in enumerate(tasks_of(source).values()):
        kind = _PATTERN[(7 * student + 11 * number) % len(_PATTERN)]
        texts = {"r": [task.solution], "a": task.alternatives, "w": [text for _, text in task.wrong], "b": []}[kind]
        if texts and task.check:
            found[task.name] = f"# {student_name(student)}\n{texts[student % len(texts)]}"
    return found


def handed_in(handed_out: dict[str, Any], answers: dict[str, str]) -> dict[str, Any]:
    """Put a student's answers into what was handed out."""
    notebook = copy.deepcopy(handed_out)
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(name, text_of(cell))
    return notebook


def submit(
    folder: Path, name: str, source: dict[str, Any], answers: Callable[[int], dict[str, str]], size: int
) -> None:
    """Write what a class hands in, in nbgrader's folders.

    Parameters
    ----------
    folder : Path
        Of the course; its exercise is taken from ``exercises`` where nbgrader has made it.
    name : str
        Of the exercise.
    source : dict
        Its solution notebook.
    answers : callable
        Gives a student's texts by task.
    size : int
        How many students.
    """
    made = folder / "exercises" / name / f"{name}.ipynb"
    handed_out = json.loads(made.read_text(encoding="utf-8")) if made.exists() else released(source)
    for student in range(size):
        place = folder / "submitted" / student_name(student) / name
        place.mkdir(parents=True)
        (place / f"{name}.ipynb").write_text(json.dumps(handed_in(handed_out, answers(student))), encoding="utf-8")
