"""Is what arrives still what the network was trained for? False alarms and power of five tests, by batch size.

For each seed a fresh split and a fresh model (letters network, head trained on 200 digits). Of the 797 digits that it
was not trained on, 300 drawn anew each time are the reference; a batch is drawn from the others, and seen through one
scanner or another. An alarm is a p-value below 0.05. Where more sevens arrive, the accuracy is weighted as they are.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ftlearn import backbones, finetune
from ftlearn.adaptation import Scanner
from ftlearn.datasets import load_digits
from ftlearn.studies._training import Repeater

SEEDS = 8
ALPHA = 0.05
REFERENCE = 300
BATCHES = (10, 30, 100)
DRAWS = 30
SLOW_DRAWS = 10
PERMUTATIONS = 99
LABELS = 200
ARRIVING = {
    "as before": Scanner(),
    "paler": Scanner(inverted=0.03),
    "turned": Scanner(turned=5),
    "blurred": Scanner(blur=0.4),
    "inverted": Scanner(inverted=1.0),
}
MORE_SEVENS = "more sevens"
TESTS = ("confidence", "probabilities", "probabilities, uncorrected", "predicted classes", "features (MMD)")
KEYS = ["arriving", "test", "batch"]
CHECK = ("blurred",)
TOLERANCE = {"alarms": 0.2, "accuracy": 0.06}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Count the alarms of every test, for one seed (which draws the split and the batches)."""
    model, digits = _trained(seed)
    X, y = (np.concatenate(both) for both in zip(digits.validation, digits.test, strict=True))
    before, rows = views(model, X), []
    for arriving in [part[0]] if part else [*ARRIVING, MORE_SEVENS]:
        rng = np.random.default_rng([seed, len(arriving)])
        seen = ARRIVING.get(arriving, Scanner())(X)
        after = views(model, seen)
        chance = np.where(y == 7, 5.0, 1.0) if arriving == MORE_SEVENS else np.ones(len(y))
        accuracy = np.average(after["probabilities"].argmax(1) == y, weights=chance)
        for batch in BATCHES:
            alarms = dict.fromkeys(TESTS, 0)
            for draw in range(DRAWS):
                order = rng.permutation(len(y))
                old, rest = order[:REFERENCE], order[REFERENCE:]
                new = rng.choice(rest, batch, replace=False, p=chance[rest] / chance[rest].sum())
                found = p_values(
                    {k: v[old] for k, v in before.items()}, {k: v[new] for k, v in after.items()}, rng,
                    slow=draw < SLOW_DRAWS,
                )  # fmt: skip
                for name, p in found.items():
                    alarms[name] += p < ALPHA
            rows += [
                {"seed": seed, "arriving": arriving, "test": name, "batch": batch,
                 "alarms": count / (SLOW_DRAWS if "MMD" in name else DRAWS), "accuracy": accuracy}
                for name, count in alarms.items()
            ]  # fmt: skip
    return rows


def views(model: Any, X: np.ndarray) -> dict[str, np.ndarray]:
    """Compute what the tests look at."""
    features = finetune.cache_features(model.layers[1], X)
    return {"probabilities": model.predict(X, verbose=0), "features": features}


def p_values(
    reference: dict[str, np.ndarray], batch: dict[str, np.ndarray], rng: np.random.Generator, *, slow: bool = True
) -> dict[str, float]:
    """Test whether a batch comes from where the reference came from, in several ways."""
    from scipy.stats import chi2_contingency, ks_2samp

    old, new = reference["probabilities"], batch["probabilities"]
    columns = np.array([ks_2samp(old[:, k], new[:, k]).pvalue for k in range(old.shape[1])])
    counts = np.stack([np.bincount(one.argmax(1), minlength=old.shape[1]) for one in (old, new)])
    found = {
        "confidence": ks_2samp(old.max(1), new.max(1)).pvalue,
        "probabilities": min(columns.min() * len(columns), 1.0),
        "predicted classes": chi2_contingency(counts[:, counts.sum(0) > 0]).pvalue,
        "probabilities, uncorrected": columns.min(),
    }
    if slow:
        found["features (MMD)"] = mmd_p_value(reference["features"], batch["features"], rng)
    return found


def mmd_p_value(old: np.ndarray, new: np.ndarray, rng: np.random.Generator) -> float:
    """Test the maximum mean discrepancy with a Gaussian kernel by permutations (Gretton and others 2012)."""
    from scipy.spatial.distance import pdist, squareform

    distances = squareform(pdist(np.concatenate([old, new]), "sqeuclidean"))
    kernel = np.exp(-distances / np.median(distances[distances > 0]))
    member = np.zeros((len(kernel), PERMUTATIONS + 1), bool)
    member[len(old) :, 0] = True
    for column in range(1, PERMUTATIONS + 1):
        member[rng.permutation(len(kernel))[: len(new)], column] = True
    weights = np.where(member, 1 / len(new), -1 / len(old))
    discrepancy = (weights * (kernel @ weights)).sum(0)
    return float((discrepancy >= discrepancy[0] - 1e-12).mean())


def _trained(seed: int) -> tuple[Any, Any]:
    """Train a head on features that stay."""
    digits = load_digits(random_state=seed).label_budget(LABELS)
    repeater, fresh = _repeater()
    repeater.train(fresh, *digits.train, rate=3e-3, steps=400, rng=np.random.default_rng(seed))
    return repeater.model, digits


@functools.cache
def _repeater() -> tuple[Repeater, list]:
    model = backbones.attach_head(finetune.freeze(backbones.load_backbone("letters")), 10)
    return Repeater(model, steps_together=10), model.get_weights()
