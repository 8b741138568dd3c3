"""Searchers spend exactly their budget, repeat themselves for a seed, and stay inside their space."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits as sklearn_digits

from ftlearn import evaluation, studies, tuning
from ftlearn.datasets import Part
from ftlearn.errors import DataError, FtlearnError, UnknownNameError
from ftlearn.studies import rates, selection

SPACE = tuning.head_space()
CONFIG = {"learning_rate": 1e-2, "units": 16, "weight_decay": 1e-4, "batch_size": 16}


@pytest.fixture(scope="module")
def parts():
    X, y = sklearn_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    return Part(X[:60], y[:60]), Part(X[60:100], y[60:100]), Part(X[100:300], y[100:300])


@pytest.fixture
def heads(parts):
    return tuning.HeadTrainings(*parts, random_state=0)


def inside(config):
    return all(one.min_value <= config[one.name] <= one.max_value for one in SPACE.space)


@given(seed=st.integers(0, 10_000))
def test_a_sample_lies_in_the_space(seed):
    config = tuning.sample(SPACE, np.random.default_rng(seed))
    assert inside(config)
    assert isinstance(config["units"], int) and isinstance(config["batch_size"], int)


@given(st.fixed_dictionaries({one.name: st.integers(1, 4) for one in SPACE.space}))
@settings(max_examples=40)
def test_a_grid_has_every_combination_once(levels):
    cells = tuning.grid(SPACE, levels)
    assert len(cells) == np.prod(list(levels.values()))
    assert len({tuple(cell.values()) for cell in cells}) == len(cells)
    assert all(inside(cell) for cell in cells)
    values = [sorted({cell[name] for cell in cells}) for name in levels]
    assert {tuple(cell[name] for name in levels) for cell in cells} == set(itertools.product(*values))


def test_a_grid_is_even_on_a_logarithmic_scale():
    found = sorted({cell["learning_rate"] for cell in tuning.grid(SPACE, {"learning_rate": 5})})
    assert np.allclose(np.log10(found), [-4.5, -3.5, -2.5, -1.5, -0.5])


@pytest.mark.parametrize("levels", [{"depth": 2}, {"units": 0}])
def test_a_grid_names_what_it_cannot_do(levels):
    with pytest.raises(DataError, match="levels of"):
        tuning.grid(SPACE, levels)


def test_a_head_that_goes_on_is_the_head_trained_at_once(parts):
    on, at_once = tuning.HeadTrainings(*parts), tuning.HeadTrainings(*parts)
    on.train(CONFIG, 3)
    assert on.train(CONFIG, 9) == at_once.train(CONFIG, 9)
    assert on.spent == at_once.spent == 9
    on.train(CONFIG, 9)
    assert on.spent == 9, "asking again costs nothing"


def test_a_head_agrees_with_a_direct_training(heads, parts):
    from sklearn.neural_network import MLPClassifier

    direct = MLPClassifier((16,), learning_rate_init=1e-2, alpha=1e-4, batch_size=16, random_state=0)
    for _ in range(12):
        direct.partial_fit(*parts[0], classes=range(10))
    assert heads.train(CONFIG, 12) == (direct.score(*parts[1]), direct.score(*parts[2]))


def test_a_head_learns_and_says_what_is_missing(heads):
    assert heads.train(CONFIG, 30)[1] > 0.6
    with pytest.raises(DataError, match="lacks units"):
        heads.train({k: v for k, v in CONFIG.items() if k != "units"}, 3)
    with pytest.raises(DataError, match="cannot go back to 5"):
        heads.train(CONFIG, 5)


@pytest.mark.parametrize("name", ["random", "successive halving", "Hyperband"])
def test_a_searcher_spends_its_budget_to_the_last_epoch_and_repeats_itself(name, parts):
    tried = [
        tuning.race(name, tuning.HeadTrainings(*parts), SPACE, budget=50, max_epochs=9, random_state=3)
        for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*tried)
    assert tried[0]["spent"].iloc[-1] == 50
    assert tried[0]["spent"].is_monotonic_increasing and tried[0]["epochs"].max() <= 9
    assert all(inside(config) for config in tried[0].to_dict("records"))


def test_bayesian_search_stays_in_budget_past_its_random_start(parts):
    tried = tuning.race("Bayesian", tuning.HeadTrainings(*parts), SPACE, budget=13, max_epochs=1)
    assert len(tried) == tried["spent"].iloc[-1] == 13
    assert all(inside(config) for config in tried.to_dict("records"))


def test_the_grid_ends_when_it_has_been_tried(parts):
    tried = tuning.race("grid", tuning.HeadTrainings(*parts), SPACE, budget=100, max_epochs=2)
    assert len(tried) == 20 and tried["spent"].iloc[-1] == 40
    assert tried.groupby("learning_rate").size().tolist() == [4] * 5


def test_halving_keeps_the_best_third(parts):
    tried = tuning.race("successive halving", tuning.HeadTrainings(*parts), SPACE, budget=21, max_epochs=9)
    assert tried["epochs"].value_counts().to_dict() == {1: 9, 3: 3, 9: 1}
    first = tried[tried["epochs"] == 1]
    kept = set(tried[tried["epochs"] == 3]["learning_rate"])
    worst_kept = first[first["learning_rate"].isin(kept)]["validation"].min()
    assert (first[~first["learning_rate"].isin(kept)]["validation"] <= worst_kept).all()


def test_a_race_takes_a_searcher_of_ones_own(heads):
    def stubborn(train, space, max_epochs, random_state):
        while True:
            for rate in (1e-3, 1e-2, 1e-1):
                train(CONFIG | {"learning_rate": rate}, max_epochs)

    with pytest.raises(DataError, match="does not pay"):
        tuning.race(stubborn, heads, SPACE, budget=5)

    def once(train, space, max_epochs, random_state):
        stubborn_once = [train(CONFIG | {"learning_rate": rate}, max_epochs) for rate in (1e-3, 1e-2, 1e-1)]
        assert all(0 <= score <= 1 for score in stubborn_once)

    tried = tuning.race(once, heads, SPACE, budget=20, max_epochs=8)
    assert tried["epochs"].tolist() == [8, 8, 4], "the last training is cut short"
    with pytest.raises(DataError, match="Make new HeadTrainings"):
        tuning.race(once, heads, SPACE, budget=20, max_epochs=8)


def test_an_unknown_searcher_is_named(heads):
    with pytest.raises(UnknownNameError, match="Did you mean 'random'"):
        tuning.race("randon", heads, SPACE, budget=30)


def test_an_error_inside_a_trial_is_not_taken_for_the_end(heads):
    def broken(train, space, max_epochs, random_state):
        train({"learning_rate": 1.0}, 1)

    with pytest.raises(DataError, match="lacks units"):
        tuning.race(broken, heads, SPACE, budget=30)


def test_best_so_far_prefers_the_longer_training_and_needs_one():
    tried = pd.DataFrame({"spent": [3, 6, 15, 30], "epochs": [3, 3, 9, 9], "validation": [0.7, 0.6, 0.7, 0.9]})
    assert tuning.best_so_far(tried, 15)["epochs"] == 9
    assert tuning.best_so_far(tried, 14)["epochs"] == 3
    with pytest.raises(DataError, match="No training has ended after 2"):
        tuning.best_so_far(tried, 2)


def test_folds_interval_is_the_corrected_t_interval():
    from scipy import stats

    a, b = np.random.default_rng(0).normal(0.8, 0.05, (2, 50))
    found, d = evaluation.folds_interval(a, b, test_share=0.2), a - b
    half = stats.t.ppf(0.975, 49) * np.sqrt((1 / 50 + 0.25) * d.var(ddof=1))
    assert np.isclose(found.high - found.mean, half) and np.isclose(found.mean - found.low, half)
    assert found.high - found.low > 3 * (evaluation.paired_interval(a, b).high - found.mean)
    with pytest.raises(DataError, match="test_share"):
        evaluation.folds_interval(a, b, test_share=1)
    with pytest.raises(DataError, match="same folds"):
        evaluation.folds_interval(a, b[:-1])


def test_a_head_that_runs_off_to_infinity_counts_as_one_class(parts):
    head = rates.make("sgd", 16, 1e6, 0)
    for _ in range(3):
        rates._epoch(head, *parts[0])
    assert rates._accuracy(head, *parts[2]) == np.mean(parts[2].y == 0)


def test_selection_agrees_with_its_committed_row():
    (fresh,) = selection.measure(3)
    kept = studies.load("selection").query("seed == 3").iloc[0]
    assert all(abs(fresh[name] - kept[name]) < 0.02 for name in ("winner", "nested", "fresh"))


def test_a_worker_that_fails_is_named_with_its_last_words(monkeypatch, parts):
    from ftlearn.tuning import workers

    def start(folder, trials, environment):
        import subprocess
        import sys

        name = environment["KERASTUNER_TUNER_ID"]
        code = "import time; time.sleep(60)" if name == "chief" else "raise SystemExit('no such file')"
        with (folder / f"{name}.log").open("w") as log:
            return subprocess.Popen([sys.executable, "-c", code], stdout=log, stderr=log)

    monkeypatch.setattr(workers, "_start", start)
    with pytest.raises(FtlearnError, match=r"'worker 1' ended with code 1.*no such file"):
        tuning.run_chief_and_workers(parts[0], parts[1], workers=1, trials=1, timeout=30)


def test_time_is_up_when_a_worker_stalls(monkeypatch, parts):
    import subprocess
    import sys

    from ftlearn.tuning import workers

    started = []

    def start(folder, trials, environment):
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))
        return started[-1]

    monkeypatch.setattr(workers, "_start", start)
    with pytest.raises(FtlearnError, match="still running: chief, worker 1"):
        tuning.run_chief_and_workers(parts[0], parts[1], workers=1, trials=1, timeout=0.5)
    assert all(process.poll() is not None for process in started), "nothing is left running"


def test_search_explorer_tells_the_lead_at_each_setting():
    from ftlearn.evaluation import summarise
    from ftlearn.widgets.searching import search_figure, search_leads

    names = (("a", 0.5), ("b", 0.7), ("c", 0.6))
    rows = [(s, n, b, v + 0.01 * s * k) for s in range(3) for k, (n, v) in enumerate(names) for b in (9, 27)]
    table = pd.DataFrame(rows, columns=["seed", "searcher", "spent", "test"])
    means = summarise(table, ["searcher", "spent"], "test")
    leads = search_leads(table, "b", 27)
    assert list(leads.index) == ["a", "c"] and leads.loc["a", "points"] == pytest.approx(21)
    _, alt = search_figure(table, means, "b", 9)
    assert alt.startswith("B after 9 epochs: 71.0 %") and "over c: +9.0" in alt and "a: +21.0" in alt
    with pytest.raises(DataError, match="nothing of 'd'"):
        search_leads(table, "d", 9)
