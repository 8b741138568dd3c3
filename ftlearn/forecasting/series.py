"""Four real series that come with the dependencies."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ftlearn.errors import unknown_name

_MAKERS: dict[str, Callable[[], tuple]] = {}


@dataclass(frozen=True)
class Series:
    """Numbers in the order of time, one a step, without gaps.

    Attributes
    ----------
    name : str
        As given to `load_series`.
    title : str
        What it is, for a picture.
    values : ndarray of float64, shape (n,)
        Read-only.
    dates : ndarray of datetime64[D], shape (n,)
        The day on which each step begins.
    unit : str
        Of the values.
    step : str
        ``"month"``, ``"week"`` or ``"year"``.
    season : int
        Steps after which the pattern comes round again; for the sunspots a rough one.
    source : str
        Who measured it, and where this copy comes from.
    """

    name: str
    title: str
    values: np.ndarray
    dates: np.ndarray
    unit: str
    step: str
    season: int
    source: str

    def __len__(self) -> int:
        return len(self.values)


def series_names() -> list[str]:
    """List the series that `load_series` knows.

    Returns
    -------
    list of str
        In the order of the lesson.

    Examples
    --------
    >>> series_names()
    ['elnino', 'sunspots', 'co2', 'seattle']
    """
    return list(_MAKERS)


@functools.cache
def load_series(name: str) -> Series:
    """Load a real series; it comes with statsmodels or vega_datasets, so nothing is downloaded.

    Parameters
    ----------
    name : str
        ``"elnino"``: sea surface temperature, monthly; ``"sunspots"``: yearly; ``"co2"``: monthly means of weekly
        values; ``"seattle"``: weekly mean air temperature.

    Returns
    -------
    Series
        Values, dates, unit, season, source.

    Raises
    ------
    UnknownNameError
        For another name.

    Notes
    -----
    Five months of the carbon dioxide record hold no measurement. Each gets the value of the year before plus the rise
    over the year that the month before had shown (in the first year: the value of the month before). Interpolation
    would have looked at the month after.

    Examples
    --------
    >>> series = load_series("elnino")
    >>> len(series), series.season, str(series.dates[0]), series.values[0].item()
    (732, 12, '1950-01-01', 23.11)
    """
    if name not in _MAKERS:
        raise unknown_name("series", name, _MAKERS)
    title, values, dates, unit, step, season, source = _MAKERS[name]()
    values = np.array(values, float)
    values.setflags(write=False)
    return Series(name, title, values, np.asarray(dates, "datetime64[D]"), unit, step, season, source)


def _maker(function: Callable[[], tuple]) -> Callable[[], tuple]:
    _MAKERS[function.__name__.removeprefix("_")] = function
    return function


@_maker
def _elnino() -> tuple:
    from statsmodels.datasets import elnino

    table = elnino.load_pandas().data.set_index("YEAR")
    values = table.to_numpy().ravel()
    first = np.datetime64(f"{int(table.index[0])}-01", "M")
    source = "NOAA, ERSST.V3B, region Niño 1+2 (statsmodels.datasets.elnino)"
    return "Sea surface temperature off Peru", values, first + np.arange(len(values)), "°C", "month", 12, source


@_maker
def _sunspots() -> tuple:
    from statsmodels.datasets import sunspots

    table = sunspots.load_pandas().data
    dates = [np.datetime64(str(int(year)), "Y") for year in table["YEAR"]]
    source = "NOAA National Geophysical Data Center (statsmodels.datasets.sunspots)"
    return "Sunspots", table["SUNACTIVITY"], dates, "sunspot number", "year", 11, source


@_maker
def _co2() -> tuple:
    from statsmodels.datasets import co2

    monthly = co2.load_pandas().data["co2"].resample("MS").mean()
    values = monthly.to_numpy().copy()
    for i in np.flatnonzero(np.isnan(values)):
        values[i] = values[i - 12] + values[i - 1] - values[i - 13] if i > 12 else values[i - 1]
    source = "Keeling and Whorf, Mauna Loa, 1958 to 2001 (statsmodels.datasets.co2)"
    return "Carbon dioxide at Mauna Loa", values, monthly.index.to_numpy(), "ppm", "month", 12, source


@_maker
def _seattle() -> tuple:
    from vega_datasets import data

    days = data.seattle_weather()
    whole = len(days) // 7 * 7
    mean = ((days["temp_max"] + days["temp_min"]) / 2).to_numpy()[:whole].reshape(-1, 7).mean(1)
    dates = days["date"].to_numpy().astype("datetime64[D]")[:whole:7]
    source = "NOAA daily summaries, Seattle, 2012 to 2015 (vega_datasets.data.seattle_weather)"
    return "Air temperature in Seattle", mean, dates, "°C", "week", 52, source
