"""Federated averaging among five clients, whose digits are alike or not, against its plain alternatives.

Each client holds 200 of 1,000 digits: dealt at random ("alike"), or two digits each ("two digits each"). A network of
one hidden layer takes 480 plain gradient steps on each client; after every 10, 60, 240 or all 480 of them (one pass
over a client's digits is 10) the weights are averaged, each client's by its number of digits. Plain alternatives take
as many steps as one client does (480), or as all of them do together (2,400). Each method's learning rate is the best
of three on the validation part.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ftlearn.datasets import load_digits
from ftlearn.datasets.splits import Part
from ftlearn.studies._steps import Steps
from ftlearn.studies._training import best_of

SEEDS = 10
KEYS = ["split", "method", "norm", "local_steps"]
CHECK = ("alike", "federated", "none", 60)
TOLERANCE = {"accuracy": 0.03, "apart": 0.25}

CLIENTS, STEPS = 5, 480
LOCAL = (10, 60, 240, 480)
RATES = (0.1, 0.3, 0.9)
SPLITS = ("alike", "two digits each")


def deal(part: Part, split: str, rng: np.random.Generator) -> list[Part]:
    """Deal digits out to the clients: at random, or two digits each."""
    if split == "alike":
        places = np.array_split(rng.permutation(len(part.y)), CLIENTS)
    else:
        places = [np.flatnonzero(np.isin(part.y, pair)) for pair in rng.permutation(10).reshape(CLIENTS, 2)]
    return [Part(part.X[p], part.y[p]) for p in places]


def average(weights: list[list], sizes: list[int]) -> list:
    """Average the clients' weights, layer by layer, each by its number of examples."""
    return [np.average(layer, axis=0, weights=sizes) for layer in zip(*weights, strict=True)]


def apart(weights: list[list], start: list, mean: list) -> float:
    """Distance of the clients' weights from their average, as a share of how far they went."""

    def far(a: list, b: list) -> float:
        return np.sqrt(sum(((x - y) ** 2).sum() for x, y in zip(a, b, strict=True)))

    return float(np.mean([far(w, mean) for w in weights]) / np.mean([far(w, start) for w in weights]))


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Train every way for one seed (which draws the split, the clients' digits, first weights and order)."""
    digits = load_digits(random_state=seed)
    test, rows = digits.test, []
    if part:
        clients = deal(digits.train, part[0], np.random.default_rng(seed))
        return [_federated(seed, digits.validation, test, clients, part[0], *part[2:])]
    for split in SPLITS:
        clients = deal(digits.train, split, np.random.default_rng(seed))
        for norm, local in [*[("none", n) for n in LOCAL], ("batch", 60), ("layer", 60)]:
            rows.append(_federated(seed, digits.validation, test, clients, split, norm, local))
        rows += _alone(seed, digits.validation, test, clients, split)
    rows += [_together(seed, digits, test, steps) for steps in (STEPS, CLIENTS * STEPS)]
    return [*rows, _strangers(seed, digits, test)]


@functools.cache
def network(norm: str = "none") -> Steps:
    """Build 64 pixels, 64 hidden units, 10 answers; with BatchNorm or LayerNorm between, if asked for."""
    import keras
    from keras import layers

    between = {"none": [], "batch": [layers.BatchNormalization(momentum=0.9)], "layer": [layers.LayerNormalization()]}
    return Steps(keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(64), *between[norm], layers.ReLU(), layers.Dense(10)]
    ))  # fmt: skip


def first_weights(norm: str, seed: int) -> list:
    """Draw random first weights."""
    import keras

    keras.utils.set_random_seed(seed)
    return keras.models.clone_model(network(norm).model).get_weights()


def _row(seed: int, split: str, method: str, accuracy: float, **more: Any) -> dict[str, Any]:
    empty = {"norm": "none", "local_steps": STEPS, "rate": np.nan, "own": np.nan, "apart": np.nan}
    return {"seed": seed, "split": split, "method": method, **empty, "accuracy": accuracy, **more}


