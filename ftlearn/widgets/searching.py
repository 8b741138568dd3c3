"""Choose a searcher and a budget: what it would hand over by then, beside the others."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from ftlearn.errors import DataError
from ftlearn.evaluation import paired_interval, summarise
from ftlearn.figures import PALETTE, new_figure
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked, halo

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SEARCH_COLUMNS = ("seed", "searcher", "spent", "test")


def search_leads(table: pd.DataFrame, searcher: str, spent: int) -> pd.DataFrame:
    """Compare one searcher with each of the others after so many epochs, seed by seed.

    Parameters
    ----------
    table : DataFrame
        Columns seed, searcher, spent (epochs), test (share of right answers of what would be handed over).
    searcher : str
        The one that is compared.
    spent : int
        One of the table's budgets.

    Returns
    -------
    DataFrame
        Indexed by the others, best of them last: ``points`` by which `searcher` leads, ``low``, ``high``.

    Raises
    ------
    DataError
        When the table has no such searcher or budget.
    """
    wide = table[table["spent"] == spent].pivot(index="seed", columns="searcher", values="test")
    if searcher not in wide:
        known = ", ".join(map(str, table["searcher"].unique()))
        raise DataError(f"The table has nothing of {searcher!r} after {spent} epochs.", fix=f"Searchers: {known}.")
    others = wide.mean().drop(searcher).sort_values().index
    rows = {name: paired_interval(wide[searcher], wide[name]) for name in others}
    return _frame({name: (100 * i.mean, 100 * i.low, 100 * i.high) for name, i in rows.items()})


def _frame(rows: dict[str, tuple[float, float, float]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame.from_dict(rows, orient="index", columns=["points", "low", "high"])


def search_figure(table: pd.DataFrame, means: pd.DataFrame, searcher: str, spent: int) -> tuple[Figure, str]:
    """Draw one searcher's best-so-far curve among the others', and its lead over each after a budget.

    Parameters
    ----------
    table : DataFrame
        See `search_leads`.
    means : DataFrame
        Its summary by searcher and spent: columns searcher, spent, mean, low, high.
    searcher : str
        The one that stands out.
    spent : int
        The budget in epochs.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Left the curves, right the leads with their intervals.
    alt : str
        The accuracy of the setting, then every lead.
    """
    leads = search_leads(table, searcher, spent)
    here = means[(means["searcher"] == searcher) & (means["spent"] == spent)]["mean"].item()
    title = f"{searcher[0].upper()}{searcher[1:]} after {spent} epochs: {100 * here:.1f} % of new digits right"
    figure, (left, right) = new_figure(7.4, 3.4, ncols=2, width_ratios=[1.15, 1])
    _curves(left, means, searcher, spent)
    _leads(right, leads)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    told = "; ".join(
        f"{name}: {row['points']:+.1f} ({row['low']:+.1f} to {row['high']:+.1f})"
        for name, row in leads.iloc[::-1].iterrows()
    )
    return figure, f"{title}. Its lead in points, with 95 % intervals, over {told}."


def _curves(ax: Axes, means: pd.DataFrame, searcher: str, spent: int) -> None:
    for name, rows in means.groupby("searcher", sort=False):
        chosen = name == searcher
        line = {"color": PALETTE["blue"], "zorder": 3} if chosen else {"color": "#B8BEC4", "lw": 1.2}
        ax.plot(rows["spent"], 100 * rows["mean"], **line)
        if chosen:
            ax.fill_between(
                rows["spent"], 100 * rows["low"], 100 * rows["high"], color=PALETTE["blue"], alpha=0.18, lw=0
            )
    here = means[(means["searcher"] == searcher) & (means["spent"] == spent)]
    ax.plot(spent, 100 * here["mean"], "o", color=PALETTE["blue"], markersize=9, zorder=4)
    ax.axvline(spent, color=PALETTE["grey"], lw=0.8, ls=":")
    low, high = 100 * means["mean"].min(), 100 * means["mean"].max()
    stops = sorted(means["spent"].unique())
    ax.set_xscale("log")
    ax.set_xticks(stops[::2], [str(s) for s in stops[::2]])
    ax.minorticks_off()
    ax.set(xlabel="epochs spent", ylabel="accuracy on new digits, %", ylim=(low - 3, high + 4))
    ax.annotate("others in grey", (0.98, 0.05), xycoords="axes fraction", ha="right", color=PALETTE["grey"])


def _leads(ax: Axes, leads: pd.DataFrame) -> None:
    for place, (_, row) in enumerate(leads.iterrows()):
        sure = row["low"] > 0 or row["high"] < 0
        colour = PALETTE["grey"] if not sure else PALETTE["green"] if row["points"] > 0 else PALETTE["orange"]
        ax.plot([row["low"], row["high"]], [place, place], color=colour)
        ax.plot(row["points"], place, "o", color=colour, markersize=6)
        ax.annotate(f"{row['points']:+.1f}", (row["points"], place), (0, 6), textcoords="offset points", ha="center",
                    fontsize=9, color=colour, path_effects=[halo()])  # fmt: skip
    ax.axvline(0, color="#111111", lw=0.8)
    ax.set_yticks(range(len(leads)), list(leads.index))
    ax.set(xlabel="its lead over each, points", ylim=(-0.5, len(leads) - 0.3))
    ax.grid(False, axis="y")
    reach = max(4.0, float(np.abs(leads[["low", "high"]]).max().max()) * 1.1)
    ax.set_xlim(-reach, reach)


def search_explorer(table: pd.DataFrame) -> None:
    """Explore the race: choose a searcher and a budget, see its curve and its lead over each of the others.

    Parameters
    ----------
    table : DataFrame
        Columns seed, searcher, spent (epochs), test (share); one row a seed, searcher and budget.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(s, n, b, v + 0.01 * s) for s in (0, 1) for n, v in (("grid", 0.5), ("random", 0.7)) for b in (9, 27)]
    >>> search_explorer(pd.DataFrame(rows, columns=["seed", "searcher", "spent", "test"]))  # doctest: +ELLIPSIS
    Which searcher, for which budget?
    Random after 9 epochs: 70.5 % of new digits right. Its lead in points, ... over grid: +20.0 (+20.0 to +20.0).
    Run this cell in JupyterLab to move the controls yourself.
    """
    table = checked(table, SEARCH_COLUMNS)
    means = summarise(table.sort_values("spent"), ["searcher", "spent"], "test")
    names = sorted(table["searcher"].unique(), key=str.lower)
    stops = [int(s) for s in sorted(table["spent"].unique())]
    start = "successive halving" if "successive halving" in names else names[-1]
    explore(
        functools.partial(search_figure, table, means), title="Which searcher, for which budget?",
        searcher=choice("Searcher", names, default=start),
        spent=slider("Epochs to spend", stops, default=81 if 81 in stops else stops[0]),
    )  # fmt: skip
