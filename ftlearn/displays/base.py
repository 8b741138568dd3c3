"""What every display has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ftlearn.figures import figure_bundle, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Display:
    """Base of the displays: a figure, its alternative text, and how a notebook shows both."""

    alt = ""
    figure_: Figure | None = None
    ax_: Axes | None = None
    size = (7.0, 3.5)

    def plot(self, ax: Axes | None = None) -> Display:
        """Draw into `ax`, or into a new figure; returns the display itself."""
        if ax is None:
            _, ax = new_figure(*self.size)
        self.ax_, self.figure_ = ax, ax.figure
        self._draw(ax)
        return self

    def _draw(self, ax: Axes) -> None:
        raise NotImplementedError

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        if self.figure_ is None:
            self.plot()
        return figure_bundle(self.figure_, self.alt)

    def __repr__(self) -> str:
        return self.alt
