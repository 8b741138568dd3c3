"""LogME is the evidence that its formula says, the shortcut changes nothing, rank agreement knows its uncertainty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from sklearn.linear_model import LogisticRegression

from ftlearn.errors import DataError, UnknownNameError
from ftlearn.transferability import logme, probe_score, rank_agreement, shortened


def example(seed=0, n=24, d=5, classes=3, strength=1.0):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % classes)
    return rng.normal(size=(n, d)) + strength * rng.normal(size=(classes, d))[y], y


def log_evidence(features, target, alpha, beta):
    """Equation 2 of the paper, term by term."""
    n, d = features.shape
    a = alpha * np.eye(d) + beta * features.T @ features
    m = beta * np.linalg.solve(a, features.T @ target)
    return (
        d / 2 * np.log(alpha)
        + n / 2 * np.log(beta)
        - n / 2 * np.log(2 * np.pi)
        - beta / 2 * ((features @ m - target) ** 2).sum()
        - alpha / 2 * m @ m
        - np.linalg.slogdet(a)[1] / 2
    )


def as_one_gaussian(features, target, alpha, beta):
    """The same with the weights gone from the start: labels are jointly Gaussian. No sum that grows without bound."""
    covariance = features @ features.T / alpha + np.eye(len(target)) / beta
    return stats.multivariate_normal.logpdf(target, np.zeros(len(target)), covariance)


def test_both_forms_of_the_evidence_agree():
    features, y = example(4, 12, 20)
    for alpha, beta in ((0.1, 0.3), (2.0, 30.0), (50.0, 1.0)):
        one = log_evidence(features, 1.0 * (y == 0), alpha, beta)
        assert one == pytest.approx(as_one_gaussian(features, 1.0 * (y == 0), alpha, beta), abs=1e-8)


def by_brute_force(features, y):
    """Search both precisions, for each class's indicator."""
    found = []
    for c in np.unique(y):
        target = (y == c).astype(float)
        worst = lambda logs, t=target: -as_one_gaussian(features, t, *np.exp(np.clip(logs, -25, 25)))  # noqa: E731
        starts = [(a, b) for a in (-3.0, 0.0, 3.0) for b in (-1.0, 2.0)]
        tried = [optimize.minimize(worst, s, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11})
                 for s in starts]  # fmt: skip
        found.append(-min(t.fun for t in tried))
    return np.mean(found) / len(y)


