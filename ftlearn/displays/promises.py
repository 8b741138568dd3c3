"""What a validation promised beside what untouched data delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import PALETTE, title_left

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PROMISED, DELIVERED = PALETTE["orange"], PALETTE["blue"]


class PromiseDisplay(Display):
    """A row for each way of validating: promised and delivered accuracy, and the points between them."""

    def __init__(self, table: pd.DataFrame, *, title: str, alt: str):
        self.table, self.title, self.alt = table, title, alt
        self.size = (7.0, 1.2 + 0.38 * len(table))

    @classmethod
    def from_runs(cls, runs: pd.DataFrame, *, by: str, title: str) -> PromiseDisplay:
        """Draw means and 95 % intervals of repeated runs.

        Parameters
        ----------
        runs : DataFrame
            One row a run: ``promised`` and ``accuracy`` (delivered), as shares, with the column `by`.
        by : str
            The column that names the rows of the picture; they stand in the order in which they come.
        title : str
            What the picture shows.

        Returns
        -------
        PromiseDisplay
            Drawn already; the interval beside a row is that of promised minus delivered, run by run.

        Examples
        --------
        >>> import pandas as pd
        >>> runs = pd.DataFrame({"way": ["a", "a"], "promised": [0.9, 0.92], "accuracy": [0.8, 0.8]})
        >>> PromiseDisplay.from_runs(runs, by="way", title="t")
        a: promised 91.0 %, delivered 80.0 %, difference 11.0 points (-1.7 to 23.7).
        """
        import pandas as pd

        from ftlearn.evaluation import mean_interval, paired_interval

        rows, told = {}, []
        for name, group in runs.groupby(by, sort=False):
            gap = paired_interval(group["promised"], group["accuracy"])
            row = {"gap": gap.mean, "gap_low": gap.low, "gap_high": gap.high}
            for column, short in (("promised", "promised"), ("accuracy", "delivered")):
                found = mean_interval(group[column])
                row |= {short: found.mean, f"{short}_low": found.low, f"{short}_high": found.high}
            rows[name] = {key: 100 * value for key, value in row.items()}
            told.append(
                f"{name}: promised {100 * row['promised']:.1f} %, delivered {100 * row['delivered']:.1f} %, difference "
                f"{100 * gap.mean:.1f} points ({100 * gap.low:.1f} to {100 * gap.high:.1f})"
            )
        return cls(pd.DataFrame(rows).T, title=title, alt="; ".join(told) + ".").plot()

    def _draw(self, ax: Axes) -> None:
        places = np.arange(len(self.table))
        for place, (_, row) in zip(places, self.table.iterrows(), strict=True):
            ax.plot([row["promised"], row["delivered"]], [place, place], color="#C0C8CE", lw=2, zorder=1)
            for name, colour, marker in (("promised", PROMISED, "D"), ("delivered", DELIVERED, "o")):
                ax.plot([row[f"{name}_low"], row[f"{name}_high"]], [place, place], color=colour, lw=5, alpha=0.35)
                ax.plot(row[name], place, marker, color=colour, markersize=6, zorder=3)
            sign = "+" if row["gap"] > 0 else "−" if row["gap"] < 0 else ""
            ends = f"({row['gap_low']:.1f} to {row['gap_high']:.1f})".replace("-", "−")
            text = f"{sign}{abs(row['gap']):.1f} {ends}"
            sure = row["gap_low"] > 0 or row["gap_high"] < 0
            ax.annotate(text, (1.02, place), xycoords=("axes fraction", "data"), va="center", annotation_clip=False,
                        fontsize=9, fontweight="bold" if sure else "normal")  # fmt: skip
        ax.annotate("◆ minus ●, points", (1.02, 0), (0, -6), xycoords="axes fraction", va="top", fontsize=9,
                    textcoords="offset points", annotation_clip=False)  # fmt: skip
        ax.set_yticks(places, self.table.index)
        ax.set_ylim(len(places) - 0.5, -0.5)
        ax.grid(False, axis="y")
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("accuracy, %   (◆ promised, ● delivered)")
        if len(ax.figure.axes) == 1:  # row labels are long: the title starts where they do
            ax.figure.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        else:
            title_left(ax, self.title)
