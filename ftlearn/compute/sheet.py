"""What a training job costs on a laptop, a rented processor and a rented GPU, from assumptions that one can change."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from ftlearn.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

PLACES = ("laptop", "cloud CPU", "cloud GPU")


@dataclass(frozen=True)
class Prices:
    """The assumptions of a cost sheet. None of them is a quotation: put in what you pay.

    Attributes
    ----------
    watts : float
        What the laptop draws while it works.
    electricity : float
        Price of a kilowatt-hour.
    cpu_hour, gpu_hour : float
        Price of an hour of a rented machine without and with a GPU, in the same money.
    cpu_speedup, gpu_speedup : float
        How many times as fast as the laptop they do the job.
    startup_minutes : float
        Minutes paid for on a rented machine before the job begins and after it ends: booting, installing, copying data,
        and being forgotten.
    """

    watts: float = 45.0
    electricity: float = 0.30
    cpu_hour: float = 0.10
    gpu_hour: float = 0.80
    cpu_speedup: float = 1.0
    gpu_speedup: float = 10.0
    startup_minutes: float = 10.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            least = "more than 0" if field.name.endswith("speedup") else "at least 0"
            if not value >= 0 or (value == 0 and field.name.endswith("speedup")):
                raise DataError(f"{field.name} must be {least}; got {value!r}.")


def cost_sheet(minutes: float, prices: Prices | None = None) -> pd.DataFrame:
    """Work out how long a job takes and what it costs in three places.

    Parameters
    ----------
    minutes : float
        How long it takes on the laptop.
    prices : Prices, optional
        The assumptions.

    Returns
    -------
    DataFrame
        A row a place: ``minutes`` from pressing the button to the result, ``of them waiting`` (start-up), and ``cost``.
        The laptop costs its electricity; what it was bought for is left out, for it is there already.

    Raises
    ------
    DataError
        When `minutes` is not positive.

    Examples
    --------
    >>> cost_sheet(60).round(2).to_dict("index")["cloud GPU"]
    {'minutes': 16.0, 'of them waiting': 10.0, 'cost': 0.21}
    """
    import pandas as pd

    if not minutes > 0:
        raise DataError(f"A job takes more than 0 minutes; got {minutes!r}.")
    p = prices or Prices()
    wait = p.startup_minutes
    spans = (minutes, wait + minutes / p.cpu_speedup, wait + minutes / p.gpu_speedup)
    hourly = (p.watts / 1000 * p.electricity, p.cpu_hour, p.gpu_hour)
    rows = [
        {"minutes": span, "of them waiting": 0.0 if place == "laptop" else wait, "cost": span / 60 * price}
        for place, span, price in zip(PLACES, spans, hourly, strict=True)
    ]
    return pd.DataFrame(rows, index=pd.Index(PLACES, name="place"))


def break_even_minutes(prices: Prices | None = None, *, against: str = "cloud CPU", what: str = "cost") -> float:
    """Find from which length of job on the cloud GPU is the better choice.

    Parameters
    ----------
    prices : Prices, optional
        The assumptions.
    against : {"cloud CPU", "laptop"}
        The rival.
    what : {"cost", "minutes"}
        Whether the cheaper or the sooner one is better.

    Returns
    -------
    float
        Minutes of the job on the laptop; 0 where the GPU is always better, infinity where it never is.

    Raises
    ------
    DataError
        For another rival, or another measure.

    Examples
    --------
    >>> round(break_even_minutes(Prices(cpu_hour=0.1, gpu_hour=0.8, gpu_speedup=20, startup_minutes=6)))
    70
    """
    if against not in PLACES[:2] or what not in ("cost", "minutes"):
        raise DataError(f"Compare with one of {PLACES[:2]}, in 'cost' or 'minutes'; got {against!r}, {what!r}.")
    p = prices or Prices()
    once, twice = (cost_sheet(minutes, p)[what] for minutes in (1.0, 2.0))
    slope = twice - once  # all three grow in a straight line
    ahead = (once - slope)["cloud GPU"] - (once - slope)[against]
    saved = slope[against] - slope["cloud GPU"]
    if saved > 0:
        return max(0.0, float(ahead / saved))
    return 0.0 if saved == 0 and ahead <= 0 else float("inf")
