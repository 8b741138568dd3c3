"""Synthetic series are what they are said to be; their network's recipe and its shipped weights agree."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import ftlearn
from ftlearn import forecasting as fc
from ftlearn.errors import DataError, UnknownNameError
from ftlearn.pretrain import mixtures
from ftlearn.pretrain import series as recipe

BUNDLED = Path(ftlearn.__file__).parent / "bundled"


@pytest.fixture(scope="module")
def forecaster():
    return fc.load_forecaster()


@pytest.fixture(scope="module")
def recorded():
    return json.loads((BUNDLED / "series.json").read_text("utf-8"))


@pytest.mark.parametrize("kind", mixtures.KINDS)
def test_series_are_finite_seeded_and_as_many_as_asked_for(kind):
    made = recipe.synthetic_series(200, kind=kind, random_state=1)
    assert made.shape == (200, 63) and made.dtype == np.float32 and np.isfinite(made).all()
    assert (made == recipe.synthetic_series(200, kind=kind, random_state=1)).all()
    assert not (made == recipe.synthetic_series(200, kind=kind, random_state=2)).all()
    assert recipe.synthetic_series(3, length=20, kind=kind).shape == (3, 20)
    assert (made.std(axis=1) > 0).mean() > 0.97  # now and then a series draws no ingredient at all


def test_two_sines_are_two_sines():
    made = recipe.synthetic_series(100, length=512, kind="two sines")
    power = np.abs(np.fft.rfft(made - made.mean(axis=1, keepdims=True), axis=1)) ** 2
    slow, fast = power[:, 15:34].sum(axis=1), power[:, 34:66].sum(axis=1)  # periods above and below about 16 steps
    assert ((slow + fast) / power.sum(axis=1) > 0.9).all()
    assert np.median(slow / fast) == pytest.approx((0.5 / 0.2) ** 2, rel=0.2)


def test_many_kinds_are_less_alike_than_two_sines():
    def scatter_of_sizes(kind):
        sizes = recipe.synthetic_series(500, kind=kind).std(axis=1)
        return sizes.std() / sizes.mean()

    assert scatter_of_sizes("many kinds") > 3 * scatter_of_sizes("two sines")


def test_wrong_requests_are_said():
    with pytest.raises(UnknownNameError, match=r"no kind of synthetic series named 'sines'\. Did you mean 'two sines'"):
        recipe.synthetic_series(5, kind="sines")
    with pytest.raises(DataError, match="n must be a whole number of at least 1; got 0"):
        recipe.synthetic_series(0)


def test_examples_ask_for_what_lies_ahead_of_each_step():
    ramp = np.arange(63, dtype="float32")[None] * 2 + 5
    X, Y = recipe.examples(ramp)
    spread = ramp[0, :36].std()
    assert X.shape == (1, 51, 2) and Y.shape == (1, 39, 12)
    np.testing.assert_allclose(X[0, :20, 0], 2 * np.arange(20) / spread, rtol=1e-5)
    np.testing.assert_allclose(Y[0, 0], 2 * np.arange(1, 13) / spread, rtol=1e-5)
    bump = np.zeros((1, 63), "float32")
    bump[0, :36] = np.sin(np.arange(36))
    moved = bump.copy()
    moved[0, 40] = 7
    before, after = recipe.examples(bump), recipe.examples(moved)
    assert (before[0][:, :40] == after[0][:, :40]).all(), "what is read before a step knows nothing of it"
    changed = np.argwhere(before[1][0] != after[1][0])
    assert {step + 12 + 1 + ahead for step, ahead in changed if step + 12 != 40} == {40}


def test_examples_and_windows_speak_the_same_language(forecaster):
    made = recipe.synthetic_series(8, random_state=5)
    X, _ = recipe.examples(made)
    scaled, _ = fc.normalise(made[:, :36])
    np.testing.assert_allclose(X[:, :36].clip(-8, 8), scaled.clip(-8, 8), atol=1e-4)
    every = recipe.with_head(recipe.series_network(at_every_step=True))
    every.set_weights(forecaster[1].get_weights())
    np.testing.assert_allclose(
        every.predict(scaled, verbose=0)[:, 35], forecaster[1].predict(scaled, verbose=0), atol=1e-4
    )


def test_shipped_file_is_the_recorded_one(recorded, forecaster):
    weights = BUNDLED / "series.weights.h5"
    sums = dict(reversed(line.split()) for line in (BUNDLED / "SHA256SUMS").read_text().splitlines())
    assert recorded["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest() == sums[weights.name]
    assert hashlib.sha256((BUNDLED / "series.json").read_bytes()).hexdigest() == sums["series.json"]
    assert weights.stat().st_size == recorded["bytes"] < 200_000
    assert recorded["parameters"] == forecaster[1].count_params()
    assert recorded["recipe_version"] == recipe.RECIPE_VERSION
    assert (recorded["series"], recorded["epochs"]) == (recipe.N_SERIES, recipe.EPOCHS)


def test_shipped_network_forecasts_series_that_it_never_saw(forecaster, recorded):
    made = recipe.synthetic_series(400, length=48, random_state=10_001)
    error = fc.mae(made[:, 36:], fc.predict(forecaster[1], made[:, :36]))
    no_change = np.abs(made[:, 36:] - made[:, 35:36]).mean()
    assert error / no_change == pytest.approx(recorded["error_over_no_change_test"], abs=0.08)
    with pytest.raises(DataError, match="reads windows of 36 values; got 20"):
        fc.predict(forecaster[1], made[:, :20])


def test_forecasts_move_with_the_units(forecaster):
    made = recipe.synthetic_series(20, length=36, random_state=3).astype(float)
    celsius = fc.predict(forecaster[1], made)
    np.testing.assert_allclose(fc.predict(forecaster[1], 1.8 * made + 32), 1.8 * celsius + 32, atol=1e-3)


def test_a_frozen_network_stays_put_while_its_head_learns(forecaster):
    import keras

    base, model = fc.load_forecaster()
    base.trainable = False
    before = [w.copy() for w in base.get_weights()]
    X, Y, _ = fc.windows(fc.load_series("elnino").values[:80], 36, 12)
    scaled, scale = fc.normalise(X)
    head = model.get_layer("head").get_weights()
    model.compile(keras.optimizers.Adam(1e-2), "mse", jit_compile=False)
    model.fit(scaled, scale.apply(Y), epochs=2, verbose=0)
    assert all((a == b).all() for a, b in zip(before, base.get_weights(), strict=True))
    assert not (head[0] == model.get_layer("head").get_weights()[0]).all()


def test_a_small_run_writes_the_same_weights_twice(tmp_path):
    lines = []
    runs = [recipe.pretrain_series(tmp_path / i, n_series=60, epochs=1, progress=lines.append) for i in "ab"]
    assert runs[0]["sha256"] == runs[1]["sha256"] and runs[0]["series_trained_on"] == 42
    assert any(line.startswith("Epoch 1 of 1: loss") for line in lines)
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["SHA256SUMS", "series.json", "series.weights.h5"]
