"""Lesson 07: forecasts against what came, by history, horizon and strategy."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from ftlearn.displays.forecasts import ForecastDisplay
from ftlearn.errors import DataError
from ftlearn.figures import PALETTE
from ftlearn.widgets.controls import choice, slider
from ftlearn.widgets.exploring import explore
from ftlearn.widgets.parts import checked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ftlearn.forecasting import Series

FORECAST_COLUMNS = ("series", "history", "strategy", "horizon", "mae", "mase", "radius", "coverage", "forecasts")
_COLOURS = {
    "from scratch": PALETTE["green"],
    "fine-tuned": PALETTE["orange"],
    "frozen, head on features": PALETTE["blue"],
    "untouched": PALETTE["sky"],
    "SARIMA": PALETTE["purple"],
    "seasonal naive": PALETTE["amber"],
}


def kept_forecasts(table: pd.DataFrame, series: str) -> pd.DataFrame:
    """Pick the rows of one series whose forecasts were kept, and turn these into numbers.

    Parameters
    ----------
    table : DataFrame
        Of the study ``series_transfer``.
    series : str
        Its name.

    Returns
    -------
    DataFrame
        One row for each history, strategy and horizon; ``forecasts`` holds arrays.

    Raises
    ------
    DataError
        When a column is missing, or nothing was kept.
    """
    checked(table, FORECAST_COLUMNS)
    kept = table[(table["series"] == series) & table["forecasts"].notna() & (table["forecasts"] != "")]
    if kept.empty:
        raise DataError(f"The table keeps no forecasts of {series!r}.")
    return kept.assign(forecasts=[np.array(text.split(), float) for text in kept["forecasts"]])


def forecast_figure(
    kept: pd.DataFrame, series: Series, cut: int, history: int, horizon: int, strategy: str
) -> tuple[Figure, str]:
    """Draw what was forecast some steps before, beside what came.

    Parameters
    ----------
    kept : DataFrame
        From `kept_forecasts`.
    series : Series
        The series.
    cut : int
        Where its test part begins.
    history : int
        How many values were known before.
    horizon : int
        How many steps before its day a forecast was made.
    strategy : str
        Who made it.

    Returns
    -------
    figure : matplotlib.figure.Figure
        The last years before the test part in grey, then truth, forecast and its band.
    alt : str
        The error and the coverage first.

    Raises
    ------
    DataError
        When there is no such setting.
    """
    row = kept[(kept["history"] == history) & (kept["horizon"] == horizon) & (kept["strategy"] == strategy)]
    if row.empty:
        raise DataError(f"The table has no forecast by {strategy!r} with {history} values known, {horizon} ahead.")
    row = row.iloc[0]
    said = row["forecasts"]
    days = np.arange(cut + horizon - 1, cut + horizon - 1 + len(said))
    before = np.arange(cut - 36, cut + horizon - 1)
    steps = f"{horizon} {series.step}{'s' if horizon > 1 else ''} ahead"
    title = f"{strategy}, {steps}: off by {row['mae']:.2g} {series.unit} on average"
    display = ForecastDisplay.from_forecasts(
        series.dates[days], series.values[days], {"forecast": said}, title=title, radius=row["radius"],
        ylabel=f"{series.title}, {series.unit}", before=(series.dates[before], series.values[before]),
        colours={"forecast": _COLOURS.get(strategy, PALETTE["blue"])},
    )  # fmt: skip
    shown = series.values[cut - 36 : cut + 48]
    room = 0.45 * np.ptp(shown)
    display.ax_.set_ylim(shown.min() - room, shown.max() + room)
    held = f"The band, made to hold 80 % of them, holds {100 * row['coverage']:.0f} % of the values."
    alt = f"{title}. MASE {row['mase']:.2f}, with {history} values known. {held} {display.alt}"
    return display.figure_, alt


def forecast_explorer(table: pd.DataFrame, *, series: str = "elnino") -> None:
    """Explore forecasts of one series by history, horizon and strategy.

    Parameters
    ----------
    table : DataFrame
        Of the study ``series_transfer``.
    series : str
        One of `ftlearn.forecasting.series_names`.

    Raises
    ------
    DataError
        When a column is missing, or no forecasts of that series were kept.

    Examples
    --------
    >>> from ftlearn import studies
    >>> forecast_explorer(studies.load("series_transfer"))  # doctest: +ELLIPSIS
    What came, and what was said
    fine-tuned, 3 months ahead: off by ... °C on average. ...
    Run this cell in JupyterLab to move the controls yourself.
    """
    from ftlearn.forecasting import load_series
    from ftlearn.studies import series_transfer

    kept = kept_forecasts(table, series)
    counts = kept.groupby("strategy")["history"].nunique()
    strategies = [name for name in kept["strategy"].unique() if counts[name] == counts.max()]
    moment = series_transfer.moment(series, int(kept["history"].min()), int(kept["seed"].iloc[0]))
    histories = sorted(int(n) for n in kept["history"].unique())
    horizons = sorted(int(h) for h in kept["horizon"].unique())
    explore(
        functools.partial(forecast_figure, kept, load_series(series), moment.cut),
        title="What came, and what was said",
        history=slider(f"Known {load_series(series).step}s", histories, default=120 if 120 in histories else None),
        horizon=slider("Steps ahead", horizons, default=3 if 3 in horizons else None),
        strategy=choice("Strategy", strategies, default="fine-tuned" if "fine-tuned" in strategies else None),
    )
