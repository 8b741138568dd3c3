"""A table of numbers as coloured cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import title_left

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class HeatmapDisplay(Display):
    """A table as a grid of cells, darker for larger values, each with its number written in it."""

    def __init__(
        self, table: pd.DataFrame, *, title: str, alt: str, xlabel: str = "", ylabel: str = "", form: str = "{:.2f}"
    ):
        self.table, self.title, self.alt = table, title, alt
        self.xlabel, self.ylabel, self.form = xlabel, ylabel, form
        self.size = (7.0, 1.3 + 0.36 * len(table))

    @classmethod
    def from_table(
        cls, table: pd.DataFrame, *, title: str, what: str, xlabel: str = "", ylabel: str = "", form: str = "{:.2f}"
    ) -> HeatmapDisplay:
        """Draw a table of numbers.

        Parameters
        ----------
        table : DataFrame
            Numbers; index and columns name the cells. A cell that is missing (NaN) stays white and empty.
        title : str
            What the picture shows.
        what : str
            What a number is, for the alternative text: ``"accuracy in cross-validation"``.
        xlabel, ylabel : str
            What columns and rows are.
        form : str
            How a number is written.

        Returns
        -------
        HeatmapDisplay
            Drawn already; its alternative text gives every number.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"a": [0.1, 0.2], "b": [0.3, 0.4]}, index=["one", "two"])
        >>> HeatmapDisplay.from_table(table, title="t", what="a share")
        A grid of a share. one: 0.10 at a, 0.30 at b; two: 0.20 at a, 0.40 at b.
        """
        told = "; ".join(
            f"{row}: " + ", ".join(f"{form.format(v)} at {column}" for column, v in values.items() if np.isfinite(v))
            for row, values in table.iterrows()
        )
        alt = f"A grid of {what}. {told}."
        return cls(table, title=title, alt=alt, xlabel=xlabel, ylabel=ylabel, form=form).plot()

    def _draw(self, ax: Axes) -> None:
        values = self.table.to_numpy(float)
        image = ax.imshow(values, cmap="Blues", aspect="auto")
        middle = (image.norm.vmin + image.norm.vmax) / 2
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                colour = "white" if value > middle and image.norm.vmax > image.norm.vmin else "#111111"
                ax.text(column, row, self.form.format(value), ha="center", va="center", color=colour, fontsize=9)
        ax.set_xticks(range(values.shape[1]), [str(c) for c in self.table.columns])
        ax.set_yticks(range(values.shape[0]), [str(r) for r in self.table.index])
        ax.tick_params(length=0)
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.set(xlabel=self.xlabel, ylabel=self.ylabel)
        title_left(ax, self.title)
