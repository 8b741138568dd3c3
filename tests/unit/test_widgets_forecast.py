"""The forecast explorer says its numbers and refuses what was not measured."""

import numpy as np
import pandas as pd
import pytest

from ftlearn.errors import DataError
from ftlearn.forecasting import load_series
from ftlearn.widgets.forecast import forecast_figure, kept_forecasts

SEA = load_series("elnino")


@pytest.fixture
def table():
    """Two strategies at one moment; the second seed kept no forecasts."""
    rows = []
    for strategy, off in (("untouched", 0.5), ("SARIMA", -1.0)):
        said = SEA.values[362 : 362 + 37] + off
        row = {"series": "elnino", "history": 120, "strategy": strategy, "horizon": 3, "mae": abs(off), "mase": 0.7,
               "radius": 0.75, "coverage": 0.8, "forecasts": " ".join(f"{v:.4g}" for v in said)}  # fmt: skip
        rows += [{"seed": 0, **row}, {"seed": 1, **row, "forecasts": np.nan}]
    return pd.DataFrame(rows)


def test_kept_forecasts_are_numbers_of_one_seed(table):
    kept = kept_forecasts(table, "elnino")
    assert kept["seed"].unique().tolist() == [0] and len(kept["forecasts"].iloc[0]) == 37
    with pytest.raises(DataError, match="keeps no forecasts of 'co2'"):
        kept_forecasts(table, "co2")
    with pytest.raises(DataError, match="lacks forecasts"):
        kept_forecasts(table.drop(columns="forecasts"), "elnino")


def test_the_figure_says_error_coverage_and_stands_on_the_right_days(table):
    kept = kept_forecasts(table, "elnino")
    figure, alt = forecast_figure(kept, SEA, 360, 120, 3, "untouched")
    assert alt.startswith("untouched, 3 months ahead: off by 0.5 °C on average. MASE 0.70, with 120 values known.")
    assert "holds 80 % of the values" in alt and "from 1980-03-01" in alt
    assert "forecast 0.5." in alt and "holds 37 of 37 values" in alt
    other, _ = forecast_figure(kept, SEA, 360, 120, 3, "SARIMA")
    assert figure.axes[0].get_ylim() == other.axes[0].get_ylim()
    with pytest.raises(DataError, match="no forecast by 'ETS' with 120 values known, 3 ahead"):
        forecast_figure(kept, SEA, 360, 120, 3, "ETS")
