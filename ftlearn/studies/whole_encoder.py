"""Training all of the sentence encoder's blocks on 300 messages, for their sentiment: LoRA, all layers, from scratch.

As the study ``messages`` (same splits, same steps, same choice by validation messages), for the ways that take minutes
a run: each tries the learning rates of `RATES` and stops after one of three epochs.
"""

from __future__ import annotations

from typing import Any

from ftlearn.studies.messages import row_of

SEEDS, LABELS = 3, 300
RATES = {
    "all layers": (1e-4, 3e-4), "LoRA": (1e-3, 3e-3), "all layers, recipe": (2e-5,), "from scratch": (3e-4,),
}  # fmt: skip
"""The recipe's rate is that of many BERT tutorials."""
KEYS = ["task", "way", "labels"]
CHECK = ("all layers, recipe",)
TOLERANCE = {"accuracy": 0.06}


def measure(seed: int, part: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """Measure every way for one split, or those of `part`."""
    return [row_of(seed, "sentiment", way, LABELS, RATES[way]) for way in part or RATES]
