"""Correct programs that set no threshold raise no alarm, each in its own style; test_healthy_seen.py has the others."""

from __future__ import annotations

import csv

import pytest

from ftlearn.doctor import catalogue
from tools.doctor_healthy import FOLDER, expected, look, programs
from tools.notebooks import ROOT

PROGRAMS = programs()


@pytest.mark.parametrize("name", [name for name, group in PROGRAMS.items() if group == "held_out"])
def test_a_correct_program_is_not_called_ill(name):
    one = look(name)
    assert not one.alarms, one.report
    assert not one.raised, one.raised
    assert one.passed + one.not_checked == len(catalogue())
    assert one.passed >= 5, f"hardly anything was looked at: {one.report}"


def test_every_program_is_in_one_group():
    assert set(PROGRAMS) == {path.stem for path in FOLDER.glob("*.py")}
    groups = list(PROGRAMS.values())
    assert abs(groups.count("thresholds") - groups.count("held_out")) <= 1


def test_the_first_look_is_kept():
    with (ROOT / "docs" / "doctor_healthy_first.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["program"][0].isdigit()]  # the others are lessons
    assert {row["program"]: row["group"] for row in rows} == PROGRAMS
    unknown = {rule for row in rows for rule in row["alarms"].split()} - set(catalogue())
    assert not unknown, f"the table names rules that do not exist: {unknown}"


def test_what_lessons_do_on_purpose_names_rules_and_lessons_that_exist():
    known = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    known |= {f"{path.stem}/solution" for path in (ROOT / "solutions").glob("*/*.ipynb")}
    assert set(expected()) <= known
    assert set().union(*expected().values()) <= set(catalogue())