@pytest.mark.parametrize("shape", [(24, 5), (12, 20), (40, 2)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_logme_is_the_maximum_of_the_evidence(seed, shape):
    features, y = example(seed, *shape)
    assert logme(features, y) == pytest.approx(by_brute_force(features, y), abs=1e-5)


def test_the_formula_is_the_integral_over_the_weights():
    """Likelihood times prior, summed over a fine grid of the two weights."""
    features, y = example(3, 8, 2, 2)
    target, alpha, beta = (y == 1).astype(float), 1.7, 3.1
    axis = np.linspace(-6, 6, 601)
    w = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    log = stats.norm.logpdf(target, w @ features.T, beta**-0.5).sum(1) + stats.norm.logpdf(w, 0, alpha**-0.5).sum(1)
    integral = np.exp(log).sum() * (axis[1] - axis[0]) ** 2
    assert np.log(integral) == pytest.approx(log_evidence(features, target, alpha, beta), abs=1e-6)


def fixed_point(features, y, rounds=200):
    """The iteration of the paper."""
    squares = np.linalg.eigvalsh(features.T @ features)
    found = []
    for c in np.unique(y):
        target, alpha, beta = (y == c).astype(float), 1.0, 1.0
        for _ in range(rounds):
            a = alpha * np.eye(features.shape[1]) + beta * features.T @ features
            m = beta * np.linalg.solve(a, features.T @ target)
            gamma = (beta * squares / (alpha + beta * squares)).sum()
            alpha = gamma / (m @ m)
            beta = (len(y) - gamma) / ((features @ m - target) ** 2).sum()
        found.append(log_evidence(features, target, alpha, beta))
    return np.mean(found) / len(y)


def test_logme_is_where_the_papers_iteration_ends():
    features, y = example(5, 60, 4, 3, strength=2.0)
    assert logme(features, y) == pytest.approx(fixed_point(features, y), abs=1e-6)


seeds = st.integers(0, 10_000)


@settings(max_examples=30, deadline=None)
@given(seeds, st.floats(1e-3, 1e3))
def test_logme_does_not_see_rotations_scale_order_or_empty_features(seed, factor):
    features, y = example(seed)
    rng = np.random.default_rng(seed + 1)
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    order = rng.permutation(len(y))
    score = logme(features, y)
    assert logme(factor * features @ turn, y) == pytest.approx(score, abs=1e-6)
    assert logme(features[order], y[order]) == pytest.approx(score, abs=1e-6)
    assert logme(features, 7 - 2 * y) == pytest.approx(score, abs=1e-6)
    assert logme(np.hstack([features, np.zeros((len(y), 3))]), y) == pytest.approx(score, abs=1e-6)


def test_logme_prefers_features_that_tell_classes_apart():
    clear, y = example(0, strength=4.0)
    assert logme(clear, y) > logme(example(0, strength=0.0)[0], y) + 0.1
    assert np.isfinite(logme(np.eye(3)[y], y)), "features that are the labels themselves still have a score"


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_short_features_give_a_linear_probe_the_same_answers(seed):
    features, y = example(seed, 15, 40)
    fresh = np.random.default_rng(seed + 1).normal(size=(10, 40))
    short, turn = shortened(features)
    scale = 8 / np.linalg.norm(features, axis=1).mean()
    whole = LogisticRegression(tol=1e-10, max_iter=5000).fit(scale * features, y)
    quick = LogisticRegression(tol=1e-10, max_iter=5000).fit(short, y)
    assert np.linalg.norm(short, axis=1).mean() == pytest.approx(8)
    assert quick.predict_proba(fresh @ turn) == pytest.approx(whole.predict_proba(scale * fresh), abs=1e-4)


def test_probe_tells_useful_features_from_noise():
    clear, y = example(0, 60, strength=4.0)
    noise = np.random.default_rng(9).normal(size=clear.shape)
    assert probe_score(clear, y) > 0.9 > 0.6 > probe_score(noise, y)


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(4, 10), st.booleans())
def test_rank_agreement_is_scipys(seed, candidates, ties):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, candidates))
    if ties:
        a, b = a.round(), b.round()
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return
    kendall = rank_agreement(a, b, samples=5).mean
    spearman = rank_agreement(a, b, kind="spearman", samples=5).mean
    assert kendall == pytest.approx(stats.kendalltau(a, b).statistic, abs=1e-9)
    assert spearman == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-9)


def test_uncertainty_of_rank_agreement():
    rng = np.random.default_rng(0)
    outcome = np.tile(np.arange(9.0), (6, 1))
    good = rank_agreement(outcome + rng.normal(0, 1, outcome.shape), outcome)
    chance = rank_agreement(rng.normal(size=outcome.shape), outcome)
    same = rank_agreement(outcome, outcome)
    assert (same.low, same.mean, same.high) == (1, 1, 1)
    assert good.low > 0.3 and good.p < 0.01
    assert chance.low < 0 < chance.high and chance.p > 0.05
    assert rank_agreement(-outcome, outcome).p > 0.99
    assert str(good).startswith("0.") and "9 candidates, 6 repetitions" in str(good)


def test_the_interval_covers_as_often_as_it_says():
    """Candidates from a population with a known correlation: 95 % intervals should miss rarely (few candidates)."""
    truth, hits = 2 / np.pi * np.arcsin(0.7), 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=12)
        y = 0.7 * x + np.sqrt(1 - 0.49) * rng.normal(size=12)
        made = rank_agreement(x, y, samples=200, random_state=seed)
        hits += made.low <= truth <= made.high
    assert hits >= 80


def test_what_is_refused():
    features, y = example()
    with pytest.raises(DataError, match=r"reshape\(len\(features\), -1\)"):
        logme(features[:, :, None], y)
    with pytest.raises(DataError, match="not all zero"):
        logme(0 * features, y)
    with pytest.raises(DataError, match="finite"):
        probe_score(np.full_like(features, np.nan), y)
    with pytest.raises(DataError, match="at least two classes"):
        logme(features, 0 * y)
    with pytest.raises(DataError, match=r"one class has 8\. Use folds=8"):
        probe_score(features, y, folds=9)
    with pytest.raises(DataError, match="at least 4 candidates"):
        rank_agreement([1, 2, 3], [1, 2, 3])
    with pytest.raises(DataError, match="as many"):
        rank_agreement([1, 2, 3, 4], [1, 2, 3, 4, 5])
    with pytest.raises(UnknownNameError, match="Did you mean 'kendall'"):
        rank_agreement([1, 2, 3, 4], [1, 2, 3, 4], kind="kendal")
