"""The student's side: predictions before an experiment, quizzes that explain, exercises that answer back."""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "check": "checking", "exercise": "checking", "expect": "outcomes", "guess": "guessing",
    "guesses_table": "guessing", "hidden": "checking", "hint": "checking", "progress": "progressing",
    "quiz": "quizzing", "reaches": "outcomes", "reveal": "guessing", "solution": "checking",
}  # fmt: skip

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ftlearn.learn' has no attribute {name!r}")
    return getattr(importlib.import_module(f"ftlearn.learn.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
