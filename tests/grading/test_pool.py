"""Workers on this machine: each submission graded once, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
from collections import Counter

import psutil
import pytest

from ftlearn.teach.grading.pool import DIED, graded_here
from tests.grading.small_class import RIGHT, UNLUCKY, job
from tests.grading.waiting import WAITING, gated, held, until
from tests.unit.teach.small_source import HALF_CHECK, source

pytestmark = pytest.mark.usefixtures("walled")


def names(results):
    return Counter(result.student for result in results)


def points(results):
    assert not any(result.problem for result in results)
    return {result.student: result.points for result in results}


def below():
    """Workers and runners: what the processes that this one has started have started."""
    return {one for child in psutil.Process().children() for one in child.children(recursive=True)}


def test_results_come_as_they_are_finished(tmp_path):
    made = source(half_check=gated(tmp_path))
    jobs = [job("slow", WAITING, made), *(job(f"student {number}", RIGHT, made) for number in range(4))]
    results = graded_here(jobs, 2)
    found = [next(results) for _ in range(4)]
    assert "slow" not in names(found)
    (tmp_path / "open").touch()
    found += results
    assert points(found) == {"slow": 0.5, **{f"student {number}": 1.0 for number in range(4)}}
    assert len(found) == 5


def test_a_worker_killed_midway_costs_nothing_and_its_submission_is_graded_again(tmp_path):
    made = source(half_check=gated(tmp_path))
    jobs = [job("slow", WAITING, made), *(job(f"student {number}", RIGHT, made) for number in range(4))]
    results = graded_here(jobs, 2)
    found = [next(results)]
    until(lambda: held(tmp_path))
    os.kill(held(tmp_path)[0], signal.SIGKILL)
    (tmp_path / "open").touch()
    found += results
    assert names(found) == Counter(["slow", *(f"student {number}" for number in range(4))])
    assert points(found)["slow"] == 0.5
    assert len(set(held(tmp_path))) == 2  # graded twice, by two processes; told once


@pytest.mark.parametrize("workers", [1, 2])
def test_what_kills_every_worker_is_left_to_a_person_and_the_others_are_graded(workers):
    jobs = [job("unlucky", UNLUCKY), *(job(f"student {number}") for number in range(4))]
    found = list(graded_here(jobs, workers))
    assert names(found) == Counter(["unlucky", *(f"student {number}" for number in range(4))])
    assert {result.student: result.problem for result in found if result.problem} == {"unlucky": DIED}


def test_a_runner_that_dies_midway_is_replaced(tmp_path):
    kill = (
        f"import os, pathlib\n    from ftlearn.teach.grading import jobs\n"
        f"    if not pathlib.Path({str(tmp_path / 'done')!r}).exists():\n"
        f"        pathlib.Path({str(tmp_path / 'done')!r}).touch()\n"
        f"        os.kill(jobs._RUNNERS[False]._process.pid, 9)\n        jobs._RUNNERS[False]._process.wait()\n"
    )
    first = '    got = submission.value("half", "number")'
    found = list(
        graded_here([job("Ada", RIGHT, source(half_check=HALF_CHECK.replace(first, f"    {kill}{first}")))], 1)
    )
    assert points(found) == {"Ada": 1.0} and (tmp_path / "done").exists()


def test_stopped_midway_it_leaves_no_process(tmp_path):
    before = below()
    made = source(half_check=gated(tmp_path))
    results = graded_here([job("quick", RIGHT, made), *(job(f"{n}", WAITING, made) for n in range(3))], 2)
    assert next(results).student == "quick"
    until(lambda: held(tmp_path))
    assert below() - before
    results.close()
    until(lambda: not below() - before)


def test_nothing_outlives_a_run(tmp_path):
    before = below()
    assert len(list(graded_here([job("Ada"), job("Grace")], 2))) == 2
    until(lambda: not below() - before)
