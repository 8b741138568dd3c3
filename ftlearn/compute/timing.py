"""Timing several jobs side by side, so that what else the machine does falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ftlearn.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def side_by_side(jobs: Mapping[str, Callable[[], Any]], *, repeats: int = 5, warm_up: bool = True) -> pd.DataFrame:
    """Time jobs in turns: each once, then each again.

    Parameters
    ----------
    jobs : mapping of str to callable
        Called without arguments, by name.
    repeats : int
        How many rounds count, at least 1.
    warm_up : bool
        Whether there is a round before that does not count: the first call of a network also builds it.

    Returns
    -------
    DataFrame
        Seconds, a row a round and a column a job. Compare the columns' medians: a disturbance of the machine falls
        into one round, and on whichever job is running, so that the median leaves it out.

    Raises
    ------
    DataError
        Without jobs, or with fewer than one round.

    Examples
    --------
    >>> table = side_by_side({"short": lambda: sum(range(10)), "long": lambda: sum(range(100_000))}, repeats=3)
    >>> bool(table["long"].median() > table["short"].median())
    True
    """
    import pandas as pd

    if not jobs:
        raise DataError("There is nothing to time.", fix='Pass jobs by name: {"cached": lambda: ..., ...}.')
    if repeats < 1:
        raise DataError(f"At least one round must count; got repeats={repeats!r}.")
    for job in jobs.values() if warm_up else ():
        job()
    rows = []
    for _ in range(repeats):
        row = {}
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            row[name] = time.perf_counter() - started
        rows.append(row)
    return pd.DataFrame(rows).rename_axis("round")
