"""Confident learning against its definition, written out in loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn.errors import DataError
from ftlearn.evaluation import likely_label_errors


def by_definition(y, probabilities):
    """Northcutt and others (2021), equation 1, example by example."""
    classes = range(probabilities.shape[1])
    threshold = {}
    for c in classes:
        of_class = [p[c] for p, label in zip(probabilities, y, strict=True) if label == c]
        threshold[c] = np.mean(of_class)
    found = set()
    for row, (p, label) in enumerate(zip(probabilities, y, strict=True)):
        candidates = [c for c in classes if p[c] >= threshold[c]]
        if candidates and max(candidates, key=lambda c: p[c]) != label:
            found.add(row)
    return found


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(6, 40), classes=st.integers(2, 5))
def test_agrees_with_the_definition(seed, n, classes):
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(classes), rng.integers(0, classes, n)])
    probabilities = rng.dirichlet(np.ones(classes), len(y))
    found = likely_label_errors(y, probabilities)
    assert set(found.tolist()) == by_definition(y, probabilities)
    believed = probabilities[found, y[found]]
    assert (np.diff(believed) >= 0).all()


def test_finds_wrong_labels_of_a_task_that_can_be_learnt_and_none_where_all_are_right():
    y = np.repeat(np.arange(3), 50)
    sure = np.full((150, 3), 0.05)
    sure[np.arange(150), y] = 0.9
    assert len(likely_label_errors(y, sure)) == 0
    given_labels = y.copy()
    given_labels[[0, 60, 120]] = [1, 2, 0]
    assert sorted(likely_label_errors(given_labels, sure)) == [0, 60, 120]


@pytest.mark.parametrize(
    ("y", "probabilities", "says"),
    [
        ([0, 1], [[0.5, 0.5]], r"shape \(2,\), probabilities \(1, 2\)"),
        ([0, 1], [[2.0, -1.0], [0.5, 0.5]], "between 0 and 1"),
        ([0, 0], [[0.5, 0.5], [0.5, 0.5]], "no example of 1"),
        ([0, 2], [[0.5, 0.5], [0.5, 0.5]], "no example of 1"),
        ([0, 1, 5], [[0.5, 0.5]] * 3, "got 0 to 5"),
        ([0, 1, -1], [[0.5, 0.5]] * 3, "got -1 to 1"),
    ],
)
def test_bad_input(y, probabilities, says):
    with pytest.raises(DataError, match=says):
        likely_label_errors(y, probabilities)
