"""The student's side: predictions before an experiment, and quizzes that explain."""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {"guess": "guess", "reveal": "guess", "guesses_table": "guess", "quiz": "quiz"}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ftlearn.learn' has no attribute {name!r}")
    found = getattr(importlib.import_module(f"ftlearn.learn.{_HOME[name]}"), name)
    globals()[name] = found  # the submodules `guess` and `quiz` would otherwise hide the functions of that name
    return found


def __dir__() -> list[str]:
    return __all__
