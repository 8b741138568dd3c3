"""Small images with labels, and what a classifier makes of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import PALETTE, new_figure, title_left

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ImagesDisplay(Display):
    """A row or two of small grey images with their labels."""

    def __init__(self, X: np.ndarray, labels: list[str], *, title: str, alt: str, columns: int = 10):
        self.X, self.labels, self.title, self.alt, self.columns = X, labels, title, alt, columns
        self.rows = -(-len(X) // columns)
        self.size = (7.0, 0.45 + self.rows * (7.0 / columns + 0.16))

    @classmethod
    def from_arrays(
        cls, X: np.ndarray, y: Any = None, *, title: str, columns: int = 10, what: str = "images"
    ) -> ImagesDisplay:
        """Show images of shape (n, height, width, 1 or 3) with their labels above them.

        Parameters
        ----------
        X : ndarray of shape (n, height, width, 1 or 3)
            Values from 0 to 1: one channel from white to black, as ink on paper; three as the colours that they are.
        y : sequence of length n, optional
            The labels.
        title : str
            What the picture shows.
        columns : int
            Images in a row.
        what : str
            What the images are, for the alternative text.

        Returns
        -------
        ImagesDisplay
            Drawn already.

        Examples
        --------
        >>> ImagesDisplay.from_arrays(np.zeros((2, 8, 8, 1)), ["a", "b"], title="Two blanks", what="blank images")
        2 blank images, labelled a, b.
        """
        labels = [str(v) for v in y] if y is not None else [""] * len(X)
        alt = f"{len(X)} {what}" + (f", labelled {', '.join(labels)}." if y is not None else ".")
        return cls(X, labels, title=title, alt=alt, columns=columns).plot()

    def plot(self, ax: Axes | None = None) -> ImagesDisplay:
        """Draw the grid; an `ax` given is replaced by the grid's own axes in the same place."""
        if ax is None:
            figure, axes = new_figure(*self.size, nrows=self.rows, ncols=self.columns, squeeze=False)
            axes = axes.ravel()
        else:
            figure, grid = ax.figure, ax.get_subplotspec().subgridspec(self.rows, self.columns)
            ax.remove()
            axes = grid.subplots(squeeze=False).ravel()
        figure.get_layout_engine().set(w_pad=0.01, h_pad=0.04, hspace=0.02, wspace=0.02)
        figure.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        for place in axes:
            place.set_axis_off()
        for place, image, label in zip(axes, self.X, self.labels, strict=False):
            place.imshow(np.squeeze(image), cmap="gray_r", vmin=0, vmax=1)
            place.set_title(label, fontsize=9, fontweight="normal", loc="center", pad=2)
        self.figure_, self.ax_ = figure, axes[0]
        return self


class PredictionDisplay(Display):
    """An image, and how sure a classifier is of each class."""

    size = (6.0, 2.4)

    @classmethod
    def from_prediction(
        cls, image: np.ndarray, probabilities: np.ndarray, truth: int, classes: Any
    ) -> PredictionDisplay:
        """Show one image beside the probabilities that a classifier gives it.

        Parameters
        ----------
        image : ndarray of shape (height, width, 1)
            Values from 0 (white here) to 1.
        probabilities : ndarray of shape (classes,)
            One a class.
        truth : int
            The true class.
        classes : sequence of str
            Names of the classes.

        Returns
        -------
        PredictionDisplay
            Drawn already.

        Examples
        --------
        >>> PredictionDisplay.from_prediction(np.zeros((8, 8, 1)), np.array([0.2, 0.8]), 0, "ab")
        Read as b, 80 % sure; it is a.
        """
        display = cls()
        best = int(np.argmax(probabilities))
        display.alt = f"Read as {classes[best]}, {probabilities[best]:.0%} sure; it is {classes[truth]}.".replace(
            "%", " %"
        )
        figure, (left, right) = new_figure(*cls.size, ncols=2, width_ratios=[1, 2])
        left.imshow(np.squeeze(image), cmap="gray_r", vmin=0, vmax=1)
        left.set_axis_off()
        colours = [PALETTE["blue"] if i == truth else PALETTE["orange"] for i in range(len(classes))]
        right.bar(range(len(classes)), 100 * np.asarray(probabilities), color=colours)
        right.set(xticks=range(len(classes)), xticklabels=list(classes), ylim=(0, 100), ylabel="sure of it, %")
        right.set_xlabel(f"class (blue: the true one, {classes[truth]})")
        title_left(right, f"Read as {classes[best]}; it is {classes[truth]}")
        display.figure_, display.ax_ = figure, right
        return display
