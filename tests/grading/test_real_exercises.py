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


def name_of(path):
    return path.stem


@pytest.fixture(scope="module", params=SOURCES, ids=name_of)
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


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_check_gives_its_own_files_to_a_student_s_process(path):
    for task in tasks_of(read_source(path)).values():
        assert "tempfile" not in task.check, f"{task.name}: that folder is not there behind the sandbox"


def test_each_answer_of_a_mixed_notebook_is_judged_for_itself(course):
    """In turns another right answer, a wrong one and none, so that each stands beside the others."""
    source, tasks, grader = course
    checked = [task for task in tasks.values() if task.check]
    turn = int(source["metadata"]["ftlearn"]["lesson"])
    kinds = {task.name: (turn + place) % 3 for place, task in enumerate(checked)}
    answers = {task.name: task.alternatives[-1] for task in checked if kinds[task.name] == 0}
    answers |= {task.name: task.wrong[0][1] for task in checked if kinds[task.name] == 1}
    results, remarks = grader.grade(with_answers(source, answers))
    assert remarks == []
    for result in results:
        if not result.tests:
            continue
        if kinds[result.name] == 0:
            assert (result.kind, result.points) == ("passed", result.possible), result
        elif kinds[result.name] == 1:
            pattern = tasks[result.name].wrong[0][0]
            assert result.points == 0 and result.kind in ("not yet", "error in your code"), result
            assert re.search(pattern, result.text) and result.misconception == pattern, result
        else:
            assert (result.kind, result.points) == ("not attempted", 0), result
