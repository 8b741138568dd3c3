"""Named points: one measurement against another."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import PALETTE, new_figure, title_left

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MARKERS = "osD^v"


class PointsDisplay(Display):
    """Points with their names beside them, or panels of points in a few groups."""

    def __init__(self, table: pd.DataFrame, *, x: str, y: str, title: str, alt: str, xlabel: str, ylabel: str,
                 log_x: bool = False, by: str = "", panels: str = "", name: str = ""):  # fmt: skip
        self.table, self.x, self.y, self.title, self.alt = table, x, y, title, alt
        self.xlabel, self.ylabel, self.log_x = xlabel, ylabel, log_x
        self.by, self.panels, self.name = by, panels, name

    @classmethod
    def from_names(
        cls, table: pd.DataFrame, x: str, y: str, *, name: str, title: str, xlabel: str, ylabel: str,
        log_x: bool = False,
    ) -> PointsDisplay:  # fmt: skip
        """Draw one point a row, its name written beside it.

        Parameters
        ----------
        table : DataFrame
            One row a point.
        x, y : str
            The columns of numbers.
        name : str
            The column of names.
        title, xlabel, ylabel : str
            As for the other displays.
        log_x : bool
            Whether the horizontal axis is logarithmic.

        Returns
        -------
        PointsDisplay
            Drawn already; its alternative text gives every point.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"name": ["a", "b"], "cost": [1.0, 2.0], "gain": [3.0, 2.5]})
        >>> PointsDisplay.from_names(table, "cost", "gain", name="name", title="t", xlabel="cost", ylabel="gain")
        gain against cost. a: 3 at 1; b: 2.5 at 2.
        """
        told = "; ".join(f"{row[name]}: {row[y]:.3g} at {row[x]:.3g}" for _, row in table.iterrows())
        return cls(table, x=x, y=y, name=name, title=title, xlabel=xlabel, ylabel=ylabel, log_x=log_x,
                   alt=f"{ylabel} against {xlabel}. {told}.").plot()  # fmt: skip

    @classmethod
    def from_groups(
        cls, table: pd.DataFrame, x: str, y: str, *, by: str, panels: str, title: str, xlabel: str, ylabel: str
    ) -> PointsDisplay:
        """Draw a panel for each value of one column, and a colour and a marker for each value of another.

        Parameters
        ----------
        table : DataFrame
            One row a point.
        x, y : str
            The columns of numbers.
        by : str
            The column that gives colour and marker.
        panels : str
            The column that gives the panel.
        title, xlabel, ylabel : str
            As for the other displays.

        Returns
        -------
        PointsDisplay
            Drawn already; its alternative text gives each group's range.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"score": [1, 2], "gain": [3.0, 4.0], "kind": ["a", "a"], "task": ["one", "one"]})
        >>> PointsDisplay.from_groups(table, "score", "gain", by="kind", panels="task", title="t", xlabel="score",
        ...                           ylabel="gain")
        gain against score, in 1 panel. one: a from 3 at 1 to 4 at 2.
        """
        told = []
        for panel, here in table.groupby(panels, sort=False):
            ends = []
            for kind, points in here.groupby(by, sort=False):
                first, last = points.loc[points[x].idxmin()], points.loc[points[x].idxmax()]
                ends.append(f"{kind} from {first[y]:.2g} at {first[x]:.2g} to {last[y]:.2g} at {last[x]:.2g}")
            told.append(f"{panel}: {', '.join(ends)}")
        count = table[panels].nunique()
        alt = f"{ylabel} against {xlabel}, in {count} panel{'s' * (count > 1)}. {'; '.join(told)}."
        return cls(table, x=x, y=y, by=by, panels=panels, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt).plot()

    def plot(self, ax: Axes | None = None) -> PointsDisplay:
        """Draw into `ax` (named points only), or into a new figure; returns the display itself."""
        if not self.panels:
            return super().plot(ax)
        groups = list(self.table.groupby(self.panels, sort=False))
        figure, axes = new_figure(7.0, 3.0, ncols=len(groups), sharey=False, squeeze=False)
        kinds = sorted(set(self.table[self.by]))
        for one, (panel, here) in zip(axes[0], groups, strict=True):
            for number, kind in enumerate(kinds):
                chosen = here[here[self.by] == kind]
                one.plot(chosen[self.x], chosen[self.y], _MARKERS[number % len(_MARKERS)], label=str(kind),
                         color=list(PALETTE.values())[number], markersize=5)  # fmt: skip
            one.set_title(fill(str(panel), 14), fontsize=9)
            one.tick_params(labelsize=8)
            one.margins(0.12)
        axes[0][0].set_ylabel(self.ylabel)
        figure.supxlabel(self.xlabel, fontsize=10)
        figure.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        handles, labels = axes[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=9)
        self.figure_, self.ax_ = figure, axes[0][0]
        return self

    def _draw(self, ax: Axes) -> None:
        if self.log_x:
            ax.set_xscale("log")
            ax.xaxis.set_major_formatter("{x:g}")
        xs, ys = self.table[self.x].to_numpy(float), self.table[self.y].to_numpy(float)
        colours = list(PALETTE.values())
        ax.margins(x=0.12, y=0.18)
        ax.plot(xs, ys, linestyle="none")  # sets the limits, from which sides are chosen
        low, high = ax.get_xlim()
        middle = np.sqrt(low * high) if self.log_x else (low + high) / 2
        for number, (label, x, y) in enumerate(zip(self.table[self.name], xs, ys, strict=True)):
            colour = colours[number % len(colours)]
            right = x <= middle
            ax.plot(x, y, "o", color=colour, markersize=9)
            ax.annotate(label, (x, y), (9 if right else -9, 0), textcoords="offset points", va="center",
                        ha="left" if right else "right", color=colour, fontweight="bold")  # fmt: skip
        ax.set(xlabel=self.xlabel, ylabel=self.ylabel)
        title_left(ax, self.title)
