"""The example class, graded for real: every student gets the points and the outcome that they were made for."""

from __future__ import annotations

import csv
import json

import pytest
from typer.testing import CliRunner

from ftlearn.cli import app
from ftlearn.errors import DataError
from ftlearn.teach.grading.example import NO_NOTEBOOK, write_example
from ftlearn.teach.grading.outer import UNSANDBOXED, wall
from ftlearn.teach.grading.store import read_results
from ftlearn.teach.sources import read_source, tasks_of
from tools.notebooks import ROOT

SOLUTIONS = ROOT / "solutions"
LESSONS = sorted(path.name[:2] for path in SOLUTIONS.glob("??_*"))


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class, graded once by the command: harmless enough to be so where there is no sandbox too."""
    folder = tmp_path_factory.mktemp("example") / "class"
    run = CliRunner()
    made = run.invoke(app, ["grade", "example", str(folder), "--solutions", str(SOLUTIONS)])
    assert made.exit_code == 0, made.output
    command = ["grade", str(folder / "submitted"), "--out", str(folder / "results"), "--workers", "2"]
    command += ["--config", str(folder / "grading.toml"), "--solutions", str(SOLUTIONS)]
    done = run.invoke(app, [*command, *(["--unsafe"] if wall() == UNSANDBOXED else [])])
    assert done.exit_code == 0, done.output
    assert "11 graded, 0 as before, 1 not graded." in done.output
    return folder


@pytest.fixture(scope="module")
def results(graded):
    return {one.student: one for one in read_results(graded / "results")[0]}


def test_everybody_gets_exactly_what_they_were_made_for(graded, results):
    wanted, found = {}, {}
    for row in rows_of(graded / "expected.csv"):
        wanted[row["student"], row["task"]] = float(row["points"]), row["outcome"]
    for student, result in results.items():
        for task in result.tasks:
            found[student, task.name] = task.points, task.kind
        if result.problem:
            found[student, ""] = 0.0, NO_NOTEBOOK
    assert found == wanted
    assert len({student for student, _ in wanted}) == 12
    kinds = {"passed", "not yet", "not attempted", "out of time", "out of memory", "crashed", "waits for a person"}
    assert {kind for _, kind in wanted.values()} == {*kinds, NO_NOTEBOOK}


def test_what_was_put_right_is_said(results):
    assert any("another order" in one for one in results["Farid Haddad"].remarks)
    assert any("`recall`" in one and "found in other cells" in one for one in results["Giovanna D'Angelo"].remarks)
    assert results["Amina Diallo"].remarks == ()
    assert "cannot be read as JSON" in results["Linh Nguyễn"].problem


def test_a_catalogued_mistake_is_named(results):
    source = read_source(next(SOLUTIONS.glob("05_*/05_*.ipynb")))
    first = [task.wrong[0][0] for task in list(tasks_of(source).values())[:2]]
    assert [task.misconception for task in results["Chen Wei"].tasks[:2]] == first


def test_half_of_the_points_for_an_answer_that_fails_with_other_inputs(results):
    task = results["Esra Yılmaz"].task("how_sure")
    assert [(test.name, test.kind) for test in task.tests] == [("check", "passed"), ("hidden 1", "not yet")]


def test_lateness_costs_unless_it_was_allowed(graded):
    lateness = {row["student"]: row["05 lateness"] for row in rows_of(graded / "results" / "grades.csv")}
    assert "costs 20 %" in lateness["Esra Yılmaz"]
    assert "extended" in lateness["Hine Parata"]
    assert lateness["Amina Diallo"] == "In time."


def test_the_near_copy_is_listed_and_keeps_its_points(graded, results):
    page = (graded / "results" / "alike.html").read_text(encoding="utf-8")
    assert "Bjørn Åkesson" in page and "Kavya Reddy" in page
    assert "Amina Diallo" not in page, "whoever has the solution's own answers is like many"
    assert results["Kavya Reddy"].points == results["Bjørn Åkesson"].points == 14


def test_markup_in_an_answer_stays_text(graded):
    pages = "".join(path.read_text(encoding="utf-8") for path in (graded / "results").rglob("*.html"))
    assert "document.title" in pages
    assert "<script>document" not in pages


def test_it_is_made_the_same_each_time(graded, tmp_path):
    write_example(tmp_path / "class", SOLUTIONS)
    again = files_of(tmp_path / "class")
    assert again == {path: text for path, text in files_of(graded).items() if path.parts[0] != "results"}


@pytest.mark.parametrize("lesson", LESSONS)
def test_it_can_be_made_of_every_exercise(lesson, tmp_path):
    submitted = write_example(tmp_path / "class", SOLUTIONS, lesson)
    assert len(list(submitted.glob(f"*/{lesson}_*.ipynb"))) == 12
    rows = rows_of(tmp_path / "class" / "expected.csv")
    tasks = tasks_of(read_source(next(SOLUTIONS.glob(f"{lesson}_*/{lesson}_*.ipynb"))))
    assert len(rows) == 11 * len(tasks) + 1
    blank = json.loads(next((submitted / "Dolores Quispe").iterdir()).read_text(encoding="utf-8"))
    assert not [cell for cell in blank["cells"] if cell["cell_type"] == "raw"], "what is for authors stays with them"


def test_it_overwrites_nothing(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="is there already"):
        write_example(tmp_path, SOLUTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_without_the_solution_it_says_where_to_look(tmp_path):
    with pytest.raises(DataError, match="no solution of exercise '77'"):
        write_example(tmp_path / "class", SOLUTIONS, "77")
    assert not (tmp_path / "class").exists()
