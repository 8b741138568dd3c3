"""Running the service: until Ctrl-C, or in the background of a notebook or a test."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftlearn.errors import DataError, FtlearnError
from ftlearn.serving.app import make_app, needs_serve
from ftlearn.serving.files import load_model
from ftlearn.serving.model import ServedModel

if TYPE_CHECKING:
    from fastapi import FastAPI

_HERE = "127.0.0.1"


def serve(
    path: str | Path,
    host: str = _HERE,
    port: int = 8000,
    *,
    say: Callable[[str], Any] | None = None,
    **limits: int,
) -> None:
    """Serve a saved model over HTTP until Ctrl-C.

    This is not made for the open internet: it has no passwords and no encryption, and clients that send a byte a
    second can hold all its places. Put a reverse proxy before it.

    Parameters
    ----------
    path : path
        What `save_model` saved.
    host : str
        Where to listen. By default only this machine can ask: the service has no passwords.
    port : int
        The port; 0 for any free one.
    say : callable, optional
        Called with a line of text when the service is ready, and when it has ended.
    **limits : int
        ``max_batch``, ``max_bytes`` and ``max_waiting`` of `make_app`.

    Raises
    ------
    DataError
        When the model cannot be served, or the port is taken.
    FtlearnError
        When FastAPI or uvicorn is not installed.

    Examples
    --------
    >>> serve("digits.keras")
    Traceback (most recent call last):
        ...
    ftlearn.errors.DataError: There is no file digits.keras. Save one with ftlearn.serving.save_model.
    """
    say = say or (lambda line: None)
    listening = None
    try:
        model = load_model(path)
        app = make_app(model, **limits)
        listening = _listen(host, port)
        say(f"Serving {model.name!r} ({len(model.classes)} classes) at {_address(listening)}. Press Ctrl-C to end.")
        _server(app).run(sockets=[listening])
    except KeyboardInterrupt:  # uvicorn has finished what it had begun
        pass
    finally:
        if listening is not None:
            listening.close()
    say("Ended.")


@contextlib.contextmanager
def in_background(model: ServedModel | FastAPI, *, port: int = 0, **limits: int) -> Iterator[str]:
    """Serve a model from a thread of this process, for as long as a ``with`` block lasts.

    Parameters
    ----------
    model : ServedModel or fastapi.FastAPI
        From `load_model`, or from `make_app`.
    port : int
        The port; 0 for any free one.
    **limits : int
        ``max_batch``, ``max_bytes`` and ``max_waiting`` of `make_app`, where a model is given.

    Yields
    ------
    str
        The address, such as ``"http://127.0.0.1:43210"``.

    Raises
    ------
    DataError
        When the port is taken.
    FtlearnError
        When FastAPI or uvicorn is not installed, or the service does not start.

    Examples
    --------
    >>> import json, urllib.request
    >>> model = ServedModel(None, "digits", ("0", "1"), (8, 8, 1))
    >>> with in_background(model) as address, urllib.request.urlopen(address + "/health") as answer:
    ...     json.load(answer)["classes"]
    ['0', '1']
    """
    app = make_app(model, **limits) if isinstance(model, ServedModel) else model
    server, listening = _server(app), _listen(_HERE, port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield _address(listening)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


def _server(app: Any) -> Any:
    try:
        import uvicorn
    except ImportError:
        raise needs_serve() from None

    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, lifespan="off", timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    return uvicorn.Server(config)


def _wait_until_started(server: Any, thread: threading.Thread) -> None:
    deadline = time.monotonic() + 20
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise FtlearnError("The service did not start.")
        time.sleep(0.01)


def _listen(host: str, port: int) -> socket.socket:
    """Open the port at once, so that a taken one is reported in words."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(128)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(
            f"Cannot listen at {host}, port {port}: {reason}.", fix="Choose another port; 0 takes any free one."
        ) from None
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
