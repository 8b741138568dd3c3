"""nbgrader and `ftlearn grade` run on a class's notebooks as their users run them, timed, and the points they give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Taken:
    """One timed run of a tool."""

    seconds: float
    autograde: float = 0.0
    points: dict[str, dict[str, float]] = field(default_factory=dict)


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nobody's own settings and progress matter."""
    settings = str(folder / "jupyter")
    places = {"JUPYTER_CONFIG_DIR": settings, "JUPYTER_DATA_DIR": settings, "IPYTHONDIR": settings}
    places["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic
    held = {**os.environ, **places, "FTLEARN_PROGRESS": str(folder / "progress.sqlite")}
    held.pop("PYTHONDONTWRITEBYTECODE", None)  # packages are compiled once, as on anybody's machine
    return held


def compile_packages(folder: Path) -> None:
    """Have Python keep what it makes of the packages' sources, which a sandboxed runner could not write."""
    code = "from ftlearn.warm.imports import warm_up; warm_up(); import ftlearn.teach.grading.warm, ipykernel.kernelapp"
    timed(folder, [sys.executable, "-c", code])


def timed(folder: Path, command: list[str]) -> float:
    """Run a command and return its seconds.

    Raises
    ------
    SystemExit
        When it fails.
    """
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(folder))
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:])} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return time.perf_counter() - started


POINTS = """
import json
import sys

from nbgrader.api import Gradebook

found = {}
with Gradebook("sqlite:///gradebook.db") as book:
    for one in book.notebook_submissions(sys.argv[1], sys.argv[1]):
        grades = {grade.name.removesuffix("_check"): grade.auto_score for grade in one.grades}
        found[one.student.id] = {name: score for name, score in grades.items() if score is not None}
print(json.dumps(found))
"""


def by_nbgrader(folder: Path, name: str) -> Taken:
    """Grade a class with nbgrader, as its users do."""
    call = [sys.executable, "-m", "nbgrader"]
    grading = timed(folder, [*call, "autograde", name, "--create"])
    feedback = timed(folder, [*call, "generate_feedback", name])
    said = subprocess.run(
        [sys.executable, "-c", POINTS, name], cwd=folder, check=True, capture_output=True, text=True,
        env=environment(folder),
    )  # fmt: skip
    return Taken(grading + feedback, grading, json.loads(said.stdout))


def ours_command(workers: int, solutions: str | Path = "solutions") -> list[str]:
    """Return the command that grades the folder ``submitted``."""
    command = [str(Path(sys.executable).parent / "ftlearn"), "grade", "submitted", "--out", "results"]
    return [*command, "--solutions", str(solutions), "--workers", str(workers)]


def by_ours(folder: Path, workers: int) -> Taken:
    """Grade a class with `ftlearn grade`."""
    seconds = timed(folder, ours_command(workers))
    return Taken(seconds, seconds, our_points(folder / "results"))


def our_points(results: Path) -> dict[str, dict[str, float]]:
    """Read each student's points by task."""
    found = {}
    for path in results.glob("submissions/*/*.json"):
        held = json.loads(path.read_text(encoding="utf-8"))
        found[held["student"]] = {task["name"]: task["points"] for task in held["tasks"]}
    return found
