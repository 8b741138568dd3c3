"""A machine whose kernel makes no namespaces: nothing is graded unless it is asked for, and it is said everywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from ftlearn.teach.grading.outer import UNSANDBOXED
from ftlearn.teach.grading.store import read_results
from tests.grading.small_class import ENDLESS, RIGHT, hand_in, write_solution
from tools.notebooks import ROOT

FORBID = ["bwrap", "--dev-bind", "/", "/", "--unshare-user", "--disable-userns", "--"]


@pytest.fixture(scope="module", autouse=True)
def forbidding():
    tried = shutil.which("bwrap") and subprocess.run([*FORBID, "true"], capture_output=True).returncode == 0
    if not tried:
        pytest.skip("bubblewrap 0.8 is needed to forbid namespaces here")


def ftlearn(*words):
    command = [*FORBID, sys.executable, "-m", "ftlearn.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    place = tmp_path_factory.mktemp("course")
    write_solution(place / "solutions")
    hand_in(place / "class", Ada=RIGHT, Ben=ENDLESS)
    (place / "grading.toml").write_text("[limits]\ncell_seconds = 2\n")
    return ["grade", place / "class", "--out", place / "results", "--solutions", place / "solutions", "--config",
            place / "grading.toml"]  # fmt: skip


def test_the_doctor_says_so():
    done = ftlearn("grade", "--doctor")
    assert done.returncode == 1 and UNSANDBOXED in done.stderr and "bubblewrap" in done.stderr


def test_nothing_runs_unless_it_is_asked_for(course):
    done = ftlearn(*course)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert UNSANDBOXED in done.stderr and "--unsafe" in done.stderr and "ftlearn grade doctor" in done.stderr
    assert not list(course[3].rglob("*.json"))


def test_when_it_is_the_terminal_the_results_and_the_class_page_say_it(course):
    done = ftlearn(*course, "--unsafe")
    assert done.returncode == 0, done.stderr
    assert UNSANDBOXED in done.stderr
    results, _ = read_results(course[3])
    assert {one.sandbox for one in results} == {UNSANDBOXED}
    half = {one.student: one.task("half") for one in results}
    assert (half["Ada"].kind, half["Ada"].points) == ("passed", 1)
    assert half["Ben"].kind == "out of time", "limits hold all the same"
    assert UNSANDBOXED in (course[3] / "index.html").read_text(encoding="utf-8")
