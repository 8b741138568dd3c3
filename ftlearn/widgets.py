"""Live explorers on ipywidgets: move a slider, see the picture change, all by keyboard.

What a picture shows is decided by plain functions (`ftlearn.explorer_figures` has the lessons' two); this module only
lays out controls around them. Without widgets, and in the committed notebooks, the default setting's picture stands.
"""

from __future__ import annotations

import functools
import html
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ftlearn.displays import figure_html, in_notebook, show, show_html
from ftlearn.errors import FtlearnError

if TYPE_CHECKING:
    import pandas as pd

MOVE_IT = "Run this cell in JupyterLab to move the {controls} yourself."
# The focus must be seen: JupyterLab hardly shows it on a slider's handle.
_STYLE = """<style>
.ftlearn-explorer .noUi-handle:focus, .ftlearn-explorer input:focus-visible {
  outline: 3px solid #0072B2 !important; outline-offset: 2px; }
.ftlearn-explorer .widget-radio { height: auto; }
.ftlearn-explorer .widget-radio-box { flex-wrap: wrap; padding: .3em; margin: 0 !important; }
.ftlearn-explorer .widget-radio-box label { display: flex; flex-direction: row-reverse; gap: .4em; width: auto;
  height: auto; line-height: 1.5; margin: 0 1em 0 0; align-items: center; }
.ftlearn-explorer .widget-radio-box label input { flex: none; margin: 0; position: static; }
</style>"""


def is_static() -> bool:
    """Tell whether pictures must stand still: the environment says ``FTLEARN_STATIC=1``."""
    return os.environ.get("FTLEARN_STATIC", "") not in ("", "0")


def live() -> bool:
    """Tell whether widgets can be shown: a kernel runs, ipywidgets is installed, and ``FTLEARN_STATIC`` is not set."""
    return in_notebook() and not is_static() and importlib.util.find_spec("ipywidgets") is not None


@dataclass(frozen=True)
class Control:
    """Something to move, before it is a widget.

    Attributes
    ----------
    kind : str
        ``"slider"`` or ``"choice"``.
    label : str
        What it sets, with its unit.
    options : tuple of (str, object)
        What is read, and the value that it stands for.
    default : object
        One of the values.
    """

    kind: str
    label: str
    options: tuple[tuple[str, Any], ...]
    default: Any

    def text(self, value: Any) -> str:
        """Give what is read for a value."""
        return next(text for text, one in self.options if one == value)


def slider(label: str, options: Sequence[Any], *, default: Any = None) -> Control:
    """Describe a slider over a few ordered values.

    Parameters
    ----------
    label : str
        What it sets.
    options : sequence or mapping
        Values in order, or a mapping from what is read to the value.
    default : object, optional
        The value at the start; the first one if not given.

    Returns
    -------
    Control
        For `explore`.

    Examples
    --------
    >>> slider("labels", [10, 20]).options
    (('10', 10), ('20', 20))
    """
    return _control("slider", label, options, default)


def choice(label: str, options: Sequence[Any] | Mapping[str, Any], *, default: Any = None) -> Control:
    """Describe one of several values to choose from, unordered; parameters as for `slider`.

    It becomes radio buttons, not a drop-down list: JupyterLab keeps the arrow keys of a list for itself.

    Examples
    --------
    >>> choice("compare with", {"everything": None, "scratch": "scratch"}).default is None
    True
    """
    return _control("choice", label, options, default)


def _control(kind: str, label: str, options: Any, default: Any) -> Control:
    pairs = tuple(options.items()) if isinstance(options, Mapping) else tuple((str(one), one) for one in options)
    if not pairs:
        raise FtlearnError(f"The {kind} {label!r} needs an option at least.")
    values = [value for _, value in pairs]
    default = values[0] if default is None else default
    if default not in values:
        raise FtlearnError(f"The {kind} {label!r} cannot start at {default!r}.", fix=f"Options: {values}.")
    return Control(kind, label, pairs, default)


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
        _show_live(draw, title, controls)
        return
    show_html(f"<p><strong>{html.escape(title)}</strong></p>", title)
    for setting in static or [{}]:
        figure, alt = _drawn(draw, {**defaults, **setting})
        show(figure, alt)
    kinds = "slider" if [c.kind for c in controls.values()] == ["slider"] else "controls"
    say = MOVE_IT.format(controls=kinds)
    show_html(f"<p><em>{say}</em></p>", say)


