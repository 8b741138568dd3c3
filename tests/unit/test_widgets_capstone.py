"""The explorer of refusals: its table against a plain count, its figure at both ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn.displays import MistakesDisplay
from ftlearn.errors import DataError
from ftlearn.widgets.capstone import THRESHOLDS, refusal_explorer, refusal_figure, refusal_table


def answers(seed, n=40, classes=4):
    rng = np.random.default_rng(seed)
    return rng.integers(0, classes, n), rng.dirichlet(np.full(classes, 0.4), n)


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), threshold=st.floats(0, 1))
def test_the_table_counts(seed, threshold):
    y, p = answers(seed)
    row = refusal_table(y, p, (0.0, threshold)).loc[threshold]
    told = [i for i in range(len(y)) if max(p[i]) >= threshold]
    right = [i for i in told if list(p[i]).index(max(p[i])) == y[i]]
    assert (row["answered"], row["right"], row["n"]) == (len(told), len(right), 40)
    assert np.isnan(row["right_share"]) if not told else row["low"] <= row["right_share"] <= row["high"]


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_higher_threshold_never_answers_more(seed):
    table = refusal_table(*answers(seed))
    assert (table["answered"].diff().dropna() <= 0).all()
    assert table["answered"].iloc[0] == 40


@pytest.mark.parametrize("threshold", [THRESHOLDS[0], 0.8, THRESHOLDS[-1]])
def test_the_figure_says_its_numbers(threshold):
    table = refusal_table(*answers(1))
    figure, alt = refusal_figure(table, threshold)
    assert f"{table.loc[threshold, 'answered']} of 40 answered" in alt
    assert alt.count("answered,") >= len(THRESHOLDS)
    assert f"{table.loc[threshold, 'answered']} of 40" in figure.axes[0].get_title(loc="left")


def test_where_nothing_is_answered():
    table = refusal_table([0, 1, 1], [[0.5, 0.5]] * 3)
    _, alt = refusal_figure(table, 0.99)
    assert "0 of 3 answered, none rightly" in alt


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="3 classes in y"):
        refusal_explorer([0, 1, 1], [[0.5, 0.5]] * 2)


def test_mistakes_tell_each_one():
    pictures = np.zeros((6, 8, 8, 3), "uint8")
    p = np.tile([0.1, 0.9], (6, 1))
    display = MistakesDisplay.from_predictions(pictures, ["a kind with a very long name"] * 6, p, ["x", "y"])
    assert display.alt.count("said y, 90 % sure; it is a kind with a very long name") == 6
    assert len(display.figure_.axes) == 10 and display.ax_.get_title() == "said y\n90 % sure"
