"""Checks, hints and solutions in the student's kernel."""

from __future__ import annotations

import json

import pytest

from ftlearn.errors import FtlearnError, UnknownNameError
from ftlearn.learn import check, checking, exercise, expect, hidden, hint, reaches, records, solution
from ftlearn.learn.outcomes import KINDS, SCORES


@pytest.fixture(autouse=True)
def begun(monkeypatch, tmp_path):
    monkeypatch.setenv("FTLEARN_PROGRESS", str(tmp_path / "progress.sqlite"))
    exercise("99")


def half_check(names, points=2, hints=("Think.", "One, divided by two.")):
    """Define and run the check of `half` in a namespace, as its cell does."""
    code = (
        "@check('half', points=points, hints=hints)\n"
        "def _(submission):\n"
        "    got = submission.value('half', 'number')\n"
        "    expect(got != 2, f'{got:g} is twice one, not half of it.')\n"
        "    expect(got == 0.5, f'{got:g} is not half of one.')\n"
    )
    names.update(check=check, expect=expect, points=points, hints=hints)
    exec(code, names)
    return checking._TASKS["half"].outcome


@pytest.mark.parametrize(
    ("names", "kind", "said"),
    [
        ({"half": 0.5}, "passed", ""),
        ({"half": 2}, "not yet", "2 is twice one"),
        ({"half": 3}, "not yet", "3 is not half of one"),
        ({"half": "0.5"}, "not yet", "should be a number"),
        ({"half": ...}, "not attempted", "still `...`"),
        ({}, "not attempted", "There is no `half` yet"),
    ],
)
def test_outcomes_with_their_sentences(names, kind, said, capsys):
    outcome = half_check(names)
    assert outcome.kind == kind
    assert said in outcome.text
    assert outcome.points == (2 if kind == "passed" else 0)
    shown = capsys.readouterr().out
    assert shown.lower().startswith(kind)
    assert ('hint("half")' in shown) == (kind != "passed")


def test_a_check_that_breaks_is_not_the_students_fault():
    def broken(submission):
        raise KeyError("gone")

    outcome = checking.judge([broken], checking.Submission({}), 1)
    assert outcome.kind == "cannot be checked"
    assert "KeyError" in outcome.text
    assert "not your fault" in outcome.text


def test_an_error_in_the_students_function_is_theirs():
    def asks(submission):
        submission.call("f")

    outcome = checking.judge([asks], checking.Submission({"f": lambda: 1 / 0}), 1)
    assert outcome.kind == "error in your code"
    assert "ZeroDivisionError" in outcome.text


def test_there_are_five_kinds():
    assert len(set(KINDS)) == 5


def test_a_share_of_the_points_is_not_yet_passed():
    outcome = checking.judge([lambda work: ("Two of three.", 2 / 3)], checking.Submission({}), 3)
    assert (outcome.kind, outcome.points, outcome.possible) == ("not yet", 2, 3)


def test_hints_come_one_by_one_and_a_rerun_keeps_their_count(capsys):
    half_check({"half": 2})
    hint("half")
    assert "Hint 1 of 2. Think." in capsys.readouterr().out
    half_check({"half": 3})
    hint("half")
    assert "Hint 2 of 2. One, divided by two." in capsys.readouterr().out
    hint("half")
    assert "All hints again" in capsys.readouterr().out
    with pytest.raises(UnknownNameError, match="halv"):
        hint("halv")


def test_the_solution_waits_for_an_attempt(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "solutions" / "99_halves"
    folder.mkdir(parents=True)
    source = "### BEGIN SOLUTION\nhalf = 1 / 2\n### END SOLUTION"
    cell = {"cell_type": "code", "source": source, "metadata": {"nbgrader": {"solution": True, "grade_id": "half"}}}
    (folder / "99_halves.ipynb").write_text(json.dumps({"cells": [cell]}))
    monkeypatch.setenv("FTLEARN_SOLUTIONS", str(tmp_path / "solutions"))
    half_check({"half": ...})
    with pytest.raises(FtlearnError, match="Try 'half' first"):
        solution("half")
    half_check({"half": 3})
    solution("half")
    assert capsys.readouterr().out.endswith("One right way:\nhalf = 1 / 2\n")
    monkeypatch.setenv("FTLEARN_SOLUTIONS", str(tmp_path / "none"))
    with pytest.raises(FtlearnError, match="were not handed out"):
        solution("half")


def test_hidden_tests_raise_where_work_is_graded():
    half_check({"half": 0.5})
    with pytest.raises(AssertionError, match=r"Not yet\. Another"):

        @hidden("half")
        def _(submission):
            expect(False, "Another.")


def test_hidden_tests_raise_when_the_visible_check_does_not_pass():
    half_check({"half": ...})
    with pytest.raises(AssertionError, match="Not attempted"):
        hidden("half")(lambda submission: None)


def test_what_is_attempted_is_kept_and_what_is_not_is_not():
    for names in ({}, {"half": ...}, {"half": 3}, {"half": 0.5}):
        half_check(names)
    kept = [(event.lesson, event.task, event.outcome, event.points) for event in records.events()]
    assert kept == [("99", "half", "not yet", 0.0), ("99", "half", "passed", 2.0)]


def test_expect_refuses_a_whole_array():
    import numpy as np

    with pytest.raises(TypeError, match="whole array"):
        expect(np.array([True, False]), "no")
    expect(np.bool_(True), "yes")
    expect({"a"}, "yes")


def test_scores_are_noted_for_their_study():
    SCORES.clear()
    reaches("99/half", 0.9, 0.8, "no")
    assert [(one.name, one.value, one.at_least) for one in SCORES] == [("99/half", 0.9, 0.8)]


def test_in_a_notebook_the_hint_is_a_button(monkeypatch):
    from ftlearn import widgets

    shown = []
    monkeypatch.setattr(widgets, "live", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    half_check({"half": 2})
    button, said = shown[-1].children
    assert button.description == "Give me a hint"
    assert "half" in button.tooltip
    button.click()
    assert "Hint 1 of 2. Think." in said.value
