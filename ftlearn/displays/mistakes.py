"""The pictures that a classifier got wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import PALETTE, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 5
_LONGEST = 14  # letters of a class's name


class MistakesDisplay(Display):
    """Pictures with what the model said of each, how sure it was, and what is true."""

    def __init__(self, pictures: Any, said: list[str], sure: list[str], true: list[str], *, title: str, alt: str):
        self.pictures, self.said, self.sure, self.true = pictures, said, sure, true
        self.title, self.alt = title, alt
        self.rows = -(-len(pictures) // _COLUMNS)
        self.size = (7.0, 0.4 + 2.0 * self.rows)

    @classmethod
    def from_predictions(
        cls, pictures: np.ndarray, true: Sequence[str], p: np.ndarray, classes: Sequence[str], *, title: str = ""
    ) -> MistakesDisplay:
        """Show pictures that were named wrongly.

        Parameters
        ----------
        pictures : ndarray of shape (n, height, width, 1 or 3)
            Values from 0 to 1, or whole numbers from 0 to 255.
        true : sequence of str
            The class of each.
        p : ndarray of shape (n, classes)
            The probabilities that the model gave.
        classes : sequence of str
            Their names.
        title : str
            What the picture shows.

        Returns
        -------
        MistakesDisplay
            Drawn already; its alternative text tells every mistake.

        Examples
        --------
        >>> picture = np.zeros((1, 4, 4, 3))
        >>> MistakesDisplay.from_predictions(picture, ["cat"], np.array([[0.2, 0.8]]), ["cat", "dog"])
        The surest mistakes. 1: said dog, 80 % sure; it is cat.
        """
        said = [str(classes[i]) for i in p.argmax(axis=1)]
        sure = [f"{100 * one:.0f} %" for one in p.max(axis=1)]
        title = title or "The surest mistakes"
        told = "; ".join(
            f"{i + 1}: said {a}, {b} sure; it is {c}" for i, (a, b, c) in enumerate(zip(said, sure, true, strict=True))
        )
        return cls(pictures, said, sure, list(true), title=title, alt=f"{title}. {told}.").plot()

    def plot(self, ax: Axes | None = None) -> MistakesDisplay:
        """Draw the grid; an `ax` given is replaced by the grid's own axes in the same place."""
        if ax is None:
            figure, axes = new_figure(*self.size, nrows=self.rows, ncols=_COLUMNS, squeeze=False)
        else:
            figure, grid = ax.figure, ax.get_subplotspec().subgridspec(self.rows, _COLUMNS)
            ax.remove()
            axes = grid.subplots(squeeze=False)
        figure.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        for place in axes.ravel():
            place.set_axis_off()
        top = 255 if np.issubdtype(np.asarray(self.pictures).dtype, np.integer) else 1
        shown = zip(axes.ravel(), self.pictures, self.said, self.sure, self.true, strict=False)
        for place, picture, said, sure, true in shown:
            place.imshow(np.squeeze(picture), cmap="gray", vmin=0, vmax=top, aspect="equal")
            words = f"said {_short(said)}\n{sure} sure"
            place.set_title(words, fontsize=9, fontweight="normal", color="#A33A00", pad=3, loc="center")
            place.text(0.5, -0.03, f"is {_short(true)}", transform=place.transAxes, ha="center", va="top", fontsize=9,
                       color=PALETTE["blue"])  # fmt: skip
        self.figure_, self.ax_ = figure, axes[0, 0]
        return self


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
