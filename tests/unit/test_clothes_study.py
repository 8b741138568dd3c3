"""The way to real photographs: what it promises, and that its parts do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from ftlearn import assets, studies
from ftlearn.datasets import Part, make_split
from ftlearn.studies import clothes

MISSING = [name for name in clothes.NEEDS if assets.find(name) is None]


@pytest.mark.skipif(
    bool(MISSING),
    reason=f"the photographs need {' and '.join(MISSING)}: `ftlearn fetch {' '.join(MISSING)}` or FTLEARN_ASSETS=DIR",
)
def test_two_stages_reach_on_photographs_what_the_course_promises():
    """For real, once: about a minute on two free cores."""
    scores = clothes.two_stages(seed=0)
    assert scores["frozen"] >= 0.75, scores
    assert scores["fine-tuned"] >= 0.81, scores


def test_the_committed_results_say_the_same():
    table = studies.load("clothes").set_index(["labels", "strategy"]).sort_index()
    means = table["accuracy"].groupby(level=[0, 1]).mean()
    assert means[3068, "frozen"] >= 0.75 and means[3068, "fine-tuned"] >= 0.81
    seconds = table["seconds"].groupby(level=[0, 1]).mean().unstack()
    both = seconds.dropna(subset=["from scratch", "fine-tuned"])
    assert (both["from scratch"] >= both["fine-tuned"]).all() and {100, 500} <= set(both.index)


def test_augmented_photographs_are_flipped_and_shifted_and_the_originals_stay():
    X = np.random.default_rng(0).integers(0, 256, (40, 96, 96, 3), "uint8")
    before, out = X.copy(), clothes.augmented(X, np.random.default_rng(1))
    assert np.array_equal(X, before) and out.shape == X.shape and out.dtype == X.dtype
    flips = 0
    for original, made in zip(X, out, strict=True):
        middle = made[8:-8, 8:-8]
        windows = {
            flip: [(a, b) for a in range(17) for b in range(17) if np.array_equal(view[a : a + 80, b : b + 80], middle)]
            for flip, view in ((0, original), (1, original[:, ::-1]))
        }
        assert len(windows[0]) + len(windows[1]) == 1
        flips += len(windows[1])
    assert 10 <= flips <= 30


@pytest.fixture
def blank(monkeypatch):
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    X = (rng.integers(0, 60, (80, 96, 96, 3)) + 120 * y[:, None, None, None]).astype("uint8")
    split = make_split("blank", X, y, classes=("dark", "light"), validation=20, test=20, random_state=0)
    monkeypatch.setattr(clothes, "_clothes", lambda: split)
    monkeypatch.setattr(clothes, "_test", lambda: split._test)
    monkeypatch.setattr(clothes, "BUDGETS", (20, 40))
    return split


def test_cheap_ways_on_pictures_that_differ_in_brightness(blank):
    rows = {(row["labels"], row["strategy"]): row for row in clothes.measure(0, ("majority", "pixels", 20, 40))}
    assert set(rows) == {(20, "majority"), (20, "pixels"), (40, "majority"), (40, "pixels")}
    assert rows[40, "pixels"]["accuracy"] == 1
    assert rows[40, "majority"]["accuracy"] == pytest.approx(0.5, abs=0.1)


def test_rates_are_chosen_by_the_first_seed_with_500_labels_alone():
    for strategy in clothes.RATES:
        assert clothes._rates(strategy, 500, 0) == clothes.RATES[strategy]
        for labels, seed in ((500, 1), (100, 0), (3068, 0)):
            assert clothes._rates(strategy, labels, seed) == (clothes.CHOSEN[strategy],)
    assert clothes._rates(clothes.AWAKE, 500, 0) == (clothes.CHOSEN["fine-tuned"],)
    chosen = studies.load("clothes").query("strategy in @clothes.RATES and labels != 500")
    for strategy, rates in chosen.groupby("strategy")["rate"]:
        assert set(rates) == {clothes.CHOSEN[strategy]}


def test_small_pixels_are_means_of_blocks():
    part = Part(np.arange(96 * 96 * 3).reshape(1, 96, 96, 3), np.zeros(1))
    small = clothes._small(part.X)
    assert small.shape == (1, 768)
    assert small[0, 0] == part.X[0, :6, :6, 0].mean()
