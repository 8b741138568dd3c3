"""Lesson 11: what a training job costs, from assumptions that the learner sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ftlearn.compute import Prices, break_even_minutes, cost_sheet
from ftlearn.figures import PALETTE, new_figure, spread
from ftlearn.widgets.controls import slider
from ftlearn.widgets.exploring import explore

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = {"laptop": PALETTE["green"], "cloud CPU": PALETTE["blue"], "cloud GPU": PALETTE["orange"]}
_MARKERS = {"laptop": "o", "cloud CPU": "s", "cloud GPU": "D"}
_JOBS = {"1 minute": 1, "10 minutes": 10, "1 hour": 60, "5 hours": 300, "1 day": 1440, "1 week": 10080}
_SPAN = (1.0, 10080.0)


def money(value: float) -> str:
    """Write a sum of money: cents below ten of them, then with two digits.

    Parameters
    ----------
    value : float
        In euros.

    Returns
    -------
    str
        Ready to be read.

    Examples
    --------
    >>> money(0.0123), money(0.5), money(1234.5), money(0)
    ('1.2 cents', '€0.50', '€1,234', 'nothing')
    """
    if value <= 0:
        return "nothing"
    if value < 0.0995:
        return f"{100 * value:.2g} cents"
    return f"€{value:,.2f}" if value < 100 else f"€{value:,.0f}"


def span(minutes: float) -> str:
    """Write a length of time in the unit that suits it.

    Parameters
    ----------
    minutes : float
        How long.

    Returns
    -------
    str
        Ready to be read.

    Examples
    --------
    >>> span(0.5), span(90), span(600), span(5000)
    ('30 s', '90 min', '10 h', '3.5 days')
    """
    if minutes < 0.995:
        return f"{60 * minutes:.0f} s"
    if minutes < 119.5:
        return f"{minutes:.2g} min" if minutes < 10 else f"{minutes:.0f} min"
    if minutes < 48 * 60:
        return f"{minutes / 60:.2g} h"
    return f"{minutes / 1440:.2g} days"


def cost_figure(
    job: float,
    gpu_speedup: float,
    cpu_speedup: float,
    gpu_hour: float,
    cpu_hour: float,
    startup: float,
    watts: float,
    electricity: float,
) -> tuple[Figure, str]:
    """Draw what a job costs in three places, and from which length on a GPU is the cheaper of the rented ones.

    Parameters
    ----------
    job : float
        Minutes on the laptop.
    gpu_speedup, cpu_speedup : float
        How many times as fast as the laptop the rented GPU and the rented processor are.
    gpu_hour, cpu_hour : float
        Price of an hour of a rented machine, in euros.
    startup : float
        Minutes of start-up that a rented machine charges for.
    watts : float
        What the laptop draws.
    electricity : float
        Price of a kilowatt-hour, in euros.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Left time and cost of this job, right the cost of jobs of any length.
    alt : str
        The cheapest and the soonest, then every number.

    Examples
    --------
    >>> figure, alt = cost_figure(60, 10, 1, 0.8, 0.1, 10, 45, 0.3)
    >>> alt.split(".")[0]
    'A job of 60 min: cheapest on the laptop, soonest on the cloud GPU'
    """
    prices = Prices(watts=watts, electricity=electricity, cpu_hour=cpu_hour, gpu_hour=gpu_hour,
                    cpu_speedup=cpu_speedup, gpu_speedup=gpu_speedup, startup_minutes=startup)  # fmt: skip
    sheet, turn = cost_sheet(job, prices), break_even_minutes(prices)
    title = (
        f"A job of {span(job)}: cheapest on the {sheet['cost'].idxmin()}, soonest on the {sheet['minutes'].idxmin()}"
    )
    if turn == float("inf"):
        said = "At these prices the GPU costs more than the rented CPU however long the job is"
    elif turn == 0:
        said = "At these prices the GPU costs no more than the rented CPU however short the job is"
    else:
        said = f"The GPU is cheaper than the rented CPU for jobs of more than {span(turn)} on the laptop"
    figure, (left, right) = new_figure(7.6, 3.5, ncols=2, width_ratios=[1, 1.35])
    _this_job(left, sheet)
    _any_job(right, prices, job, turn)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    each = "; ".join(f"{place}: {money(row['cost'])}, {span(row['minutes'])}" for place, row in sheet.iterrows())
    return figure, f"{title}. {each}. {said}."


def _this_job(ax: Axes, sheet: pd.DataFrame) -> None:
    """Draw each place's minutes, waiting apart from working, with the cost written at the bar's end."""
    for number, (place, row) in enumerate(sheet[::-1].iterrows()):
        wait = row["of them waiting"]
        ax.barh(number, wait, color="#D5D5D5", height=0.6)
        ax.barh(number, row["minutes"] - wait, left=wait, color=_COLOURS[place], height=0.6)
        ax.annotate(f"{money(row['cost'])}\n{span(row['minutes'])}", (row["minutes"], number), (4, 0),
                    textcoords="offset points", va="center", fontsize=9, color=_COLOURS[place])  # fmt: skip
    ax.set_yticks(range(len(sheet)), list(sheet.index[::-1]))
    ax.set(xlabel="minutes (grey: start-up)", xlim=(0, 1.5 * sheet["minutes"].max()))
    ax.locator_params(axis="x", nbins=4)
    ax.grid(False, axis="y")


def _any_job(ax: Axes, prices: Prices, job: float, turn: float) -> None:
    lengths = np.geomspace(*_SPAN, 60)
    one, two, here = (cost_sheet(minutes, prices)["cost"].clip(lower=1e-5) for minutes in (1, 2, job))
    costs = {place: one[place] + (two - one)[place] * (lengths - 1) for place in _COLOURS}  # straight lines
    low = 10 ** np.floor(np.log10(min(map(min, costs.values()))))
    high = 10 ** np.ceil(np.log10(max(map(max, costs.values()))))
    ends = [np.log10(costs[place][-1]) for place in costs]
    gap = 0.075 * np.log10(high / low)
    places = spread(np.array(ends), gap, np.log10(low) + gap / 2, np.log10(high) - gap / 2)
    for (place, values), end in zip(costs.items(), places, strict=True):
        ax.plot(lengths, values, color=_COLOURS[place])
        ax.plot(job, here[place], _MARKERS[place], color=_COLOURS[place], markersize=7)
        ax.annotate(place, (1.02, 10**end), xycoords=("axes fraction", "data"), color=_COLOURS[place], va="center",
                    fontweight="bold", annotation_clip=False)  # fmt: skip
    if _SPAN[0] <= turn <= _SPAN[1]:
        ax.axvline(turn, color=PALETTE["grey"], lw=1, linestyle=":")
        early = turn < 100
        ax.annotate(f"GPU cheaper than\nrented CPU from {span(turn)}", (turn, 0.02), (4 if early else -4, 0),
                    xycoords=("data", "axes fraction"), textcoords="offset points", ha="left" if early else "right",
                    va="bottom", fontsize=8, color=PALETTE["grey"])  # fmt: skip
    ax.set(xscale="log", yscale="log", ylim=(low, high), xlabel="length of the job on the laptop", ylabel="cost, €")
    ax.set_xticks([1, 60, 1440, 10080], ["1 min", "1 h", "1 day", "1 week"])
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")


def cost_explorer(minutes: float = 60) -> None:
    """Explore what a training job costs on a laptop, a rented processor and a rented GPU.

    Parameters
    ----------
    minutes : float
        How long the job takes on the laptop, at the start; the nearest of the slider's lengths is taken.

    Examples
    --------
    >>> cost_explorer()  # doctest: +ELLIPSIS
    Where is it cheapest?
    A job of 60 min: cheapest on the laptop, soonest on the cloud GPU. ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    nearest = min(_JOBS.values(), key=lambda job: abs(np.log(job / minutes)))
    explore(
        cost_figure,
        title="Where is it cheapest?",
        job=slider("Job on the laptop", _JOBS, default=nearest),
        gpu_speedup=slider("GPU, times as fast", [1, 2, 5, 10, 20, 50, 100], default=10),
        cpu_speedup=slider("Rented CPU, times as fast", [0.5, 1, 2, 4, 8], default=1),
        startup=slider("Start-up, minutes", [0, 2, 5, 10, 20, 30], default=10),
        gpu_hour=slider("GPU, € an hour", [0.2, 0.4, 0.8, 1.6, 3.2, 6.4], default=0.8),
        cpu_hour=slider("Rented CPU, € an hour", [0.05, 0.1, 0.2, 0.4, 0.8], default=0.1),
        watts=slider("Laptop, watts", [15, 30, 45, 90, 180], default=45),
        electricity=slider("Electricity, € a kWh", [0.1, 0.2, 0.3, 0.4, 0.6], default=0.3),
    )
