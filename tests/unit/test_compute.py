"""Timing, pruning, LiteRT and the cost sheet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn import compute
from ftlearn.compute import Prices
from ftlearn.errors import DataError


@pytest.fixture(scope="module")
def trained():
    """A small convolutional network with every kind of layer that can be made narrower, and inputs for it."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
         layers.MaxPooling2D(), layers.Conv2D(12, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
         layers.Flatten(), layers.Dropout(0.2), layers.Dense(6, activation="relu"),
         layers.Dense(3, activation="softmax")]
    )  # fmt: skip
    rng = np.random.default_rng(0)
    X, y = rng.uniform(0, 1, (64, 8, 8, 1)).astype("float32"), np.arange(64) % 3
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    model.fit(X, y, epochs=2, verbose=0)
    return model, X, y


@pytest.fixture
def copy(trained):
    import keras

    model, X, y = trained
    again = keras.models.clone_model(model)
    again.set_weights(model.get_weights())
    again.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    return again, X, y


# timing ------------------------------------------------------------------------------------------------------------


def test_jobs_take_turns_after_a_round_that_does_not_count():
    calls = []
    table = compute.side_by_side({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=3)
    assert calls == ["a", "b"] * 4
    assert table.shape == (3, 2)
    assert (table >= 0).all().all()


def test_without_warm_up_every_call_counts():
    calls = []
    compute.side_by_side({"a": lambda: calls.append("a")}, repeats=2, warm_up=False)
    assert calls == ["a", "a"]


@pytest.mark.parametrize(("jobs", "repeats", "said"), [({}, 3, "nothing to time"), ({"a": int}, 0, "repeats=0")])
def test_timing_says_what_is_wrong(jobs, repeats, said):
    with pytest.raises(DataError, match=said):
        compute.side_by_side(jobs, repeats=repeats)


# pruning -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0, 0.25, 0.5, 0.9])
def test_each_kernel_loses_its_smallest_weights(copy, share):
    model, _, _ = copy
    before = [w.numpy() for w in model.weights if w.name == "kernel"]
    others = [w.numpy() for w in model.weights if w.name != "kernel"]
    masks = compute.prune(model, share)
    after = [w.numpy() for w in model.weights if w.name == "kernel"]
    for old, new, mask in zip(before, after, masks, strict=True):
        assert (~mask).sum() == round(share * mask.size)
        np.testing.assert_array_equal(new, old * mask)
        if 0 < share:
            assert np.abs(old[~mask]).max() <= np.abs(old[mask]).min()
    for old, new in zip(others, [w.numpy() for w in model.weights if w.name != "kernel"], strict=True):
        np.testing.assert_array_equal(old, new)


def test_pruning_further_keeps_the_zeros(copy):
    model, _, _ = copy
    first, second = compute.prune(model, 0.5), compute.prune(model, 0.8)
    for mask, harder in zip(first, second, strict=True):
        assert not (harder & ~mask).any()


def test_zeros_stay_while_the_rest_trains(copy):
    model, X, y = copy
    masks = compute.prune(model, 0.6)
    before = [w.numpy() for w in model.weights if w.name == "kernel"]
    model.fit(X, y, epochs=2, verbose=0, callbacks=[compute.keep_pruned(masks)])
    after = [w.numpy() for w in model.weights if w.name == "kernel"]
    assert all((new[~mask] == 0).all() for new, mask in zip(after, masks, strict=True))
    assert any((old != new).any() for old, new in zip(before, after, strict=True))


def test_zeros_make_a_compressed_file_smaller_and_nothing_else_does(copy):
    model, _, _ = copy
    whole = compute.gzipped_bytes(model)
    assert compute.gzipped_bytes(model) == whole
    compute.prune(model, 0.9)
    assert compute.gzipped_bytes(model) < 0.5 * whole


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, float("nan")])
@pytest.mark.parametrize("way", [compute.prune, compute.remove_filters])
def test_a_share_out_of_range_is_refused(copy, way, share):
    with pytest.raises(DataError, match="at least 0 and less than 1"):
        way(copy[0], share)


def test_removing_no_filter_changes_no_prediction(trained):
    model, X, _ = trained
    same = compute.remove_filters(model, 0)
    np.testing.assert_allclose(same.predict(X, verbose=0), model.predict(X, verbose=0), atol=1e-6)


def test_removing_filters_equals_silencing_them(trained):
    """The narrow network says what the wide one says when the channels that went are set to zero after each ReLU."""
    import keras

    model, X, _ = trained
    narrow = compute.remove_filters(model, 0.5)
    assert [layer.filters for layer in narrow.layers if hasattr(layer, "filters")] == [4, 6]
    silent = keras.models.clone_model(model)
    silent.set_weights(model.get_weights())
    convolutions = [n for n, layer in enumerate(silent.layers) if hasattr(layer, "filters")]
    for n in convolutions:
        layer, norm = silent.layers[n], silent.layers[n + 1]
        sizes = np.abs(layer.get_weights()[0]).sum((0, 1, 2))
        gone = np.argsort(-sizes, kind="stable")[len(sizes) // 2 :]
        gamma, beta, *statistics = norm.get_weights()
        gamma[gone], beta[gone] = 0, 0
        norm.set_weights([gamma, beta, *statistics])
    np.testing.assert_allclose(narrow.predict(X, verbose=0), silent.predict(X, verbose=0), atol=1e-5)


def test_at_least_one_filter_stays(trained):
    narrow = compute.remove_filters(trained[0], 0.99)
    assert [layer.filters for layer in narrow.layers if hasattr(layer, "filters")] == [1, 1]


def test_a_layer_that_cannot_be_narrowed_is_named():
    import keras

    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.SeparableConv2D(4, 3, name="odd_one")])
    with pytest.raises(DataError, match=r"odd_one.*SeparableConv2D"):
        compute.remove_filters(model, 0.5)


