"""Live explorers on ipywidgets: move a slider, see the picture change, all by keyboard.

What a picture shows is decided by plain functions (`ftlearn.explorer_figures` has the lessons' two); controls
are laid out around them in `ftlearn.explorer_widgets`. Without widgets, and in the committed notebooks, the default
setting's picture stands.
"""

from __future__ import annotations

import functools
import html
import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ftlearn.controls import Control, choice, slider
from ftlearn.displays import in_notebook, show, show_html
from ftlearn.explorer_widgets import build, drawn, picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MOVE_IT", "Control", "budget_explorer", "build", "choice", "explore", "freezing_explorer", "is_static", "live",
    "picture", "slider",
]  # fmt: skip

MOVE_IT = "Run this cell in JupyterLab to move the {controls} yourself."


def is_static() -> bool:
    """Tell whether pictures must stand still: the environment says ``FTLEARN_STATIC=1``.

    Returns
    -------
    bool
        Whether they must.

    Examples
    --------
    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", FTLEARN_STATIC="1"):
    ...     is_static()
    True
    """
    return os.environ.get("FTLEARN_STATIC", "") not in ("", "0")


def live() -> bool:
    """Tell whether widgets can be shown: a kernel runs, ipywidgets is installed, and ``FTLEARN_STATIC`` is not set.

    Returns
    -------
    bool
        Whether they can.

    Examples
    --------
    >>> live()  # no kernel runs this line
    False
    """
    return in_notebook() and not is_static() and importlib.util.find_spec("ipywidgets") is not None


def explore(
    draw: Callable[..., Any],
    *,
    title: str,
    static: Sequence[Mapping[str, Any]] | None = None,
    **controls: Control,
) -> None:
    """Show a picture with controls that change it.

    Parameters
    ----------
    draw : callable
        Called with one keyword a control; returns ``(figure, alt)``, where the alternative text's first sentence says
        the main thing (it is read aloud when the picture changes), or a drawn Display.
    title : str
        What there is to explore, as a short heading.
    static : sequence of dict, optional
        Settings to show where nothing can be moved, each a dict of values unlike the defaults; a picture each.
    **controls : Control
        Made by `slider` and `choice`, by the name under which `draw` gets the value.

    Notes
    -----
    A setting is drawn once and remembered. In the first picture an error of `draw` is the lesson's and is raised; later
    it becomes a sentence in the picture's place.

    Examples
    --------
    >>> from ftlearn.displays import new_figure
    >>> def draw(n):
    ...     figure, ax = new_figure(2, 1)
    ...     return figure, f"{n} points."
    >>> explore(draw, title="Points", n=slider("points", [1, 2]))
    Points
    1 points.
    Run this cell in JupyterLab to move the slider yourself.
    """
    defaults = {name: control.default for name, control in controls.items()}
    if live():
        from IPython.display import display

        display(build(draw, title=title, controls=controls))
        return
    show_html(f"<p><strong>{html.escape(title)}</strong></p>", title)
    for setting in static or [{}]:
        figure, alt = drawn(draw, {**defaults, **setting})
        show(figure, alt)
    kinds = "slider" if [c.kind for c in controls.values()] == ["slider"] else "controls"
    say = MOVE_IT.format(controls=kinds)
    show_html(f"<p><em>{say}</em></p>", say)


def budget_explorer(study: pd.DataFrame, *, default: int = 50) -> None:
    """Explore a label-budget study: a slider over budgets, and a strategy to compare with.

    Parameters
    ----------
    study : DataFrame
        Columns strategy, labels, seed, accuracy (a share); one row a run.
    default : int
        The budget at the start; the smallest one where the study lacks it.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = [("scratch", 50, 0, 0.5), ("scratch", 50, 1, 0.5), ("frozen", 50, 0, 0.7), ("frozen", 50, 1, 0.8)]
    >>> study = pd.DataFrame(runs, columns=["strategy", "labels", "seed", "accuracy"])
    >>> budget_explorer(study)  # doctest: +ELLIPSIS
    How much do labels change the ranking?
    ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    from ftlearn.explorer_figures import BUDGET_COLUMNS, budget_figure, checked, strategies

    study = checked(study, BUDGET_COLUMNS)
    budgets = sorted(int(n) for n in study["labels"].unique())
    against = {"the best of the others": ""} | {name.replace("_", " "): name for name in strategies(study)}
    explore(
        functools.partial(budget_figure, study),
        title="How much do labels change the ranking?",
        labels=slider("Labels", budgets, default=default if default in budgets else None),
        against=choice("Compare the leader with", against),
    )


def freezing_explorer(table: pd.DataFrame, *, rate: float | None = None) -> None:
    """Explore how many blocks to unfreeze: trainable weights, the new task, the forgetting of the old one.

    Parameters
    ----------
    table : DataFrame
        Columns blocks, learning_rate, trainable, accuracy, old_accuracy (shares); one row a run.
    rate : float, optional
        The learning rate at the start; the smallest one if not given.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = [(0, 1e-3, 330, 0.7, 0.9), (1, 1e-3, 5000, 0.8, 0.6)]
    >>> columns = ["blocks", "learning_rate", "trainable", "accuracy", "old_accuracy"]
    >>> freezing_explorer(pd.DataFrame(runs, columns=columns))  # doctest: +ELLIPSIS
    How many blocks to unfreeze?
    1 block unfrozen: 80 % on the new task, 30 points of the old one forgotten. ...
    Run this cell in JupyterLab to move the slider yourself.
    """
    from ftlearn.explorer_figures import FREEZING_COLUMNS, checked, freezing_figure

    table = checked(table, FREEZING_COLUMNS)
    blocks = sorted(int(n) for n in table["blocks"].unique())
    rates = sorted(float(r) for r in table["learning_rate"].unique())
    controls = {"blocks": slider("Blocks unfrozen", blocks, default=blocks[-1])}
    if len(rates) > 1:
        controls["rate"] = slider("Learning rate", {f"{r:g}": r for r in rates}, default=rate)
        draw = functools.partial(freezing_figure, table)
    else:
        draw = functools.partial(freezing_figure, table, rate=rates[0])
    explore(draw, title="How many blocks to unfreeze?", **controls)
