"""Forecasting agrees with statsmodels, scores with numbers made by hand, and windows keep to the past."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn import forecasting as fc
from ftlearn.displays.forecasts import ForecastDisplay
from ftlearn.errors import DataError, UnknownNameError

MONTHS = 5 + 3 * np.sin(2 * np.pi * np.arange(96) / 12) + np.random.default_rng(0).normal(0, 0.5, 96).cumsum() * 0.3


@pytest.mark.parametrize(
    ("name", "length", "season", "first", "last"),
    [
        ("elnino", 732, 12, ("1950-01-01", 23.11), ("2010-12-01", 22.07)),
        ("sunspots", 309, 11, ("1700-01-01", 5.0), ("2008-01-01", 2.9)),
        ("co2", 526, 12, ("1958-03-01", 316.1), ("2001-12-01", 371.02)),
        ("seattle", 208, 52, ("2012-01-01", None), ("2015-12-20", None)),
    ],
)
def test_series_come_with_the_dependencies(name, length, season, first, last):
    series = fc.load_series(name)
    assert (len(series), series.season, series.name) == (length, season, name)
    assert len(series.dates) == length and (np.diff(series.dates).astype(int) > 0).all()
    assert np.isfinite(series.values).all()
    for position, (day, value) in ((0, first), (-1, last)):
        assert str(series.dates[position]) == day
        assert value is None or series.values[position] == pytest.approx(value, abs=0.01)
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 1


def test_gaps_are_filled_from_the_past_only():
    from statsmodels.datasets import co2

    monthly = co2.load_pandas().data["co2"].resample("MS").mean().to_numpy()
    ours, gaps = fc.load_series("co2").values, np.flatnonzero(np.isnan(monthly))
    assert len(gaps) == 5
    assert (ours[~np.isnan(monthly)] == monthly[~np.isnan(monthly)]).all()
    assert ours[gaps[0]] == monthly[gaps[0] - 1]
    late = gaps[2]
    assert ours[late] == pytest.approx(monthly[late - 12] + monthly[late - 1] - monthly[late - 13])


def test_a_week_in_seattle_is_the_mean_of_its_days():
    from vega_datasets import data

    days = data.seattle_weather()
    week = days.iloc[7:14]
    expected = ((week["temp_max"] + week["temp_min"]) / 2).mean()
    assert fc.load_series("seattle").values[1] == pytest.approx(expected)


def test_unknown_series():
    with pytest.raises(UnknownNameError, match="Did you mean 'sunspots'"):
        fc.load_series("sunspot")


def test_naive_forecasts_agree_with_statsmodels():
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    walk = SARIMAX(MONTHS, order=(0, 1, 0)).filter([1.0])
    np.testing.assert_allclose(fc.naive(MONTHS, 5), walk.forecast(5))
    seasonal = SARIMAX(MONTHS, order=(0, 0, 0), seasonal_order=(0, 1, 0, 12)).filter([1.0])
    np.testing.assert_allclose(fc.seasonal_naive(MONTHS, 30, season=12), seasonal.forecast(30), atol=1e-6)


@pytest.mark.parametrize("kind", fc.ETS_KINDS)
def test_ets_agrees_with_statsmodels_and_moves_on(kind):
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    options = {"trend": "add", "damped_trend": True} if "trend" in kind else {}
    options |= {"seasonal": "add", "seasonal_periods": 12} if "season" in kind else {}
    known = MONTHS[:84]
    theirs = ETSModel(pd.Series(known), **options).fit(disp=False, maxiter=200)
    ours = fc.ets(known, season=12, kind=kind)
    np.testing.assert_allclose(ours.forecast(known, 6), theirs.forecast(6))
    ends = theirs.get_prediction(84, 89).pred_int(alpha=0.2).to_numpy()
    np.testing.assert_allclose(np.column_stack(ours.band(known, 6, confidence=0.8)[1:]), ends)
    later = ETSModel(pd.Series(MONTHS[:90]), **options).smooth(theirs.params).forecast(6)
    np.testing.assert_allclose(ours.forecast(MONTHS[:90], 6), later)


def test_sarima_agrees_with_statsmodels_and_moves_on():
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    known = MONTHS[:84]
    theirs = SARIMAX(known, order=(1, 0, 0), seasonal_order=(0, 1, 1, 12), concentrate_scale=True).fit(disp=False)
    ours = fc.sarima(known, season=12)
    np.testing.assert_allclose(ours.forecast(known, 6), theirs.forecast(6), rtol=1e-3)
    low, high = theirs.get_forecast(6).conf_int(alpha=0.2).T
    np.testing.assert_allclose(ours.band(known, 6)[1:], [low, high], rtol=1e-2)
    np.testing.assert_allclose(ours.forecast(MONTHS[:90], 6), theirs.append(MONTHS[84:90]).forecast(6), rtol=1e-3)


def test_a_long_season_enters_as_a_wave():
    weeks = 10 + 8 * np.cos(2 * np.pi * np.arange(150) / 52) + np.random.default_rng(1).normal(0, 0.3, 150)
    fitted = fc.sarima(weeks[:110], season=52, order=(1, 0, 0))
    assert "waves" in fitted.name
    assert fc.mae(weeks[110:122], fitted.forecast(weeks[:110], 12)) < 0.6
    with pytest.raises(DataError, match=r"2 to 24 steps; got 52.*sarima"):
        fc.ets(weeks, season=52, kind="level and season")


def test_rivals_are_quiet_where_statsmodels_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        noise = np.random.default_rng(3).normal(size=60)
        assert isinstance(fc.sarima(noise, season=12, order=(2, 0, 1)).converged, bool)
        assert isinstance(fc.ets(noise, season=12).converged, bool)


def test_mase_by_hand():
    history = [10, 20, 12, 24]  # a season before: off by 2 and 4, so 3 on average
    assert fc.mase_scale(history, season=2) == 3
    assert fc.mase([16, 20], [13, 26], history, season=2) == pytest.approx((3 + 6) / 2 / 3)
    assert fc.mase([24], [24], history, season=1) == 0
    seen = fc.naive(history, 2)
    assert fc.mase([25, 23], seen, history, season=1) == pytest.approx(1 / ((10 + 8 + 12) / 3))


def test_conformal_radius_and_coverage_by_hand():
    residuals = np.array([[1.0, -5], [-2, 4], [3, -3], [-4, 2]])
    assert fc.conformal_radius(residuals, confidence=0.8).tolist() == [4, 5]  # the ceil(5 x 0.8)-th of four
    assert fc.conformal_radius(residuals, confidence=0.5).tolist() == [3, 4]
    with pytest.raises(DataError, match=r"4 residuals cannot promise 90 %: that takes at least 9"):
        fc.conformal_radius(residuals, confidence=0.9)
    assert fc.coverage([1, 2, 3], [0, 0, 4], [1, 1, 5]) == pytest.approx(1 / 3)


def test_conformal_radius_keeps_its_promise_where_errors_are_alike():
    errors = np.random.default_rng(0).standard_t(3, (4000, 21))
    radius = fc.conformal_radius(errors[:, :20].T, confidence=0.8)
    assert np.mean(np.abs(errors[:, 20]) <= radius) == pytest.approx(17 / 21, abs=0.02)


def test_repeating_the_last_value_is_found_out():
    rng = np.random.default_rng(0)
    walk = rng.normal(size=400).cumsum()
    parrot = fc.repeats_last_value(walk[1:], walk[:-1], walk[:-1])
    assert parrot["error over naive"] == 1 and parrot["with the truth"] > 0.9 and parrot["of the changes"] == 0
    wave = np.sin(np.arange(400) / 5)
    seer = fc.repeats_last_value(wave[1:], wave[1:] + rng.normal(0, 0.01, 399), wave[:-1])
    assert seer["of the changes"] > 0.9 and seer["error over naive"] < 0.2


@given(
    n=st.integers(10, 120), length=st.integers(1, 20), horizon=st.integers(1, 8),
    validation=st.integers(0, 30), test=st.integers(0, 30),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_windows_keep_to_the_past_share_no_target_and_lose_nothing(n, length, horizon, validation, test):
    values = np.arange(n, dtype=float)  # a value is its own position
    if validation + test >= n:
        with pytest.raises(DataError, match="for training"):
            fc.temporal_split(values, validation=validation, test=test)
        return
    parts = fc.temporal_split(values, validation=validation, test=test)
    assert np.concatenate([values[part] for part in parts]).tolist() == values.tolist()
    found, targets = [], []
    for part in parts:
        try:
            X, Y, origins = fc.windows(values, length, horizon, targets=part)
        except DataError:
            assert part.stop - max(part.start, length) < horizon
            targets.append(set())
            continue
        assert (X.max(axis=1) < Y.min(axis=1)).all() and (X[:, -1] + 1 == Y[:, 0]).all()
        assert (Y[:, 0] == origins).all() and (np.diff(X, axis=1) == 1).all() and (np.diff(Y, axis=1) == 1).all()
        assert Y.min() >= part.start and Y.max() < part.stop
        found += origins.tolist()
        targets.append(set(Y.ravel()))
    assert not targets[0] & targets[1] and not targets[1] & targets[2] and not targets[0] & targets[2]
    edges = [p.stop for p in parts[:2]]
    straddling = [o for o in range(length, n - horizon + 1) if any(o < edge < o + horizon for edge in edges)]
    assert sorted(found + straddling) == list(range(length, n - horizon + 1))


@given(n=st.integers(2, 80), start=st.integers(1, 60), horizon=st.integers(1, 10), step=st.integers(1, 7))
@settings(max_examples=150, deadline=None)
def test_rolling_origins_are_in_order_and_know_only_the_past(n, start, horizon, step):
    values = np.arange(n, dtype=float)
    if start + horizon > n:
        with pytest.raises(DataError, match="Start earlier"):
            fc.rolling_origin(values, start, horizon, step=step)
        return
    moments = list(fc.rolling_origin(values, start, horizon, step=step))
    assert [m.origin for m in moments] == list(range(start, n - horizon + 1, step))
    for origin, history, truth in moments:
        assert history.tolist() == list(range(origin)) and truth.tolist() == list(range(origin, origin + horizon))


@given(level=st.floats(-1e4, 1e4), size=st.floats(0.01, 1e3), seed=st.integers(0, 1000), ahead=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_normalising_takes_out_level_and_size_and_puts_them_back(level, size, seed, ahead):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(3, 20)), rng.normal(size=(3, ahead))
    scaled, scale = fc.normalise(X)
    moved, moved_scale = fc.normalise(size * X + level)
    np.testing.assert_allclose(moved, scaled, atol=1e-3)
    np.testing.assert_allclose(moved_scale.undo(scale.apply(Y)), size * Y + level, rtol=1e-6, atol=1e-6)


def test_a_flat_window_does_not_blow_up():
    scaled, scale = fc.normalise(np.full((2, 36), 400.1))
    assert (scaled == 0).all() and (scale.spread == 1).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fc.naive([], 1), "has 0 values; 1 are needed"),
        (lambda: fc.naive([1, 2], 0), "horizon must be a whole number of at least 1; got 0"),
        (lambda: fc.naive([1, np.nan, 3, np.nan], 1), "2 missing or infinite values, the first at position 1"),
        (lambda: fc.seasonal_naive([1, 2], 1, season=None), "The season is not known. Pass season=12"),
        (lambda: fc.seasonal_naive([1, 2], 1, season=12), "has 2 values; 12 are needed"),
        (lambda: fc.windows(range(10), 8, 3), "has 10 values; 11 are needed"),
        (lambda: fc.windows(range(40), 8, 3, targets=slice(0, 9)), "No window of 8 values in and 3 out"),
        (lambda: fc.windows(range(40), 8, 2.5), "horizon must be a whole number of at least 1; got 2.5"),
        (lambda: fc.windows([[1, 2], [3, 4]], 1, 1), r"one dimension; got shape \(2, 2\)"),
        (lambda: fc.normalise([1, 2, 3]), "one window a row; got shape"),
        (lambda: fc.mae([1, 2], [[1], [2]]), r"Truth has shape \(2,\), the forecast \(2, 1\)"),
        (lambda: fc.mae([], []), "finite numbers, at least one"),
        (lambda: fc.mase_scale([1, 2, 1, 2], season=2), "repeats itself every 2 steps exactly"),
        (lambda: fc.mase([1], [1], [1, 2], season=12), "has 2 values; 13 are needed"),
        (lambda: fc.conformal_radius([1, 2], confidence=1), "between 0 and 1; got 1"),
        (lambda: fc.ets(MONTHS, season=12, kind="AAA"), "no kind of ETS named 'AAA'. Kinds: level,"),
        (lambda: fc.ets(MONTHS[:15], season=12), "has 15 values; 24 are needed"),
        (lambda: fc.sarima(MONTHS, season=12, order=(1, 0)), r"order must be three whole numbers such as \(1, 0, 0\)"),
        (lambda: fc.sarima(MONTHS[:20], season=12), "has 20 values; 35 are needed"),
        (lambda: fc.load_forecaster(weights="imagenet"), "must be 'pretrained' or None; got 'imagenet'"),
        (
            lambda: ForecastDisplay.from_forecasts(["2001-01-01"], [1], {"a": [1, 2]}, title="t", ylabel="y"),
            r"'a' has shape \(2,\), the truth \(1,\)",
        ),
    ],
)
def test_wrong_input_is_said(call, said):
    with pytest.raises(DataError, match=said):
        call()


def test_the_display_says_errors_and_band():
    days = np.arange("2001-01", "2001-05", dtype="datetime64[M]")
    shown = ForecastDisplay.from_forecasts(
        days, [1, 2, 3, 4], {"a": [1, 2, 3, 8], "b": [2, 3, 4, 5]}, title="t", ylabel="°C", radius=0.5,
        before=(["2000-12-01"], [0]),
    )  # fmt: skip
    assert "a 1, b 1" in shown.alt and "holds 3 of 4 values" in shown.alt
    assert {text.get_text() for text in shown.ax_.texts} == {"truth", "a", "b"}
