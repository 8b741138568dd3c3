"""Submissions graded on a Dask cluster that is there already: ``pip install "ftlearn[cluster]"``.

Jobs and results are pickled by Dask, between machines that trust each other; student code meets none of it.
"""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING

from ftlearn import __version__
from ftlearn.errors import FtlearnError
from ftlearn.teach.grading.jobs import Job, close, grade_job
from ftlearn.teach.grading.outer import UNSANDBOXED, wall
from ftlearn.teach.grading.pool import DIED, TRIES
from ftlearn.teach.grading.results import Result

if TYPE_CHECKING:
    from distributed import Client, Future

_ANSWER = 5.0  # seconds for the scheduler to answer
_LOOK = 1.0  # seconds between two looks at who is there
_PATIENCE = 60.0  # seconds without any worker


def graded_on(address: str, jobs: Sequence[Job], tell: Callable[[str], object] = warnings.warn) -> Iterator[Result]:
    """Grade submissions on a Dask cluster.

    Parameters
    ----------
    address : str
        Its scheduler's, such as ``"tcp://127.0.0.1:8786"``.
    jobs : sequence of Job
        What to grade.
    tell : callable
        Told of each worker that cannot grade, and why.

    Yields
    ------
    Result
        As they are finished, each job's once; a job whose worker is lost is graded by another one.

    Raises
    ------
    FtlearnError
        When Dask is not installed, no scheduler answers, or no worker can grade.

    Notes
    -----
    What a worker is in the middle of when the client goes, it finishes, for nobody.
    """
    with _connected(address) as client:
        crew = _Crew(client, address, any(job.unsafe for job in jobs), tell)
        # Tasks rather than scattered data, which Dask could not make again once the worker that holds it is lost.
        sources = {text: client.submit(str, text) for text in {job.source for job in jobs}}
        waiting, died = deque(range(len(jobs))), Counter()
        running: dict[Future, tuple[int, str]] = {}
        found: list[Result] = []
        while waiting or running:
            for worker in crew.look() - {worker for _, worker in running.values()}:
                if waiting:
                    number = waiting.popleft()
                    future = crew.send(worker, replace(jobs[number], source=""), sources[jobs[number].source])
                    running[future] = number, worker
            yield from found  # when everybody has work
            found = []
            crew.wait()
            for future, (number, worker) in list(running.items()):
                try:
                    result = crew.answer(future, worker)
                    if result is None:
                        continue
                    found.append(result)
                except _Lost:
                    died[number] += 1
                    if died[number] < TRIES:
                        waiting.append(number)
                    else:
                        found.append(replace(jobs[number].about, problem=DIED))
                del running[future]
        yield from found


class _Lost(Exception):
    """A job's worker is gone, or its answer."""


