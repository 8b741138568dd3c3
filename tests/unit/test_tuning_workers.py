"""A chief and a worker really run, each in a process of its own (each imports TensorFlow: this takes a while)."""

import numpy as np

from ftlearn import tuning
from ftlearn.datasets import Part


def test_the_worker_trains_every_trial_once():
    rng = np.random.default_rng(0)
    y = np.arange(40) % 10
    X = (np.eye(10)[y] + 0.1 * rng.normal(size=(40, 10))).astype("float32")
    trials = tuning.run_chief_and_workers(Part(X, y), Part(X, y), workers=1, trials=2, timeout=240)
    assert trials["trial"].astype(int).tolist() == [0, 1]
    assert set(trials["worker"]) == {"worker 1"}
    assert (trials["ended"] > trials["started"]).all() and trials["started"].iloc[0] == 0
    assert trials["units"].between(32, 512).all() and trials["validation"].between(0, 1).all()
