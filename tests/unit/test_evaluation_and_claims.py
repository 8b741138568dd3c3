"""Intervals agree with the libraries; a false claim stops the notebook."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from ftlearn import claims, evaluation
from ftlearn.errors import ClaimError, DataError


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20))
def test_mean_interval_agrees_with_statsmodels(values):
    ours = evaluation.mean_interval(values)
    low, high = DescrStatsW(values).tconfint_mean()
    assert np.allclose([ours.low, ours.high], [low, high], atol=1e-6)


@given(n=st.integers(1, 500), share=st.floats(0, 1))
def test_wilson_interval_agrees_with_statsmodels(n, share):
    k = round(n * share)
    ours = evaluation.wilson_interval(k, n)
    assert np.allclose([ours.low, ours.high], proportion_confint(k, n, method="wilson"), atol=1e-9)


def test_pairing_removes_what_a_seed_does_to_both():
    seed_effect = np.linspace(0, 1, 10)
    a, b = seed_effect + 0.05 + 0.001 * np.arange(10) % 0.003, seed_effect
    assert evaluation.paired_interval(a, b).excludes_zero
    assert not evaluation.Interval(0.1, -0.1, 0.3, 5).excludes_zero
    with pytest.raises(DataError, match="got 10 and 9"):
        evaluation.paired_interval(a, b[:9])


@pytest.mark.parametrize(("values", "words"), [([1.0], "at least 2"), ([1.0, np.nan], "finite")])
def test_intervals_refuse(values, words):
    with pytest.raises(DataError, match=words):
        evaluation.mean_interval(values)


def test_wilson_refuses_more_right_than_asked():
    with pytest.raises(DataError, match="got 11 of 10"):
        evaluation.wilson_interval(11, 10)


def test_accuracy_agrees_with_sklearn_and_refuses_to_broadcast():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, 3, 60)
    model = LogisticRegression().fit(X, y)
    assert evaluation.accuracy(model, X, y) == accuracy_score(y, model.predict(X))

    class Column:
        def predict(self, X):
            return np.zeros((len(X), 1))

    with pytest.raises(DataError, match=r"\(60, 1\)"):
        evaluation.accuracy(Column(), X, y)


def test_false_claim_raises_with_its_measurement(capsys):
    with pytest.raises(ClaimError, match=r"Pigs fly\. Measured: 0"):
        claims.claim("Pigs fly.", 0 > 1, measured=0)
    assert "Does not hold: Pigs fly." in capsys.readouterr().out
    assert claims.ledger()[-1].holds is False


def test_a_claim_made_again_replaces_the_first_and_an_array_is_no_verdict(capsys):
    claims.claim("Rerun me.", np.bool_(True), measured=1)
    claims.claim("Rerun me.", True, measured=2)
    assert [c.measured for c in claims.ledger() if c.sentence == "Rerun me."] == ["2"]
    with pytest.raises(TypeError, match="reduce with all"):
        claims.claim("Every one.", np.array([True, True]))
    claims.claims_table()
    assert "Rerun me. Measured: 2." in capsys.readouterr().out


def test_measurements_are_written_with_the_digits_they_deserve():
    interval = evaluation.Interval(0.0812, 0.05, 0.11, 10)
    assert claims.as_text(interval).startswith("0.081 (95 % interval 0.050 to 0.110")
    assert claims.as_text([0.5, True, 12345, 1234.56]) == "0.5, yes, 12,345, 1,235"
