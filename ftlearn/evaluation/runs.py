"""Repeated runs, summarised and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftlearn.evaluation.intervals import mean_interval, paired_interval

if TYPE_CHECKING:
    import pandas as pd


def summarise(table: pd.DataFrame, by: str | list[str], value: str) -> pd.DataFrame:
    """Summarise repeated measurements: for each group the mean and its interval.

    Parameters
    ----------
    table : DataFrame
        One row a measurement.
    by : str or list of str
        The columns that name a group; rows within a group are repetitions.
    value : str
        The column that was measured.

    Returns
    -------
    DataFrame
        The columns of `by`, then ``mean``, ``low``, ``high`` (see `mean_interval`) and ``n``.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"rate": [1, 1, 2, 2], "score": [0.5, 0.7, 0.8, 0.8]})
    >>> summarise(runs, "rate", "score").round(2).to_dict("list")
    {'rate': [1, 2], 'mean': [0.6, 0.8], 'low': [-0.67, 0.8], 'high': [1.87, 0.8], 'n': [2, 2]}
    """
    import pandas as pd

    by = [by] if isinstance(by, str) else by
    rows = []
    for key, group in table.groupby(by, sort=False):
        found = mean_interval(group[value])
        rows.append(
            {**dict(zip(by, key, strict=True)), "mean": found.mean, "low": found.low, "high": found.high, "n": found.n}
        )
    return pd.DataFrame(rows)


def paired_points(ours: pd.Series, theirs: pd.Series | dict[str, pd.Series]) -> pd.DataFrame:
    """Compare scores run by run, in points (hundredths), with 95 % intervals.

    Parameters
    ----------
    ours : Series
        Scores as shares, indexed by seed, or by a group (label budget, say) and seed.
    theirs : Series or dict of str to Series
        What to compare with, indexed alike.

    Returns
    -------
    DataFrame
        A row for each group and rival: the group, ``against`` (where there are several), ``points`` by which ours
        leads, ``from`` and ``to``.

    Examples
    --------
    >>> import pandas as pd
    >>> seeds = pd.MultiIndex.from_product([[10, 20], [0, 1]], names=["labels", "seed"])
    >>> paired_points(pd.Series([0.7, 0.8, 0.9, 0.9], seeds), pd.Series([0.6, 0.6, 0.8, 0.9], seeds))
       labels  points  from    to
    0      10    15.0 -48.5  78.5
    1      20     5.0 -58.5  68.5
    """
    import pandas as pd

    several = isinstance(theirs, dict)
    rows = []
    groups = (
        ours.groupby(level=list(range(ours.index.nlevels - 1)), sort=False) if ours.index.nlevels > 1 else [("", ours)]
    )
    for key, mine in groups:
        for name, other in (theirs if several else {"": theirs}).items():
            found = paired_interval(mine, other.loc[mine.index])
            row = dict(zip(ours.index.names[:-1], key if isinstance(key, tuple) else (key,), strict=False))
            row |= {"against": name} if several else {}
            ends = {"points": found.mean, "from": found.low, "to": found.high}
            rows.append(row | {name: round(100 * value, 1) for name, value in ends.items()})
    return pd.DataFrame(rows)
