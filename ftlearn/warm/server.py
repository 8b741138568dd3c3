"""The warm server: a process that has imported TensorFlow and Keras, run no operation, and forks for each kernel.

It listens on a socket that only its user reaches, and is started by the first kernel that needs it. A connection that
asks for a kernel stands for it from then on: bytes that come are signals for the kernel, its end is the kernel's end.
The server ends when nobody has asked for a while, and when what it has imported is no longer what is installed.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the folder of this file, which no other process has there

import contextlib
import dataclasses
import fcntl
import gc
import os
import select
import selectors
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ftlearn.warm import wire
from ftlearn.warm.forked import Order, become_kernel
from ftlearn.warm.imports import warm_up
from ftlearn.warm.places import files_digest, server_key, surroundings

IDLE = "FTLEARN_WARM_IDLE"
_PATIENCE = 5  # seconds until a connection that says nothing is dropped
_LOOK = 30  # seconds between two looks at whether the files are still the same


@dataclasses.dataclass(eq=False)
class _Kernel:
    """A child, and the connection that stands for it."""

    pid: int
    handle: int
    connection: socket.socket
    alone: bool = False  # the other side of the connection has gone


class _Server:
    """One warm process at its socket."""

    def __init__(self, path: Path, listener: socket.socket, lock: int, made_of: Callable[[], str]):
        self._path, self._listener, self._lock = path, listener, lock
        self._made_of, self._files = made_of, made_of()
        self._own = surroundings(os.getpid())
        self._idle = float(os.environ.get(IDLE) or 600)
        self._kernels: set[_Kernel] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._open = True

    def serve(self) -> Order | None:
        """Answer until the server is to end (None), or this process is a fork (its order)."""
        used = looked = time.monotonic()
        while self._open or self._kernels:
            for event, _ in self._selector.select(min(_LOOK, self._idle)):
                if order := event.data():
                    return order
                used = time.monotonic()
            now = time.monotonic()
            if self._open and not self._kernels and now - used >= self._idle:
                self.retire()
            if self._open and now - looked >= _LOOK:
                looked = now
                if not self._path.exists() or self._made_of() != self._files:
                    self.retire()
        return None

    def retire(self) -> None:
        """Take no further kernels; whoever is still waiting is turned away, and starts another server."""
        self._open = False
        self._path.unlink(missing_ok=True)
        self._path.with_suffix(".log").unlink(missing_ok=True)  # and with it the lock, for the next server
        self._selector.unregister(self._listener)
        self._listener.close()

    def _accept(self) -> Order | None:
        """Answer one connection."""
        if not self._open:  # another of this round's events has retired the server
            return None
        try:
            connection, _ = self._listener.accept()
        except OSError:  # it has gone already
            return None
        connection.settimeout(_PATIENCE)
        files: list[int] = []
        try:
            pid, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            request = wire.receive(connection, files)
            if uid != os.getuid() or surroundings(pid) != self._own:
                wire.send(connection, {"refused": "the warm server runs with other rights or limits"})
            elif request["do"] == "kernel" and not _has_gone(connection):
                return self._start(connection, request, files)
            elif request["do"] == "stop":
                wire.send(connection, {"kernels": len(self._kernels)})
                self.retire()
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            pass  # it has gone, or spoke nonsense
        for one in files:
            os.close(one)
        connection.close()
        return None

    def _start(self, connection: socket.socket, request: dict, files: list[int]) -> Order | None:
        """Fork, and return the order in the child."""
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            wire.send(connection, {"refused": f"no process could be forked ({error.strerror})"})
            raise
        if pid == 0:
            try:
                connection.close()
                self._let_go()
            except BaseException:
                os._exit(70)  # never a second server
            return Order(request, files, server)
        try:
            kernel = _Kernel(pid, os.pidfd_open(pid), connection)
        except OSError:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        for one in files:
            os.close(one)
        self._kernels.add(kernel)
        self._selector.register(kernel.handle, selectors.EVENT_READ, partial(self._reap, kernel))
        self._selector.register(connection, selectors.EVENT_READ, partial(self._pass_on, kernel))
        with contextlib.suppress(OSError):  # its end is noticed in the next round
            wire.send(connection, {"pid": pid})
        return None

    def _let_go(self) -> None:
        """Close in a child what is the server's."""
        self._selector.close()
        self._listener.close()
        os.close(self._lock)
        for kernel in self._kernels:
            kernel.connection.close()
            os.close(kernel.handle)

    def _reap(self, kernel: _Kernel) -> None:
        """Tell the stand-in of a kernel that has ended how it ended."""
        _, status = os.waitpid(kernel.pid, 0)
        self._kernels.remove(kernel)
        self._selector.unregister(kernel.handle)
        os.close(kernel.handle)
        if not kernel.alone:
            self._selector.unregister(kernel.connection)
            with contextlib.suppress(OSError):
                wire.send(kernel.connection, {"ended": os.waitstatus_to_exitcode(status)})
        kernel.connection.close()

    def _pass_on(self, kernel: _Kernel) -> None:
        """Send the signals that came to a kernel and what it has started; without its stand-in it is killed."""
        if kernel not in self._kernels:  # reaped in this round
            return
        try:
            signals = kernel.connection.recv(64)
        except OSError:
            signals = b""
        if not signals:
            kernel.alone = True
            self._selector.unregister(kernel.connection)
        for number in signals or [signal.SIGKILL]:
            try:
                os.killpg(kernel.pid, number)
            except ProcessLookupError:  # it does not yet lead its group
                os.kill(kernel.pid, number)


