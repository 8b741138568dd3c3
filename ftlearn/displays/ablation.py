"""What each technique gains, with intervals, side by side for several starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import PALETTE, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MARKERS = (("blue", "o"), ("orange", "D"), ("green", "s"))


class GainsDisplay(Display):
    """A panel for each start, a row for each technique: its gain in points with its 95 % interval."""

    def __init__(self, table: pd.DataFrame, *, row: str, panel: str, series: str, title: str, alt: str):
        self.table, self.row, self.panel, self.series = table, row, panel, series
        self.title, self.alt = title, alt
        self.size = (8.0, 1.4 + 0.42 * table[row].nunique())

    @classmethod
    def from_points(
        cls, table: pd.DataFrame, *, row: str, panel: str, series: str, title: str, against: str
    ) -> GainsDisplay:
        """Draw a table of gains.

        Parameters
        ----------
        table : DataFrame
            Columns ``points``, ``from``, ``to`` (see `ftlearn.evaluation.paired_points`), `row`, `panel`, `series`.
        row, panel, series : str
            Columns: what a row of the picture is, what a panel is, and what the colours tell apart (at most three).
        title : str
            What the picture shows.
        against : str
            What the gains are counted from, for the axis.

        Returns
        -------
        GainsDisplay
            Drawn already; its alternative text gives every gain.

        Examples
        --------
        >>> import pandas as pd
        >>> gain = {"what": "dropout", "start": "dense", "labels": "clean", "points": 1.0, "from": -0.5, "to": 2.5}
        >>> GainsDisplay.from_points(
        ...     pd.DataFrame([gain]), row="what", panel="start", series="labels", title="t", against="plain"
        ... )
        Points gained over plain, with 95 % intervals. dense, clean: dropout 1.0 (-0.5 to 2.5).
        """
        told = [
            f"{place}, {kind}: "
            + ", ".join(f"{g[row]} {g['points']:.1f} ({g['from']:.1f} to {g['to']:.1f})" for _, g in group.iterrows())
            for (place, kind), group in table.groupby([panel, series], sort=False)
        ]
        alt = f"Points gained over {against}, with 95 % intervals. {'; '.join(told)}."
        display = cls(table, row=row, panel=panel, series=series, title=title, alt=alt)
        display.against = against
        return display.plot()

    def plot(self, ax: Axes | None = None) -> GainsDisplay:
        """Draw the panels; an `ax` given is replaced by the panels' own axes in the same place."""
        panels = list(dict.fromkeys(self.table[self.panel]))
        if ax is None:
            figure, axes = new_figure(*self.size, ncols=len(panels), sharex=True, sharey=True, squeeze=False)
        else:
            figure, grid = ax.figure, ax.get_subplotspec().subgridspec(1, len(panels))
            ax.remove()
            axes = grid.subplots(sharex=True, sharey=True, squeeze=False)
        rows, kinds = list(dict.fromkeys(self.table[self.row])), list(dict.fromkeys(self.table[self.series]))
        offsets = np.linspace(-0.17, 0.17, len(kinds)) if len(kinds) > 1 else [0.0]
        for place, panel in zip(axes[0], panels, strict=True):
            here = self.table[self.table[self.panel] == panel]
            for kind, offset, (colour, marker) in zip(kinds, offsets, _MARKERS, strict=False):
                gains = here[here[self.series] == kind]
                y = np.array([rows.index(name) for name in gains[self.row]]) + offset
                place.hlines(y, gains["from"], gains["to"], color=PALETTE[colour], lw=3, alpha=0.45)
                place.plot(gains["points"], y, marker, color=PALETTE[colour], markersize=5, ls="")
            place.axvline(0, color="#222222", lw=1)
            place.set_title(panel, loc="left", fontsize=10)
            place.grid(False, axis="y")
            place.tick_params(axis="y", length=0)
        axes[0, 0].set_yticks(range(len(rows)), rows)
        axes[0, 0].set_ylim(len(rows) - 0.5, -0.5)
        axes[0, len(panels) // 2].set_xlabel(f"points gained over {self.against}, 95 % interval")
        symbols = {"o": "●", "D": "◆", "s": "■"}
        for number, (kind, (colour, marker)) in enumerate(zip(kinds, _MARKERS, strict=False)):
            axes[0, -1].annotate(
                f"{symbols[marker]} {kind}", (1.04, 0.98 - 0.09 * number), xycoords="axes fraction", va="top",
                color=PALETTE[colour], fontweight="bold", annotation_clip=False,
            )  # fmt: skip
        figure.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        self.figure_, self.ax_ = figure, axes[0, 0]
        return self