# LiteRT ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def converted(trained):
    model, X, _ = trained
    return {
        None: compute.to_litert(model),
        "weights": compute.to_litert(model, int8="weights"),
        "all": compute.to_litert(model, int8="all", examples=X),
    }


@pytest.mark.parametrize(("int8", "apart", "dtype"), [(None, 1e-5, "float32"), ("weights", 0.05, "float32"),
                                                      ("all", 0.1, "int8")])  # fmt: skip
def test_a_file_predicts_like_keras(trained, converted, int8, apart, dtype):
    model, X, _ = trained
    small = compute.LiteRT(converted[int8])
    assert small.input_dtype == dtype
    made = small.predict(X)
    assert made.dtype == np.float32
    assert np.abs(made - model.predict(X, verbose=0)).max() < apart


def test_converting_and_running_say_nothing(trained, capfd, recwarn):
    model, X, _ = trained
    compute.LiteRT(compute.to_litert(model, int8="all", examples=X[:4])).predict(X[:1])
    assert capfd.readouterr() == ("", "")
    assert not [w for w in recwarn if "lite" in str(w.message).lower() or "quantized" in str(w.message)]


def test_converting_says_what_is_missing(trained):
    with pytest.raises(DataError, match="must see inputs"):
        compute.to_litert(trained[0], int8="all")
    with pytest.raises(DataError, match="'weights' or 'all'"):
        compute.to_litert(trained[0], int8="half")


def test_a_file_refuses_inputs_of_another_shape(converted):
    with pytest.raises(DataError, match=r"\(8, 8, 1\); got \(28, 28\)"):
        compute.LiteRT(converted[None]).predict(np.zeros((1, 28, 28)))


def test_no_inputs_give_no_predictions(converted):
    assert compute.LiteRT(converted[None]).predict(np.zeros((0, 8, 8, 1))).shape == (0, 3)


# the sheet ---------------------------------------------------------------------------------------------------------

prices = st.builds(
    Prices,
    watts=st.floats(0, 500), electricity=st.floats(0, 2), cpu_hour=st.floats(0.01, 10), gpu_hour=st.floats(0.01, 50),
    cpu_speedup=st.floats(0.5, 8), gpu_speedup=st.floats(1, 200), startup_minutes=st.floats(0, 60),
)  # fmt: skip


def test_the_sheet_by_hand():
    sheet = compute.cost_sheet(120, Prices(50, 0.4, 0.12, 0.9, 2.0, 20.0, 6.0))
    assert sheet.loc["laptop"].tolist() == [120, 0, pytest.approx(2 * 0.05 * 0.4)]
    assert sheet.loc["cloud CPU"].tolist() == [66, 6, pytest.approx(1.1 * 0.12)]
    assert sheet.loc["cloud GPU"].tolist() == [12, 6, pytest.approx(0.2 * 0.9)]


@given(prices, st.floats(0.1, 1e4))
def test_longer_jobs_never_cost_less(p, minutes):
    short, long = compute.cost_sheet(minutes, p), compute.cost_sheet(2 * minutes, p)
    assert (long["cost"] >= short["cost"]).all()
    assert (long["minutes"] > short["minutes"]).all()


@given(prices, st.sampled_from(["cloud CPU", "laptop"]), st.sampled_from(["cost", "minutes"]))
def test_the_break_even_parts_the_two_sides(p, against, what):
    turn = compute.break_even_minutes(p, against=against, what=what)
    if not 0.01 < turn < 1e6:
        return
    before, after = compute.cost_sheet(0.5 * turn, p)[what], compute.cost_sheet(2 * turn, p)[what]
    assert before["cloud GPU"] >= before[against] * (1 - 1e-6)
    assert after["cloud GPU"] <= after[against] * (1 + 1e-6)


def test_break_even_at_its_ends():
    assert compute.break_even_minutes(Prices(startup_minutes=0, gpu_hour=0.2, cpu_hour=0.1, gpu_speedup=10)) == 0
    assert compute.break_even_minutes(Prices(gpu_hour=8, cpu_hour=0.1, gpu_speedup=10)) == float("inf")
    found = compute.break_even_minutes(Prices(startup_minutes=10, gpu_speedup=10), against="laptop", what="minutes")
    assert found == pytest.approx(10 / 0.9)


@pytest.mark.parametrize("wrong", [{"watts": -1}, {"gpu_speedup": 0}, {"startup_minutes": float("nan")}])
def test_impossible_assumptions_are_refused(wrong):
    with pytest.raises(DataError, match=next(iter(wrong))):
        Prices(**wrong)


def test_a_job_takes_time():
    with pytest.raises(DataError, match="more than 0 minutes"):
        compute.cost_sheet(0)
    with pytest.raises(DataError, match="Compare with one of"):
        compute.break_even_minutes(against="cloud GPU")
