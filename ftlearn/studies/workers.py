"""Keras Tuner's chief and two workers on one machine: who trained which trial, and when.

Head on the near source's cached features of 100 digits; eight trials of ten epochs; three processes.
"""

from __future__ import annotations

from typing import Any

from ftlearn import backbones, finetune, tuning
from ftlearn.datasets import Part, load_digits

SEEDS = 2
KEYS = ["trial"]
CHECK = ()
TOLERANCE = {"validation": 0.15}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Run the chief and its workers once; the seed draws the split."""
    digits, base = load_digits(random_state=seed).label_budget(100), backbones.load_backbone("letters")
    train, validation = (Part(finetune.cache_features(base, X), y) for X, y in (digits.train, digits.validation))
    rows = tuning.run_chief_and_workers(train, validation, workers=2, trials=8, timeout=600)
    return rows.assign(seed=seed, trial=rows["trial"].astype(int)).to_dict("records")
