"""Curves over all thresholds, how sure against how right, and intervals side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import PALETTE, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ftlearn.evaluation import Interval

_COLOURS = [PALETTE[name] for name in ("blue", "orange", "green", "purple", "grey")]
_FEW = 10  # a bin with fewer examples says little about how right a model is
_DASHES = ("-", (0, (5, 2)), (0, (1, 1)), (0, (4, 1, 1, 1)), "-")


class _TwoPanels(Display):
    """A picture of two panels, which therefore makes its own axes."""

    size = (7.4, 3.5)

    def plot(self, ax: Axes | None = None) -> Display:
        """Draw two panels; an `ax` given is replaced by them in the same place."""
        if ax is None:
            figure, (left, right) = new_figure(*self.size, ncols=2)
        else:
            figure, grid = ax.figure, ax.get_subplotspec().subgridspec(1, 2)
            ax.remove()
            left, right = grid.subplots()
        figure.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        self._panels(left, right)
        self.figure_, self.ax_ = figure, left
        return self

    def _panels(self, left: Axes, right: Axes) -> None:
        raise NotImplementedError


def _key(ax: Axes, lines: list[str], *, top: bool, left: bool) -> None:
    """Write the lines' names into an empty corner, each in its line's colour."""
    for number, text in enumerate(lines):
        place = 0.95 - 0.085 * number if top else 0.05 + 0.085 * (len(lines) - 1 - number)
        ax.annotate(
            text, (0.04 if left else 0.97, place), xycoords="axes fraction", ha="left" if left else "right",
            va="top" if top else "bottom", color=_COLOURS[number % len(_COLOURS)], fontweight="bold", fontsize=9,
        )  # fmt: skip


class RocPrDisplay(_TwoPanels):
    """ROC curves left, precision against recall right, for one or more sets of predictions."""

    def __init__(self, curves: dict[str, dict[str, Any]], *, title: str, alt: str):
        self.curves, self.title, self.alt = curves, title, alt

    @classmethod
    def from_predictions(cls, predictions: Mapping[str, tuple[Any, Any]], *, title: str) -> RocPrDisplay:
        """Draw both curves for each set of predictions.

        Parameters
        ----------
        predictions : mapping of str to (y, p)
            By label: true classes (1 is positive) and probabilities of class 1.
        title : str
            What the picture shows.

        Returns
        -------
        RocPrDisplay
            Drawn already; its alternative text gives both areas.

        Examples
        --------
        >>> RocPrDisplay.from_predictions({"a": ([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])}, title="t")
        Left ROC curves, right precision against recall. a: ROC-AUC 0.75, average precision 0.83.
        """
        from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

        curves = {}
        for label, (y, p) in predictions.items():
            precision, recall, _ = precision_recall_curve(y, p)
            curves[label] = {
                "roc": roc_curve(y, p)[:2], "pr": (recall, precision), "auc": float(roc_auc_score(y, p)),
                "ap": float(average_precision_score(y, p)), "share": float(np.mean(y)),
            }  # fmt: skip
        told = "; ".join(f"{k}: ROC-AUC {c['auc']:.2f}, average precision {c['ap']:.2f}" for k, c in curves.items())
        return cls(curves, title=title, alt=f"Left ROC curves, right precision against recall. {told}.").plot()

    def _panels(self, left: Axes, right: Axes) -> None:
        for number, curve in enumerate(self.curves.values()):
            style = {"color": _COLOURS[number % len(_COLOURS)], "linestyle": _DASHES[number % len(_DASHES)]}
            left.plot(*curve["roc"], **style)
            right.plot(*curve["pr"], drawstyle="steps-pre", **style)
            right.plot([0, 1], [curve["share"]] * 2, color=style["color"], lw=0.8, linestyle=":")
        left.plot([0, 1], [0, 1], color=PALETTE["grey"], lw=0.8, linestyle=":")
        left.set(xlabel="false alarms, share of the negatives", ylabel="recall")
        right.set(xlabel="recall", ylabel="precision")
        for ax in (left, right):
            ax.set(xlim=(-0.02, 1.02), ylim=(-0.03, 1.05))
        _key(left, [f"{label}: AUC {c['auc']:.2f}" for label, c in self.curves.items()], top=False, left=False)
        lines = [f"{label}: AP {c['ap']:.2f}" for label, c in self.curves.items()]
        _key(right, lines, top=False, left=True)


class CalibrationDisplay(_TwoPanels):
    """How right against how sure, and how many examples there are at each."""

    def __init__(self, tables: dict[str, Any], *, title: str, alt: str, several: bool):
        self.tables, self.title, self.alt, self.several = tables, title, alt, several

    @classmethod
    def from_predictions(
        cls, predictions: Mapping[str, tuple[Any, Any]], *, title: str, n_bins: int = 10
    ) -> CalibrationDisplay:
        """Draw calibration curves; bins of fewer than ten examples are pale, and not joined.

        Parameters
        ----------
        predictions : mapping of str to (y, p)
            By label: true classes and probabilities, as `ftlearn.evaluation.calibration_table` takes them.
        title : str
            What the picture shows.
        n_bins : int
            How many bins from 0 to 1.

        Returns
        -------
        CalibrationDisplay
            Drawn already; its alternative text gives every point of the curves.

        Examples
        --------
        >>> y, p = [0, 1, 1, 1], [0.4, 0.4, 0.9, 0.9]
        >>> CalibrationDisplay.from_predictions({"a": (y, p)}, title="t", n_bins=2)
        How right against how sure. a: 50 % at 40 % (n = 2), 100 % at 90 % (n = 2); calibration error 0.10.
        """
        from ftlearn.evaluation import calibration_error, calibration_table

        tables, told, several = {}, [], False
        for label, (y, p) in predictions.items():
            several = several or np.ndim(p) == 2
            tables[label] = calibration_table(y, p, n_bins=n_bins)
            curve = ", ".join(
                f"{100 * r.right:.0f} % at {100 * r.sure:.0f} %{f' (n = {r.n})' if r.n < _FEW else ''}"
                for r in tables[label].itertuples()
            )
            told.append(f"{label}: {curve}; calibration error {calibration_error(y, p, n_bins=n_bins):.2f}")
        alt = f"How right against how sure. {'. '.join(told)}."
        return cls(tables, title=title, alt=alt, several=several).plot()

    def _panels(self, left: Axes, right: Axes) -> None:
        left.plot([0, 100], [0, 100], color=PALETTE["grey"], lw=1, linestyle=":")
        width = 8 / len(self.tables)
        above = 0.0
        for number, table in enumerate(self.tables.values()):
            colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
            few = table["n"] < _FEW
            for rows, line, alpha in ((table[~few], dash, 1.0), (table[few], "", 0.35)):
                left.plot(100 * rows["sure"], 100 * rows["right"], color=colour, linestyle=line, marker="o",
                          markersize=4, alpha=alpha)  # fmt: skip
            places = 100 * table["sure"] + width * (number - (len(self.tables) - 1) / 2)
            right.bar(places, 100 * table["n"] / table["n"].sum(), width=width, color=colour)
            above += float(np.average(table["right"] - table["sure"], weights=table["n"]))
        what = ("how sure of its answer, %", "right, %") if self.several else ("probability, %", "positive, %")
        left.set(xlabel=what[0], ylabel=what[1], xlim=(-2, 102), ylim=(-3, 105))
        right.set(xlabel=what[0], ylabel="share of the examples, %", xlim=(-5, 108))
        _key(left, list(self.tables), top=above <= 0, left=above <= 0)


class IntervalsDisplay(Display):
    """Estimates as points with their intervals as bars, one a line."""

    def __init__(self, intervals: dict[str, Interval], *, title: str, xlabel: str, alt: str, mark: float | None = None):
        self.intervals, self.title, self.xlabel, self.alt, self.mark = intervals, title, xlabel, alt, mark
        self.size = (7.0, 1.0 + 0.42 * len(intervals))

    @classmethod
    def from_intervals(
        cls, intervals: Mapping[str, Interval], *, title: str, xlabel: str, mark: float | None = None
    ) -> IntervalsDisplay:
        """Draw intervals below each other, in per cent.

        Parameters
        ----------
        intervals : mapping of str to Interval
            Shares, or differences of shares, by name.
        title : str
            What the picture shows.
        xlabel : str
            What was estimated.
        mark : float, optional
            A value to compare with, drawn as a vertical line: 0 for differences.

        Returns
        -------
        IntervalsDisplay
            Drawn already; its alternative text gives every interval.

        Examples
        --------
        >>> from ftlearn.evaluation import wilson_interval
        >>> made = {"80 of 100": wilson_interval(80, 100)}
        >>> IntervalsDisplay.from_intervals(made, title="t", xlabel="accuracy, %")
        accuracy, %, with intervals. 80 of 100: 80.0, from 71.1 to 86.7.
        """
        told = "; ".join(
            f"{name}: {100 * one.mean:.1f}, from {100 * one.low:.1f} to {100 * one.high:.1f}"
            for name, one in intervals.items()
        )
        alt = f"{xlabel}, with intervals. {told}."
        return cls(dict(intervals), title=title, xlabel=xlabel, alt=alt, mark=mark).plot()

    def _draw(self, ax: Axes) -> None:
        for number, one in enumerate(self.intervals.values()):
            colour = _COLOURS[number % len(_COLOURS)]
            ax.plot([100 * one.low, 100 * one.high], [-number] * 2, color=colour, lw=3, solid_capstyle="butt")
            ax.plot(100 * one.mean, -number, "o", color=colour, markersize=8)
            words = f"{100 * one.low:.1f} to {100 * one.high:.1f}"
            ax.annotate(words, (1.02, -number), xycoords=("axes fraction", "data"), va="center", color=colour,
                        fontweight="bold", annotation_clip=False)  # fmt: skip
        if self.mark is not None:
            ax.axvline(100 * self.mark, color="#111111", lw=1, linestyle="--")
        ax.set_yticks([-n for n in range(len(self.intervals))], list(self.intervals))
        ax.set_ylim(0.6 - len(self.intervals), 0.6)
        ax.tick_params(axis="y", length=0)
        ax.grid(False, axis="y")
        ax.set_xlabel(self.xlabel)
        ax.set_title(self.title, loc="left", fontsize=11, fontweight="bold")
