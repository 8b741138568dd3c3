"""The comparison with nbgrader: its classes, its arithmetic, and that it notices when the tools disagree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from ftlearn.learn.judging import judge
from ftlearn.learn.submission import Submission
from ftlearn.teach.grading.exercises import Exercise
from ftlearn.teach.sources import read_source
from tools import bench_grading, grading_memory
from tools.grading_runs import Taken
from tools.made_up_classes import TENSORFLOW, TENSORFLOW_GIVEN, TRIVIAL, answers_of, exercise, submit
from tools.notebooks import ROOT


def kinds(task, students=200):
    """Sort a class's answers to a task by what they are: right, another right one, wrong."""
    made = {kind: {give(number) for number in range(students)} for kind, give in task.answers.items()}
    found = {"": []}
    for number in range(students):
        text = task.answer(number)
        body = text.partition("\n")[2]
        kind = next((kind for kind, texts in made.items() if body in texts), "")
        found.setdefault(kind, []).append(text)
    return found


@pytest.mark.parametrize("task", [*TRIVIAL, *TENSORFLOW], ids=lambda task: task.name)
def test_a_class_gives_answers_of_every_kind(task):
    found = kinds(task)
    assert set(found) == {"r", "a", "w", ""}
    assert len(found["r"]) > 60
    assert set(found[""]) == {""}


def test_every_notebook_of_a_class_is_another_one(tmp_path):
    submit(tmp_path, "98_x", exercise("98_x", TRIVIAL), lambda n: {task.name: task.answer(n) for task in TRIVIAL}, 60)
    texts = [path.read_text() for path in tmp_path.glob("submitted/*/98_x/98_x.ipynb")]
    assert len(texts) == 60
    assert len(set(texts)) == 60


@pytest.mark.parametrize("task", TRIVIAL, ids=lambda task: task.name)
def test_answers_are_right_or_fail_the_visible_check(task):
    """So that nbgrader, which knows no partial credit, gives the same points."""
    tests = [test.function for test in Exercise(exercise("98_x", TRIVIAL)).tests[task.name]]
    for kind, texts in kinds(task, 20).items():
        for text in texts or [""]:
            names = {}
            exec(text, names)
            visible, both = (judge(some, Submission(names), task.points) for some in (tests[:1], tests))
            assert (visible.points, both.points) == ((task.points,) * 2 if kind in ("r", "a") else (0, 0)), text
            try:
                exec(task.asserts, names)
            except Exception:
                assert kind not in ("r", "a")
            else:
                assert kind in ("r", "a")


def test_the_exercises_are_what_they_are_for():
    small, network = (
        Exercise(exercise("98_x", TRIVIAL)),
        Exercise(exercise("99_x", TENSORFLOW, given=TENSORFLOW_GIVEN)),
    )
    assert not small.heavy
    assert network.heavy
    assert not network.heavy_tests
    bare = json.dumps(exercise("98_x", TRIVIAL, bare=True))
    assert "import" not in re.sub(r"import statistics|from collections import Counter", "", bare)


def test_a_real_class_is_mixed():
    source = read_source(ROOT / "solutions" / grading_memory.REAL / f"{grading_memory.REAL}.ipynb")
    given = [answers_of(source, student) for student in range(40)]
    assert len({json.dumps(one) for one in given}) >= 39
    assert {len(one) for one in given} >= {5, 6, 7}  # of seven tasks


def test_a_task_that_one_tool_has_not_graded_is_a_difference():
    assert bench_grading.differences({"ada": {"x": 1.0}}, {}) == ["ada, x: nbgrader 1, ours nan"]
    assert not bench_grading.differences({"ada": {"x": 1.0}}, {"ada": {"x": 1.0}, "bob": {"x": 0.0}})


@pytest.fixture
def pretended(monkeypatch, tmp_path):
    """Let both tools take a known time, and give known points."""
    points = {"ours": {"ada": {"x": 1.0}}, "theirs": {"ada": {"x": 1.0}}}
    monkeypatch.setattr(bench_grading, "course", lambda folder, part, bare=False: folder)
    monkeypatch.setattr(bench_grading, "class_of", lambda size, made, part: size)
    monkeypatch.setattr(
        bench_grading, "by_nbgrader", lambda size, name: Taken(5 + 2.0 * size, 4 + 1.5 * size, points["theirs"])
    )
    monkeypatch.setattr(
        bench_grading, "by_ours", lambda size, workers: Taken(2 + 0.1 * size / workers, points=points["ours"])
    )
    return points


def test_throughput_is_that_of_the_whole_class_with_its_start(pretended, capsys):
    rows = []
    assert bench_grading.compare(bench_grading.PARTS[0], 2, rows)
    said = capsys.readouterr().out
    ratio = (5 + 2 * 200) / (2 + 0.1 * 100)
    assert f"{ratio:.1f} ({ratio:.1f}–{ratio:.1f}) times as fast as nbgrader  (wanted: 20)" in said
    first = rows[0]
    assert (first["tool"], first["submissions"], first["seconds"]) == ("nbgrader", 30, 65.0)
    assert first["per_minute"] == pytest.approx(60 * 200 / 405, abs=0.1)
    assert first["steady"] == pytest.approx(30)
    assert not bench_grading.compare(replace(bench_grading.PARTS[0], target=40), 1, [])


def test_other_points_stop_the_run(pretended):
    pretended["ours"] = {"ada": {"x": 0.5}}
    with pytest.raises(SystemExit, match=r"ada, x: nbgrader 1, ours 0\.5"):
        bench_grading.compare(bench_grading.PARTS[0], 1, [])


def test_figures_of_parts_that_were_not_measured_stay(monkeypatch, tmp_path):
    monkeypatch.setattr(bench_grading, "TABLE", tmp_path / "table.csv")
    bench_grading.write([{"part": "trivial", "seconds": 1}, {"part": "real", "seconds": 2}])
    bench_grading.write([{"part": "real", "seconds": 3}])
    lines = bench_grading.TABLE.read_text().splitlines()
    assert [line[:11] for line in lines[1:]] == ["trivial,,,1", "real,,,3,,,"[:11]]


def test_what_a_runner_has_started_is_no_lasting_memory():
    inner = "import time; held = bytearray(60 * 2**20); print(flush=True); time.sleep(60)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {outer!r}, '{grading_memory.WARM}'])"
    running = psutil.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE)
    try:
        running.stdout.readline()
        stays, passes = grading_memory.held(running)
        assert passes > 60 > stays > 5
    finally:
        for process in [*running.children(recursive=True), running]:
            process.kill()
        running.wait()
        running.stdout.close()