class _Crew:
    """The workers of a cluster, as they come and go: each grades one submission at a time, and is told which.

    Dask could choose itself, and give a lost worker's tasks to others. But then a job that kills workers takes with it
    what waits beside it, and whose fault it was cannot be told.
    """

    def __init__(self, client: Client, address: str, unsafe: bool, tell: Callable[[str], object]):
        self._client, self._address, self._unsafe, self._tell = client, address, unsafe, tell
        self._desks: dict[str, Future] = {}
        self._refused: dict[str, str] = {}
        self._news = Event()
        self._seen = time.monotonic()

    def look(self) -> set[str]:
        """Return the workers that can grade; ask those that are new."""
        try:
            here = set(self._client.nthreads())
        except Exception as error:  # whatever Dask makes of a closed connection
            raise _gone(self._address) from error
        for worker in self._desks.keys() - here:
            del self._desks[worker]
        for worker in here - self._desks.keys():
            self._desks[worker] = self._submit(worker, Desk, __version__, self._unsafe)
        states = {worker: desk.status for worker, desk in self._desks.items()}
        for worker, state in states.items():
            if state == "error" and worker not in self._refused:
                self._refused[worker] = _why(worker, self._desks[worker])
                self._tell(self._refused[worker])
            elif state in ("cancelled", "lost"):
                del self._desks[worker]  # asked again at the next look
        if set(states.values()) - {"error"}:
            self._seen = time.monotonic()
        elif states or time.monotonic() - self._seen > _PATIENCE:
            raise FtlearnError(
                " ".join([f"No worker of {self._address} can grade.", *(self._refused[worker] for worker in states)]),
                fix=f"Start one where ftlearn and its sandbox are: `dask worker {self._address} --nthreads 1`.",
            )
        return {worker for worker, state in states.items() if state == "finished"}

    def send(self, worker: str, job: Job, source: Future) -> Future:
        """Give a worker something to do."""
        return self._submit(worker, Desk.grade, self._desks[worker], job, source)

    def _submit(self, worker: str, function: Callable, *args: object) -> Future:
        future = self._client.submit(function, *args, workers=[worker], pure=False)
        future.add_done_callback(lambda _: self._news.set())
        return future

    def wait(self) -> None:
        """Wait until something is finished, but not for long."""
        self._news.wait(_LOOK)
        self._news.clear()

    def answer(self, future: Future, worker: str) -> Result | None:
        """Return a job's result, or None when it is not there yet."""
        if worker not in self._desks:
            future.cancel()
            raise _Lost
        if not future.done():
            return None
        if future.status != "finished":
            raise _Lost
        try:
            return future.result(timeout=_ANSWER)
        except TimeoutError:  # its worker may have gone with it: the next look will tell
            return None


class Desk:
    """A worker's place in one run: Dask holds it as long as the client wants it, however the client ends.

    Parameters
    ----------
    version : str
        The client's ftlearn.
    unsafe : bool
        Whether to go on without a sandbox.

    Raises
    ------
    FtlearnError
        When this worker cannot grade for that client.
    """

    def __init__(self, version: str, unsafe: bool):
        if version != __version__:
            raise FtlearnError(f"It has ftlearn {__version__}, and {version} is wanted.")
        if not unsafe and wall() == UNSANDBOXED:
            raise FtlearnError("It offers no sandbox.", fix="`ftlearn grade doctor` there says what is missing.")
        self._made_by = version, unsafe
        _DESKS.add(self)
        weakref.finalize(self, _leave).atexit = False

    def __reduce__(self) -> tuple[type[Desk], tuple[str, bool]]:
        return Desk, self._made_by

    def grade(self, job: Job, source: str) -> Result:
        """Grade one submission, after any other that this process is grading."""
        return grade_job(replace(job, source=source))


_DESKS: weakref.WeakSet[Desk] = weakref.WeakSet()


def _leave() -> None:
    """End the runners when no desk is left; in a thread, for Dask lets go of desks where it answers the scheduler."""
    with contextlib.suppress(RuntimeError):  # at the worker's own end, when runners go anyway
        Thread(target=lambda: list(_DESKS) or close(), daemon=True).start()


def _why(worker: str, desk: Future) -> str:
    error = desk.exception(timeout=_ANSWER)
    text = str(error) if isinstance(error, FtlearnError) else f"It has no ftlearn {__version__} ({error})."
    return f"The worker {worker} does not grade: {text}"


def _gone(address: str) -> FtlearnError:
    return FtlearnError(
        f"The Dask scheduler at {address} has gone.",
        fix="What is graded is kept: start the cluster, type the same again, and it goes on from there.",
    )


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError:
        raise FtlearnError("Grading on a cluster takes Dask.", fix='Type `pip install "ftlearn[cluster]"`.') from None
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a lost scheduler is told of below, shorter
    try:
        client = Client(address, timeout=_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise FtlearnError(
            f"No Dask scheduler answers at {address}.",
            fix="Start one by `dask scheduler` and workers by `dask worker ADDRESS --nthreads 1`; without --scheduler, "
            "this machine grades.",
        ) from error
    with client:
        yield client
