"""The proof of an exercise finds what its author got wrong."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from small_source import HALF_CHECK, TWICE, source

from ftlearn.teach.proving import main, prove


@pytest.fixture
def proved(tmp_path):
    def run(**changes):
        path = tmp_path / "99_halves.ipynb"
        path.write_text(json.dumps(source(**changes)))
        return list(prove(path))

    return run


def test_a_sound_exercise_has_nothing_to_be_said(proved):
    assert proved() == []


ALTERNATIVES = ["half = 0.5", "half = 2**-1"]
UNFOUNDED = HALF_CHECK.replace("0 < got < 1", "got == threshold")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"half": "### BEGIN SOLUTION\nhalf = 0.25\n### END SOLUTION"},
            "the solution gets 0 of 1: Not yet. Half of one",
        ),
        ({"half_alternatives": [*ALTERNATIVES, "half = 0.3"]}, "alternative 3 does not pass"),
        ({"half_alternatives": ALTERNATIVES}, "2 alternative answers; 3 are the least"),
        ({"half_wrong": ["# says: twice one\nhalf = 2"]}, "1 wrong answers; 2 are the least"),
        ({"half_wrong": ["# says: no share\nhalf = 2", "# says: no share\nhalf = 3"]}, "gets another's message"),
        ({"half_wrong": ["# says: is\nhalf = 2", "# says: no share\nhalf = 3"]}, "also fits 'is'"),
        ({"half_wrong": ["# says: x\nhalf = 0.5", "# says: no share\nhalf = 3"]}, "wrong answer 1 is found Passed"),
        ({"half_wrong": ["# says: x\nhalf = 1 / 0", "# says: no share\nhalf = 3"]}, "raises ZeroDivisionError"),
        ({"half_check": UNFOUNDED}, "uses ['threshold'] of the notebook"),
        ({"half_check": HALF_CHECK.replace("points=1", "points=3")}, "@check gives 3 points, its metadata 1"),
        ({"half_check": HALF_CHECK.replace('"Think.", ', "")}, "1 hints; between 2 and 3"),
        ({"half_check": HALF_CHECK.replace('@check("half"', '@check("hlaf"')}, "has another name in @check"),
        ({"half_check": HALF_CHECK.split("### BEGIN")[0]}, "it has no hidden test"),
        ({"between": "x = 1"}, "does not follow its solution at once"),
        ({"half": "half = 0\n### BEGIN SOLUTION\nhalf += 0.5\n### END SOLUTION\n"}, "a blank answer is found Not yet"),
        ({"twice": TWICE.replace("    ### BEGIN", "    x + 0\n    ### BEGIN")}, "a blank answer is found Not yet"),
        ({"twice": TWICE + "\n\n\ntwice(1) + 1"}, "Blank, cell 6 raises TypeError"),
    ],
)
def test_each_broken_promise_is_named(proved, change, said):
    found = proved(**change)
    assert any(said in one for one in found), found


def test_the_command_prints_and_fails(tmp_path, capsys):
    path = tmp_path / "99_halves.ipynb"
    path.write_text(json.dumps(source(half_alternatives=ALTERNATIVES)))
    assert main([str(path)]) == 1
    assert "half: 2 alternative answers" in capsys.readouterr().out
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith(f"{tmp_path}: {tmp_path} is not a notebook")


def test_several_are_proved_one_by_one_and_none_takes_the_others_with_it(tmp_path):
    paths = [tmp_path / f"{number}_halves.ipynb" for number in (96, 97, 98, 99)]
    dying = source(half="import os\n### BEGIN SOLUTION\nos._exit(7)\n### END SOLUTION")
    paths[0].write_text('{"cells": [{}]}')
    for path, what in zip(paths[1:], (dying, source(half_alternatives=ALTERNATIVES), source()), strict=True):
        path.write_text(json.dumps(what))
    command = [sys.executable, "-m", "ftlearn.teach.proving", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    raised, died, missing = done.stdout.splitlines()
    assert raised == f"{paths[0]}: its process ended with status 2." and "Error" in done.stderr
    assert died == f"{paths[1]}: its process ended with status 7."
    assert missing == f"{paths[2]}: half: 2 alternative answers; 3 are the least."
