"""Studies keep finished seeds, agree with their committed results, and say so when they do not."""

import os
import types

import numpy as np
import pandas as pd
import pytest

from ftlearn import paired_interval, studies
from ftlearn.errors import DataError, UnknownNameError


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A study of two numbers a seed, in a folder of its own."""
    module = types.SimpleNamespace(SEEDS=3, KEYS=["part"], CHECK=("a",), TOLERANCE={"score": 0.1}, calls=[], shift=0.0)
    module.__file__ = str(tmp_path / "small.py")
    (tmp_path / "small.py").write_text("# first version\n")

    def measure(seed, part=None):
        module.calls.append(seed)
        if getattr(module, "stop_at", None) == seed:
            raise KeyboardInterrupt
        return [{"seed": seed, "part": p, "score": seed + module.shift} for p in (part or ("b", "a"))]

    module.measure = measure
    monkeypatch.setattr(studies, "_module", lambda name: module)
    monkeypatch.setattr(studies, "_FOLDER", tmp_path)
    monkeypatch.setattr(studies.environment, "start_tensorflow", lambda: None)
    return module


def test_results_are_sorted_and_say_versions_and_date(small, tmp_path):
    result = studies.run("small")
    assert result.rows[["seed", "part"]].values.tolist() == [[s, p] for s in range(3) for p in "ab"]
    table = studies.load("small")
    assert "keras" in table.attrs["about"] and "study small, 20" in table.attrs["about"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.csv", "small.py"]


def test_an_interrupted_study_goes_on_where_it_stopped(small, tmp_path):
    small.stop_at = 2
    with pytest.raises(KeyboardInterrupt):
        studies.run("small")
    assert not (tmp_path / "small.csv").exists()
    small.stop_at, small.calls[:] = None, []
    lines = []
    studies.run("small", progress=lines.append)
    assert small.calls == [2] and "kept from the run before" in lines[0]
    assert studies.load("small")["seed"].nunique() == 3


def test_seeds_of_another_version_of_the_script_are_measured_again(small, tmp_path):
    small.stop_at = 2
    with pytest.raises(KeyboardInterrupt):
        studies.run("small")
    (tmp_path / "small.py").write_text("# second version\n")
    small.stop_at, small.calls[:] = None, []
    lines = []
    studies.run("small", progress=lines.append)
    assert small.calls == [0, 1, 2] and "another version of the script" in lines[0]


def test_several_processes_of_one_thread_measure_every_seed(small, monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "2")

    def measure(seed):
        return [{"seed": seed, "part": os.getpid(), "score": int(os.environ["TF_NUM_INTRAOP_THREADS"])}]

    small.measure = measure
    rows = studies.run("small", seeds=4, jobs=2).rows
    assert rows["seed"].tolist() == [0, 1, 2, 3] and os.getpid() not in set(rows["part"])
    assert set(rows["score"]) == {1}
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "2", "the threads of this process are its own business"


def test_a_check_finds_what_no_longer_stands(small):
    studies.run("small")
    assert studies.run("small", check=True).stands
    small.shift = 0.2
    problems = studies.run("small", check=True).problems
    assert problems == ["score at part a: now 0.200, committed 0.000."]
    small.CHECK = ("c",)
    assert "1 of 1 measurements are not in small.csv" in studies.run("small", check=True).problems[0]


def test_bad_requests(small, tmp_path):
    with pytest.raises(DataError, match="at least 2 seeds"):
        studies.run("small", seeds=1)
    with pytest.raises(DataError, match="at least 1 process; got jobs=0"):
        studies.run("small", jobs=0)
    with pytest.raises(DataError, match=r"no results at small.csv. Run `ftlearn study small`"):
        studies.run("small", check=True)


def test_unknown_study():
    with pytest.raises(UnknownNameError, match="Did you mean 'freezing'"):
        studies.load("freezng")


@pytest.mark.parametrize("name", studies.names())
def test_committed_results_are_whole(name):
    table, module = studies.load(name), studies._module(name)
    assert sorted(table["seed"].unique()) == list(range(module.SEEDS))
    assert not table.duplicated(["seed", *module.KEYS]).any()
    assert table.groupby("seed").size().nunique() == 1
    finite = np.isfinite(table[list(module.TOLERANCE)])
    assert finite.any(axis=None) and finite[next(iter(module.TOLERANCE))].all()
    # What does not apply to a way (a spread where there is one model) is missing in every seed, or in none.
    shares = finite.groupby([table[key] for key in module.KEYS] or table["seed"] * 0, dropna=False).mean()
    assert shares.isin([0, 1]).all(axis=None), shares[~shares.isin([0, 1]).all(axis=1)]
    if "accuracy" in table:
        assert table["accuracy"].between(0, 1).all()


def test_transfer_reaches_what_the_course_promises():
    """Means over seeds on digits: the better of frozen and fine-tuned, chosen on validation."""
    table = studies.load("label_budget").set_index(["strategy", "labels", "seed"]).sort_index()
    frozen, tuned = table.loc["frozen"], table.loc["fine-tuned"]
    transfer = frozen["accuracy"].where(frozen["validation"] >= tuned["validation"], tuned["accuracy"])
    means = transfer.groupby("labels").mean()
    assert means[10] >= 0.83 and means[20] >= 0.90 and means[50] >= 0.95
    for labels in (20, 50):
        for rival in ("from scratch", "logistic regression", "1-nearest neighbour"):
            lead = paired_interval(transfer[labels], table.loc[rival, "accuracy"][labels])
            assert lead.mean >= 0.05 and lead.low > 0, f"{labels} labels, ahead of {rival}: {lead.points}"


def test_a_small_part_of_the_committed_results_comes_out_again():
    result = studies.run("freezing", check=True)
    assert result.stands, result.problems


def test_starting_over_gives_the_same_training_twice():
    """The repeated trainer is only fair if nothing of one run leaks into the next."""
    import keras

    from ftlearn.studies._training import Repeater

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 5)).astype("float32"), rng.integers(0, 3, 40)
    repeater = Repeater(keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")]))
    start = repeater.model.get_weights()

    def run():
        repeater.train(start, X, y, rate=0.01, steps=30, rng=np.random.default_rng(1))
        return repeater.model.get_weights()

    first = run()
    repeater.train(start, X, y, rate=0.5, steps=10, rng=np.random.default_rng(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, run(), strict=True))
    assert not np.array_equal(first[0], start[0])
    assert pd.notna(repeater.accuracy(X, y))
