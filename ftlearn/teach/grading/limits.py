"""What a submission may use."""

from __future__ import annotations

from dataclasses import dataclass

OUT_OF_MEMORY_CODE = 137
"""The exit code of a submission that wanted more memory than there is for it."""
TOO_MANY = 200
"""The exit code of a submission that started more processes than it may."""


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Attributes
    ----------
    seconds : float
        Of the clock, for all of it: cells and tests, second tries too.
    cell_seconds : float
        For one cell.
    memory : int
        Bytes of address space; TensorFlow needs 2 GB of it, whatever it holds.
    disk : int
        Bytes that it may write.
    processes : int
        Processes and threads at a time.
    """

    seconds: float = 300.0
    cell_seconds: float = 60.0
    memory: int = 4 * 2**30
    disk: int = 256 * 2**20
    processes: int = 512
