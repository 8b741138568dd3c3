"""Wrong labels, found again: how many of them, how many false alarms, and what correcting them is worth.

300 digits, a head (logistic regression) on the letters network's features. Two kinds of error: "at random", any other
class; "look-alike", the class that a clean model finds second most likely, as a tired person would. What to look at is
chosen by confident learning (Northcutt, Jiang and Chuang 2021), or at random, as many.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ftlearn.evaluation.labels import likely_label_errors
from ftlearn.studies import leakage

SEEDS = 10
LABELS = 300
SHARES = (5, 10, 20, 30)
KINDS = ("at random", "look-alike")
KEYS = ["kind", "wrong", "remedy"]
CHECK = ("at random", 10)
TOLERANCE = {"accuracy": 0.03, "precision": 0.1, "recall": 0.1}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Spoil labels, look for them and correct them, for one seed (which draws the images and the errors)."""
    rows = []
    for kind, percent in [part] if part else [(kind, percent) for kind in KINDS for percent in SHARES]:
        rows += [{"seed": seed, "kind": kind, "wrong": percent, **row} for row in _remedies(seed, kind, percent)]
    return rows


def _remedies(seed: int, kind: str, percent: int) -> list[dict[str, Any]]:
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    features, (_, classes, _) = leakage.features(), leakage.digits()
    mine, untouched = leakage.drawn(seed, LABELS)
    X, truth = features[mine], classes[mine]
    given = _look_alikes(seed, percent) if kind == "look-alike" else leakage.with_wrong_labels(truth, percent, seed)
    wrong = given != truth

    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    probabilities = cross_val_predict(leakage.model(), X, given, cv=folds, method="predict_proba")
    flagged = likely_label_errors(given, probabilities)
    as_many = np.random.default_rng(seed + 4).permutation(LABELS)[: len(flagged)]
    looks = {
        "left as they are": [], "flagged, corrected": flagged, "flagged, dropped": flagged,
        "as many at random, corrected": as_many, "all corrected": np.arange(LABELS),
    }  # fmt: skip
    rows = []
    for remedy, looked in looks.items():
        labels, kept = given.copy(), np.ones(LABELS, bool)
        if "dropped" in remedy:
            kept[looked] = False
        else:
            labels[looked] = truth[looked]
        head = leakage.model().fit(X[kept], labels[kept])
        found = wrong[looked].sum() if len(looked) else 0
        rows.append({
            "remedy": remedy, "looked_at": len(looked), "precision": found / max(len(looked), 1),
            "recall": found / wrong.sum(), "accuracy": head.score(features[untouched], classes[untouched]),
        })  # fmt: skip
    return rows


@functools.cache
def _runners_up(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return true classes, and for each image the other class that a model of true labels finds most likely."""
    from sklearn.model_selection import cross_val_predict

    mine, _ = leakage.drawn(seed, LABELS)
    truth = leakage.digits()[1][mine]
    found = cross_val_predict(leakage.model(), leakage.features()[mine], truth, cv=5, method="predict_proba")
    found[np.arange(LABELS), truth] = -1
    return truth, found.argmax(axis=1)


def _look_alikes(seed: int, percent: int) -> np.ndarray:
    truth, second = _runners_up(seed)
    wrong = np.random.default_rng(seed + 3).permutation(LABELS)[: round(percent * LABELS / 100)]
    given = truth.copy()
    given[wrong] = second[wrong]
    return given
