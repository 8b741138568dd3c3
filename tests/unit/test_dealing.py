"""What a split promises, for any folder: shares, whole groups, the same again. (The dealing alone: no files needed.)"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from ftlearn.datasets._dealing import grouped, quota, stratified, together

NAMES = [f"class {c}" for c in range(6)]

counts_of_classes = st.lists(st.integers(3, 60), min_size=2, max_size=6)
shares = st.sampled_from([0.1, 0.15, 0.2, 0.25, 0.3])


def dealt(function, y, unit, validation, test, seed):
    return function(y, unit, NAMES[: y.max() + 1], validation=validation, test=test, seed=seed)


@settings(max_examples=60, deadline=None)
@given(counts=counts_of_classes, validation=shares, test=shares, seed=st.integers(0, 9))
def test_stratified_within_rounding(counts, validation, test, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    part = dealt(stratified, y, np.arange(len(y)), validation, test, seed)
    assert np.array_equal(part, dealt(stratified, y, np.arange(len(y)), validation, test, seed))
    for number, share in ((1, validation), (2, test)):
        got = np.bincount(y[part == number], minlength=len(counts))
        assert (abs(got - share * np.array(counts)) <= 1).all() or (got == 1).any()
        assert got.min() >= 1
    assert np.bincount(y[part == 0], minlength=len(counts)).min() >= 1


@settings(max_examples=60, deadline=None)
@given(counts=st.lists(st.integers(10, 200), min_size=2, max_size=6), share=shares)
def test_shares_are_those_of_scikit_learn(counts, share):
    y = np.repeat(np.arange(len(counts)), counts)
    ours = quota(np.array(counts), share)
    _, theirs = train_test_split(y, test_size=int(ours.sum()), stratify=y, random_state=0)
    assert abs(ours - np.bincount(theirs, minlength=len(counts))).max() <= 1
    assert abs(ours.sum() - share * sum(counts)) <= max(0.5, (share * np.array(counts) < 1).sum())


@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 9))
def test_groups_are_never_torn(data, seed):
    writers = data.draw(st.integers(6, 14))
    each = data.draw(st.lists(st.integers(4, 12), min_size=writers, max_size=writers))
    unit = np.repeat(np.arange(writers), each)
    y = np.concatenate([np.arange(n) % 2 for n in each])
    part = dealt(grouped, y, unit, 0.2, 0.2, seed)
    assert all(len(set(part[unit == u])) == 1 for u in range(writers))
    assert all(set(part[y == c]) == {0, 1, 2} for c in (0, 1))
    assert np.array_equal(part, dealt(grouped, y, unit, 0.2, 0.2, seed))
    sizes = np.bincount(part) / len(part)
    assert sizes[0] >= max(sizes[1:]) - max(each) / len(part)


@given(labels=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30))
def test_together_joins_what_shares_a_label_and_nothing_else(labels):
    first, second = zip(*labels, strict=True)
    unit = together(first, second)
    for i in range(len(labels)):
        for j in range(len(labels)):
            if first[i] == first[j] or second[i] == second[j]:
                assert unit[i] == unit[j]
    links = {(("first", a), ("second", b)) for a, b in labels}
    reached = {("first", first[0]), ("second", second[0])}
    for _ in range(len(labels)):
        reached |= {node for link in links if set(link) & reached for node in link}
    assert {i for i, u in enumerate(unit) if u == unit[0]} == {
        i for i, (a, _) in enumerate(labels) if ("first", a) in reached
    }
