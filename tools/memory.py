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
    """Return the peak resident memory of a kernel in MB; where the system keeps no peak, what it holds now."""
    pid = kernel_of(pid)
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) * 1024 / 1e6
    import psutil

    return psutil.Process(pid).memory_info().rss / 1e6
