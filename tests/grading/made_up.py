"""A class of twelve that nobody graded: results as grading leaves them, with every outcome, late and hostile work."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ftlearn.learn.outcomes import ERROR, NOT_ATTEMPTED, NOT_YET, PASSED, UNCHECKED
from ftlearn.teach.grading.marks import Mark, Marks, sum_of
from ftlearn.teach.grading.results import (
    CRASHED,
    NOT_TRIED,
    OUT_OF_MEMORY,
    OUT_OF_TIME,
    WAITS,
    Result,
    TaskResult,
    TestResult,
)
from ftlearn.teach.grading.settings import Late, Settings

SECRET = "expected 41.7 in hidden_inputs[3]"
"""What tests say to those who teach; no student may read it."""
PATTERN = r"mean of the .* instead"
HOSTILE = "=cmd|' /C calc'!A0<script>alert(\"x\")</script>\u202egnp.exe\x00\ud800"
STUDENTS = (
    "Ada Lovelace", "Katherine Coleman Goble Johnson", "Nguyễn Thị Minh Khai", "Jean-Baptiste de La Salle-Montmorency",
    "Maria Wilhelmina Anastasia Featherstonehaugh-Cholmondeley of the Very Long House by the River", "Γεώργιος Σεφέρης",
    "محمد بن موسى الخوارزمي", "Zoë", "李小龍", "O'Brien, Seán", "Wladimir Köppen", HOSTILE,
)  # fmt: skip
SENTENCES = {
    PASSED: "Your layers are frozen, and the head learns: 240 weights train.",
    NOT_YET: "`accuracy` is 0.62; a frozen base with a trained head comes to more than 0.80 here. Is "
    "`base.trainable` set before `compile`?",
    NOT_ATTEMPTED: "There is no `head` yet. The cell below the prompt is where it goes.",
    ERROR: "Your code raised NameError: name 'modle' is not defined (line 3).",
    OUT_OF_TIME: "Your code ran for more than 60 s and was stopped.",
    OUT_OF_MEMORY: "Your code asked for more memory than the 3 GB there are.",
    CRASHED: "The process that ran your code ended with exit status 9.",
    UNCHECKED: "The check could not judge your answer. Has it the form that the task asks for?",
}
TASKS = {
    "04": (("friday", "Freeze the base", 2.0), ("thaw", "Thaw the last block, and only that", 3.0),
           ("rate", "Choose a learning rate", 1.0), ("why", "Say why it works", 2.0)),
    "05": (("threshold", "Pick a threshold", 2.0), ("interval", "How sure is the score?", 4.0)),
    "07": (("naive", "Beat the naive forecast", 3.0), ("window", "Cut the series into windows", 2.0)),
}  # fmt: skip
NOTEBOOKS = {
    "04": "04_freezing_and_unfreezing.ipynb",
    "05": "05_evaluation_metrics.ipynb",
    "07": "07_time_series.ipynb",
}
DUE = datetime(2026, 11, 20, 23, 59, tzinfo=timezone(timedelta(hours=1)))
SETTINGS = Settings("Fine-tuning, autumn 2026", late=Late(per_day=0.1), due={"04": DUE, "07": DUE})
_ROUND = (NOT_YET, OUT_OF_MEMORY, NOT_YET, ERROR, OUT_OF_TIME, CRASHED, NOT_YET, UNCHECKED, NOT_ATTEMPTED, NOT_YET)
ANSWER = (
    "base.trainable = False\nhead = keras.layers.Dense(3)\nfor layer in base.layers:\n    layer.trainable = False\n"
)


def task(name: str, title: str, possible: float, kind: str, answer: str = ANSWER) -> TaskResult:
    """Make what grading found in one task."""
    if kind == WAITS:
        return TaskResult(name, WAITS, 0.0, possible, title=title, answer=answer or "Because the base has seen more.")
    half, said = possible / 2, SENTENCES[kind]
    first = TestResult("check", kind, half if kind == PASSED else 0.0, half, said, SECRET, 0.1)
    hidden = PASSED if kind == PASSED else NOT_TRIED
    told = "A hidden test passed." if kind == PASSED else "It is tried when the check before it passes."
    second = TestResult("hidden 1", hidden, half if kind == PASSED else 0.0, half, told, SECRET)
    return TaskResult(
        name, kind, first.points + second.points, possible, said, title, (first, second),
        "" if kind == NOT_ATTEMPTED else answer, PATTERN if kind == NOT_YET else "",
    )  # fmt: skip


def a_class() -> tuple[list[Result], Marks]:
    """Make the results of twelve students in three lessons, and the marks of some."""
    results, marks = [], []
    for place, student in enumerate(STUDENTS):
        for lesson, asked in TASKS.items():
            if lesson == "07" and place % 3:
                continue
            about = Result(
                student, lesson, NOTEBOOKS[lesson], sandbox="bubblewrap",
                layout="moodle", number=str(100 + place), place=f"{student}/{NOTEBOOKS[lesson]}",
                handed_in=(DUE + timedelta(hours=12 * place - 60)).isoformat(),
            )  # fmt: skip
            if (place, lesson) == (9, "05"):
                results.append(
                    Result(**{**vars(about), "problem": "It is not a notebook (JSONDecodeError). Ask for it again."})
                )
                continue
            found = [
                task(name, title, possible, WAITS if name == "why" else PASSED if (place + number) % 3 else
                     _ROUND[(place + 2 * number) % len(_ROUND)])
                for number, (name, title, possible) in enumerate(asked)
            ]  # fmt: skip
            if lesson == "04" and place % 2:
                marks.append(
                    Mark(student, lesson, "why", 1.5, "Well put.\nThe head is what is new.", sum_of(found[-1].answer))
                )
            remarks = ("Cells are in another order than they were handed out in.",) if place == 1 else ()
            results.append(Result(**{**vars(about), "tasks": tuple(found), "remarks": remarks}))
    return results, Marks(marks=marks)