def _has_gone(connection: socket.socket) -> bool:
    """Tell whether the other side has given up waiting: until it is answered it says nothing."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))


def _only_one(path: Path) -> int | None:
    """Return the lock that a server holds as long as it lives, or None where another has it."""
    name = path.with_suffix(".log")
    while True:
        lock = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_ino == os.stat(name).st_ino:
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        except FileNotFoundError:  # the one before has just taken it away
            pass
        os.close(lock)


def _refuse_all(listener: socket.socket, why: str) -> None:
    """Tell those who have waited for nothing."""
    listener.setblocking(False)
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError, EOFError, ValueError):
                connection.settimeout(_PATIENCE)
                wire.receive(connection)
                wire.send(connection, {"refused": why})


def main() -> None:
    """Serve at the socket that the command line names, for as long as it is of use."""
    path, key = Path(sys.argv[1]), sys.argv[2]
    os.umask(0o077)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    lock = _only_one(path)
    if lock is None:
        return
    given, made_of = dict(os.environ), partial(files_digest, list(sys.path))  # imports may add to both
    same, before = server_key() == key, made_of()
    os.ftruncate(lock, 0)
    os.dup2(lock, 1)
    os.dup2(lock, 2)
    os.chdir("/")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(128)
    try:
        warm_up()
        import ipykernel.ipkernel
        import ipykernel.kernelapp
        import ipykernel.zmqshell  # noqa: F401

        if threading.active_count() > 1:
            raise RuntimeError(f"an import has started threads: {threading.enumerate()}")
    except BaseException as error:
        path.unlink(missing_ok=True)
        _refuse_all(listener, f"the warm server could not start ({type(error).__name__}; see {path.stem}.log)")
        raise
    gc.collect()
    gc.freeze()  # a collection would write to every page that forks share
    server = _Server(path, listener, lock, made_of)
    if not same or made_of() != before:  # something was installed meanwhile
        server.retire()
    added = {name: value for name, value in os.environ.items() if name not in given}
    added.pop("TF_CPP_MIN_LOG_LEVEL", None)  # ours, while importing
    order = server.serve()
    if order:
        become_kernel(order, added)


if __name__ == "__main__":
    main()
