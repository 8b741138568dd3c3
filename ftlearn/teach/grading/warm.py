"""The warm runner: a process that has imported TensorFlow and Keras, run no operation, and forks for each submission.

It is started with a socket as its standard input, and knows two requests: ``start``, answered with a socket to a new
child, and ``end``, which kills a child and says how it ended. It never reads a test: a child could read its memory.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ftlearn.teach.grading.wire import WireError, encode, receive

_GRACE = 2.0  # seconds for the kernel to clear up after a child that ended by itself


def reader(take: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Return a function that reads a number of bytes by a socket's `recv` or its like, fewer only at the end."""

    def read(size: int) -> bytes:
        parts, left = [], size
        while left:
            part = take(min(left, 1 << 20))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    return read


def serve(control: socket.socket, start: Callable[[socket.socket, dict[str, Any]], None]) -> None:
    """Answer requests until the other side closes the socket.

    Parameters
    ----------
    control : socket
        To the grader.
    start : callable
        Becomes a submission's process, given its socket and its limits; never returns.
    """
    read = reader(control.recv)
    while True:
        try:
            request = receive(read)
        except EOFError:
            return
        if request["do"] == "start":
            ours, theirs = socket.socketpair()
            number = os.fork()
            if number == 0:
                control.close()
                ours.close()
                start(theirs, request["limits"])
            theirs.close()
            socket.send_fds(control, [b"%10d" % number], [ours.fileno()])
            ours.close()
        elif request["do"] == "end":
            control.sendall(encode({"code": _end(request["number"], request["by_itself"])}))
        elif request["do"] == "waited":
            control.sendall(encode({"seconds": _waited(request["number"])}))
        else:
            raise WireError("There is no such request.")


def _waited(number: int) -> float:
    """Return for how many seconds a child could have run while others had the processors; 0 where nobody counts."""
    found = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        inside = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        for task in Path(f"/proc/{inside[0] if inside else number}/task").iterdir():
            found = max(found, int((task / "schedstat").read_text().split()[1]))
    return found / 1e9


def _end(number: int, by_itself: bool) -> int:
    """Say with which code a child ended; one that should have ended by itself gets a moment, another one is killed."""
    until = time.monotonic() + _GRACE
    while by_itself and time.monotonic() < until:
        done, status = os.waitpid(number, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(number, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def behind_walls(keep: list[str]) -> Callable[[socket.socket, dict[str, Any]], None]:
    """Return a way to become a submission's process that encloses itself first."""
    from ftlearn.teach.grading.walls import Limits, die_with_parent, enclose, watch

    def start(connection: socket.socket, limits: dict[str, Any]) -> None:
        code = 70
        try:
            os.setsid()
            held = Limits(**limits)
            if inner := enclose(held, keep):
                die_with_parent()
                connection.close()
                code = watch(inner, held)
            else:
                _become(connection)
                code = 0
        finally:
            os._exit(code if code >= 0 else 128 - code)

    return start


def without_walls(connection: socket.socket, limits: dict[str, Any]) -> None:
    """Become a submission's process that may do whatever its user may."""
    code = 70
    try:
        os.setsid()
        with contextlib.suppress(ImportError):  # Windows knows no such limits
            from ftlearn.teach.grading.walls import Limits, bound

            bound(Limits(**limits))
        _become(connection)
        code = 0
    finally:
        os._exit(code)


def _become(connection: socket.socket) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    work(connection)


def work(connection: socket.socket) -> None:
    """Run cells and answer questions about what they left, until the grader has heard enough.

    Parameters
    ----------
    connection : socket
        To the grader.
    """
    from ftlearn.learn.submission import Submission
    from ftlearn.teach.grading.remote import answer

    shell = _shell()
    shown, me = Submission(shell.user_ns), os.getpid()
    read = reader(connection.recv)
    while True:
        try:
            request = receive(read)
        except EOFError:
            return
        reply = _run(shell, request["run"]) if "run" in request else answer(shown, request)
        if os.getpid() != me:  # forked by a cell: only the first process speaks
            os._exit(0)
        try:
            message = encode(reply)
        except (WireError, MemoryError) as error:
            message = encode({"verdict": "cannot be checked", "text": str(error)[:300]})
        connection.sendall(message)


def _shell() -> Any:
    """Return the shell that cells run in; made before a fork, each child has its own copy of it."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    settings = Config()
    settings.HistoryManager.enabled = False
    return InteractiveShell.instance(config=settings)


def _prepare() -> None:
    """Have at hand what every child needs, so that none spends a tenth of a second on it."""
    import ftlearn.learn.checking
    import ftlearn.learn.submission
    import ftlearn.teach.grading.remote  # noqa: F401

    with contextlib.suppress(OSError):  # nowhere to write here: then each child makes its own, in its own /tmp
        _run(_shell(), "pass")  # what the first cell imports
    gc.collect()
    gc.freeze()  # a child that looks for garbage need not look here, nor copy these pages


def _run(shell: Any, text: str) -> dict[str, Any]:
    from ftlearn.teach.grading.remote import for_memory

    done = shell.run_cell(text, store_history=False, silent=True)
    error = done.error_before_exec or done.error_in_exec
    if error is None:
        return {"error": "", "memory": False}
    try:
        said = str(error).strip().split("\n")[0][:300]
    except Exception:
        said = "an error that cannot be shown"
    kind = type(error).__name__[:80]
    return {"error": f"{kind}: {said}" if said else kind, "memory": for_memory(error)}


def main(arguments: list[str]) -> None:
    """Warm up, and serve what comes through the standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--wall", choices=["bubblewrap", "namespaces", "none"], required=True)
    parser.add_argument("--plain", action="store_true", help="without TensorFlow and Keras")
    parser.add_argument("folders", nargs="*")
    wanted = parser.parse_args(arguments)
    control = socket.socket(fileno=os.dup(0))
    from ftlearn.warm.imports import warm_up

    warm_up(keras=not wanted.plain)
    _prepare()
    control.sendall(encode({"ready": os.getpid()}))
    walled = wanted.wall != "none"
    serve(
        control, behind_walls([one for one in wanted.folders if one.startswith("/tmp/")]) if walled else without_walls
    )


if __name__ == "__main__":
    main(sys.argv[1:])
