"""What the doctor takes from private attributes of tf.data is true; hidden, it is found in another way or not told."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from ftlearn import doctor
from ftlearn.doctor import pipelines

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")


def draw(x):
    return x + tf.random.normal(tf.shape(x))


def keep(x):
    return x * 2


def slices():
    return tf.data.Dataset.from_tensor_slices(X)


PIPELINES = {
    "plain": lambda folder: slices().batch(4),
    "shuffled": lambda folder: slices().shuffle(8).batch(4).prefetch(1),
    "cached": lambda folder: slices().map(draw).cache().batch(4),
    "on disk": lambda folder: slices().map(keep).cache(str(folder / "held")).batch(4),
    "on disk in a branch": lambda folder: tf.data.Dataset.zip((slices().cache(str(folder / "held")), slices())),
}


@pytest.mark.parametrize("kind", PIPELINES)
def test_the_stages_of_a_pipeline(kind, hidden, tmp_path):
    data = PIPELINES[kind](tmp_path)
    stages = pipelines.stages_of(data)
    assert any("TensorSlice" in one for one in stages) and ("Batch" in stages[0]) == (
        kind in ("plain", "cached", "on disk")
    )
    assert any("Shuffle" in one for one in stages) == (kind == "shuffled")
    assert any("Cache" in one for one in stages) == (kind not in ("plain", "shuffled"))
    assert pipelines.cache_files(data) == ([str(tmp_path / "held")] if "disk" in kind else [])
    assert list(tmp_path.iterdir()) == [], "looking has read the data"
    chain = pipelines.chain_of(data)
    assert chain is None if hidden else chain[0] is data
    assert pipelines.stages_of(X) == pipelines.cache_files((X, X)) == []


def test_which_pipelines_come_in_another_order_each_time(hidden):
    fixed = slices().shuffle(8, seed=1, reshuffle_each_iteration=False)
    assert [pipelines.reshuffles(one) for one in (slices(), slices().shuffle(8).batch(2), X)] == [False, True, False]
    assert pipelines.reshuffles(fixed) is hidden, "without being told, any shuffling counts"
    report = doctor.examine(None, train=slices().shuffle(8).batch(2))
    assert "Reading moved the shuffling of train on" in report.sampled
    assert not doctor.examine(None, train=slices().batch(2)).sampled


def test_which_stage_draws_random_numbers(hidden):
    drawn = [pipelines.draws_at_random(one) for one in (slices(), slices().map(draw), slices().map(keep))]
    assert drawn == ([False, None, None] if hidden else [False, True, False])
