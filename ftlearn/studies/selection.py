"""How optimistic the winner's score is: the best of 30 trees by cross-validation, nested cross-validation, fresh data.

Each seed draws 100 of the 569 patients of scikit-learn's breast cancer data; the other 469 are the fresh data.
"""

from __future__ import annotations

from typing import Any

import numpy as np

SEEDS = 20
LABELS = 100
TRIED = 30
SPACE = {
    "criterion": ["gini", "entropy"],
    "max_depth": [2, 3, 4, 6, 8, None],
    "min_samples_split": [2, 5, 10, 20],
    "max_features": [1, 3, 5, 10, 30],
    "random_state": range(1000),
}
KEYS: list[str] = []
CHECK = ()
TOLERANCE = {"winner": 0.02, "nested": 0.02, "fresh": 0.02}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Search once, then search again inside each of five outer folds."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold, cross_val_score, train_test_split
    from sklearn.tree import DecisionTreeClassifier

    X, y = load_breast_cancer(return_X_y=True)
    ours, others = train_test_split(np.arange(len(y)), train_size=LABELS, stratify=y, random_state=seed)
    inner = StratifiedKFold(5, shuffle=True, random_state=seed)
    outer = StratifiedKFold(5, shuffle=True, random_state=seed + 1)
    search = RandomizedSearchCV(DecisionTreeClassifier(), SPACE, n_iter=TRIED, cv=inner, random_state=seed)
    nested = cross_val_score(search, X[ours], y[ours], cv=outer).mean()
    search.fit(X[ours], y[ours])
    fresh = search.score(X[others], y[others])
    return [{"seed": seed, "winner": search.best_score_, "nested": nested, "fresh": fresh}]
