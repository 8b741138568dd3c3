"""Checks that hold a grader until a test lets it go on, so that a test can act in the middle."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.unit.teach.small_source import HALF_CHECK

WAITING = "half = 1 / 4"
"""The answer over which a gated check waits; half of the task's points."""


def gated(folder: Path) -> str:
    """Return a check that writes its process's number to `pids`, and waits until there is a file `open`."""
    return HALF_CHECK.replace(
        'got = submission.value("half", "number")',
        'got = submission.value("half", "number")\n    if got == 0.25:\n        import os, pathlib, time\n\n'
        f"        place = pathlib.Path({str(folder)!r})\n"
        '        with (place / "pids").open("a") as file:\n            file.write(f"{os.getpid()}\\n")\n'
        '        while not (place / "open").exists():\n            time.sleep(0.02)',
    )


def held(folder: Path) -> list[int]:
    """Return the numbers of the processes that a gated check has held."""
    path = folder / "pids"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
