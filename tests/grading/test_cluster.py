"""A real Dask scheduler and two workers on loopback: each submission graded once, whatever happens to workers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from ftlearn.errors import FtlearnError
from ftlearn.learn.outcomes import PASSED
from ftlearn.teach.grading import cluster as grading
from ftlearn.teach.grading.cluster import graded_on
from tests.grading.small_class import ENDLESS, RIGHT, UNLUCKY, hand_in, job, write_solution
from tests.grading.terminal import command, kept, said
from tests.grading.waiting import WAITING, gated, held, until
from tests.unit.teach.small_source import HALF_CHECK, source
from tools.notebooks import ROOT

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.usefixtures("walled")

ALONE = HALF_CHECK.replace(
    'got = submission.value("half", "number")',
    'import builtins, time\n    builtins.graded_now = getattr(builtins, "graded_now", 0) + 1\n    time.sleep(0.1)\n'
    '    alone = builtins.graded_now == 1\n    builtins.graded_now -= 1\n    expect(alone, "Two at once.")\n'
    '    got = submission.value("half", "number")',
)


@contextlib.contextmanager
def started(folder, workers=2):
    """Start a scheduler and workers as their commands do, and give the scheduler's address."""
    told = folder / "scheduler.json"
    command = [sys.executable, "-m", "dask"]
    common = {"stdout": subprocess.DEVNULL, "stderr": (folder / "said").open("ab"), "cwd": ROOT}
    processes = [
        subprocess.Popen(
            [*command, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", told],
            **common,
        )
    ]
    try:
        for _ in range(workers):
            processes.append(
                subprocess.Popen(
                    [*command, "worker", "--scheduler-file", told, "--host", "127.0.0.1", "--no-dashboard",
                     "--nthreads", "4", "--local-directory", folder],
                    **common,
                )
            )  # fmt: skip
        until(told.exists)
        with distributed.Client(scheduler_file=str(told), set_as_default=False, timeout=60) as client:
            client.wait_for_workers(workers, timeout=120)
            yield client, processes
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(60)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with started(tmp_path_factory.mktemp("cluster")) as (client, _):
        yield client


@pytest.fixture
def address(cluster):
    cluster.wait_for_workers(2, timeout=120)  # those that a test has killed are replaced by their nannies
    return cluster.scheduler.address


def runners():
    from ftlearn.teach.grading.jobs import _RUNNERS

    return len(_RUNNERS)


def names(results):
    return Counter(result.student for result in results)


def once(*students):
    return Counter(students)


def test_a_lost_workers_submissions_are_graded_again_and_none_twice(cluster, address):
    students = [f"student {number}" for number in range(8)]
    results = graded_on(address, [job(one, ENDLESS if one == "student 3" else RIGHT) for one in students])
    found, busy = [], []
    while not busy:
        found.append(next(results))
        busy = [worker for worker, keys in cluster.processing().items() if keys]
    (pid,) = cluster.run(os.getpid, workers=[busy[0]]).values()
    os.kill(pid, signal.SIGKILL)
    found += results
    assert names(found) == once(*students)
    points = {result.student: result.points for result in found}
    assert points == {one: 0.0 if one == "student 3" else 1.0 for one in students}
    assert not any(result.problem for result in found) and {result.sandbox for result in found} != {""}
    until(lambda: not any(cluster.run(runners).values()))  # the client has gone: nobody holds runners


def test_what_kills_every_worker_is_left_to_a_person_and_the_others_are_graded(cluster, address):
    found = list(graded_on(address, [job("unlucky", UNLUCKY), *(job(f"student {number}") for number in range(5))]))
    assert names(found) == once("unlucky", *(f"student {number}" for number in range(5)))
    problems = {result.student: result.problem for result in found if result.problem}
    assert problems == {"unlucky": grading.DIED}


def test_a_worker_grades_one_at_a_time_for_two_at_once(address):
    made = source(half_check=ALONE)
    with ThreadPoolExecutor(2) as threads:
        both = [
            threads.submit(lambda: list(graded_on(address, [job(f"{n}", solution=made) for n in range(4)])))
            for _ in range(2)
        ]
        for one in both:
            tasks = {result.student: result.task("half") for result in one.result()}
            assert tasks.keys() == set("0123")
            assert [task for task in tasks.values() if task.kind != PASSED] == []


def test_stopped_midway_it_cancels_the_rest_and_lets_go_of_the_runners(cluster, address):
    jobs = [job(f"student {number}") for number in range(6)]
    results = graded_on(address, jobs)
    done = {next(results).student}
    results.close()
    until(lambda: not any(cluster.processing().values()))
    until(lambda: not any(cluster.run(runners).values()))
    rest = [one for one in jobs if one.about.student not in done]
    assert names(graded_on(address, rest)) == once(*(one.about.student for one in rest))


def _take_away(what):
    """On a worker: let a module not be found, or the walls not stand; return what undoes it."""
    from ftlearn.teach.grading import cluster as here

    if what == "wall":
        here.wall = lambda: here.UNSANDBOXED
    else:
        here.__version__ = "0.0.1"


def _give_back():
    import ftlearn
    from ftlearn.teach.grading import cluster as here
    from ftlearn.teach.grading import outer

    here.wall, here.__version__ = outer.wall, ftlearn.__version__


@pytest.mark.parametrize(("what", "sentence"), [("wall", "no sandbox"), ("version", "has ftlearn 0.0.1")])
def test_a_worker_that_cannot_grade_says_why_and_gets_nothing(cluster, address, what, sentence):
    unable = min(cluster.nthreads())
    cluster.run(_take_away, what, workers=[unable])
    told = []
    try:
        found = list(graded_on(address, [job(f"student {number}") for number in range(3)], told.append))
    finally:
        cluster.run(_give_back, workers=[unable])
    assert names(found) == once("student 0", "student 1", "student 2") and not any(one.problem for one in found)
    assert len(told) == 1 and unable in told[0] and sentence in told[0] and "Traceback" not in told[0]


def test_where_no_worker_can_grade_it_says_why(cluster, address, monkeypatch):
    monkeypatch.setattr(grading, "__version__", "9.9.9")
    with pytest.raises(FtlearnError, match=r"No worker .* can grade.*9\.9\.9 is wanted.*Start one") as raised:
        list(graded_on(address, [job("Ada")], tell=lambda text: None))
    assert all(worker in str(raised.value) for worker in cluster.nthreads())


def test_the_command_sends_a_class_there_and_ctrl_c_keeps_what_is_done(cluster, address, tmp_path):
    write_solution(tmp_path / "solutions", half_check=gated(tmp_path))
    hand_in(tmp_path / "class", ada=RIGHT, bob=WAITING, carl=RIGHT, dora=RIGHT)
    with command(tmp_path, "--scheduler", address) as (process, keyboard):
        until(lambda: held(tmp_path) and kept(tmp_path / "results"))
        os.write(keyboard, b"\x03")
        text = said(keyboard, process)
    assert process.returncode == 130 and "goes on from there" in text and "Traceback" not in text
    done = kept(tmp_path / "results")
    assert done and "bob" not in done
    (tmp_path / "open").touch()
    with command(tmp_path, "--scheduler", address) as (process, keyboard):
        text = said(keyboard, process)
    assert process.returncode == 0 and f"{4 - len(done)} graded, {len(done)} as before, 0 not graded" in text
    assert kept(tmp_path / "results") == ["ada", "bob", "carl", "dora"]
    until(lambda: not any(cluster.run(runners).values()))


def test_a_scheduler_that_goes_midway_costs_nothing_that_is_done(tmp_path):
    with started(tmp_path, workers=1) as (client, processes):
        results = graded_on(client.scheduler.address, [job(f"student {number}") for number in range(4)])
        assert next(results).points == 1
        processes[0].kill()
        with pytest.raises(FtlearnError, match=r"has gone.*type the same again"):
            list(results)


def test_no_scheduler():
    with pytest.raises(FtlearnError, match=r"No Dask scheduler answers at tcp://127.0.0.1:1.*dask scheduler"):
        list(graded_on("tcp://127.0.0.1:1", [job("Ada")]))
    with pytest.raises(FtlearnError, match="No Dask scheduler answers at nonsense://here"):
        list(graded_on("nonsense://here", [job("Ada")]))


def test_without_dask_it_says_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(FtlearnError, match=r'pip install "ftlearn\[cluster\]"'):
        list(graded_on("tcp://127.0.0.1:1", [job("Ada")]))
