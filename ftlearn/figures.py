"""Figures with alternative text, made without pyplot so that nothing is left open, and how they are shown."""

from __future__ import annotations

import base64
import html
import io
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


# Okabe and Ito's palette: told apart with every common colour vision. (No yellow: too pale for lines.)
PALETTE = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "purple": "#AA4499",
    "sky": "#56B4E9",
    "amber": "#E69F00",
    "grey": "#5F5F5F",
}


# A strategy looks the same in every picture. Far sources share their strategy's colour and are dotted; fine-tuned is
# dashed and on top, because it often covers frozen exactly.
STRATEGY_STYLES = {
    "frozen": {"color": PALETTE["blue"]},
    "fine-tuned": {"color": PALETTE["orange"], "linestyle": (0, (4, 2)), "zorder": 3},
    "from scratch": {"color": PALETTE["green"]},
    "logistic regression": {"color": PALETTE["purple"]},
    "1-nearest neighbour": {"color": PALETTE["grey"]},
    "frozen, far source": {"color": PALETTE["blue"], "linestyle": ":"},
    "fine-tuned, far source": {"color": PALETTE["orange"], "linestyle": ":"},
}
_DPI = 150


_RC = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 2.0,
}


def new_figure(width: float = 7.0, height: float = 3.5, **grid: Any) -> tuple[Figure, Any]:
    """Make a figure of the course's style, and its axes.

    Parameters
    ----------
    width, height : float
        Size in inches.
    **grid : dict
        Passed to ``Figure.subplots``, for example ``ncols=2``.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Not registered with pyplot.
    axes : matplotlib.axes.Axes or ndarray of Axes
        As ``Figure.subplots`` returns them.

    Examples
    --------
    >>> figure, ax = new_figure()
    >>> ax.get_title()
    ''
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(**grid)


def title_left(ax: Axes, title: str) -> None:
    """Write a title where the eye starts to read.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Gets the title.
    title : str
        What the picture shows.

    Examples
    --------
    >>> figure, ax = new_figure(2, 1)
    >>> title_left(ax, "Accuracy by budget")
    >>> ax.get_title(loc="left")
    'Accuracy by budget'
    """
    ax.set_title(title, loc="left", fontsize=11, fontweight="bold")


def figure_png(figure: Figure) -> bytes:
    """Render a figure to a small PNG (128 colours are plenty for a plot).

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to render.

    Returns
    -------
    bytes
        The file's content.

    Examples
    --------
    >>> figure, ax = new_figure(2, 1)
    >>> figure_png(figure)[1:4]
    b'PNG'
    """
    from PIL import Image

    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=_DPI, facecolor="white")
    small = io.BytesIO()
    Image.open(raw).convert("RGB").quantize(128).save(small, format="png", optimize=True)
    return small.getvalue()


def figure_html(figure: Figure, alt: str) -> str:
    """Render a figure as an ``<img>`` element with its alternative text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What the picture says, in a sentence or two.

    Returns
    -------
    str
        HTML with the picture inside it.

    Examples
    --------
    >>> figure, ax = new_figure(2, 1)
    >>> figure_html(figure, "An empty plot.")[:26]
    '<img alt="An empty plot." '
    """
    return _img(figure_png(figure), alt, figure.get_figwidth())


def _img(png: bytes, alt: str, inches: float) -> str:
    data = base64.b64encode(png).decode()
    return (
        f'<img alt="{html.escape(alt)}" style="max-width:100%;width:{inches * 100:.0f}px" '
        f'src="data:image/png;base64,{data}">'
    )


def figure_bundle(figure: Figure, alt: str) -> tuple[dict, dict]:
    """Make the MIME bundle of a figure: HTML for readers of notebooks, PNG for everything else, text for terminals.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What the picture says.

    Returns
    -------
    data : dict
        By MIME type.
    metadata : dict
        The picture's width and alternative text, by MIME type.

    Examples
    --------
    >>> figure, ax = new_figure(2, 1)
    >>> sorted(figure_bundle(figure, "An empty plot.")[0])
    ['image/png', 'text/html', 'text/plain']
    """
    png = figure_png(figure)
    data = {
        "text/html": _img(png, alt, figure.get_figwidth()),
        "image/png": base64.b64encode(png).decode(),
        "text/plain": alt,
    }
    return data, {"image/png": {"alt": alt, "width": round(figure.get_figwidth() * 100)}}


def in_notebook() -> bool:
    """Tell whether output can be rich: a Jupyter kernel is running this code.

    Returns
    -------
    bool
        Whether it can.

    Examples
    --------
    >>> in_notebook()  # no kernel runs this line
    False
    """
    shell = sys.modules.get("IPython")
    shell = shell.get_ipython() if shell else None
    return shell is not None and hasattr(shell, "kernel")


def show(figure: Figure, alt: str) -> None:
    """Show a figure now, with its alternative text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What the picture says.

    Examples
    --------
    >>> figure, ax = new_figure(2, 1)
    >>> show(figure, "An empty plot.")
    An empty plot.
    """
    if in_notebook():
        from IPython.display import display

        data, metadata = figure_bundle(figure, alt)
        display(data, metadata=metadata, raw=True)
    else:
        sys.stdout.write(alt + "\n")


def show_html(markup: str, text: str) -> None:
    """Show HTML in a notebook, the same said in plain text elsewhere.

    Parameters
    ----------
    markup : str
        For notebooks.
    text : str
        For terminals.

    Examples
    --------
    >>> show_html("<b>Done</b>", "Done")
    Done
    """
    if in_notebook():
        from IPython.display import display

        display({"text/html": markup, "text/plain": text}, raw=True)
    else:
        sys.stdout.write(text + "\n")


def spread(values: np.ndarray, gap: float, low: float = -np.inf, high: float = np.inf) -> np.ndarray:
    """Move label positions apart, as little as possible, until each is at least `gap` from the next.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Where the labels would like to be.
    gap : float
        The least distance between two.
    low, high : float
        Where labels may be at all; a crowd that does not fit is squeezed.

    Returns
    -------
    ndarray of shape (n,)
        Where they are put, in the order of `values`.

    Examples
    --------
    >>> spread(np.array([1.0, 1.0, 5.0]), 2.0).tolist()
    [0.0, 2.0, 5.0]
    >>> spread(np.array([9.0, 9.5]), 2.0, high=10).round(6).tolist()
    [8.0, 10.0]
    """
    order = np.argsort(values, kind="stable")
    placed = np.array(values, float)[order]
    gap = min(gap, (high - low) / max(len(placed) - 1, 1))
    for _ in range(500):
        placed = placed.clip(low, high)
        close = np.flatnonzero(np.diff(placed) < gap - 1e-9)
        if not len(close):
            break
        for i in close:
            push = max(gap - (placed[i + 1] - placed[i]), 0) / 2
            placed[i] -= push
            placed[i + 1] += push
    result = np.empty_like(placed)
    result[order] = placed
    return result


def tick(x: float) -> str:
    """Write a number on an axis: small powers of ten as powers."""
    power = round(np.log10(x)) if x > 0 else 0
    return f"1e{power}" if power < -1 and np.isclose(x, 10.0**power) else f"{x:g}"