def _drawn(draw: Callable[..., Any], values: Mapping[str, Any]) -> tuple[Any, str]:
    """Draw one setting and let go of the figure, should pyplot hold it."""
    result = draw(**values)
    if hasattr(result, "figure_"):
        result = result.figure_, result.alt
    figure, alt = result
    if not alt:
        raise FtlearnError(f"The picture of {dict(values)} has no alternative text.", fix="Return (figure, alt).")
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
    return figure, alt


def picture(draw: Callable[..., Any], values: Mapping[str, Any]) -> tuple[str, str]:
    """Draw one setting as HTML, and the sentence to be read aloud for it.

    Parameters
    ----------
    draw : callable
        As for `explore`.
    values : mapping
        The setting.

    Returns
    -------
    image : str
        An ``<img>`` with its alternative text.
    sentence : str
        The first sentence of the alternative text.
    """
    figure, alt = _drawn(draw, values)
    end = alt.find(". ")
    return figure_html(figure, alt), alt if end < 0 else alt[: end + 1]


def _caption(sentence: str) -> str:
    return f'<p role="status" aria-live="polite" style="margin:.2em 0">{html.escape(sentence, quote=False)}</p>'


def _reading(control: Control, value: Any) -> str:
    return f"{control.label}: {control.text(value)}" if control.kind == "slider" else control.label


def _width(controls: Mapping[str, Control]) -> int:
    """Count the characters of the longest reading, so that a label that changes moves nothing."""
    return max(len(_reading(control, value)) for control in controls.values() for _, value in control.options) + 1


def _show_live(draw: Callable[..., Any], title: str, controls: Mapping[str, Control]) -> None:
    from IPython.display import display

    display(build(draw, title=title, controls=controls))


def build(draw: Callable[..., Any], *, title: str, controls: Mapping[str, Control]) -> Any:
    """Lay out the live explorer, without showing it.

    Parameters
    ----------
    draw, title : callable, str
        As for `explore`.
    controls : mapping of str to Control
        By name.

    Returns
    -------
    ipywidgets.VBox
        Children: heading, controls, picture, caption.
    """
    import ipywidgets as w

    makers = {"slider": w.SelectionSlider, "choice": w.RadioButtons}
    live_controls = {}
    for name, control in controls.items():
        live_controls[name] = makers[control.kind](
            options=list(control.options),
            value=control.default,
            description=_reading(control, control.default),
            style={"description_width": f"{_width(controls)}ch"},
            layout=w.Layout(width="auto", max_width="46em"),
            # The readout of a slider can be tabbed to and typed in, to no effect: the label tells the value instead.
            **({"continuous_update": False, "readout": False} if control.kind == "slider" else {}),
            **({"orientation": "horizontal"} if control.kind == "choice" else {}),
        )
    names = list(live_controls)

    @functools.lru_cache(maxsize=128)
    def rendered(places: tuple[int, ...]) -> tuple[str, str]:
        values = {n: controls[n].options[place][1] for n, place in zip(names, places, strict=True)}
        return picture(draw, values)

    def now() -> tuple[str, str]:
        image, sentence = rendered(tuple(live_controls[name].index for name in names))
        said = ", ".join(f"{c.label} {c.text(live_controls[n].value)}" for n, c in controls.items())
        return image, f"{said}. {sentence}"

    image, sentence = now()
    shown = w.HTML(image, layout=w.Layout(width="auto"))
    caption = w.HTML(_caption(sentence))

    def on_move(_: Any) -> None:
        for name, control in controls.items():
            live_controls[name].description = _reading(control, live_controls[name].value)
        try:
            shown.value, sentence = now()
        except Exception as error:  # whatever a drawing does wrong, the learner reads a sentence about it
            shown.value, sentence = "", f"This setting could not be drawn. {type(error).__name__}: {error}"
        caption.value = _caption(sentence)

    for control in live_controls.values():
        control.observe(on_move, "index")
    heading = w.HTML(f"{_STYLE}<p><strong>{html.escape(title)}</strong></p>")
    box = w.VBox([heading, w.VBox(list(live_controls.values())), shown, caption])
    box.add_class("ftlearn-explorer")
    return box


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
