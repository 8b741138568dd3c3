"""The warm kernel's stand-in: ``python -m ftlearn.warm.client -f FILE`` is to Jupyter what ``ipykernel_launcher`` is.

It asks the warm server for a fork, starting the server where there is none, and stays until the kernel ends: signals
are passed on, the kernel's exit status is its own, and when it is killed the kernel goes with it. Where that cannot
be, it becomes the kernel itself, as cold as any. It imports nothing slow.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.safe_path and sys.path:
    del sys.path[0]  # the notebook's folder, whose files must not come before the standard library's

import contextlib
import os
import select
import signal
import socket
import time
from pathlib import Path
from typing import Any

from ftlearn.warm import wire
from ftlearn.warm.places import server_key, socket_path

_SERVER = Path(__file__).with_name("server.py")
PATIENCE = "FTLEARN_WARM_PATIENCE"  # seconds that a kernel waits for a server that still imports; then it starts cold
_TRIES = 4  # a server may end between two steps
_TITLE = "warm "  # of a stand-in's process, before the number of its kernel's


class NotWarm(Exception):
    """There can be no warm kernel here; its text says why."""


def ask_for_kernel(arguments: list[str]) -> tuple[socket.socket, int]:
    """Have a kernel forked for this process.

    Parameters
    ----------
    arguments : list of str
        Of the kernel's launcher.

    Returns
    -------
    socket, int
        The connection that stands for the kernel, and its process.

    Raises
    ------
    NotWarm
        There is no server, and none can be started; or it refused.
    """
    if sys.platform != "linux":  # elsewhere a fork without exec breaks system libraries that TensorFlow uses
        raise NotWarm("only Linux can fork a process that has imported TensorFlow")
    umask = os.umask(0)
    os.umask(umask)
    request = {"do": "kernel", "environment": dict(os.environ), "umask": umask, "arguments": arguments}
    until = time.monotonic() + float(os.environ.get(PATIENCE) or 30)
    for _ in range(_TRIES):
        key = server_key()
        try:
            connection = _connected(socket_path(key), key, until)
        except OSError as error:
            raise NotWarm(error) from None
        reply: dict[str, Any] = {}
        try:
            with _own_files() as files:
                wire.send(connection, request, files)
            reply = wire.receive(connection)
        except TimeoutError:
            raise NotWarm("the warm server is still importing") from None
        except (OSError, EOFError):  # it was about to end
            continue
        finally:
            if "pid" not in reply:
                connection.close()
        if "refused" in reply:
            raise NotWarm(reply["refused"])
        connection.settimeout(None)
        return connection, reply["pid"]
    raise NotWarm("the warm server has gone each time")


@contextlib.contextmanager
def _own_files() -> Any:
    """Give standard input, output, error and the current folder as descriptors."""
    nowhere, folder = os.open(os.devnull, os.O_RDWR), os.open(".", os.O_PATH)
    try:
        files = [nowhere, nowhere, nowhere, folder]
        for number in range(3):
            with contextlib.suppress(OSError):
                os.fstat(number)
                files[number] = number
        yield files
    finally:
        os.close(nowhere)
        os.close(folder)


def _connected(path: Path, key: str, until: float) -> socket.socket:
    """Connect to the server of a key, started when there is none."""
    server = None
    while (left := until - time.monotonic()) > 0:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(left)
        try:
            connection.connect(str(path))
            return connection
        except OSError:
            connection.close()
        if server is None or server.poll() == 0:  # 0: there was another, which may be on its way out
            import subprocess

            nowhere = subprocess.DEVNULL
            command = [sys.executable, str(_SERVER), str(path), key]
            server = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
        elif server.poll() is not None:
            raise NotWarm(f"the warm server ended with exit status {server.returncode}")
        time.sleep(0.02)
    raise NotWarm("the warm server is still starting")


def stand_in(connection: socket.socket) -> int:
    """Pass signals on until the kernel ends; return its exit status, negative for the signal that killed it."""
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda *_: None)
    waiting = select.poll()
    waiting.register(wake, select.POLLIN)
    waiting.register(connection, select.POLLIN)
    parent = os.getppid()
    if os.environ.get("JPY_PARENT_PID") == str(parent):  # a kernel ends with the process that has started it
        with contextlib.suppress(OSError):
            waiting.register(os.pidfd_open(parent), select.POLLIN)
    while True:
        ready = {number for number, _ in waiting.poll()}
        if connection.fileno() in ready:
            try:
                return wire.receive(connection)["ended"]
            except (OSError, EOFError):
                sys.stderr.write("The warm server has ended, and this kernel with it.\n")
                return 1
        if wake in ready:
            with contextlib.suppress(OSError):
                connection.sendall(os.read(wake, 64))
            ready.discard(wake)
        if ready:
            return 1


def kernel_of(pid: int) -> int:
    """Return the process of the kernel that another stands in for.

    Parameters
    ----------
    pid : int
        The process that Jupyter knows.

    Returns
    -------
    int
        The kernel's own; `pid` itself where it stands in for none.

    Examples
    --------
    >>> import os
    >>> kernel_of(os.getpid()) == os.getpid()
    True
    """
    with contextlib.suppress(OSError):
        name = Path("/proc", str(pid), "comm").read_text().strip()
        if name.startswith(_TITLE):
            return int(name.removeprefix(_TITLE))
    return pid


def main() -> None:
    """Be a kernel for Jupyter, warm if that can be."""
    arguments = sys.argv[1:]
    try:
        connection, kernel = ask_for_kernel(arguments)
    except NotWarm as why:
        from ftlearn.warm.launching import launch

        sys.stderr.write(f"This kernel starts cold: {why}.\n")
        launch(arguments)
        return
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(f"{_TITLE}{kernel}")
    status = stand_in(connection)
    if status < 0:  # end as the kernel has
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError):  # SIGKILL cannot be set
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main()
