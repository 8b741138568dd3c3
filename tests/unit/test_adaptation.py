"""Scanners, their undoing, adapted BatchNorm statistics and CORAL."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn.adaptation import Coral, Scanner, adapt_batchnorm
from ftlearn.errors import DataError

PAGES = np.random.default_rng(0).uniform(0, 1, (6, 8, 8, 1)).astype("float32")


@settings(deadline=None, max_examples=30)
@given(st.floats(-90, 90), st.floats(0, 2), st.floats(0, 1))
def test_a_scan_is_a_picture_of_the_same_shape_with_values_from_0_to_1(turned, blur, inverted):
    scanned = Scanner(turned=turned, blur=blur, inverted=inverted)(PAGES)
    assert scanned.shape == PAGES.shape and scanned.dtype == np.float32
    assert scanned.min() >= 0 and scanned.max() <= 1


def test_the_scanner_that_does_nothing_does_nothing():
    assert np.allclose(Scanner()(PAGES), PAGES) and np.allclose(Scanner().undo(PAGES), PAGES)


def test_a_scanner_turns_anticlockwise_as_numpy_does():
    assert np.allclose(Scanner(turned=90)(PAGES), np.rot90(PAGES, axes=(1, 2)), atol=1e-6)


def test_inverting_is_one_minus_x_and_a_half_leaves_one_grey():
    assert np.allclose(Scanner(inverted=1)(PAGES), 1 - PAGES)
    assert np.allclose(Scanner(inverted=0.5)(PAGES), 0.5)


def test_the_blur_is_that_of_scipy_and_does_not_mix_pictures():
    from scipy.ndimage import gaussian_filter

    blurred = Scanner(blur=0.8)(PAGES)
    assert np.allclose(blurred[2, ..., 0], gaussian_filter(PAGES[2, ..., 0], 0.8, mode="constant"), atol=1e-6)


@given(st.floats(0, 1).filter(lambda s: abs(s - 0.5) > 0.05))
def test_contrast_can_be_undone_exactly(inverted):
    scanner = Scanner(inverted=inverted)
    assert np.allclose(scanner.undo(scanner(PAGES)), PAGES, atol=1e-4)


@pytest.mark.parametrize("scanner", [Scanner(blur=0.6), Scanner(turned=20)])
def test_undoing_blur_or_turn_comes_nearer_to_a_smooth_page_but_not_back(scanner):
    rows, columns = np.mgrid[:8, :8]
    page = np.exp(-((rows - 2.5) ** 2 + (columns - 4.5) ** 2) / 3).reshape(1, 8, 8, 1)
    left = np.abs(scanner.undo(scanner(page)) - page).sum()
    assert 0.01 < left < np.abs(scanner(page) - page).sum()


def test_a_scanner_says_what_it_does_not_take():
    with pytest.raises(DataError, match="inverted lies between 0 and 1; got 2"):
        Scanner(inverted=2)
    with pytest.raises(DataError, match="blur is a standard deviation"):
        Scanner(blur=-1)
    with pytest.raises(DataError, match=r"got \(8, 8\)"):
        Scanner()(np.zeros((8, 8)))
    with pytest.raises(DataError, match="nothing is left to undo"):
        Scanner(inverted=0.5).undo(PAGES)


@pytest.fixture
def network():
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential([
        keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3), keras.layers.BatchNormalization(),
        keras.layers.ReLU(), keras.layers.Conv2D(2, 3), keras.layers.BatchNormalization(),
    ])  # fmt: skip


def test_adapted_statistics_are_those_of_the_pictures(network):
    adapt_batchnorm(network, PAGES)
    out = np.asarray(network(PAGES, training=False))
    first = np.asarray(network.layers[0](PAGES))
    assert np.allclose(network.layers[1].moving_mean, first.mean((0, 1, 2)), atol=1e-5)
    assert np.allclose(network.layers[1].moving_variance, first.var((0, 1, 2)), atol=1e-5)
    assert np.allclose(out.mean((0, 1, 2)), 0, atol=1e-4), "the last layer's too, given what the first now passes on"


def test_adapting_moves_no_weight_that_learns_and_leaves_the_layers_as_they_were(network):
    frozen = network.layers[1]
    frozen.trainable = False
    before = [np.array(w) for layer in (network.layers[0], network.layers[3]) for w in layer.weights]
    gamma = np.array(frozen.gamma)
    adapt_batchnorm(network, PAGES)
    after = [w for layer in (network.layers[0], network.layers[3]) for w in layer.weights]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert np.array_equal(gamma, frozen.gamma) and frozen.momentum == 0.99
    assert not frozen.trainable and network.layers[4].trainable


def test_adapting_needs_batchnorm_and_pictures(network):
    import keras

    with pytest.raises(DataError, match="no BatchNorm layer"):
        adapt_batchnorm(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), np.zeros((3, 2)))
    with pytest.raises(DataError, match="got none"):
        adapt_batchnorm(network, PAGES[:0])


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 100), st.integers(1, 6))
def test_coral_gives_means_and_covariances_of_the_other_side(seed, d):
    rng = np.random.default_rng(seed)
    ours = rng.normal(size=(80, d)) @ rng.normal(size=(d, d)) + 3
    theirs = rng.normal(size=(90, d)) @ rng.normal(size=(d, d)) - 1
    aligned = Coral(shrinkage=1e-9).fit(ours, like=theirs).transform(ours)
    assert np.allclose(aligned.mean(0), theirs.mean(0), atol=1e-3)
    assert np.allclose(
        np.cov(aligned.T), np.cov(theirs.T), rtol=0.02, atol=0.02 * np.trace(np.atleast_2d(np.cov(theirs.T)))
    )


def test_coral_agrees_with_scipys_matrix_roots_and_changes_nothing_between_likes():
    from scipy.linalg import inv, sqrtm

    rng = np.random.default_rng(1)
    ours, theirs = rng.normal(size=(50, 4)), rng.normal(size=(60, 4)) * [1, 2, 3, 4]
    a, b = (np.cov(f.T) + np.trace(np.cov(f.T)) / 4 * np.eye(4) for f in (ours, theirs))
    fitted = Coral(shrinkage=1.0).fit(ours, like=theirs)
    assert np.allclose(fitted.turn_, inv(sqrtm(a)) @ sqrtm(b))
    assert np.allclose(Coral().fit(ours, like=ours).transform(ours), ours, atol=1e-5)


def test_coral_can_be_fitted_on_fewer_rows_than_features():
    rng = np.random.default_rng(0)
    assert np.isfinite(Coral().fit(rng.normal(size=(3, 20)), like=rng.normal(size=(4, 20))).turn_).all()


def test_coral_says_what_it_does_not_take():
    with pytest.raises(DataError, match=r"\(3, 2\) and \(3, 4\)"):
        Coral().fit(np.zeros((3, 2)), like=np.zeros((3, 4)))
    with pytest.raises(DataError, match="two rows at least; got 1 and 3"):
        Coral().fit(np.zeros((1, 2)), like=np.zeros((3, 2)))
