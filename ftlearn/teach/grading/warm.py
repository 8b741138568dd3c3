"""The warm runner: a process that has imported TensorFlow and Keras, run no operation, and forks for each submission.

It is started with a socket as its standard input, and knows two requests: ``start``, answered with a socket to a new
child, and ``end``, which kills a child and says how it ended. It never reads a test: a child could read its memory.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import Any

from ftlearn.teach.grading.wire import WireError, encode, receive

_KEEP: list[str] = []


def reader(connection: socket.socket) -> Any:
    """Return a function that reads a number of bytes from a socket, fewer only at its end."""

    def read(size: int) -> bytes:
        parts, left = [], size
        while left:
            part = connection.recv(min(left, 1 << 20))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    return read


def warm_up() -> None:
    """Import what exercises import. No operation may run: a child forked after one hangs in the next."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", FTLEARN_STATIC="1", FTLEARN_PROGRESS="/tmp/progress.sqlite")
    from ftlearn import environment

    environment.start_tensorflow()
    import IPython.core.interactiveshell  # noqa: F401
    import keras  # noqa: F401
    import pandas  # noqa: F401
    import sklearn.linear_model
    import sklearn.pipeline  # noqa: F401

    import ftlearn.learn.checking
    import ftlearn.learn.submission  # noqa: F401


def serve(control: socket.socket, *, walls: bool) -> None:
    """Answer requests until the other side closes the socket.

    Parameters
    ----------
    control : socket
        To the grader.
    walls : bool
        Whether children enclose themselves; without, they are not sandboxed at all.
    """
    read = reader(control)
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
                _child(theirs, request["limits"], walls)
            theirs.close()
            socket.send_fds(control, [b"%10d" % number], [ours.fileno()])
            ours.close()
        elif request["do"] == "end":
            control.sendall(encode(_end(request["number"])))
        else:
            raise WireError("There is no such request.")


def _end(number: int) -> dict[str, Any]:
    """Kill a child, unless it has ended, and say how it ended: by itself with a status, or killed by a signal."""
    done, status = os.waitpid(number, os.WNOHANG)
    if not done:
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        return {"ended": False, "code": -int(signal.SIGKILL)}
    return {"ended": True, "code": os.waitstatus_to_exitcode(status)}


def _child(connection: socket.socket, limits: dict[str, Any], walls: bool) -> None:
    """Become a submission's process; never returns."""
    code = 70
    try:
        os.setsid()
        if walls:
            from ftlearn.teach.grading.walls import Limits, enclose

            inner = enclose(Limits(**limits), [one for one in _KEEP if one.startswith("/tmp/")])
            if inner:
                connection.close()
                _, status = os.waitpid(inner, 0)
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        _work(connection)
        code = 0
    finally:
        os._exit(code)


def _work(connection: socket.socket) -> None:
    """Run cells and answer questions about what they left, until the grader has heard enough."""
    from IPython.core.interactiveshell import InteractiveShell

    from ftlearn.learn.submission import Submission
    from ftlearn.teach.grading.remote import answer

    shell = InteractiveShell.instance()
    work, read = Submission(shell.user_ns), reader(connection)
    while True:
        try:
            request = receive(read)
        except EOFError:
            return
        if "run" in request:
            done = shell.run_cell(request["run"], store_history=False, silent=True)
            error = done.error_before_exec or done.error_in_exec
            reply: dict[str, Any] = {"error": f"{type(error).__name__}: {error}"[:300] if error else ""}
        else:
            try:
                reply = answer(work, request)
                message = encode(reply)
            except (WireError, MemoryError) as error:
                reply = {"verdict": "cannot be checked", "text": str(error)[:300]}
        try:
            message = encode(reply)
        except WireError as error:
            message = encode({"verdict": "cannot be checked", "text": str(error)})
        connection.sendall(message)


def main() -> None:
    """Warm up, and serve what comes through the standard input."""
    walls = "--no-walls" not in sys.argv[1:]
    _KEEP[:] = [one for one in sys.argv[1:] if one.startswith("/")]
    control = socket.socket(fileno=os.dup(0))
    warm_up()
    control.sendall(encode({"ready": os.getpid()}))
    serve(control, walls=walls)


if __name__ == "__main__":
    main()
