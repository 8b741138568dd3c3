"""A live explorer, or its static form where nothing can be moved."""

from __future__ import annotations

import html
import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ftlearn.figures import in_notebook, show, show_html
from ftlearn.widgets.building import build, drawn
from ftlearn.widgets.controls import Control

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
    >>> from ftlearn.widgets import slider
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
