"""Workers on this machine: each a process with a warm runner of its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import BaseContext

from ftlearn.errors import FtlearnError
from ftlearn.teach.grading.jobs import Job, exercise_of, grade_job, warm_runner, warm_tests
from ftlearn.teach.grading.results import Result

TRIES = 3
DIED = f"Grading this notebook ended the grader's own process {TRIES} times. Look at it by hand, and tell us."


def graded_here(jobs: Sequence[Job], workers: int) -> Iterator[Result]:
    """Grade submissions in processes on this machine.

    Parameters
    ----------
    jobs : sequence of Job
        What to grade.
    workers : int
        How many at a time.

    Yields
    ------
    Result
        As they are finished, each job's once; a job whose worker dies is tried again.

    Raises
    ------
    FtlearnError
        When there is no sandbox, and `Job.unsafe` is false.

    Notes
    -----
    To be iterated in a program's main module, guarded by ``if __name__ == "__main__"``: workers import it.
    """
    exercises = [exercise_of(job.source) for job in jobs]
    heavy, tests = any(one.heavy for one in exercises), any(one.heavy_tests for one in exercises)
    # An executor for each worker: when one dies, it is known over which job, and no other is disturbed.
    hire = partial(ProcessPoolExecutor, 1, _context(tests), _begin, (heavy, tests, any(job.unsafe for job in jobs)))
    idle, waiting, died = [hire() for _ in range(workers)], deque(range(len(jobs))), Counter()
    running: dict[Future, tuple[int, ProcessPoolExecutor]] = {}
    found: list[Result] = []
    try:
        while waiting or running:
            while waiting and idle:
                number, worker = waiting.popleft(), idle.pop()
                try:
                    future = worker.submit(grade_job, jobs[number])
                except BrokenProcessPool:  # it died with nothing to do
                    worker = hire()
                    future = worker.submit(grade_job, jobs[number])
                running[future] = number, worker
            yield from found  # when everybody has work
            found = []
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                number, worker = running.pop(future)
                if not isinstance(future.exception(), BrokenProcessPool):
                    idle.append(worker)
                    found.append(future.result())
                    continue
                idle.append(hire())
                died[number] += 1
                if died[number] < TRIES:
                    waiting.append(number)
                else:
                    found.append(replace(jobs[number].about, problem=DIED))
        yield from found
    finally:
        _end([*idle, *(worker for _, worker in running.values())], at_once=bool(running))


def _context(tests: bool) -> BaseContext:
    """Return a way to start workers: forked, where the system can, from a process that has imported what they need."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver, resource_tracker

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"ftlearn.teach.grading.{name}" for name in ("jobs", "preload")[: 1 + tests]])
    resource_tracker.ensure_running()  # first: it would let Ctrl-C through again
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # what is started now never sees Ctrl-C
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return context


def _begin(heavy: bool, tests: bool, unsafe: bool) -> None:
    """Make a worker ready: Ctrl-C is the first process's business, and its end this one's too."""
    signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which the runner of student code would inherit
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    threading.Thread(target=_follow, daemon=True).start()
    with contextlib.suppress(FtlearnError, OSError):  # the first job will say so
        warm_runner(heavy, unsafe)
        if tests:
            warm_tests()


def _follow() -> None:
    wait_for([multiprocessing.parent_process().sentinel])
    os._exit(1)


def _end(workers: list[ProcessPoolExecutor], *, at_once: bool) -> None:
    """Stop the workers, those in the middle of a submission too; runners end when nobody holds their sockets."""
    managers = [worker._executor_manager_thread for worker in workers]
    processes = [process for worker in workers for process in (worker._processes or {}).values()]
    for worker in workers:
        worker.shutdown(wait=False, cancel_futures=True)
    for process in processes if at_once else []:
        process.terminate()
    for manager in managers:
        if manager is not None:
            manager.join()
