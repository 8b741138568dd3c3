"""Lines with bands, and learning curves."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import PALETTE, STRATEGY_STYLES, spread, tick, title_left

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


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
        known = {label: STRATEGY_STYLES.get(label, {}) | self.styles.get(label, {}) for label in self.lines}
        taken = {style.get("color") for style in known.values()}
        colours = [c for c in PALETTE.values() if c not in taken] or list(PALETTE.values())
        ends, xs = [], sorted({x for t in self.lines.values() for x in t["x"]})
        free = itertools.cycle(colours)
        for label, table in self.lines.items():
            style = {"marker": "o" if len(table) <= 20 else "", "markersize": 4} | known[label]
            if "color" not in style:
                style["color"] = next(free)
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
