"""A class graded by the command and by what is behind it: interrupted, out of room, corrected, and gone on with."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
from dataclasses import replace

import pytest

from ftlearn.errors import FtlearnError
from ftlearn.learn.outcomes import PASSED
from ftlearn.teach.grading.course import Course, Moved, grade_class
from ftlearn.teach.grading.jobs import exercise_of
from ftlearn.teach.grading.marks import Mark, Marks, sum_of
from ftlearn.teach.grading.pool import graded_here
from ftlearn.teach.grading.results import TaskResult
from ftlearn.teach.grading.settings import Settings
from ftlearn.teach.grading.standings import standings
from ftlearn.teach.grading.store import FOLDER, Store, read_results
from tests.grading.small_class import LIMITS, RIGHT, hand_in, write_solution
from tests.grading.terminal import command, kept, said
from tests.grading.waiting import WAITING, gated, held, until
from tests.unit.teach.small_source import HALF_CHECK

SETTINGS = Settings(limits=LIMITS)


def made_up(jobs):
    """Give full points without running anything."""
    for job in jobs:
        tasks = tuple(
            TaskResult(name, PASSED, task.points, task.points, judged_by=exercise_of(job.source).sums[name])
            for name, task in exercise_of(job.source).tasks.items()
        )
        yield replace(job.about, tasks=tasks)


@pytest.fixture
def place(tmp_path):
    """A course of one exercise, and a class of five."""
    write_solution(tmp_path / "solutions", half_check=gated(tmp_path))
    students = {"ada": RIGHT, "bob": RIGHT, "carl": WAITING, "dora": RIGHT, "emmy": RIGHT}
    hand_in(tmp_path / "class", **students)
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="looks for what is left behind as Linux lets it")
@pytest.mark.usefixtures("walled")
class TestInterrupted:
    def test_ctrl_c_keeps_what_is_done_and_the_next_run_does_the_rest(self, place):
        with command(place, "--workers", "1") as (process, keyboard):
            until(lambda: held(place))
            os.write(keyboard, b"\x03")
            text = said(keyboard, process)
        assert process.returncode == 130 and "goes on from there" in text and "Traceback" not in text
        assert kept(place / "results") == ["ada", "bob"]
        before = {path: path.stat().st_mtime_ns for path in (place / "results" / FOLDER).rglob("*.json")}
        (place / "open").touch()
        with command(place, "--workers", "2") as (process, keyboard):
            text = said(keyboard, process)
        assert process.returncode == 0 and "3 graded, 2 as before, 0 not graded" in text
        assert kept(place / "results") == ["ada", "bob", "carl", "dora", "emmy"]
        assert {path: path.stat().st_mtime_ns for path in before} == before

    def test_ctrl_c_at_the_start_ends_quietly(self, place):
        with command(place, "--workers", "2") as (process, keyboard):
            text = ""
            while "Grading" not in text:
                text += os.read(keyboard, 1 << 16).decode(errors="replace")
            os.write(keyboard, b"\x03")
            text += said(keyboard, process)
        assert process.returncode == 130 and "Traceback" not in text

    def test_nothing_outlives_a_command_that_is_killed(self, place):
        with command(place, "--workers", "2") as (process, _):
            until(lambda: held(place))
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        assert all(json.loads(path.read_text()) for path in (place / "results" / FOLDER).rglob("*.json"))


def test_a_full_disk_costs_nothing_that_is_finished(place, monkeypatch):
    real, written, ended = os.replace, [], []

    def full(source, target):
        if str(target).endswith(".json"):
            written.append(target)
            if len(written) == 3:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, target)

    def run(jobs):
        try:
            yield from made_up(jobs)
        finally:
            ended.append(True)

    monkeypatch.setattr(os, "replace", full)
    course, store = Course(place / "solutions"), Store(place / "results")
    with pytest.raises(FtlearnError, match=r"No space left on device.*are kept, and the next run goes on"):
        grade_class(place / "class", store, course, SETTINGS, run)
    assert kept(place / "results") == ["ada", "bob"] and ended  # its workers were let go
    done = grade_class(place / "class", store, course, SETTINGS, run)
    assert (done.graded, done.kept, done.problems) == (3, 2, [])
    assert kept(place / "results") == ["ada", "bob", "carl", "dora", "emmy"]


def test_results_that_cannot_be_written_are_told_of_before_anything_runs(place):
    (place / "file").touch()
    with pytest.raises(FtlearnError, match="Nothing can be written to"):
        Store(place / "file" / "results")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_keeps_its_results(place):
    course, store = Course(place / "solutions"), Store(place / "results")
    grade_class(place / "class", store, course, SETTINGS, made_up)
    folder = place / "results" / FOLDER / "99"
    folder.chmod(0o500)
    try:
        with pytest.raises(FtlearnError, match="Permission denied"):
            grade_class(place / "class", store, course, SETTINGS, made_up, again=True)
        assert len(kept(place / "results")) == 5
    finally:
        folder.chmod(0o700)


def test_what_keeps_a_notebook_from_being_graded_again_costs_no_earlier_result(place):
    course, store = Course(place / "solutions"), Store(place / "results")
    grade_class(place / "class", store, course, SETTINGS, made_up)
    before = read_results(store.folder)

    def failing(jobs):
        yield from (replace(job.about, problem="The machine is tired.") for job in jobs)

    done = grade_class(place / "class", store, course, SETTINGS, failing, again=True)
    assert done.graded == 0 and len(done.problems) == 5 and read_results(store.folder) == before
    (place / "class" / "ada" / "99_halves.ipynb").write_text("{}")  # another notebook: its own result, such as it is
    grade_class(place / "class", store, course, SETTINGS, failing)
    assert store.get("99", "ada").problem == "The machine is tired."


@pytest.mark.usefixtures("walled")
def test_a_corrected_hidden_test_is_judged_again_alone_and_marks_by_hand_stay(place):
    shutil.rmtree(place / "class" / "dora")
    write_solution(place / "solutions")
    store, asked = Store(place / "results"), []

    def run(jobs):
        asked.append({job.about.student: job.only for job in jobs})
        yield from graded_here(jobs, 1)

    done = grade_class(place / "class", store, Course(place / "solutions"), SETTINGS, run)
    assert (done.graded, done.moved) == (4, [])
    carl = store.get("99", "carl")
    why = carl.task("why")
    marks = Marks(marks=[Mark("carl", "99", "why", 1.5, "Nearly.", sum_of(why.answer))])
    assert carl.task("half").points == 0.5

    corrected = HALF_CHECK.replace('submission.value("half") == 0.5', 'submission.value("half") in (0.25, 0.5)')
    write_solution(place / "solutions", half_check=corrected)
    hand_in(place / "class", emmy=WAITING, flora=RIGHT)
    done = grade_class(place / "class", store, Course(place / "solutions"), SETTINGS, run)
    assert asked[1] == {"ada": ("half",), "bob": ("half",), "carl": ("half",), "emmy": None, "flora": None}
    assert done.moved == [Moved("carl", "99", "half", 0.5, 1.0)]
    assert str(done.moved[0]) == "carl: 99/half 0.5 → 1"
    after = store.get("99", "carl")
    assert [task for task in after.tasks if task.name != "half"] == [task for task in carl.tasks if task.name != "half"]
    (standing,) = [one for one in standings([after], marks, SETTINGS)]
    assert standing.tasks["why"] == 1.5 and standing.comments["why"] == "Nearly."

    done = grade_class(place / "class", store, Course(place / "solutions"), SETTINGS, run)
    assert (done.graded, done.kept, len(asked)) == (0, 5, 2)
