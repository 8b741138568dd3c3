"""Lesson 02: which pretrained network fits labels, machine and task."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from ftlearn.costs import training_memory
from ftlearn.errors import unknown_name
from ftlearn.figures import PALETTE, new_figure
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

COLUMNS = ("network", "accuracy", "parameters", "megabytes", "multiply_adds", "milliseconds", "kept_mb")

#: What a machine allows, in megabytes: memory beside the library's own, and the size of the weights.
MACHINES = {
    "2 GB, no GPU": {"memory": 1300, "weights": 1300},
    "16 GB, no GPU": {"memory": 12_000, "weights": 12_000},
    "trained on 16 GB, used on a phone": {"memory": 12_000, "weights": 30},
}
TASKS = ("photographs", "pictures unlike photographs", "text")
FINE_TUNE_FROM = 500  # labels (a rule of thumb, not measured); below, a head on stored features comes first
BATCH, EPOCHS = 16, 10
_GREY = "#6A6A6A"


def candidates(table: pd.DataFrame, labels: int, machine: str, task: str) -> pd.DataFrame:
    """Rank networks for labels, machine and task, and give the reason for each place.

    Parameters
    ----------
    table : DataFrame
        One row a network: network, accuracy (published, in percent), parameters, megabytes, multiply_adds, milliseconds
        (a forward pass, measured), kept_mb (all activations of one image).
    labels : int
        How many labelled pictures there are.
    machine : str
        One of `MACHINES`.
    task : str
        One of `TASKS`.

    Returns
    -------
    DataFrame
        The same rows, those that fit first, with ``fits``, ``memory`` (MB), ``seconds`` (on the machine where
        milliseconds were measured) and ``reason``. For photographs the published accuracy decides, and among equals
        the time; for other pictures, where accuracy promises little, the quickest comes first.

    Raises
    ------
    UnknownNameError
        For another machine or task.
    """
    if machine not in MACHINES:
        raise unknown_name("machine", machine, MACHINES)
    if task not in TASKS:
        raise unknown_name("task", task, TASKS)
    frozen, limits = labels < FINE_TUNE_FROM, MACHINES[machine]
    made = table.reset_index(drop=True).copy()
    made["memory"] = [
        training_memory(row.megabytes, row.kept_mb, batch_size=BATCH, frozen=frozen) for row in made.itertuples()
    ]
    passes = labels if frozen else 3 * EPOCHS * labels  # the way back takes about twice the way forth
    made["seconds"] = passes * made["milliseconds"] / 1000
    made["reason"] = [_reason(row, limits, task) for row in made.itertuples()]
    made["fits"] = made["reason"] == ""
    by = {"fits": False, "accuracy": False} if task == "photographs" else {"fits": False}
    by["milliseconds"] = True  # of two equally accurate networks, the quicker one
    made = made.sort_values(list(by), ascending=list(by.values()), kind="stable", ignore_index=True)
    for place in made.index[made["fits"]]:
        row = made.loc[place]
        made.loc[place, "reason"] = f"needs {_megabytes(row['memory'])}, about {_duration(row['seconds'])}"
    return made


def _reason(row: Any, limits: dict[str, float], task: str) -> str:
    """Say why a network does not fit; nothing if it does."""
    if task == "text":
        return "reads pictures only"
    if row.memory > limits["memory"]:
        return f"needs {_megabytes(row.memory)}: too much"
    if row.megabytes > limits["weights"]:
        return f"weights of {row.megabytes:.0f} MB: too large"
    return ""


def _megabytes(value: float) -> str:
    return f"{value / 1000:.1f} GB" if value >= 1000 else f"{value:.0f} MB"


def _duration(seconds: float) -> str:
    for limit, size, unit in ((90, 1, "second"), (5400, 60, "minute"), (48 * 3600, 3600, "hour")):
        if seconds < limit:
            return _count(seconds / size, unit)
    return _count(seconds / 86400, "day")


def _count(value: float, unit: str) -> str:
    number = max(round(value), 1)
    return f"{number} {unit}{'s' * (number > 1)}"


def choosing_figure(table: pd.DataFrame, labels: int, machine: str, task: str) -> tuple[Figure, str]:
    """Draw the candidates in order, those that do not fit in grey with the reason.

    Parameters
    ----------
    table, labels, machine, task : DataFrame, int, str, str
        As for `candidates`.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Published accuracy of each network, and the reason for its place.
    alt : str
        The first choice, then every network with its reason.
    """
    made = candidates(table, labels, machine, task)
    way = "a linear head on frozen features" if labels < FINE_TUNE_FROM else "fine-tuning all layers"
    fitting = made[made["fits"]]
    title = f"{labels:,} labels: {way}"
    if task == "text":
        title = "Text: none of these networks reads it"
    elif fitting.empty:
        title += "; none of them fits"
    else:
        title += f"; try {fitting.iloc[0]['network']} first"
    figure, ax = new_figure(7.0, 3.2)
    for place, row in made.iterrows():
        colour = PALETTE["blue"] if row["fits"] else "#D5D5D5"
        colour = PALETTE["orange"] if row["fits"] and place == 0 else colour
        ax.plot(row["accuracy"], place, "o", color=colour, markersize=10)
        ax.annotate(f"{row['accuracy']:.1f} %", (row["accuracy"], place), (-9, 0), textcoords="offset points",
                    va="center", ha="right", color=_GREY if colour == "#D5D5D5" else colour,
                    fontweight="bold")  # fmt: skip
        ax.annotate(row["reason"], (1.02, place), xycoords=("axes fraction", "data"), va="center",
                    color="#222222" if row["fits"] else _GREY, annotation_clip=False)  # fmt: skip
    ax.set_yticks(range(len(made)), list(made["network"]))
    for tick, fits in zip(ax.get_yticklabels(), made["fits"], strict=True):
        tick.set_color("#111111" if fits else _GREY)
    order = {
        "photographs": "the most accurate first",
        "pictures unlike photographs": "the quickest first",
        "text": "see the table of families",
    }[task]
    ax.set(xlim=(68, 79), ylim=(len(made) - 0.45, -0.55), xlabel="published accuracy on ImageNet, %\n" + order)
    ax.set_xticks([70, 72, 74, 76, 78])
    ax.grid(False, axis="y")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    said = "; ".join(f"{row['network']}, {row['accuracy']:.1f} %, {row['reason']}" for _, row in made.iterrows())
    return figure, f"{title}. Machine: {machine}. Here {order}. {said}."


def choosing_explorer(table: pd.DataFrame, *, labels: int = 50) -> None:
    """Explore which network fits: labels, machine and kind of task decide.

    Parameters
    ----------
    table : DataFrame
        As for `candidates`.
    labels : int
        The number at the start.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"network": "small", "accuracy": 71.3, "parameters": 2e6, "megabytes": 9.0, "multiply_adds": 3e8,
    ...        "milliseconds": 20.0, "kept_mb": 75.0}
    >>> choosing_explorer(pd.DataFrame([row]))  # doctest: +ELLIPSIS
    Which network for which task?
    50 labels: a linear head on frozen features; try small first. ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    table = checked(table, COLUMNS)
    counts = {f"{n:,}": n for n in (20, 50, 200, 1000, 10_000, 100_000)}
    explore(
        functools.partial(choosing_figure, table),
        title="Which network for which task?",
        labels=slider("Labelled pictures", counts, default=labels),
        machine=choice("Machine", list(MACHINES)),
        task=choice("Task", list(TASKS)),
    )
