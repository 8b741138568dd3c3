"""A class that hands in a tiny exercise, as jobs and as folders; no notebook of it imports TensorFlow."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from ftlearn.teach.grading.jobs import Job
from ftlearn.teach.grading.results import Result
from ftlearn.teach.grading.walls import Limits
from ftlearn.teach.release import released
from tests.unit.teach.small_source import HALF_CHECK, source

LIMITS = Limits(seconds=120, cell_seconds=60, memory=2 * 2**30, disk=2**22, processes=64)
NAME = "99_halves"
RIGHT = "half = 1 / 2"
ENDLESS = "while True:\n    pass"
DEADLY = HALF_CHECK.replace(
    'got = submission.value("half", "number")',
    'got = submission.value("half", "number")\n    if got == 13:\n        import os\n\n        os.kill(os.getpid(), 9)',
)
"""A check that ends the process of the grader itself when an answer is 13."""
UNLUCKY = "half = 13"


def handed_in(half: str, solution: dict[str, Any] | None = None) -> bytes:
    """Make a notebook with an answer to its first task."""
    notebook = released(solution or source())
    for cell in notebook["cells"]:
        if cell["id"] in ("half", "why"):
            cell["source"] = half if cell["id"] == "half" else "For two reasons."
    return json.dumps(notebook).encode()


def job(student: str, half: str = RIGHT, solution: dict[str, Any] | None = None) -> Job:
    """Make a job for a student's answer."""
    solution = solution or source(half_check=DEADLY)
    limits = replace(LIMITS, cell_seconds=3) if half == ENDLESS else LIMITS
    return Job(Result(student, "99", f"{NAME}.ipynb"), handed_in(half, solution), json.dumps(solution), limits)


def write_solution(folder: Path, **changes: Any) -> Path:
    """Write a course of one exercise, and return its folder."""
    path = folder / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(source(**changes)))
    return folder


def hand_in(folder: Path, **answers: str) -> Path:
    """Write what students handed in, and return the class's folder."""
    for student, half in answers.items():
        path = folder / student / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(handed_in(half))
    return folder
