"""Five searchers at the same budget: what each would hand over after so many epochs, and how good that really is.

Each seed draws a split of its own: 100 digits to train on, 100 to choose by, and the 1,597 others, by which nothing is
chosen. Every head is really trained, on the cached features of the network that learnt from photographs: a far source,
so that there is something to win by searching.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn import backbones, finetune, tuning
from ftlearn.datasets import Split, make_split

if TYPE_CHECKING:
    import pandas as pd

SEEDS = 20
MAX_EPOCHS = 27
BUDGET = 20 * MAX_EPOCHS
STOPS = (27, 54, 81, 108, 162, 216, 270, 378, 540)
DEFAULTS = {"learning_rate": 1e-3, "units": 100, "weight_decay": 1e-4, "batch_size": 32}
KEYS = ["searcher", "spent"]
CHECK = ("random",)
TOLERANCE = {"validation": 0.1, "test": 0.08}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Let every searcher (or those in `part`) spend the budget once."""
    rows = []
    for searcher in part or ("defaults", *tuning.SEARCHERS):
        tried = spend(searcher, seed)
        for stop in STOPS:
            best, known = tuning.best_so_far(tried, stop), tried[tried["spent"] <= stop]
            rows.append(
                {"seed": seed, "searcher": searcher, "spent": stop, "tried": len(known.drop_duplicates(list(DEFAULTS))),
                 "validation": best["validation"], "test": best["test"], "learning_rate": best["learning_rate"]}
            )  # fmt: skip
    return rows


def spend(searcher: str, seed: int, budget: int = BUDGET) -> pd.DataFrame:
    """Let one searcher spend a budget; returns what it tried, as `ftlearn.tuning.race` does."""
    split = features(seed)
    heads = tuning.HeadTrainings(split.train, split.validation, split.test, random_state=seed)
    return tuning.race(
        _defaults if searcher == "defaults" else searcher, heads, tuning.head_space(), budget=budget,
        max_epochs=MAX_EPOCHS, random_state=seed,
    )  # fmt: skip


def features(seed: int) -> Split:
    """Split the digits' cached features in 100 to train on, 100 to choose by, and the others."""
    X, y = _features()
    classes = tuple("0123456789")
    return make_split("digits", X, y, classes=classes, validation=100, test=len(y) - 200, random_state=seed)


def _defaults(train: Any, space: Any, max_epochs: int, random_state: int) -> None:
    """Search nothing: scikit-learn's defaults, in batches of 32."""
    train(DEFAULTS, max_epochs)


@functools.cache
def _features() -> tuple[np.ndarray, np.ndarray]:
    from sklearn import datasets

    raw = datasets.load_digits()
    images = (raw.images / 16).astype("float32")[..., None]
    return finetune.cache_features(backbones.load_backbone("textures"), images), raw.target.astype("int64")
