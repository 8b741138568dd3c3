"""JupyterLab on a lesson: where the notebooks are, a free port, an address that is said clearly."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ftlearn.errors import FtlearnError, unknown_name

FIRST = "00_start_here.ipynb"
_SETTINGS = Path(__file__).resolve().parent / "lab_settings"
_PATIENCE = 90  # seconds until a server that has not answered is given up


def find_notebooks(start: Path | None = None) -> Path:
    """Return the folder of lessons: from the current folder upwards, else beside the package.

    Raises
    ------
    FtlearnError
        There is none, as when only the package was installed.
    """
    start = (start or Path.cwd()).resolve()
    for place in (start, *start.parents, Path(__file__).resolve().parents[1]):
        if (place / "notebooks" / FIRST).is_file():
            return place / "notebooks"
    raise FtlearnError(
        f"The lessons are not here: neither '{start}' nor a folder above it has notebooks/{FIRST}.",
        fix="Clone the course's repository, go into the clone (`cd`) and type `ftlearn lab` there.",
    )


def find_lesson(notebooks: Path, lesson: str | None) -> Path:
    """Return the notebook of a lesson named by its number or its file name."""
    if lesson is None:
        return notebooks / FIRST
    known = {path.name[:2]: path for path in sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))}
    wanted = Path(lesson).name
    number = wanted.zfill(2) if wanted.isdigit() else wanted[:2]
    path = known.get(number)
    if path is None or not (wanted.isdigit() or path.stem == Path(wanted).stem):
        raise unknown_name("lesson", lesson, known)
    return path


def has_screen() -> bool:
    """Tell whether a browser that opens here would be seen."""
    if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"):
        return False
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_free(port: int, ip: str) -> bool:
    """Tell whether a server could listen on a port."""
    with socket.socket() as probe:
        if os.name == "posix":  # as the server does: a port that was just left is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError:
            return False
    return True


def free_port(ip: str) -> int:
    """Return Jupyter's usual port, or one near it, or any that is free."""
    for port in range(8888, 8908):
        if is_free(port, ip):
            return port
    with socket.socket() as probe:
        probe.bind((ip, 0))
        return probe.getsockname()[1]


def serve(lesson: str | None, *, port: int | None, browser: bool, ip: str, say: Callable[[str], Any]) -> None:
    """Run JupyterLab on a lesson until Ctrl-C.

    Parameters
    ----------
    lesson : str or None
        A lesson's number; None for the first.
    port : int or None
        The port; None for a free one.
    browser : bool
        Open a browser, where there is a screen.
    ip : str
        The address to listen at.
    say : callable
        Called with lines for the reader.

    Raises
    ------
    FtlearnError
        No lessons, no JupyterLab, a port that is taken, or a server that ended by itself.
    """
    notebooks = find_notebooks()
    notebook = find_lesson(notebooks, lesson)
    if importlib.util.find_spec("jupyterlab") is None:
        raise FtlearnError("JupyterLab is not installed.", fix=f"Type `{sys.executable} -m pip install jupyterlab`.")
    if port is not None and not is_free(port, ip):
        raise FtlearnError(f"Port {port} is taken at {ip}.", fix="Choose another, or leave --port out.")
    port = port or free_port(ip)
    token = secrets.token_hex(24)
    show = browser and has_screen()
    command = [sys.executable, "-m", "jupyterlab", "--log-level=WARN", "--allow-root", f"--ServerApp.ip={ip}"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.answer_yes=True"]
    command += [f"--ServerApp.open_browser={show}", f"--ServerApp.root_dir={notebooks.parent}"]
    page = f"/lab/tree/notebooks/{notebook.name}"
    command += [f"--LabApp.default_url={page}"]
    # The token goes through the environment: command lines can be read by every user of the machine.
    environment = {**os.environ, "JUPYTER_TOKEN": token, "TF_CPP_MIN_LOG_LEVEL": "3"}
    # nbgrader's menus are for those who teach; they can start `jupyter lab` themselves.
    places = [str(_SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    environment["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, places))
    with contextlib.suppress(ValueError):  # only the main thread may set it
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = subprocess.Popen(command, env=environment, cwd=notebooks.parent)
    host = "127.0.0.1" if ip in ("0.0.0.0", "localhost") else ip
    try:
        _wait_until_up(server, f"http://{host}:{port}/api")
        say(f"\nJupyterLab is running on {notebook.name}. Its address:\n")
        say(f"    http://{host}:{port}{page}?token={token}\n")
        if not show:
            say("Open it in a browser. From another machine, first type there:")
            say(f"    ssh -L {port}:{host}:{port} {socket.gethostname()}\n")
        say("Ctrl-C ends it.")
        sys.stdout.flush()
        if server.wait() != 0:
            raise FtlearnError(f"JupyterLab ended by itself with exit code {server.returncode}; see its lines above.")
    except KeyboardInterrupt:
        say("\nJupyterLab has ended; what was saved is saved.")
    finally:
        _end(server)


def _wait_until_up(server: subprocess.Popen, address: str) -> None:
    """Wait until the server answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy cannot see this machine
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if server.poll() is not None:
            raise FtlearnError(f"JupyterLab did not start (exit code {server.returncode}); see its lines above.")
        with contextlib.suppress(OSError), direct.open(address, timeout=5):
            return
        time.sleep(0.2)
    raise FtlearnError(f"JupyterLab did not answer within {_PATIENCE} seconds.", fix="Try again with another --port.")


def _end(server: subprocess.Popen) -> None:
    """End the server and its kernels, gently first."""
    if server.poll() is None:
        server.terminate()
    with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
        server.wait(15)
    if server.poll() is None:
        server.kill()
        server.wait()
