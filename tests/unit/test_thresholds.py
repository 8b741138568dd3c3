"""Every score of every threshold agrees with scikit-learn, and thresholds behave as thresholds must."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics

from ftlearn.errors import DataError
from ftlearn.evaluation import best_threshold, cost_threshold, threshold_table

QUICK = settings(deadline=None, max_examples=40)


@st.composite
def predictions(draw, most=60):
    """Return classes, both of them, and probabilities with many ties."""
    n = draw(st.integers(2, most))
    y = draw(hnp.arrays(int, n, elements=st.integers(0, 1)))
    y[:2] = 0, 1
    p = draw(hnp.arrays(float, n, elements=st.sampled_from([0, 0.05, 0.2, 0.5, 0.5000001, 0.9, 1])))
    return y, p


@QUICK
@given(predictions(), st.sampled_from([0.0, 0.2, 0.35, 0.5, 0.9, 1.0]), st.sampled_from([0.5, 1.0, 2.0]))
def test_scores_agree_with_sklearn(made, threshold, beta):
    y, p = made
    alarm = (p >= threshold).astype(int)
    row = threshold_table(y, p, threshold, beta=beta).iloc[0]
    tn, fp, fn, tp = metrics.confusion_matrix(y, alarm, labels=[0, 1]).ravel()
    assert (row["tn"], row["fp"], row["fn"], row["tp"]) == (tn, fp, fn, tp)
    precision, recall, f, _ = metrics.precision_recall_fscore_support(
        y, alarm, beta=beta, average="binary", zero_division=np.nan
    )
    theirs = {
        "accuracy": metrics.accuracy_score(y, alarm), "balanced_accuracy": metrics.balanced_accuracy_score(y, alarm),
        "precision": precision, "recall": recall, "specificity": metrics.recall_score(y, alarm, pos_label=0),
        f"f{beta:g}": f, "mcc": metrics.matthews_corrcoef(y, alarm), "cost": (fn + fp) / len(y),
    }  # fmt: skip
    for name, value in theirs.items():
        assert row[name] == pytest.approx(value, nan_ok=True), name


@QUICK
@given(predictions())
def test_up_the_threshold_recall_falls_and_specificity_rises(made):
    table = threshold_table(*made)
    assert (table["recall"].diff().dropna() <= 0).all()
    assert (table["specificity"].diff().dropna() >= 0).all()
    assert table["recall"].iloc[[0, -1]].tolist() == [1, 0]


@QUICK
@given(predictions())
def test_the_default_thresholds_are_all_decisions_that_are_possible(made):
    y, p = made
    table = threshold_table(y, p)
    assert len(table) == len(np.unique(p)) + 1
    assert len(set(zip(table["tp"], table["fp"], strict=True))) == len(table)


@QUICK
@given(predictions(), st.sampled_from([0.1, 1.0, 20.0]))
def test_the_best_threshold_is_the_cheapest_there_is(made, cost):
    y, p = made
    chosen = best_threshold(y, p, cost_false_negative=cost)
    costs = {"cost_false_negative": cost}
    mine = threshold_table(y, p, chosen, **costs)["cost"].item()
    assert mine == pytest.approx(threshold_table(y, p, np.linspace(0, 1, 201), **costs)["cost"].min(), abs=1e-12) or (
        mine < threshold_table(y, p, np.linspace(0, 1, 201), **costs)["cost"].min()
    )


@QUICK
@given(predictions(), st.sampled_from([0.1, 3.0]), st.floats(0.01, 100))
def test_only_the_ratio_of_costs_matters(made, ratio, unit):
    first = best_threshold(*made, cost_false_negative=ratio)
    scaled = best_threshold(*made, cost_false_negative=ratio * unit, cost_false_positive=unit)
    assert scaled == pytest.approx(first)


def test_the_threshold_from_costs_is_best_for_true_probabilities():
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 0.5, 200_000)
    y = (rng.uniform(size=len(p)) < p).astype(int)
    for cost in (0.2, 1, 20):
        assert best_threshold(y, p, cost_false_negative=cost) == pytest.approx(cost_threshold(cost), abs=0.03)


def test_of_equally_cheap_thresholds_the_one_nearest_to_the_theory_is_taken():
    y, p = [0, 1], [0.1, 0.9]
    assert best_threshold(y, p) == 0.5
    y, p = [0, 1, 0, 1], [0.1, 0.3, 0.5, 0.9]  # 0.2 and 0.7 make one mistake each
    assert best_threshold(y, p, cost_false_negative=0.999999) == pytest.approx(0.7)
    assert best_threshold(y, p, cost_false_negative=4) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("y", "p", "words"),
    [
        ([0, 1], [0.5, 1.5], "between 0 and 1; got 0.5 to 1.5. Are they logits"),
        ([0, 1], [0.5, np.nan], "1 values that are not finite"),
        ([0, 1, 1], [0.5, 0.5], "3 classes in y; p has shape (2,)"),
        ([1, 1], [0.5, 0.5], "the class 1 only"),
        ([1, 2], [0.5, 0.5], "got 1, 2"),
        (["benign", "malignant"], [0.5, 0.5], "target == 0"),
        ([0.3, 1], [0.5, 0.5], "must hold classes; got 0.3"),
        ([0, 1], [[0.5, 0.5], [0.2, 0.8]], "predict_proba(X)[:, 1]"),
        ([], [], "y is empty"),
    ],
)
def test_wrong_predictions_are_refused_with_what_to_do(y, p, words):
    with pytest.raises(DataError) as caught:
        threshold_table(y, p)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cost_false_negative": 0}, "cost_false_negative must be a number above 0"),
        ({"cost_false_positive": np.inf}, "cost_false_positive"),
        ({"beta": 0}, "beta must be above 0"),
        ({"thresholds": [np.nan]}, "must be finite"),
    ],
)
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(DataError, match=words):
        threshold_table([0, 1], [0.2, 0.8], **settings)


def test_booleans_and_columns_are_understood():
    plain = threshold_table([0, 1, 1], [0.2, 0.8, 0.4], 0.5)
    assert plain.equals(threshold_table(np.array([False, True, True]), np.array([[0.2], [0.8], [0.4]]), 0.5))
