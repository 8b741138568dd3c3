"""The studies of lesson 12 deal, average and draw as they say."""

import numpy as np
import pytest

from ftlearn.datasets import Part, load_digits
from ftlearn.studies import federated, few_shots, scanners


@pytest.fixture(scope="module")
def part():
    return load_digits().train


@pytest.mark.parametrize("split", federated.SPLITS)
def test_clients_hold_every_digit_once(part, split):
    clients = federated.deal(part, split, np.random.default_rng(0))
    assert len(clients) == federated.CLIENTS and sum(len(c.y) for c in clients) == len(part.y)
    assert np.isclose(sum(c.X.sum() for c in clients), part.X.sum(), rtol=1e-4)
    kinds = [len(np.unique(c.y)) for c in clients]
    assert kinds == ([2] * 5 if split == "two digits each" else [10] * 5)


def test_weights_are_averaged_by_size_and_their_spread_is_known():
    one, other = [np.zeros((2, 2)), np.zeros(1)], [np.ones((2, 2)), np.ones(1)]
    mean = federated.average([one, other], [1, 3])
    assert np.allclose(mean[0], 0.75) and np.allclose(mean[1], 0.75)
    assert federated.apart([other, other], one, other) == 0
    assert federated.apart([other, [-w for w in other]], one, one) == pytest.approx(1)


def test_one_step_is_kerass_own_sgd_step(part):
    import keras

    steps = federated.network()
    start = federated.first_weights("none", 3)
    ours = steps.train(start, part.X[:20], part.y[:20], rate=0.1, steps=3, rng=np.random.default_rng(0))
    model = keras.models.clone_model(steps.model)
    model.set_weights(start)
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(part.X[:20], part.y[:20], batch_size=20, epochs=3, shuffle=False, verbose=0)
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(ours, model.get_weights(), strict=True))


def test_tasks_number_five_classes_anew_and_share_no_picture(part):
    tasks = few_shots.Tasks(Part(*part), np.arange(10))
    few, more = tasks.draw(np.random.default_rng(0), 5, 15)
    assert few.X.shape == (25, 8, 8, 1) and np.bincount(few.y).tolist() == [5] * 5
    assert np.bincount(more.y).tolist() == [15] * 5
    both = np.concatenate([few.X, more.X]).reshape(100, -1)
    seen = {row.tobytes() for row in part.X.reshape(len(part.X), -1)}
    assert len({row.tobytes() for row in both}) == 100 and all(row.tobytes() in seen for row in both)


def test_no_letter_that_is_kept_out_is_learnt_from():
    _, known, kept_out = few_shots.letters()
    assert len(kept_out) == few_shots.KEPT_OUT and not set(known) & set(kept_out)


@pytest.mark.parametrize(
    ("mix", "at_least", "at_most"), [("all digits", 7, 10), ("two digits only", 2, 2), ("one digit only", 1, 1)]
)
def test_mixes_hold_what_their_name_says(part, mix, at_least, at_most):
    chosen = scanners.mixed(part.y[500:], mix, np.random.default_rng(0))
    assert len(set(chosen)) == 40 and at_least <= len(np.unique(part.y[500:][chosen])) <= at_most


def test_half_of_them_one_digit(part):
    chosen = scanners.mixed(part.y[500:], "half of them one digit", np.random.default_rng(0))
    assert len(set(chosen)) == 40 and np.bincount(part.y[500:][chosen]).max() == 20


def test_a_scanner_at_half_strength_is_half_as_far():
    made = scanners.scanner("all three", 0.5)
    assert (made.turned, made.blur, made.inverted) == (7.5, 0.25, 0.5)
