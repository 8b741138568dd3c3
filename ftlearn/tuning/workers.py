"""Keras Tuner's own way to search on several machines, here with all of them on this one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftlearn.errors import DataError, FtlearnError

if TYPE_CHECKING:
    import pandas as pd

    from ftlearn.datasets import Part


def run_chief_and_workers(
    train: Part, validation: Part, *, workers: int = 2, trials: int = 8, timeout: float = 300
) -> pd.DataFrame:
    """Search for a head with a chief process that hands out trials, and worker processes that train them.

    Each process imports TensorFlow for itself: about 650 MB and 10 seconds, times one more than `workers`. They talk
    over the loopback address; with another machine's address in ``KERASTUNER_ORACLE_IP`` the same program runs there.

    Parameters
    ----------
    train, validation : Part
        Features of shape (n, features) and classes from 0 to 9.
    workers : int
        How many, at least 1.
    trials : int
        Configurations in all.
    timeout : float
        Seconds until all processes are ended and an error is raised: a chief whose worker has died waits for ever.

    Returns
    -------
    DataFrame
        A row a trial: ``worker``, ``trial``, ``units``, ``learning_rate``, ``validation`` (best of its epochs), and
        ``started`` and ``ended`` in seconds since the first began.

    Raises
    ------
    DataError
        When there is not at least one worker and one trial.
    FtlearnError
        When a process fails, with the end of what it wrote, or when time is up.

    Examples
    --------
    >>> run_chief_and_workers(None, None, workers=0)
    Traceback (most recent call last):
        ...
    ftlearn.errors.DataError: A search needs at least one worker and one trial; got 0 and 8.
    """
    import pandas as pd

    if workers < 1 or trials < 1:
        raise DataError(f"A search needs at least one worker and one trial; got {workers} and {trials}.")
    names = ["chief", *(f"worker {i + 1}" for i in range(workers))]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        np.savez(folder / "features.npz", X=train.X, y=train.y, X_val=validation.X, y_val=validation.y)
        address, running = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(_free_port())}, {}
        try:
            for one in names:
                running[one] = _start(folder, trials, address | {"KERASTUNER_TUNER_ID": one})
            _wait(running, folder, time.monotonic() + timeout)
        finally:  # the chief looks only every 20 seconds whether all have gone
            for process in running.values():
                process.kill()
                process.wait()
        lines = [line for one in names for line in _lines(folder / f"{one}.jsonl")]
    table = pd.DataFrame([json.loads(line) for line in lines]).sort_values("started", ignore_index=True)
    begin = table["started"].min()
    return table.assign(started=table["started"] - begin, ended=table["ended"] - begin)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _start(folder: Path, trials: int, environment: dict[str, str]) -> subprocess.Popen:
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    with (folder / f"{environment['KERASTUNER_TUNER_ID']}.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "ftlearn.tuning.worker_program", str(folder), str(trials)],
            env=os.environ | quiet | environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip


def _wait(running: dict[str, subprocess.Popen], folder: Path, deadline: float) -> None:
    """Wait until every worker has ended well; the chief must live as long."""
    while True:
        ended = {name: process.poll() for name, process in running.items()}
        for name, code in ended.items():
            if code:
                end = "\n".join(_lines(folder / f"{name}.log")[-5:])
                raise FtlearnError(f"The process {name!r} ended with code {code}. It wrote last: {end}")
        if all(code == 0 for name, code in ended.items() if name != "chief"):
            return
        if time.monotonic() > deadline:
            waiting = ", ".join(name for name, code in ended.items() if code is None)
            raise FtlearnError(f"Time is up; still running: {waiting}.", fix="Give it a longer timeout=.")
        time.sleep(0.2)


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []
