"""nbgrader itself takes the solutions as they are: it makes the same exercises, and grades them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_source import source

from ftlearn.teach.release import released
from ftlearn.teach.sources import read_source, text_of
from tools.notebooks import ROOT

SCRIPT = """
import sys
from traitlets.config import Config
from nbgrader.apps import NbGrader
from nbgrader.apps.api import NbGraderAPI

app = NbGrader()
app.initialize([])
app.load_config_file()
api = NbGraderAPI(config=app.config)
for name in sys.argv[2].split(","):
    done = api.generate_assignment(name, force=True, create=True)
    assert done["success"], done["log"]
for student in filter(None, sys.argv[3].split(",")):
    done = api.autograde(sys.argv[2], student)
    assert done["success"], done["log"]
    for one in api.get_student_notebook_submissions(student, sys.argv[2]):
        print(student, one["autograde_score"] if "autograde_score" in one else one["code_score"])
"""


def nbgrader(folder: Path, assignments: str, students: str = "") -> str:
    config = folder / "jupyter"  # the user's own settings stay out of it
    places = {"JUPYTER_CONFIG_DIR": str(config), "JUPYTER_DATA_DIR": str(config), "IPYTHONDIR": str(config)}
    places["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "x", assignments, students], cwd=folder, capture_output=True, text=True,
        env={**os.environ, **places, "FTLEARN_PROGRESS": str(folder / "progress.sqlite")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def sources_of(path: Path) -> list[str]:
    return [text_of(cell) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


@pytest.fixture
def course(tmp_path):
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return tmp_path


def test_nbgrader_makes_what_release_makes(course):
    shutil.copytree(ROOT / "solutions", course / "solutions")
    names = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/*.ipynb"))
    nbgrader(course, ",".join(names))
    for name in names:
        ours = released(read_source(course / "solutions" / name / f"{name}.ipynb"))
        made = sources_of(course / "exercises" / name / f"{name}.ipynb")
        assert made == [text_of(cell) for cell in ours["cells"]], name


def test_nbgrader_grades_right_wrong_and_blank_work(course):
    folder = course / "solutions" / "halves"
    folder.mkdir(parents=True)
    (folder / "halves.ipynb").write_text(json.dumps(source()))
    answers = {
        "ada": {"half": "half = 0.5", "twice": "def twice(x):\n    return 2 * x"},
        "bob": {"half": "half = 0.5", "twice": "def twice(x):\n    return 6"},  # passes the visible check only
        "eve": {},
    }
    nbgrader(course, "halves")
    made = json.loads((course / "exercises" / "halves" / "halves.ipynb").read_text())
    for student, given in answers.items():
        notebook = json.loads(json.dumps(made))
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = given.get(name, cell["source"])
        place = course / "submitted" / student / "halves"
        place.mkdir(parents=True)
        (place / "halves.ipynb").write_text(json.dumps(notebook))
    said = nbgrader(course, "halves", ",".join(answers))
    assert dict(line.split() for line in said.splitlines()) == {"ada": "3.0", "bob": "1.0", "eve": "0.0"}


VALIDATE = """
import json
import sys

import nbformat
from nbgrader.nbgraderformat import MetadataValidator

for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if "nbgrader" in cell["metadata"]:
        MetadataValidator().validate_cell(nbformat.from_dict(cell))
        print(cell["id"])
"""


def test_the_exercise_that_release_makes_is_valid_for_nbgrader(tmp_path):
    """In a process of its own: nbgrader imports setuptools, which refuses to come after distutils."""
    path = tmp_path / "halves.ipynb"
    path.write_text(json.dumps(released(source())))
    command = [sys.executable, "-c", VALIDATE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {"half", "half_check", "twice", "twice_check", "why"} <= set(done.stdout.split())
