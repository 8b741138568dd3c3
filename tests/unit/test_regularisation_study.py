"""The studies of lesson 09 hold what the lesson says, and what they are made of does what it is named for."""

import numpy as np
import pytest

from ftlearn import paired_interval, studies
from ftlearn.datasets import Part
from ftlearn.studies import regularisation
from ftlearn.studies._training import BATCH
from ftlearn.studies._watching import augmented, mislabelled, scores, shown
from ftlearn.studies.learning_curves import stopping, unpacked


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    return Part(rng.random((50, 8, 8, 1), np.float32), rng.integers(0, 10, 50))


def test_wrong_labels_are_wrong_and_as_many_as_asked(images):
    changed = mislabelled(images, 0.2, seed=3)
    assert (changed.y != images.y).sum() == 10
    assert changed.y.min() >= 0 and changed.y.max() <= 9
    assert np.array_equal(mislabelled(images, 0.2, seed=3).y, changed.y)


def test_every_image_is_shown_equally_often_in_whole_batches(images):
    X, targets = shown(images, 0, 6)
    assert len(X) == len(targets) == 6 * 4 * BATCH
    times = [(X == image).all(axis=(1, 2, 3)).sum() for image in images.X]
    assert max(times) - min(times) <= 1
    order = [int(np.flatnonzero((images.X == x).all(axis=(1, 2, 3)))[0]) for x in X[:100]]
    assert sorted(order[:50]) == sorted(order[50:]) and order[:50] != order[50:], "shuffled anew"


def test_smoothed_targets_are_shares(images):
    _, hard = shown(images, 0, 2)
    _, soft = shown(images, 0, 2, smoothing=0.1)
    assert np.allclose(soft.sum(axis=1), 1)
    assert np.allclose(soft.max(axis=1), 0.91) and np.array_equal(hard.argmax(axis=1), soft.argmax(axis=1))


def test_augmentation_of_no_strength_changes_nothing_and_repeats_with_its_seed(images):
    assert np.array_equal(augmented(images.X, 0), images.X)
    once, again = (augmented(images.X, 1, turn=15, zoom=0.1, shift=0.1) for _ in range(2))
    assert np.array_equal(once, again) and not np.allclose(once, images.X)
    assert once.min() >= 0 and once.max() <= 1 + 1e-6


def test_scores_agree_with_scikit_learn():
    from sklearn.metrics import accuracy_score, log_loss

    rng = np.random.default_rng(0)
    p, y = rng.dirichlet(np.ones(10), 40), rng.integers(0, 10, 40)
    loss, accuracy, over = scores(p, y)
    assert loss == pytest.approx(log_loss(y, p, labels=range(10)))
    assert accuracy == accuracy_score(y, p.argmax(axis=1))
    assert over == pytest.approx(p.max(axis=1).mean() - accuracy)


def test_the_setting_kept_is_the_best_on_validation_and_the_lower_loss_decides():
    low, high = ((0.5, 0.8, 0), (0.4, 0.7, 0.1)), ((0.9, 0.9, 0), (0.8, 0.6, 0.1))
    assert regularisation._kept("t", {"a": low, "b": high})["accuracy"] == 0.6
    equal = ((0.3, 0.8, 0), (0.2, 0.5, 0.1))
    assert regularisation._kept("t", {"a": low, "c": equal})["setting"] == "c"


def test_every_technique_had_as_many_settings_to_choose_from():
    assert {len(grid) for grid in regularisation.TECHNIQUES.values()} == {3} == {len(regularisation.PATIENCES)}


def restored(curves, budget, labels, patience=3):
    ours, theirs = [], []
    for _, run in curves.query("budget == @budget and labels == @labels and technique == 'none'").groupby("seed"):
        _, best = stopping(run["val_loss"].tolist(), patience)
        ours.append(run["test_accuracy"].iloc[best])
        theirs.append(run["test_accuracy"].iloc[-1])
    return paired_interval(ours, theirs)


def test_early_stopping_rescues_wrong_labels_and_not_clean_ones():
    curves = unpacked(studies.load("learning_curves"))
    assert restored(curves, 200, "a fifth wrong").low > 0.04
    assert restored(curves, 200, "clean").high < 0.01


@pytest.mark.parametrize("budget", [20, 50])
def test_with_few_labels_the_rescue_is_not_shown(budget):
    curves = unpacked(studies.load("learning_curves"))
    assert restored(curves, budget, "a fifth wrong", patience=10).low < 0


def test_repeated_folds_promise_too_much():
    from scipy import stats

    study = studies.load("crossvalidation").query("labels == 50 and scheme == '10 × 5 folds'")
    reach = stats.t.ppf(0.975, 49) * study["spread"]
    off = (study["accuracy"] - study["truth"]).abs()
    assert (off <= reach / np.sqrt(50)).mean() < 0.5
    assert (off <= reach * np.sqrt(1 / 50 + 0.25)).mean() > 0.85


@pytest.mark.parametrize("name", ["crossvalidation", "learning_curves"])
def test_a_small_part_comes_out_again(name):
    result = studies.run(name, check=True)
    assert result.stands, result.problems
