"""Forecasts drawn against what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.errors import DataError
from ftlearn.figures import PALETTE, spread, title_left

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ForecastDisplay(Display):
    """A series, and one or more forecasts of its end, labelled at their ends."""

    def __init__(
        self,
        dates: np.ndarray,
        truth: np.ndarray,
        forecasts: Mapping[str, np.ndarray],
        *,
        title: str,
        ylabel: str,
        alt: str,
        radius: np.ndarray | None = None,
        before: tuple[np.ndarray, np.ndarray] | None = None,
        colours: Mapping[str, str] | None = None,
    ):
        self.dates, self.truth, self.forecasts, self.radius, self.before = dates, truth, forecasts, radius, before
        self.title, self.ylabel, self.alt, self.colours = title, ylabel, alt, colours or {}

    @classmethod
    def from_forecasts(
        cls,
        dates: Any,
        truth: Any,
        forecasts: Mapping[str, Any],
        *,
        title: str,
        ylabel: str,
        radius: Any = None,
        before: tuple[Any, Any] | None = None,
        colours: Mapping[str, str] | None = None,
    ) -> ForecastDisplay:
        """Draw forecasts of the same days beside the truth.

        Parameters
        ----------
        dates : array-like of datetime64, shape (n,)
            The days that were forecast.
        truth : array-like of shape (n,)
            What came.
        forecasts : mapping of str to array-like of shape (n,)
            What was said for these days, by the name of who said it.
        title : str
            What the picture shows.
        ylabel : str
            What is measured, with its unit.
        radius : float or array-like of shape (n,), optional
            Half-width of a band around the first forecast.
        before : (dates, values), optional
            What was known before, drawn in grey.
        colours : mapping of str to str, optional
            A colour for a name; by default in the order of the palette.

        Returns
        -------
        ForecastDisplay
            Drawn already; its alternative text gives the mean absolute error of each forecast.

        Raises
        ------
        DataError
            When a forecast is not as long as the truth.

        Examples
        --------
        >>> days = np.arange("2001-01", "2001-04", dtype="datetime64[M]")
        >>> ForecastDisplay.from_forecasts(days, [1, 2, 3], {"naive": [1, 1, 2]}, title="t", ylabel="°C")
        °C from 2001-01-01 to 2001-03-01. Mean absolute error: naive 0.667.
        """
        dates, truth = np.asarray(dates, "datetime64[D]"), np.asarray(truth, float)
        forecasts = {name: np.asarray(values, float) for name, values in forecasts.items()}
        for name, values in [("the dates", dates), *forecasts.items()]:
            if values.shape != truth.shape:
                raise DataError(f"{name!r} has shape {values.shape}, the truth {truth.shape}; they must agree.")
        errors = ", ".join(f"{name} {np.abs(values - truth).mean():.3g}" for name, values in forecasts.items())
        alt = f"{ylabel} from {dates[0]} to {dates[-1]}. Mean absolute error: {errors}."
        if radius is not None:
            radius = np.broadcast_to(np.asarray(radius, float), truth.shape)
            first = next(iter(forecasts.values()))
            inside = int((np.abs(first - truth) <= radius).sum())
            alt += f" The band around the first holds {inside} of {len(truth)} values."
        known = None if before is None else (np.asarray(before[0], "datetime64[D]"), np.asarray(before[1], float))
        return cls(
            dates, truth, forecasts, title=title, ylabel=ylabel, alt=alt, radius=radius, before=known, colours=colours
        ).plot()

    def _draw(self, ax: Axes) -> None:
        palette = [colour for name, colour in PALETTE.items() if name != "grey"]
        if self.before is not None:
            ax.plot(*self.before, color="#9A9A9A", linewidth=1.2)
            ax.axvline(self.dates[0], color="#BBBBBB", linewidth=1, linestyle=":")
        ax.plot(self.dates, self.truth, color="#111111", linewidth=1.4, marker=".", markersize=4)
        ends = [("truth", self.truth[-1], "#111111")]
        for number, (name, values) in enumerate(self.forecasts.items()):
            colour = self.colours.get(name, palette[number % len(palette)])
            ax.plot(self.dates, values, color=colour, linewidth=1.8)
            ends.append((name, values[-1], colour))
            if number == 0 and self.radius is not None:
                ax.fill_between(
                    self.dates, values - self.radius, values + self.radius, color=colour, alpha=0.18, linewidth=0
                )
        ax.margins(x=0.01)
        ax.set_ylabel(self.ylabel)
        title_left(ax, self.title)
        low, high = ax.get_ylim()
        gap = (high - low) * 0.075 * 3.5 / ax.figure.get_figheight()
        places = spread(np.array([end[1] for end in ends]), gap, low + gap / 2, high - gap / 2)
        for (name, _, colour), y in zip(ends, places, strict=True):
            ax.annotate(
                name, (1.015, y), xycoords=("axes fraction", "data"), color=colour, va="center", fontweight="bold",
                annotation_clip=False,
            )  # fmt: skip
