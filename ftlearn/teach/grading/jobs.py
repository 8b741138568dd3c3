"""One submission to be graded, as plain data: the same function grades it here, in a worker, on a cluster."""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

from ftlearn.errors import DataError
from ftlearn.teach.grading.children import Runner
from ftlearn.teach.grading.cold import ColdRunner
from ftlearn.teach.grading.exercises import Exercise
from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.results import Result
from ftlearn.teach.grading.running import Grader


@dataclass(frozen=True)
class Job:
    """A submission and all that its grading needs.

    Attributes
    ----------
    about : Result
        Whose and which, without tasks; what is found is added to it.
    content : bytes
        The notebook.
    source : str
        The solution notebook as JSON, with the student's seeds in it.
    limits : Limits
        What the submission may use.
    only : tuple of str, optional
        The tasks to be judged; by default all.
    unsafe : bool
        Whether to go on without a sandbox.
    """

    about: Result
    content: bytes
    source: str
    limits: Limits = field(default_factory=Limits)
    only: tuple[str, ...] | None = None
    unsafe: bool = False


_RUNNERS: dict[bool, Runner | ColdRunner] = {}
_MODULES = 0  # that `_tidy` has seen
_LOCK = threading.Lock()  # a process grades one submission at a time


def grade_job(job: Job) -> Result:
    """Grade one submission, with this process's warm runner.

    Parameters
    ----------
    job : Job
        What to grade.

    Returns
    -------
    Result
        Whatever the notebook is; ``problem`` says why when it could not be graded.

    Raises
    ------
    FtlearnError
        When there is no sandbox, and `Job.unsafe` is false.
    """
    with _LOCK:
        started = time.monotonic()
        try:
            notebook = _notebook(job)
            exercise = exercise_of(job.source)
            tasks, remarks, wall = _graded(exercise, notebook, job)
            found = replace(job.about, tasks=tuple(tasks), remarks=(*job.about.remarks, *remarks), sandbox=wall)
        except DataError as error:
            found = replace(job.about, problem=str(error))
        finally:
            _tidy()
    return replace(found, seconds=round(time.monotonic() - started, 3))


def _notebook(job: Job) -> dict[str, Any]:
    name, fix = job.about.notebook, "Ask the student to open it in Jupyter, save it, and hand it in again."
    try:
        notebook = json.loads(job.content)
    except (ValueError, RecursionError):
        raise DataError(f"{name} is not a notebook: it cannot be read as JSON.", fix=fix) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells", notebook.get("worksheets")), list):
        raise DataError(f"{name} is not a notebook: it has no list of cells.", fix=fix)
    return notebook


@lru_cache(maxsize=32)
def exercise_of(source: str) -> Exercise:
    """Read a solution notebook's JSON for grading; the same text is read once."""
    return Exercise(json.loads(source))


def _graded(exercise: Exercise, notebook: dict[str, Any], job: Job) -> tuple[list, list[str], str]:
    for last in (False, True):
        runner = warm_runner(exercise.heavy, job.unsafe)
        if exercise.heavy_tests:
            warm_tests()
        try:
            return *Grader(exercise, runner, job.limits).grade(notebook, job.only), runner.wall
        except DataError:
            raise
        except Exception as error:
            close()  # the runner itself has died, whatever did it: once more with another one
            if last:  # it costs this submission, not the class
                raise DataError(
                    f"Grading it failed twice: {type(error).__name__}: {error}.", fix="Look at it by hand, and tell us."
                ) from error
    raise AssertionError("unreachable")


def warm_runner(keras: bool, unsafe: bool) -> Runner | ColdRunner:
    """Return this process's runner, started when there is none yet.

    Parameters
    ----------
    keras : bool
        With TensorFlow and Keras.
    unsafe : bool
        Whether to go on without a sandbox.

    Returns
    -------
    Runner
        It may still be importing.

    Raises
    ------
    FtlearnError
        When there is no sandbox, and `unsafe` is false.
    """
    if keras not in _RUNNERS:
        forks = hasattr(os, "fork") or not unsafe
        _RUNNERS[keras] = Runner(unsafe=unsafe, keras=keras) if forks else ColdRunner()
    return _RUNNERS[keras]


@cache
def warm_tests() -> None:
    """Import TensorFlow in this process, for tests that take it."""
    from ftlearn import environment

    environment.start_tensorflow()


def close() -> None:
    """End this process's runners, and whatever they had started.

    Examples
    --------
    >>> close()
    """
    while _RUNNERS:
        _RUNNERS.popitem()[1].close()


def _tidy() -> None:
    """Let go of what tests have made, so that memory stays flat over a class."""
    global _MODULES
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session(free_memory=False)
    gc.collect()
    if _MODULES != len(sys.modules):
        _MODULES = len(sys.modules)
        gc.freeze()  # modules last: looking through them after each submission would take a fifth of a second
