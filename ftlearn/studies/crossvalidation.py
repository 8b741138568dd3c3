"""How far a cross-validated accuracy is from the true one, and how often the usual interval over folds catches it.

Each seed is a whole experiment: it draws a small training set from the digits, cross-validates a logistic regression
on it, then fits the regression on all of it and reads the rest of the digits, about 1,700, as the truth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.datasets import load_digits, make_split

SEEDS = 200
LABELS = (50, 100)
FOLDS, REPEATS = 5, 10
KEYS = ["labels", "scheme"]
CHECK = (50,)
TOLERANCE = {"accuracy": 0.01, "truth": 0.01}


def measure(seed: int, part: tuple[int, ...] | None = None) -> list[dict[str, Any]]:
    """Draw, cross-validate once and `REPEATS` times, and compare with the truth."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score

    digits = load_digits()
    X, y = (np.concatenate(parts) for parts in zip(digits.train, digits.validation, digits.test, strict=True))
    X = X.reshape(len(X), -1)
    rows = []
    for labels in part or LABELS:
        drawn = make_split(
            "drawn", X, y, classes=digits.classes, validation=10, test=len(y) - labels - 10, random_state=seed
        )  # fmt: skip
        model = LogisticRegression(C=1.0, max_iter=1000)
        folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=seed)
        scores = cross_val_score(model, *drawn.train, cv=folds)
        truth = model.fit(*drawn.train).score(*drawn.test)
        for scheme, n in (("5 folds", FOLDS), ("10 × 5 folds", FOLDS * REPEATS)):
            rows.append(
                {"seed": seed, "labels": labels, "scheme": scheme, "folds": n, "accuracy": scores[:n].mean(),
                 "spread": scores[:n].std(ddof=1), "truth": truth}
            )  # fmt: skip
    return rows
