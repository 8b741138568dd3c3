"""An explorer laid out with widgets: controls, a picture that is drawn once a setting, a sentence read aloud."""

from __future__ import annotations

import functools
import html
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ftlearn.displays import figure_html
from ftlearn.errors import FtlearnError
from ftlearn.widgets.controls import Control

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


def drawn(draw: Callable[..., Any], values: Mapping[str, Any]) -> tuple[Any, str]:
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
        As for `ftlearn.widgets.explore`.
    values : mapping
        The setting.

    Returns
    -------
    image : str
        An ``<img>`` with its alternative text.
    sentence : str
        The first sentence of the alternative text.

    Examples
    --------
    >>> from ftlearn.displays import new_figure
    >>> image, sentence = picture(lambda n: (new_figure(2, 1)[0], f"{n} points. They rise."), {"n": 3})
    >>> sentence
    '3 points.'
    """
    figure, alt = drawn(draw, values)
    end = alt.find(". ")
    return figure_html(figure, alt), alt if end < 0 else alt[: end + 1]


def _caption(sentence: str) -> str:
    return f'<p role="status" aria-live="polite" style="margin:.2em 0">{html.escape(sentence, quote=False)}</p>'


def _reading(control: Control, value: Any) -> str:
    return f"{control.label}: {control.text(value)}" if control.kind == "slider" else control.label


def _width(controls: Mapping[str, Control]) -> int:
    """Count the characters of the longest reading, so that a label that changes moves nothing."""
    return max(len(_reading(control, value)) for control in controls.values() for _, value in control.options) + 1


def build(draw: Callable[..., Any], *, title: str, controls: Mapping[str, Control]) -> Any:
    """Lay out the live explorer, without showing it.

    Parameters
    ----------
    draw, title : callable, str
        As for `ftlearn.widgets.explore`.
    controls : mapping of str to Control
        By name.

    Returns
    -------
    ipywidgets.VBox
        Children: heading, controls, picture, caption.

    Examples
    --------
    >>> from ftlearn.widgets.controls import slider
    >>> from ftlearn.displays import new_figure
    >>> def draw(n):
    ...     return new_figure(2, 1)[0], f"{n} points."
    >>> len(build(draw, title="Points", controls={"n": slider("points", [1, 2])}).children)
    4
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
