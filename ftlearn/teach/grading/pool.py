"""Workers on this machine: each a process with a warm runner of its own."""

from __future__ import annotations

import atexit
import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

from ftlearn.teach.grading.jobs import Job, close, grade_job
from ftlearn.teach.grading.results import Result

_TRIES = 3
DIED = "Grading this notebook ended the grader's own process {tries} times. Look at it by hand, and tell us."


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
    """
    waiting, tries = deque(range(len(jobs))), dict.fromkeys(range(len(jobs)), 0)
    pool, running = _pool(workers), {}
    try:
        while waiting or running:
            while waiting and len(running) < workers + 1:  # one ahead, so that nobody waits
                number = waiting.popleft()
                running[pool.submit(grade_job, jobs[number])] = number
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            lost = []
            for future in done:
                number = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(number)
                else:
                    yield future.result()
            if lost:
                lost += running.values()
                running = {}
                pool.shutdown(wait=False, cancel_futures=True)
                for number in sorted(lost):
                    tries[number] += 1
                    if tries[number] < _TRIES:
                        waiting.append(number)
                    else:
                        yield replace(jobs[number].about, problem=DIED.format(tries=_TRIES))
                workers = 1  # whoever it was is found sooner alone
                pool = _pool(workers)
    finally:
        _end(pool, list(running))


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process's business
    atexit.register(close)


def _end(pool: ProcessPoolExecutor, running: list[Future]) -> None:
    """Stop the workers; those in the middle of a submission at once."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=not running, cancel_futures=True)
    for process in processes if running else []:
        process.terminate()
