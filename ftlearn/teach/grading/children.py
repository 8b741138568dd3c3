"""The grader's side of a warm runner: start it behind its wall, ask it for children, and never wait for ever."""

from __future__ import annotations

import socket
import subprocess
import sys
import sysconfig
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ftlearn.errors import FtlearnError
from ftlearn.teach.grading.walls import Limits, bubblewrap
from ftlearn.teach.grading.warm import reader
from ftlearn.teach.grading.wire import WireError, encode, receive


class TooLong(BaseException):  # not an Exception: a check must not take it for the answer's fault
    """A child did not answer in time."""


class Gone(BaseException):
    """A child has ended instead of answering."""


class Runner:
    """A warm runner, sandboxed unless said otherwise.

    Parameters
    ----------
    sandboxed : bool
        Whether to put up the walls.
    """

    def __init__(self, *, sandboxed: bool = True):
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "ftlearn.teach.grading.warm", *([] if sandboxed else ["--no-walls"])]
        if sandboxed:
            package = _needed()[0]
            command = bubblewrap(
                ["/usr/bin/env", f"PYTHONPATH={package.parent}", *command, *map(str, _needed())], _needed()
            )
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/tmp"
        )
        theirs.close()
        self._control = ours
        self._read = reader(ours)
        try:
            receive(self._read)
        except (EOFError, WireError):
            said = self._process.stderr.read().decode(errors="replace").strip()
            raise FtlearnError(f"The sandbox could not be started: {said[-300:] or 'it said nothing'}.") from None

    def start(self, limits: Limits) -> Child:
        """Fork a child for one submission."""
        self._control.sendall(encode({"do": "start", "limits": asdict(limits)}))
        number, (handle,), _, _ = socket.recv_fds(self._control, 10, 1)
        return Child(self, int(number), socket.socket(fileno=handle), limits)

    def end(self, number: int) -> dict[str, Any]:
        """Kill a child if it lives, and say how it ended."""
        self._control.sendall(encode({"do": "end", "number": number}))
        return receive(self._read)

    def close(self) -> None:
        """Stop the runner; whatever it had started goes with it."""
        self._control.close()
        self._process.wait(10)
        self._process.stderr.close()


class Child:
    """One submission's process."""

    def __init__(self, runner: Runner, number: int, connection: socket.socket, limits: Limits):
        self._runner, self._number, self._connection = runner, number, connection
        self._read, self._until = reader(connection), time.monotonic() + limits.seconds

    def ask(self, question: dict[str, Any], seconds: float = float("inf")) -> Any:
        """Send a question, and wait for its answer until its time or the submission's is over.

        Raises
        ------
        TooLong
            When it is.
        Gone
            When the child ended, or sent something that is no answer.
        """
        left = min(seconds, self._until - time.monotonic())
        try:
            self._connection.settimeout(max(left, 0.001))
            self._connection.sendall(encode(question))
            return receive(self._read)
        except TimeoutError:
            raise TooLong from None
        except (EOFError, WireError, OSError) as error:
            raise Gone(str(error)) from None

    def end(self) -> dict[str, Any]:
        """Close the way to the child, and kill it."""
        self._connection.close()
        return self._runner.end(self._number)


def _needed() -> list[Path]:
    """Return the folders that Python, its packages and ftlearn are in."""
    import ftlearn

    places = {Path(sys.base_prefix), Path(sys.prefix), Path(sysconfig.get_paths()["purelib"])}
    return [Path(ftlearn.__file__).resolve().parent, *sorted(places)]
