"""The committed exercises keep their promises: every answer that an author wrote is tried, right and wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ftlearn.teach.proving import secrets
from ftlearn.teach.release import differing
from ftlearn.teach.sources import read_source, tasks_of, text_of
from tools.exercise_scores import asked, kept
from tools.notebooks import FOLDER, ROOT

SOURCES = sorted((ROOT / "solutions").glob("*/*.ipynb"))
LESSONS = sorted(path.stem for path in FOLDER.glob("[0-9][0-9]_*.ipynb"))[1:]


def by_name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_from_01_has_an_exercise(name):
    assert ROOT / "solutions" / name / f"{name}.ipynb" in SOURCES


@pytest.fixture(scope="module")
def proved(request):
    """What the proof says of the exercises that are asked for; one process imports TensorFlow for them all."""
    test = test_every_answer_of_the_author_is_judged_as_the_author_says
    paths = [str(one.callspec.params["path"]) for one in request.session.items if getattr(one, "function", 0) is test]
    command = [sys.executable, "-m", "ftlearn.teach.proving", *paths]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_every_answer_of_the_author_is_judged_as_the_author_says(path, proved):
    """In a process of its own: solutions get full marks, alternatives pass, wrong answers get their own message."""
    assert proved.returncode == (1 if proved.stdout else 0), proved.stdout + proved.stderr[-2000:]
    assert str(path) not in proved.stdout, proved.stdout + proved.stderr[-2000:]


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


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_a_right_solution_misses_no_bar_by_chance(path):
    """Fewer than 1 of 1,000 runs: with ten seeds, 4.6 standard deviations (Student's t, one more run)."""
    measured = {}
    for row in kept():
        measured.setdefault(row["score"], []).append(row)
    for name, bar in asked(path).items():
        rows = measured.get(name, [])
        assert len(rows) >= 10, f"{name}: type `python -m tools.exercise_scores {path.name[:2]}`"
        assert {float(row["at_least"]) for row in rows} == {bar}, f"{name} was measured with another bar"
        values = np.array([float(row["value"]) for row in rows])
        margin = max(4.6 * values.std(ddof=1), 0.03)  # rounding differs between machines, seeds or not
        assert values.mean() - margin >= bar, f"{name}: {values.mean():.3f} - {margin:.3f} is below {bar}"


def test_exercises_are_what_their_solutions_make():
    assert differing(ROOT / "solutions", ROOT / "exercises") == []


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if len(line.strip()) >= 12]


def told_by(lines: list[str], secret: list[str]) -> bool:
    """Whether three lines of a secret stand in a text one after the other (two may be what anybody writes)."""
    runs = set(zip(secret, secret[1:], secret[2:], strict=False))
    return any(run in runs for run in zip(lines, lines[1:], lines[2:], strict=False))


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_the_exercise_holds_no_line_that_is_secret(path):
    found = {line for lines in secrets(read_source(path)) for line in lines}
    assert len(found) > 20, "there is something to hide"
    made = read_source(ROOT / "exercises" / path.parent.name / path.name)
    assert not found & {line.strip() for cell in made["cells"] for line in text_of(cell).splitlines()}
    assert not any(cell.get("outputs") for cell in made["cells"])


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_no_other_exercise_tells_it(path):
    found = secrets(read_source(path))
    for other in (ROOT / "exercises").glob("*/*.ipynb"):
        if other.name != path.name:
            for cell in read_source(other)["cells"]:
                assert not [one for one in found if told_by(lines_of(text_of(cell)), one)], other.name


def test_what_is_installed_tells_none(tmp_path):
    """The wheel holds the package alone, and in it no part of a solution."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "ftlearn", "solutions", "exercises", "notebooks"):
        (copy / name).symlink_to(ROOT / name)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    found = [one for path in SOURCES for one in secrets(read_source(path))]
    with zipfile.ZipFile(wheel) as archive:
        texts = [name for name in archive.namelist() if name.endswith((".py", ".toml", ".json", ".txt"))]
        assert len(texts) > 100
        assert {name.partition("/")[0].partition("-")[0] for name in archive.namelist()} == {"ftlearn"}
        for name in texts:
            lines = lines_of(archive.read(name).decode("utf-8"))
            assert not [one for one in found if told_by(lines, one)], name


def test_a_secret_would_be_seen():
    secret = ["base.trainable = True", "for layer in base.layers:", "layer.trainable = layer.name == 'x'"]
    assert told_by(lines_of("x = 1\n" + "\n\n    ".join(secret)), secret)
    assert not told_by(lines_of("\n".join(secret[:2])), secret)
