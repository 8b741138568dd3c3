"""The grader's side of a warm runner: start it behind its wall, ask it for children, and never wait for ever."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ftlearn.errors import FtlearnError
from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.outer import UNSANDBOXED, bubblewrap, environment, namespaces, needed, wall
from ftlearn.teach.grading.warm import reader
from ftlearn.teach.grading.wire import WireError, encode, receive

_START_SECONDS = 300.0
_PATIENCE = 4.0


class TooLong(BaseException):  # not an Exception: a check must not take it for the answer's fault
    """A child did not answer in time."""


class Gone(BaseException):
    """A child has ended instead of answering."""


class Runner:
    """A warm runner behind the best wall that this machine offers.

    Parameters
    ----------
    unsafe : bool
        Whether to go on without walls where there are none.
    keras : bool
        Whether to import TensorFlow and Keras; plain Python starts in a second.
    wall : str, optional
        Which wall instead of the best: ``"bubblewrap"``, ``"namespaces"``, ``"NOT SANDBOXED"``.

    Attributes
    ----------
    wall : str
        Which wall it is.

    Raises
    ------
    FtlearnError
        When there is no wall and `unsafe` is false.
    """

    def __init__(self, *, unsafe: bool = False, keras: bool = True, wall: str | None = None):
        self.wall = wall or _best()
        if self.wall == UNSANDBOXED and not unsafe:
            raise FtlearnError(
                "This machine offers no sandbox: student code could read and change your files.",
                fix="See `ftlearn grade doctor`. To grade nevertheless, type --unsafe.",
            )
        ours, theirs = socket.socketpair()
        folders = needed()
        kind = "none" if self.wall == UNSANDBOXED else self.wall
        command = [sys.executable, "-m", "ftlearn.teach.grading.warm", "--wall", kind, *([] if keras else ["--plain"])]
        command += map(str, folders)
        if self.wall == "bubblewrap":
            command = bubblewrap(command, folders)
        elif self.wall == "namespaces":
            command = namespaces(command, folders)
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=self._said, cwd="/", env=environment(),
            start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self._control, self._read = ours, reader(ours.recv)
        ours.settimeout(_START_SECONDS)
        self._ready = False

    def _wait(self) -> None:
        """Wait until the runner has imported what it imports."""
        try:
            receive(self._read)
        except (EOFError, WireError, OSError):
            self.close()
            raise FtlearnError(f"The runner of student code could not be started: {self.said()}.") from None
        self._ready = True

    def said(self) -> str:
        """Return the end of what the runner wrote to its standard error."""
        self._said.seek(0)
        return self._said.read().decode(errors="replace").strip()[-300:] or "it said nothing"

    def start(self, limits: Limits) -> Child:
        """Fork a child for one submission; the first one waits until the runner is warm.

        Raises
        ------
        FtlearnError
            When the runner could not be started, or has ended.
        """
        if not self._ready:
            self._wait()
        self._control.sendall(encode({"do": "start", "limits": asdict(limits)}))
        number, handles, _, _ = socket.recv_fds(self._control, 10, 1)
        if not handles:
            raise FtlearnError(f"The runner of student code has ended: {self.said()}.")
        return Child(self, int(number), socket.socket(fileno=handles[0]))

    def end(self, number: int, *, by_itself: bool) -> int:
        """Wait for a child that ended by itself, or kill it; return its exit code."""
        self._control.sendall(encode({"do": "end", "number": number, "by_itself": by_itself}))
        return int(receive(self._read)["code"])

    def waited(self, number: int) -> float:
        """Return for how many seconds a child has waited for a processor."""
        self._control.sendall(encode({"do": "waited", "number": number}))
        return float(receive(self._read)["seconds"])

    def close(self) -> None:
        """Stop the runner; whatever it had started goes with it."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _best() -> str:
    return wall() if hasattr(os, "fork") else UNSANDBOXED


class Child:
    """One submission's process, behind its own walls.

    Attributes
    ----------
    granted : float
        Seconds that were added to its time, because it waited for a processor that others had.
    """

    def __init__(self, runner: Runner, number: int, connection: socket.socket):
        self._runner, self._number, self._connection = runner, number, connection
        self._until = time.monotonic() + 3600
        self.granted = 0.0

    def until(self, moment: float) -> None:
        """Let no answer come later than a moment of `time.monotonic`."""
        self._until = moment

    def ask(self, question: dict[str, Any], seconds: float = float("inf")) -> Any:
        """Send a question, and wait for its answer until its time or the submission's is over.

        On a busy machine the time in which the child could have run, had others not had the processors, is not its own:
        it is added, up to `_PATIENCE` times as much as there is.

        Raises
        ------
        TooLong
            When it is.
        Gone
            When the child ended, or sent something that is no answer.
        """
        message, began = encode(question), time.monotonic()
        seconds = min(self._until - began, seconds)
        try:
            self._connection.settimeout(max(seconds, 0.001))
            self._connection.sendall(message)
            return receive(self._in_time(began + seconds, began + (1 + _PATIENCE) * seconds))
        except TimeoutError:
            raise TooLong from None
        except (EOFError, WireError, OSError) as error:
            raise Gone(str(error)) from None

    def _in_time(self, until: float, at_last: float) -> Callable[[int], bytes]:
        """Return the reading function with the time that is left set before each part: a trickle is no answer."""

        def take(size: int) -> bytes:
            nonlocal until
            while True:
                if (now := time.monotonic()) >= until:
                    more = self._runner.waited(self._number) - self.granted
                    until = min(now + more, at_last)
                    if until - now < 0.05:
                        raise TimeoutError
                    self.granted += until - now
                    self._until += until - now
                self._connection.settimeout(until - now if until > now else 0.001)
                with contextlib.suppress(TimeoutError):
                    return self._connection.recv(size)

        return reader(take)

    def end(self, *, by_itself: bool = False) -> int:
        """Close the way to the child, end it, and return its exit code."""
        with contextlib.suppress(OSError):
            self._connection.close()
        return self._runner.end(self._number, by_itself=by_itself)
