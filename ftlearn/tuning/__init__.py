"""Searching for hyperparameters: spaces, searchers, and a race between them at equal budget.

The space is Keras Tuner's own `HyperParameters`; what is counted is epochs of training, whoever asks for them.
"""

from ftlearn.tuning.heads import HeadTrainings, head_space
from ftlearn.tuning.racing import BudgetSpent, best_so_far, race
from ftlearn.tuning.searchers import SEARCHERS, grid, sample
from ftlearn.tuning.workers import run_chief_and_workers

__all__ = [
    "SEARCHERS", "BudgetSpent", "HeadTrainings", "best_so_far", "grid", "head_space", "race",
    "run_chief_and_workers", "sample",
]  # fmt: skip
