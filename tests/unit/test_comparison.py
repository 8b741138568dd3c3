"""Two models on one test set: agreement with statsmodels and SciPy, and what pairing is for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap
from sklearn.metrics import accuracy_score, average_precision_score, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar as reference

from ftlearn.errors import DataError
from ftlearn.evaluation import bootstrap_interval, mcnemar, wilson_interval


def answers(both, only_a, only_b, neither):
    """Return classes and two models' answers with these counts."""
    a = np.repeat([1, 1, 0, 0], [both, only_a, only_b, neither])
    b = np.repeat([1, 0, 1, 0], [both, only_a, only_b, neither])
    return np.ones(len(a), int), a, b


@settings(deadline=None, max_examples=50)
@given(*[st.integers(0, 40)] * 4)
def test_mcnemar_agrees_with_statsmodels(both, only_a, only_b, neither):
    if not both + only_a + only_b + neither:
        return
    made = mcnemar(*answers(both, only_a, only_b, neither))
    assert (made.both, made.only_a, made.only_b, made.neither) == (both, only_a, only_b, neither)
    theirs = reference([[both, only_a], [only_b, neither]], exact=True).pvalue if only_a + only_b else 1.0
    assert made.p_value == pytest.approx(min(theirs, 1.0))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 30), st.integers(0, 30))
def test_swapping_the_models_swaps_the_counts_and_nothing_else(only_a, only_b):
    y, a, b = answers(5, only_a, only_b, 5)
    one, other = mcnemar(y, a, b), mcnemar(y, b, a)
    assert (one.only_a, one.only_b) == (other.only_b, other.only_a)
    assert one.p_value == pytest.approx(other.p_value)


def test_overlapping_intervals_do_not_decide():
    y, a, b = answers(170, 1, 12, 17)
    first, second = wilson_interval(171, 200), wilson_interval(182, 200)
    assert first.high > second.low
    assert mcnemar(y, a, b).p_value < 0.01
    assert bootstrap_interval(lambda y, a, b: (b == y).mean() - (a == y).mean(), y, a, b).low > 0


def test_names_of_classes_will_do():
    made = mcnemar(["cat", "dog", "cat"], ["cat", "dog", "dog"], ["cat", "cat", "dog"])
    assert (made.both, made.only_a, made.neither) == (1, 1, 1)
    assert str(made) == "only the first right: 1, only the second: 0, p = 1.000"


@pytest.mark.parametrize(
    ("y", "a", "b", "words"),
    [
        ([0, 1], [0, 1], [0, 1, 1], "of one length; got 2, 2 and 3"),
        ([0, 1], [0.2, 0.9], [0, 1], "a must hold classes; got 0.2"),
        ([0, 1], [0, 1], [[0.9, 0.1], [0.2, 0.8]], "b must be one class a row"),
        ([0, np.nan], [0, 1], [0, 1], "y must hold classes; got nan"),
        ([], [], [], "y is empty"),
    ],
)
def test_mcnemar_refuses(y, a, b, words):
    with pytest.raises(DataError) as caught:
        mcnemar(y, a, b)
    assert words in str(caught.value)


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 1000), st.sampled_from(["percentile", "basic", "BCa"]))
def test_bootstrap_agrees_with_scipy(seed, method):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 80)
    a = np.where(rng.uniform(size=80) < 0.8, y, 1 - y)
    ours = bootstrap_interval(accuracy_score, y, a, n_resamples=200, method=method, random_state=seed)
    theirs = bootstrap(
        (y, a), accuracy_score, paired=True, vectorized=False, n_resamples=200, method=method,
        rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert ours.mean == accuracy_score(y, a)
    assert ours.n == 80


def test_rows_stay_together():
    """Of two models with the same answers, no draw can make a difference."""
    rng = np.random.default_rng(0)
    y, a = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    made = bootstrap_interval(
        lambda y, a, b: accuracy_score(y, a) - accuracy_score(y, b), y, a, a.copy(), n_resamples=200
    )
    assert (made.mean, made.low, made.high) == (0, 0, 0)


def test_pairing_narrows_the_interval_of_a_difference():
    y, a, b = answers(150, 4, 14, 32)
    paired = bootstrap_interval(lambda y, a, b: (b == y).mean() - (a == y).mean(), y, a, b)
    shuffled = np.random.default_rng(0).permutation(b)
    apart = bootstrap_interval(lambda y, a, b: (b == y).mean() - (a == y).mean(), y, a, shuffled)
    assert paired.high - paired.low < 0.6 * (apart.high - apart.low)


def test_strata_keep_their_size_and_a_rare_class_is_never_lost():
    y = np.repeat([0, 1], [60, 3])
    p = np.linspace(0, 1, 63)
    shares = bootstrap_interval(lambda y: y.mean(), y, stratify=y)
    assert (shares.low, shares.high) == pytest.approx((3 / 63, 3 / 63))
    assert bootstrap_interval(average_precision_score, y, p, stratify=y, n_resamples=300).high <= 1


@pytest.mark.filterwarnings("ignore:Only one class")
def test_a_statistic_without_a_value_says_what_to_do():
    y, p = np.repeat([0, 1], [60, 1]), np.linspace(0, 1, 61)
    with pytest.raises(DataError, match="give stratify=y"):
        bootstrap_interval(roc_auc_score, y, p)
    with pytest.raises(DataError, match="needs 2 rows at least; 1 has 1"):
        bootstrap_interval(roc_auc_score, y, p, stratify=y.astype(float).astype(int).tolist())


@pytest.mark.parametrize(
    ("arrays", "more", "words"),
    [
        (([0, 1], [0, 1, 1]), {}, r"got \[2, 3\]"),
        (([0],), {}, "at least 2"),
        ((), {}, "at least 2"),
        (([0, 1],), {"stratify": [0, 1, 1]}, r"got \[2, 3\]"),
        (([0, 1],), {"method": "bayes"}, "got 'bayes'"),
    ],
)
def test_bootstrap_refuses(arrays, more, words):
    with pytest.raises(DataError, match=words):
        bootstrap_interval(lambda *a: 0.0, *arrays, **more)


def test_a_bootstrap_interval_covers_what_it_should():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(150):
        right = (rng.uniform(size=100) < 0.8).astype(int)
        made = bootstrap_interval(np.mean, right, n_resamples=300)
        inside += made.low <= 0.8 <= made.high
    assert 0.88 <= inside / 150 <= 0.995
