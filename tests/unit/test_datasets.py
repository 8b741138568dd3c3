"""Splits keep their promises: nothing lost, nothing shared, the test part counted."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits as sklearn_digits

from ftlearn.datasets import TestSetWarning, load_digits, load_letters, make_split
from ftlearn.errors import DataError


def rows(X):
    return {image.tobytes() for image in X}


def test_digits_are_the_real_ones_each_in_one_part():
    split = load_digits(random_state=3)
    everything = np.concatenate([split.train.X, split.validation.X, split.test.X])
    real = (sklearn_digits().images / 16).astype("float32")
    assert sorted(x.tobytes() for x in everything) == sorted(x.tobytes() for x in real)
    assert everything.dtype == np.float32 and everything.min() == 0 and everything.max() == 1


def test_parts_are_stratified():
    split = load_digits()
    for part in (split.train, split.validation, split.test):
        shares = np.bincount(part.y, minlength=10) / len(part.y)
        assert abs(shares - 0.1).max() < 0.01


def test_the_split_follows_its_seed():
    assert np.array_equal(load_digits(random_state=1).train.X, load_digits(random_state=1).train.X)
    assert not np.array_equal(load_digits(random_state=1).train.X, load_digits(random_state=2).train.X)


def test_second_look_at_test_warns_also_through_a_budget():
    split = load_digits()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        repr(split)
        _ = split.label_budget(20).test
    assert split.test_looks == 1
    with pytest.warns(TestSetWarning, match="opened 2 times"):
        _ = split.test


@settings(max_examples=25, deadline=None)
@given(n=st.integers(10, 1000), seed=st.integers(0, 5))
def test_budgets_are_even_nested_and_from_train(n, seed):
    split = load_digits()
    small = split.label_budget(n, random_state=seed)
    counts, available = np.bincount(small.train.y, minlength=10), np.bincount(split.train.y, minlength=10)
    assert len(small.train.y) == n
    assert rows(small.train.X) <= rows(split.train.X)
    # as even as the classes allow: who has fewer than the fullest minus one has given all
    assert all(c >= counts.max() - 1 or c == a for c, a in zip(counts, available, strict=True))
    larger = split.label_budget(min(n + 7, 1000), random_state=seed)
    assert rows(small.train.X) <= rows(larger.train.X)


@pytest.mark.parametrize("n", [9, 1001, 20.0, "20"])
def test_impossible_budgets_say_what_is_possible(n):
    with pytest.raises(DataError, match=r"from 10 \(one a class\) to 1000; got"):
        load_digits().label_budget(n)


def test_letters_are_seeded_and_in_range():
    split, again = load_letters(n=520, random_state=4), load_letters(n=520, random_state=4)
    assert np.array_equal(split.train.X, again.train.X)
    assert split.classes[0] == "A" and split.classes[-1] == "Z" and len(split.classes) == 26
    assert split.train.X.shape[1:] == (8, 8, 1) and split.train.X.min() >= 0 and split.train.X.max() <= 1
    assert len(split.train.y) == 520 - 52 - 104
    with pytest.raises(DataError, match="at least 520"):
        load_letters(n=100)


def test_split_refuses_what_it_cannot_do():
    X, y = np.zeros((10, 8, 8, 1)), np.arange(10) % 2
    with pytest.raises(DataError, match="as many; got 10 inputs and 9 classes"):
        make_split("x", X, y[:9], classes=("a", "b"), validation=2, test=2, random_state=0)
    with pytest.raises(DataError, match="10 images cannot give 5 for validation, 5 for test"):
        make_split("x", X, y, classes=("a", "b"), validation=5, test=5, random_state=0)
