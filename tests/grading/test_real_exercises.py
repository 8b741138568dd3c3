"""The course's own exercises behind the sandbox: what their authors promise of answers holds there too."""

from __future__ import annotations

import re

import pytest

from ftlearn.teach.grading.results import WAITS
from ftlearn.teach.grading.running import Grader
from ftlearn.teach.release import released
from ftlearn.teach.sources import read_source, tasks_of
from tools.notebooks import ROOT

SOURCES = sorted((ROOT / "solutions").glob("*/*.ipynb"))


def with_answers(source, answers):
    notebook = released(source)
    for cell in notebook["cells"]:
        graded = cell["metadata"].get("nbgrader", {})
        if graded.get("solution") and graded["grade_id"] in answers:
            cell["source"] = answers[graded["grade_id"]]
    return notebook


@pytest.fixture(scope="module", params=SOURCES, ids=lambda path: path.stem)
def course(request, keras_runner):
    from ftlearn import environment

    environment.start_tensorflow()
    source = read_source(request.param)
    return source, tasks_of(source), Grader(source, keras_runner)


def test_right_answers_get_every_point(course):
    source, tasks, grader = course
    results, remarks = grader.grade(with_answers(source, {name: task.solution for name, task in tasks.items()}))
    for result in results:
        kind = "passed" if tasks[result.name].check else WAITS
        assert result.kind == kind, result
        assert result.points == (result.possible if kind == "passed" else 0)
    assert remarks == []


def test_other_right_answers_get_every_point_too(course):
    source, tasks, grader = course
    answers = {name: task.alternatives[-1] if task.check else task.solution for name, task in tasks.items()}
    results, _ = grader.grade(with_answers(source, answers))
    assert [(one.name, one.kind) for one in results if one.tests and one.kind != "passed"] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_check_gives_its_own_files_to_a_student_s_process(path):
    for task in tasks_of(read_source(path)).values():
        assert "tempfile" not in task.check, f"{task.name}: that folder is not there behind the sandbox"


def test_a_blank_one_gets_none(course):
    source, _, grader = course
    results, remarks = grader.grade(released(source))
    assert {result.kind for result in results if result.tests} == {"not attempted"}
    assert sum(result.points for result in results) == 0 and remarks == []


def test_a_wrong_answer_gets_no_point_and_its_own_sentence(course):
    source, tasks, grader = course
    wrong = {name: task.wrong[0] for name, task in tasks.items() if task.check}
    results, _ = grader.grade(with_answers(source, {name: text for name, (_, text) in wrong.items()}))
    for result in results:
        if result.tests:
            assert result.points == 0 and result.kind in ("not yet", "error in your code"), result
            assert re.search(wrong[result.name][0], result.text), result
            assert result.misconception == wrong[result.name][0]
