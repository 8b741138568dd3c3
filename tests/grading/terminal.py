"""The command on a terminal of its own, where Ctrl-C is what it is for a person."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from contextlib import contextmanager

import psutil
import pytest

from ftlearn.teach.grading.store import FOLDER
from tests.grading.waiting import until
from tools.notebooks import ROOT

fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")  # Windows has neither
_SUBREAPER = 36


def kept(results):
    return sorted(path.stem.rsplit("-", 1)[0] for path in (results / FOLDER).rglob("*") if path.is_file())


@contextmanager
def command(place, *more):
    """Run the command on a terminal of its own; whatever it leaves behind comes to this process."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    keyboard, screen = os.openpty()
    termios.tcsetwinsize(screen, (24, 80))
    process = subprocess.Popen(
        [sys.executable, "-m", "ftlearn.cli", "grade", place / "class", "--out", place / "results",
         "--solutions", place / "solutions", *more],
        stdin=screen, stdout=screen, stderr=screen, cwd=ROOT, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(screen)
    others = set(psutil.Process().children()) - {psutil.Process(process.pid)}
    try:
        yield process, keyboard
        until(lambda: not left_behind(others))
    finally:
        for one in left_behind(others):
            one.kill()
        os.close(keyboard)
        ctypes.CDLL(None).prctl(_SUBREAPER, 0)


def left_behind(others):
    found = [one for one in psutil.Process().children() if one not in others]
    for one in found:
        if one.status() == psutil.STATUS_ZOMBIE:
            one.wait()
    return [one for one in found if one.is_running()]


def said(keyboard, process):
    """Return all that the command writes to its terminal."""
    parts = []
    while True:
        try:
            parts.append(os.read(keyboard, 1 << 16))
        except OSError:  # the other side is closed
            break
    process.wait(120)
    return b"".join(parts).decode(errors="replace")
