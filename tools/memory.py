"""The most memory that a process has held so far."""

from __future__ import annotations

import re
from pathlib import Path

from ftlearn.warm.client import kernel_of

BUDGET_MB = 1300
"""What a lesson may hold at its peak (resident, 1 MB = 10^6 bytes), so that it fits into Binder's 2 GB."""

_LARGER_MB = {"08": 1500}  # its sentence encoder has 22.7 million parameters


def budget_mb(name: str) -> int:
    """Return what the notebook of this file name may hold."""
    return _LARGER_MB.get(name[:2], BUDGET_MB)


def peak_mb(pid: int) -> float:
    """Return the peak resident memory of a kernel in MB; where the system keeps no peak, what it holds now.

    A warm kernel maps its server's libraries page by page, as it needs them; a fresh one has had all of them. What it
    has not yet mapped is added, so that the budget means the same for both.
    """
    kernel = kernel_of(pid)
    if not Path(f"/proc/{kernel}/status").exists():
        import psutil

        return psutil.Process(kernel).memory_info().rss / 1e6
    held = _status(kernel)
    peak = held["VmHWM"]
    if kernel != pid:
        peak += max(0, _status(held["PPid"])["RssFile"] - held["RssFile"])
    return peak * 1024 / 1e6


def _status(pid: int) -> dict[str, int]:
    """Return the numbers that the system keeps about a process: kB, and the parent's process."""
    text = Path(f"/proc/{pid}/status").read_text()
    return {name: int(value) for name, value in re.findall(r"^(VmHWM|RssFile|PPid):\s*(\d+)", text, re.M)}
