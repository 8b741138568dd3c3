"""What a submission could harm or read outside its sandbox, and a look at what is left of it."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from pathlib import Path

MARK = "ftlearn-hostile-mark"
"""Stands in the command line or the file name of whatever a submission leaves on purpose."""


class Surroundings:
    """A file, a variable and two listening sockets of the machine, each with a secret."""

    def __init__(self, folder: Path):
        self.folder, self.mark = folder / "course", str(folder / "assets")
        self.folder.mkdir()
        Path(self.mark).mkdir()
        self.file = self.folder / "grades.csv"
        self.file.write_text("Ada,ftlearn-canary-file\n", encoding="utf-8")
        os.environ["FTLEARN_ASSETS"] = self.mark  # stands in the environment of all that a runner starts
        os.environ["FTLEARN_CANARY"] = "ftlearn-canary-environment"
        self.callers: list[str] = []
        self._ports = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)]
        self._socket = f"ftlearn-canary-{os.getpid()}-{id(self)}"
        self._ports[1].bind(f"\0{self._socket}")
        self._ports[1].listen()
        for port in self._ports:
            threading.Thread(target=self._answer, args=[port], daemon=True).start()
        self.before = self._files()
        self.settle()

    def close(self) -> None:
        """Listen no longer."""
        for port in self._ports:
            with contextlib.suppress(OSError):
                port.shutdown(socket.SHUT_RDWR)
            port.close()

    def _answer(self, port: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, address = port.accept()
                self.callers.append(str(address))
                with caller:
                    caller.sendall(b"ftlearn-canary-socket")

    @property
    def names(self) -> dict[str, str]:
        """What stands for the places of this machine in a hostile cell."""
        return {
            "CANARY_FILE": str(self.file), "CANARY_FOLDER": str(self.folder), "CANARY_PID": str(os.getpid()),
            "CANARY_PORT": str(self._ports[0].getsockname()[1]), "MARK": MARK,
            "CANARY_SOCKET": self._socket,
        }  # fmt: skip

    def _files(self) -> set[str]:
        places = [self.folder, *map(Path, ("/tmp", "/var/tmp", "/dev/shm", "/run", Path.home()))]
        marked = [str(one) for place in places[1:] if place.is_dir() for one in place.glob(f"{MARK}*")]
        return {*map(str, self.folder.rglob("*")), *marked}

    def settle(self) -> None:
        """Take the processes that are there now for runners, which may stay."""
        self._runners = set(self._ours())

    def alive(self) -> list[str]:
        """Return what is there of runners' submissions, after a while for the kernel to clear up."""
        until = time.monotonic() + 60
        while (found := {pid: said for pid, said in self._ours().items() if pid not in self._runners}) and (
            time.monotonic() < until
        ):
            time.sleep(0.02)
        return [f"{pid}: {said}" for pid, said in found.items()]

    def _ours(self) -> dict[int, bytes]:
        found, mark = {}, self.mark.encode()
        for place in Path("/proc").iterdir():
            if place.name.isdigit() and int(place.name) != os.getpid():
                with contextlib.suppress(OSError):
                    line = (place / "cmdline").read_bytes()
                    if mark in line + (place / "environ").read_bytes() or MARK.encode() in line:
                        found[int(place.name)] = line[:80]
        return found

    def problems(self) -> list[str]:
        """Say what a submission has left or changed."""
        found = [f"alive: {one}" for one in self.alive()]
        found += [f"called: {one}" for one in self.callers]
        found += [f"left: {one}" for one in self._files() - self.before]
        if self.file.read_text(encoding="utf-8") != "Ada,ftlearn-canary-file\n":
            found.append("The file outside was changed.")
        return found
