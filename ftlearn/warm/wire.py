"""What a warm server and those who ask it say to each other: lines of JSON, descriptors, bytes that are signals."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

_LENGTH = 8


def send(connection: socket.socket, message: Any, files: list[int] | None = None) -> None:
    """Send a message, and open files with it."""
    body = json.dumps(message).encode()
    head = len(body).to_bytes(_LENGTH, "big")
    if files:
        socket.send_fds(connection, [head], files)
    else:
        connection.sendall(head)
    connection.sendall(body)


def receive(connection: socket.socket, files: list[int] | None = None, *, most: int = 16) -> Any:
    """Receive a message; the open files that come with it are put into `files`.

    Raises
    ------
    EOFError
        The other side has closed.
    """
    head, got, *_ = socket.recv_fds(connection, _LENGTH, most, socket.MSG_CMSG_CLOEXEC)
    if files is not None:
        files.extend(got)
    else:
        for one in got:
            os.close(one)
    head += _exactly(connection, _LENGTH - len(head)) if head else b""
    if not head:
        raise EOFError
    return json.loads(_exactly(connection, int.from_bytes(head, "big")))


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = connection.recv(min(size, 1 << 16))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
