"""The package behind the course: what a lesson is not about lives here.

Importing it loads no TensorFlow: each public name is looked up when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "claim": "claims",
    "claims_table": "claims",
    "load_backbone": "backbones",
    "attach_head": "backbones",
    "load_digits": "datasets",
    "load_letters": "datasets",
    "guess": "learn",
    "guesses_table": "learn",
    "reveal": "learn",
    "setup": "environment",
    "discriminative_adam": "optimizers",
    "live_history": "live",
    "mean_interval": "evaluation",
    "paired_interval": "evaluation",
    "quiz": "learn",
    "trainable_table": "weights",
    "freeze": "finetune",
    "unfreeze": "finetune",
    "snapshot": "weights",
    "moved": "weights",
}
_MODULES = (
    "adaptation", "assets", "backbones", "capstone", "claims", "compute", "costs", "datasets", "displays", "doctor",
    "environment", "errors", "evaluation", "finetune", "forecasting", "learn", "pretrain", "serving", "stages",
    "studies", "text", "transferability", "tuning", "widgets",
)  # fmt: skip

__all__ = sorted([*_HOME, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"ftlearn.{_HOME[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"ftlearn.{name}")
    raise AttributeError(f"module 'ftlearn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