def own_digits(steps: Steps, weights: list[list], clients: list[Part], part: Part) -> float:
    """Mean accuracy of each client's weights on those test digits that it holds examples of."""
    shares = []
    for w, client in zip(weights, clients, strict=True):
        mine = np.isin(part.y, np.unique(client.y))
        shares.append(steps.accuracy(w, part.X[mine], part.y[mine]))
    return float(np.mean(shares))


def _federated(
    seed: int, validation: Part, test: Part, clients: list[Part], split: str, norm: str, local: int
) -> dict[str, Any]:
    steps, sizes = network(norm), [len(client.y) for client in clients]

    def attempt(rate: float) -> tuple[float, Any]:
        rng, weights, spread = np.random.default_rng(seed), first_weights(norm, seed), []
        for _ in range(STEPS // local):
            back = [steps.train(weights, *client, rate=rate, steps=local, rng=rng) for client in clients]
            mean = average(back, sizes)
            spread.append(apart(back, weights, mean))
            weights = mean
        return steps.accuracy(weights, *validation), (weights, spread[0])

    rate, _, (weights, spread) = best_of(RATES, attempt)
    own = own_digits(steps, [weights] * len(clients), clients, test)
    return _row(seed, split, "federated", steps.accuracy(weights, *test), own=own, norm=norm, local_steps=local,
                rate=rate, apart=spread)  # fmt: skip


def _alone(seed: int, validation: Part, test: Part, clients: list[Part], split: str) -> list[dict[str, Any]]:
    """Train each client by itself (means over the clients), and the first with everybody's steps."""
    steps = network()

    def attempt(rate: float, count: int, who: list[Part]) -> tuple[float, Any]:
        rng, start = np.random.default_rng(seed), first_weights("none", seed)
        weights = [steps.train(start, *client, rate=rate, steps=count, rng=rng) for client in who]
        return own_digits(steps, weights, who, validation), weights

    rows = []
    for method, count, who in (("each alone", STEPS, clients), ("one client, all steps", CLIENTS * STEPS, clients[:1])):
        rate, _, weights = best_of(RATES, functools.partial(attempt, count=count, who=who))
        mean = float(np.mean([steps.accuracy(w, *test) for w in weights]))
        rows.append(_row(seed, split, method, mean, own=own_digits(steps, weights, who, test), rate=rate))
    return rows


def _together(seed: int, digits: Any, test: Part, count: int) -> dict[str, Any]:
    """Train on all data in one place."""
    steps = network()

    def attempt(rate: float) -> tuple[float, Any]:
        weights = steps.train(first_weights("none", seed), *digits.train, rate=rate, steps=count,
                              rng=np.random.default_rng(seed))  # fmt: skip
        return steps.accuracy(weights, *digits.validation), weights

    rate, _, weights = best_of(RATES, attempt)
    method = "one place" if count == STEPS else "one place, all steps"
    return _row(seed, "one place", method, steps.accuracy(weights, *test), rate=rate)


def _strangers(seed: int, digits: Any, test: Part) -> dict[str, Any]:
    """Average once, at the end, networks that began from different random weights."""
    steps, clients = network(), deal(digits.train, "alike", np.random.default_rng(seed))

    def attempt(rate: float) -> tuple[float, Any]:
        rng = np.random.default_rng(seed)
        back = [
            steps.train(first_weights("none", 1000 * seed + number), *client, rate=rate, steps=STEPS, rng=rng)
            for number, client in enumerate(clients)
        ]
        weights = average(back, [len(client.y) for client in clients])
        return steps.accuracy(weights, *digits.validation), weights

    rate, _, weights = best_of(RATES, attempt)
    return _row(seed, "alike", "different first weights", steps.accuracy(weights, *test), rate=rate)
