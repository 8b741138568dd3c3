"""The committed exercises keep their promises: every answer that an author wrote is tried, right and wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ftlearn.teach.proving import secrets
from ftlearn.teach.release import differing
from ftlearn.teach.sources import read_source, tasks_of, text_of
from tools.notebooks import FOLDER, ROOT

SOURCES = sorted((ROOT / "solutions").glob("*/*.ipynb"))
LESSONS = sorted(path.stem for path in FOLDER.glob("[0-9][0-9]_*.ipynb"))[1:]


def by_name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_from_01_has_an_exercise(name):
    assert ROOT / "solutions" / name / f"{name}.ipynb" in SOURCES


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_every_answer_of_the_author_is_judged_as_the_author_says(path):
    """In a process of its own: solutions get full marks, alternatives pass, wrong answers get their own message."""
    command = [sys.executable, "-m", "ftlearn.teach.proving", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_an_exercise_has_five_to_eight_tasks_and_its_kinds(path):
    notebook = read_source(path)
    tasks = tasks_of(notebook)
    headings = " ".join(text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown").lower()
    assert 5 <= len(tasks) <= 8
    assert headings.count("spot the bug") >= 2, "two tasks are bugs to be found"
    assert sum(not task.check for task in tasks.values()) == 1, "one open reflection"
    points = [task.points for task in tasks.values() if task.check]
    assert points[0] == min(points), "it begins with an easy one"


def test_exercises_are_what_their_solutions_make():
    assert differing(ROOT / "solutions", ROOT / "exercises") == []


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_nothing_that_students_get_holds_a_secret_line(path):
    found = secrets(read_source(path))
    assert len(found) > 20, "there is something to hide"
    exercises = [p.read_text(encoding="utf-8") for p in (ROOT / "exercises").glob("*/*")]
    for text in exercises:
        inside = json.dumps(text)[1:-1] + text
        assert not [line for line in found if line in inside]


def test_what_is_installed_holds_no_solution(tmp_path):
    """The wheel's own list of files, and every text in it."""
    command = [sys.executable, "-c", "from setuptools import build_meta; print(build_meta.build_wheel('OUT'))"]
    copy = tmp_path / "copy"
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        copy.mkdir(exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    (copy / "ftlearn").symlink_to(ROOT / "ftlearn")
    for name in ("solutions", "exercises", "notebooks"):
        (copy / name).symlink_to(ROOT / name)
    command[-1] = command[-1].replace("OUT", str(tmp_path / "out"))
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    import zipfile

    (wheel,) = (tmp_path / "out").glob("*.whl")
    hidden = set().union(*(secrets(read_source(path)) for path in SOURCES))
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert not [name for name in names if not name.startswith("ftlearn")]
        for name in names:
            if name.endswith((".py", ".toml", ".json", ".txt", ".csv", ".md")) and "/studies/" not in name:
                lines = {line.strip() for line in archive.read(name).decode("utf-8").splitlines()}
                same = {line for line in lines & hidden if len(line) >= 40}
                assert not same, f"{name} holds {same}"
