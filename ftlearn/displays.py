"""Pictures that carry their own description, in the style of scikit-learn's Display classes.

Each display is made by a ``from_*`` class method, draws with ``.plot(ax=None)`` and knows ``.alt``, the
sentence that a screen reader reads in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.figures import (
    PALETTE,
    STRATEGY_STYLES,
    figure_bundle,
    figure_html,
    in_notebook,
    new_figure,
    show,
    show_html,
    spread,
    tick,
    title_left,
)  # fmt: skip

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "PALETTE", "Display", "ImagesDisplay", "LearningCurveDisplay", "LinesDisplay", "PredictionDisplay",
    "figure_html", "in_notebook", "new_figure", "show", "show_html", "spread", "title_left",
]  # fmt: skip


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


class LinesDisplay(Display):
    """Lines with bands, labelled at their ends.

    Parameters
    ----------
    lines : dict of str to DataFrame
        For each label a table with columns ``x``, ``mean`` and, where there is an interval, ``low`` and ``high``.
    title, xlabel, ylabel : str
        The title says what the picture shows; the axes' names hold their units.
    alt : str
        What the picture says.
    log_x : bool
        Whether the horizontal axis is logarithmic.
    styles : dict of str to dict, optional
        Per label: matplotlib's line properties, for example ``{"color": "#0072B2", "linestyle": "--"}``.

    Examples
    --------
    >>> import pandas as pd
    >>> line = pd.DataFrame({"x": [10, 20], "mean": [0.5, 0.6]})
    >>> LinesDisplay({"frozen": line}, title="t", xlabel="labels", ylabel="accuracy", alt="A line rises.").plot()
    A line rises.
    """

    def __init__(
        self,
        lines: dict[str, pd.DataFrame],
        *,
        title: str,
        xlabel: str,
        ylabel: str,
        alt: str,
        log_x: bool = False,
        styles: dict[str, dict] | None = None,
    ):
        self.lines, self.title, self.xlabel, self.ylabel = lines, title, xlabel, ylabel
        self.alt, self.log_x, self.styles = alt, log_x, styles or {}

    @classmethod
    def from_runs(
        cls, runs: pd.DataFrame, x: str, y: str | dict[str, str], *, by: str | None = None, **settings: Any
    ) -> LinesDisplay:
        """Draw means and 95 % intervals of repeated runs.

        Parameters
        ----------
        runs : DataFrame
            One row a run.
        x : str
            The column for the horizontal axis.
        y : str or dict of str to str
            The column that was measured; or several, by the label of their line.
        by : str, optional
            The column that tells the lines apart, where `y` is one column.
        **settings : dict
            ``title``, ``xlabel``, ``ylabel``, ``log_x``, ``styles``, as for the class.

        Returns
        -------
        LinesDisplay
            Drawn already; its alternative text gives every mean.

        Examples
        --------
        >>> import pandas as pd
        >>> runs = pd.DataFrame({"labels": [10, 10, 20, 20], "accuracy": [0.5, 0.6, 0.7, 0.8], "name": ["a"] * 4})
        >>> LinesDisplay.from_runs(runs, "labels", "accuracy", by="name", title="t", xlabel="labels", ylabel="accuracy")
        accuracy against labels. a: 0.55 at 10, 0.75 at 20.
        """
        from ftlearn.evaluation import summarise

        parts = (
            {str(k): (g, y) for k, g in runs.groupby(by, sort=False)} if by else {k: (runs, c) for k, c in y.items()}
        )
        lines = {k: summarise(g, x, c).rename(columns={x: "x"}).sort_values("x") for k, (g, c) in parts.items()}
        told = [
            f"{label}: " + ", ".join(f"{row['mean']:.2f} at {tick(row['x'])}" for _, row in table.iterrows())
            for label, table in lines.items()
        ]
        alt = f"{settings['ylabel']} against {settings['xlabel']}. {'; '.join(told)}."
        return cls(lines, alt=alt, **settings).plot()

    def _draw(self, ax: Axes) -> None:
        colours = list(PALETTE.values())
        ends, xs = [], sorted({x for t in self.lines.values() for x in t["x"]})
        for number, (label, table) in enumerate(self.lines.items()):
            marker = "o" if len(table) <= 20 else ""
            style = {"color": colours[number % len(colours)], "marker": marker, "markersize": 4}
            style |= STRATEGY_STYLES.get(label, {}) | self.styles.get(label, {})
            (line,) = ax.plot(table["x"], table["mean"], **style)
            if "low" in table:
                ax.fill_between(table["x"], table["low"], table["high"], color=line.get_color(), alpha=0.15, lw=0)
            ends.append((label, table["x"].iloc[-1], table["mean"].iloc[-1], line.get_color()))
        if self.log_x:
            ax.set_xscale("log")
        if len(xs) <= 12:
            ax.set_xticks(xs, [tick(x) for x in xs])
            ax.minorticks_off()
        ax.set(xlabel=self.xlabel, ylabel=self.ylabel)
        title_left(ax, self.title)
        low, high = ax.get_ylim()
        gap = (high - low) * 0.068 * 3.5 / ax.figure.get_figheight()
        places = spread(np.array([end[2] for end in ends]), gap, low + gap / 2, high - gap / 2)
        for (label, _, _, colour), y in zip(ends, places, strict=True):
            ax.annotate(
                label, (1.015, y), xycoords=("axes fraction", "data"), color=colour, va="center", fontweight="bold",
                annotation_clip=False,
            )  # fmt: skip


class LearningCurveDisplay(LinesDisplay):
    """Loss or a metric against epochs, for training and validation."""

    @classmethod
    def from_history(cls, history: Any, metric: str = "loss", *, title: str = "") -> LearningCurveDisplay:
        """Draw the learning curve of a Keras ``History``.

        Parameters
        ----------
        history : keras.callbacks.History or dict of str to list of float
            What ``fit`` returned.
        metric : str
            The name of the curve; ``val_`` before it is the validation's.
        title : str
            What the picture shows.

        Returns
        -------
        LearningCurveDisplay
            Drawn already.

        Examples
        --------
        >>> LearningCurveDisplay.from_history({"loss": [1.0, 0.5], "val_loss": [1.1, 0.9]})
        loss over 2 epochs: training from 1 to 0.5; validation from 1.1 to 0.9.
        """
        import pandas as pd

        record = getattr(history, "history", history)
        lines, said = {}, []
        for label, key in (("training", metric), ("validation", f"val_{metric}")):
            if key in record:
                values = [float(v) for v in record[key]]
                lines[label] = pd.DataFrame({"x": np.arange(1, len(values) + 1), "mean": values})
                said.append(f"{label} from {values[0]:.2g} to {values[-1]:.2g}")
        alt = f"{metric} over {len(record[metric])} epochs: {'; '.join(said)}."
        display = cls(lines, title=title or f"{metric} by epoch", xlabel="epoch", ylabel=metric, alt=alt)
        return display.plot()


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
        """Show images of shape (n, height, width, 1) with their labels above them.

        Parameters
        ----------
        X : ndarray of shape (n, height, width, 1)
            Values from 0 (white here) to 1 (black here).
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
