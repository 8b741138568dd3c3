"""Where a process cannot be forked (Windows): a fresh process for each submission, over a loopback socket.

It is slow, since each one imports all anew, and it is no sandbox.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import subprocess
import sys

from ftlearn.errors import FtlearnError
from ftlearn.teach.grading.children import Child
from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.outer import UNSANDBOXED, environment

_START_SECONDS = 120.0
_SAID = {name: text for name, text in environment().items() if name not in ("PATH", "HOME", "USER", "FTLEARN_PROGRESS")}


class ColdRunner:
    """Start a process for each submission; to be used as `Runner` is.

    Attributes
    ----------
    wall : str
        ``"NOT SANDBOXED"``.
    """

    wall = UNSANDBOXED

    def __init__(self) -> None:
        self._processes: dict[int, subprocess.Popen] = {}

    def start(self, limits: Limits) -> Child:
        """Start a process for one submission.

        Raises
        ------
        FtlearnError
            When it does not answer.
        """
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(_START_SECONDS)
            process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(server.getsockname()[1])], stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **_SAID},
            )  # fmt: skip
            try:
                process.stdin.write(token.encode())
                process.stdin.close()
                connection = server.accept()[0]
                connection.settimeout(_START_SECONDS)
                if not hmac.compare_digest(connection.recv(len(token), socket.MSG_WAITALL), token.encode()):
                    raise OSError("somebody else answered")
            except OSError as error:
                process.kill()
                raise FtlearnError(f"A process for student code could not be started: {error}.") from None
        self._processes[process.pid] = process
        return Child(self, process.pid, connection)

    def end(self, number: int, *, by_itself: bool) -> int:
        """Wait for a process that ended by itself, or kill it and what it started; return its exit code."""
        import psutil

        process = self._processes.pop(number)
        try:
            return process.wait(2 if by_itself else 0)
        except subprocess.TimeoutExpired:
            family = psutil.Process(number).children(recursive=True)
            for one in [process, *family]:
                one.kill()
            return process.wait()

    def waited(self, number: int) -> float:
        """Return 0: nobody counts here for how long a process waited for a processor."""
        return 0.0

    def close(self) -> None:
        """End what still runs."""
        for number in list(self._processes):
            self.end(number, by_itself=False)


def main(port: int) -> None:
    """Be one submission's process."""
    token = sys.stdin.read()
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(token.encode())
    from ftlearn.teach.grading.warm import work

    work(connection)


if __name__ == "__main__":
    main(int(sys.argv[1]))
