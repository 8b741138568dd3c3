"""Exercises from solutions: what goes, what stays, and what an author is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_source import answer, cell, graded, source
from typer.testing import CliRunner

from ftlearn.cli import app
from ftlearn.errors import DataError
from ftlearn.teach.proving import secrets
from ftlearn.teach.release import differing, release, released, stub
from ftlearn.teach.sources import BEGIN_HIDDEN, BEGIN_SOLUTION, END_SOLUTION, SourceTask, tasks_of, text_of, without

ASKED = 'submission.value("%s", "number") '
REGION = f"{BEGIN_SOLUTION}\nx = 1\n{END_SOLUTION}"


def texts(notebook):
    return ["".join(one["source"]) for one in notebook["cells"]]


def test_the_student_gets_stubs_and_nothing_of_the_author():
    made = released(source())
    whole = "\n".join(texts(made))
    assert "half = ...  # your answer here" in whole
    assert "def twice(x):\n    ...  # your answer here" in whole
    assert "*Your answer here.*" in whole
    assert "Two is twice one." in whole, "visible checks stay"
    for secret in ("help_me", "answer = x + x", "hidden", "says:", "smallest of shares", "two reasons", "2 * x"):
        assert secret not in whole
    assert not [one for one in made["cells"] if one["cell_type"] == "raw" or "ftlearn" in one["metadata"]]


def test_no_secret_line_is_left_and_there_are_secrets():
    found = {line for lines in secrets(source()) for line in lines}
    assert "return sum([x, x])" in found
    assert 'expect(submission.call("twice", -1.5) == -3, "Negative numbers too.")' in found
    assert "One point for each of two reasons." in found
    whole = "\n".join(texts(released(source())))
    assert not [line for line in found if line in whole]


def test_nbgraders_metadata_stay():
    before = [one["metadata"]["nbgrader"] for one in source()["cells"] if "nbgrader" in one["metadata"]]
    after = [one["metadata"]["nbgrader"] for one in released(source())["cells"] if "nbgrader" in one["metadata"]]
    assert before == after


@pytest.mark.parametrize(
    ("solution", "check", "made"),
    [
        ("a = 1", ASKED % "a", "a = ...  # your answer here"),
        ("a = 1", 'expect(3, "a")', "...  # your answer here"),
        ("a = 1\nb = 2\nc = 3", ASKED % "a" + ASKED % "c", "a = ...  # your answer here\nc = ...  # your answer here"),
        ("a, b = 1, 2", ASKED % "a" + ASKED % "b", "a = ...  # your answer here\nb = ...  # your answer here"),
        ("model.fit()", ASKED % "model", "...  # your answer here"),
    ],
)
def test_stubs_name_what_the_check_asks_for(solution, check, made):
    task = SourceTask("x", solution=f"{BEGIN_SOLUTION}\n{solution}\n{END_SOLUTION}", check=check)
    assert stub(task) == made


line = st.text(st.characters(blacklist_characters="#\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=10)


@given(st.lists(line, max_size=5), st.lists(line, max_size=5), st.lists(line, max_size=5))
def test_what_is_outside_the_markers_stays_as_it_is(before, inside, after):
    text = "\n".join([*before, "<<", *inside, ">>", *after])
    if not any("<<" in one or ">>" in one for one in (*before, *inside, *after)):
        assert without(text, "<<", ">>", ["stub"]) == "\n".join([*before, "stub", *after])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"half": "### BEGIN SOLUTION\nhalf = 0.5"}, "not closed"),
        ({"half": "half = 0.5"}, "has no '### BEGIN SOLUTION'"),
        ({"half": "### END SOLUTION\n### BEGIN SOLUTION\nhalf = 0.5"}, "stands without"),
        ({"half_check": f"{BEGIN_HIDDEN}\n{BEGIN_HIDDEN}\n"}, "inside another"),
        ({"half_wrong": ["half = 2"]}, "does not begin with '# says: '"),
    ],
)
def test_an_author_is_told_what_is_not_well_formed(change, said):
    with pytest.raises(DataError, match=said):
        tasks_of(source(**change))


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (answer("half", REGION), "Two solution cells are named 'half'"),
        (answer("lonely", REGION), "neither a check nor a rubric"),
        (cell("code", "", **graded("nothing_check", 1, grade=True)), "no solution cell 'nothing' before it"),
        (answer("odd_check", REGION), "only checks end in _check"),
    ],
)
def test_an_author_is_told_which_cell_is_out_of_place(extra, said):
    notebook = source()
    notebook["cells"].append(extra)
    with pytest.raises(DataError, match=said):
        tasks_of(notebook)


def test_an_older_schema_is_refused():
    notebook = source()
    notebook["cells"][3]["metadata"]["nbgrader"]["schema_version"] = 2
    with pytest.raises(DataError, match="schema 2; expected 3"):
        tasks_of(notebook)


@pytest.fixture
def course(tmp_path, monkeypatch):
    folder = tmp_path / "solutions" / "99_halves"
    folder.mkdir(parents=True)
    (folder / "99_halves.ipynb").write_text(json.dumps(source()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_release_writes_once_and_check_tells_when_it_is_stale(course):
    run = CliRunner()
    result = run.invoke(app, ["release", "--check"])
    assert result.exit_code == 1
    assert "is missing" in result.output
    assert "written" in run.invoke(app, ["release"]).output
    assert "unchanged" in run.invoke(app, ["release", "99"]).output
    assert run.invoke(app, ["release", "--check"]).exit_code == 0
    path = course / "exercises" / "99_halves" / "99_halves.ipynb"
    path.write_text(path.read_text().replace("Two is twice", "2 is twice"))
    result = run.invoke(app, ["release", "--check"])
    assert result.exit_code == 1
    assert "is not what" in result.output


def test_strays_are_named(course):
    dict(release("solutions", "exercises"))
    stray = course / "exercises" / "98_old" / "98_old.ipynb"
    stray.parent.mkdir()
    stray.write_text("{}")
    assert [one for one in differing("solutions", "exercises") if "98_old.ipynb has no solution" in one]


def test_an_unknown_lesson_is_said_with_those_that_are(course):
    result = CliRunner().invoke(app, ["release", "12"])
    assert result.exit_code == 1
    assert "99_halves" in result.output


def test_a_file_that_is_no_notebook_is_said_by_name(course):
    (course / "solutions" / "99_halves" / "99_halves.ipynb").write_text("{")
    result = CliRunner().invoke(app, ["release"])
    assert result.exit_code == 1
    assert "99_halves.ipynb is not a notebook" in result.output


def test_sources_may_hold_lines_or_text():
    notebook = source()
    for one in notebook["cells"]:
        one["source"] = one["source"].splitlines(keepends=True)
    assert texts(released(notebook)) == texts(released(source()))
    assert text_of({"source": ["a\n", "b"]}) == "a\nb"


def test_a_function_keeps_none_of_its_local_names():
    solution = f"def f():\n    {BEGIN_SOLUTION}\n    made = 1\n    return made\n    {END_SOLUTION}"
    task = SourceTask("f", solution=solution, check=ASKED % "made")
    assert stub(task) == "def f():\n    ...  # your answer here"


def test_a_release_is_told_from_another_by_what_is_handed_out():
    def release_of(notebook):
        return released(notebook)["metadata"]["ftlearn"]["release"]

    before = release_of(source())
    assert release_of(source(half_wrong=["# says: x\nhalf = 3"])) == before, "students see nothing of it"
    assert release_of(source(half_check=source()["cells"][4]["source"].replace("Think.", "Think!"))) != before
    seeds = [source(between=f"seed = {number}  # your seed") for number in (0, 12)]
    assert release_of(seeds[0]) == release_of(seeds[1]) != before
