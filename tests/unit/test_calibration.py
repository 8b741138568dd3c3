"""Calibration agrees with scikit-learn, and a temperature does what it is for and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from ftlearn.errors import DataError
from ftlearn.evaluation import calibration_error, calibration_table, fit_temperature


def drawn(seed, n=400, k=4, scale=1.0):
    """Return logits of which the softmax is the truth, times `scale`, and classes drawn from the truth."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, k))
    y = np.array([rng.choice(k, p=row) for row in softmax(logits, axis=1)])
    return scale * logits, y


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.sampled_from([3, 10]))
def test_two_classes_agree_with_sklearns_curve(seed, n_bins):
    rng = np.random.default_rng(seed)
    p, y = rng.uniform(size=200), rng.integers(0, 2, 200)
    right, sure = calibration_curve(y, p, n_bins=n_bins)
    table = calibration_table(y, p, n_bins=n_bins)
    np.testing.assert_allclose(table[["sure", "right"]], np.c_[sure, right])
    by_hand = np.average(np.abs(sure - right), weights=table["n"])
    assert calibration_error(y, p, n_bins=n_bins) == pytest.approx(by_hand)
    assert table["n"].sum() == 200


def test_several_classes_look_at_the_answer_alone():
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.6, 0.1]])
    y = np.array([0, 2, 0])
    expected = calibration_error((p.argmax(axis=1) == y).astype(int), p.max(axis=1))
    assert calibration_error(y, p) == pytest.approx(expected)


def test_true_probabilities_are_calibrated_and_exaggerated_ones_are_not():
    logits, y = drawn(0, n=20_000)
    assert calibration_error(y, softmax(logits, axis=1)) < 0.015
    assert calibration_error(y, softmax(3 * logits, axis=1)) > 0.08
    assert calibration_error(y, np.eye(4)[y]) == 0
    assert calibration_error([0, 1], [1.0, 0.0]) == 1


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.3, 5))
def test_the_true_temperature_is_found(seed, scale):
    logits, y = drawn(seed, n=3000, scale=scale)
    found = fit_temperature(logits, y, from_logits=True)
    assert found.value == pytest.approx(scale, rel=0.15)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.3, 5))
def test_a_temperature_lowers_the_loss_it_was_fitted_to_and_changes_no_answer(seed, scale):
    logits, y = drawn(seed, n=100, scale=scale)
    before = softmax(logits, axis=1)
    found = fit_temperature(before, y)
    after = found.apply(before)
    assert found.loss_after <= found.loss_before + 1e-9
    assert log_loss(y, before, labels=range(4)) == pytest.approx(found.loss_before, rel=1e-4)
    assert log_loss(y, after, labels=range(4)) == pytest.approx(found.loss_after, rel=1e-4)
    assert (after.argmax(axis=1) == before.argmax(axis=1)).all()
    np.testing.assert_allclose(after.sum(axis=1), 1)


def test_probabilities_and_logits_and_two_columns_come_to_the_same():
    logits, y = drawn(1, k=2, scale=2.5)
    score = logits[:, 1] - logits[:, 0]
    ways = [
        fit_temperature(logits, y, from_logits=True), fit_temperature(softmax(logits, axis=1), y),
        fit_temperature(score, y, from_logits=True), fit_temperature(expit(score), y),
        fit_temperature(expit(score)[:, None], y),
    ]  # fmt: skip
    assert [way.value for way in ways] == pytest.approx([ways[0].value] * 5, rel=1e-3)
    np.testing.assert_allclose(ways[0].apply(logits)[:, 1], ways[3].apply(expit(score)), atol=1e-4)


def test_it_agrees_with_sklearns_temperature_where_there_is_one():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 5))
    y = (X[:, 0] + rng.normal(size=600) > 0).astype(int) + (X[:, 1] > 1)
    model = LogisticRegression(C=100).fit(np.tile(X[:60], 1), y[:60])
    try:
        theirs = CalibratedClassifierCV(FrozenEstimator(model), method="temperature").fit(X[60:], y[60:])
    except ValueError:
        pytest.skip("this scikit-learn has no temperature scaling")
    scores = model.decision_function(X[60:])
    ours = fit_temperature(scores, y[60:], from_logits=True)
    np.testing.assert_allclose(ours.apply(scores), theirs.predict_proba(X[60:]), atol=2e-3)


def test_certainty_itself_can_be_cooled():
    p = np.repeat([[1.0, 0.0]], 100, axis=0)
    found = fit_temperature(p, np.repeat([0, 1], [80, 20]))
    assert np.isfinite(found.apply(p)).all()
    assert found.apply(p)[0, 0] == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(
    ("p", "y", "words"),
    [
        (np.tile([0.7, 0.3], (5, 1)), np.zeros(5, int), "All 5 answers are right"),
        (np.tile([0.7, 0.3], (5, 1)), np.ones(5, int), "coded the other way round"),
        (np.tile([0.7, 0.3], (5, 1)), np.full(5, 2), "from 0 to 1, a column of p each; got 2 to 2"),
        (np.tile([0.7, 0.7], (5, 1)), np.zeros(5, int), "add up to 1; got 1.4"),
        ([0.5, 0.5], [0, 1, 1], "3 classes in y; p has shape (2,)"),
        ([3.0, -2.0], [1, 0], "Are they logits"),
        ([0.2, 0.9], ["no", "yes"], "must hold 0 (negative) and 1 (positive)"),
    ],
)
def test_what_has_no_temperature_is_refused(p, y, words):
    with pytest.raises(DataError) as caught:
        fit_temperature(p, y)
    assert words in str(caught.value)


def test_logits_that_are_no_numbers_are_refused():
    with pytest.raises(DataError, match="2 logits that are not finite"):
        fit_temperature([np.nan, np.inf, 1.0], [0, 1, 1], from_logits=True)
    with pytest.raises(DataError, match="n_bins must be a whole number from 1; got 0"):
        calibration_table([0, 1], [0.1, 0.9], n_bins=0)
