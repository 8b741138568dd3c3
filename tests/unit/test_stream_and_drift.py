"""The parts of the studies of drift and of streams that can be wrong without training anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from ftlearn import studies
from ftlearn.datasets import Part
from ftlearn.errors import DataError
from ftlearn.studies import drift, stream
from ftlearn.widgets import drift_explorer
from ftlearn.widgets.serving import drift_figure


@pytest.mark.parametrize("name", ["new classes", "new scanners"])
def test_tasks_share_no_training_example(name):
    tasks = stream.tasks_of(name, 1)
    assert sum(len(task.train.y) for task in tasks) == 1000
    classes = [set(task.train.y.tolist()) for task in tasks]
    if name == "new classes":
        assert classes == [{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}]
        assert all(set(task.test.y.tolist()) == own for task, own in zip(tasks, classes, strict=True))
    else:
        assert all(own == set(range(10)) for own in classes)
        assert all(len(task.test.y) == 497 for task in tasks)


@given(st.sampled_from([20, 100]), st.integers(1, 4), st.sampled_from(["new classes", "new scanners"]))
def test_memory_is_shared_evenly(memory, seen, name):
    kept = stream.remembered(stream.tasks_of(name, 0)[:seen], memory, 0)
    assert len(kept.y) == memory // seen * seen
    counts = np.bincount(kept.y, minlength=10)[: 2 * seen] if name == "new classes" else np.bincount(kept.y)
    assert counts.max() - counts.min() <= seen, "each task deals its classes round"


def test_everything_is_kept_when_there_is_room():
    tasks = stream.tasks_of("new classes", 0)
    kept = stream.remembered(tasks[:2], 1000, 0)
    assert len(kept.y) == len(tasks[0].train.y) + len(tasks[1].train.y)


def test_half_of_every_batch_is_old():
    new, old = (Part(np.full((n, 1), value), np.full(n, value)) for n, value in ((30, 1), (7, 0)))
    X, y = stream.mixed(new, old, np.random.default_rng(0))
    assert len(y) == stream.STEPS * stream.BATCH
    assert (y.reshape(-1, stream.BATCH).sum(1) == stream.BATCH // 2).all()
    assert (X[:, 0] == y).all()
    assert (stream.mixed(new, None, np.random.default_rng(0)).y == 1).all()


def sample(rng, n, shift=0.0):
    p = rng.dirichlet(np.ones(10), n)
    p[:, 0] += shift
    return {"probabilities": p, "features": rng.normal(shift, 1, (n, 5))}


def test_p_values_are_the_references():
    rng = np.random.default_rng(0)
    old, new = sample(rng, 100), sample(rng, 40)
    found = drift.p_values(old, new, rng)
    expected = [ks_2samp(old["probabilities"][:, k], new["probabilities"][:, k]).pvalue for k in range(10)]
    assert found["probabilities, uncorrected"] == min(expected)
    assert found["probabilities"] == min(10 * min(expected), 1)
    assert all(0 <= p <= 1 for p in found.values())
    shifted = drift.p_values(old, sample(rng, 40, shift=3.0), rng)
    assert shifted["probabilities"] < 1e-6
    assert shifted["features (MMD)"] == pytest.approx(1 / (drift.PERMUTATIONS + 1))


def test_the_permutation_test_keeps_its_level():
    rng = np.random.default_rng(1)
    p = [drift.mmd_p_value(rng.normal(size=(30, 3)), rng.normal(size=(10, 3)), rng) for _ in range(200)]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.11
    assert 0.4 < np.mean(p) < 0.6


def test_the_committed_results_are_whole():
    runs = studies.load("stream")
    assert runs.groupby("seed").size().nunique() == 1
    assert runs["seed"].nunique() == stream.SEEDS
    found = studies.load("drift")
    assert set(found["test"]) == set(drift.TESTS)
    assert sorted(found["batch"].unique()) == list(drift.BATCHES)
    assert found["seed"].nunique() == drift.SEEDS


@pytest.mark.parametrize("arriving", ["as before", "turned", "more sevens"])
def test_the_explorer_says_every_bar(arriving):
    table = studies.load("drift")
    figure, alt = drift_figure(table, arriving, 100)
    here = table.query("arriving == @arriving and batch == 100").groupby("test")["alarms"].mean()
    for test, share in here.items():
        assert f"{test}: {100 * share:.0f} %" in alt
    assert len(figure.axes[0].patches) == len(here)


def test_the_explorer_refuses_what_is_not_there():
    table = studies.load("drift")
    with pytest.raises(DataError, match="no batches of 7"):
        drift_figure(table, "turned", 7)
    with pytest.raises(DataError, match="lacks alarms"):
        drift_explorer(table.drop(columns="alarms"))
