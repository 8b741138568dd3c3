"""What a warm process has imported before it forks."""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any


class _Follower:
    """Whatever ``sys.stderr`` or ``sys.stdout`` is at the time: logging handlers made at import keep hold of this."""

    encoding = "UTF-8"  # pandas asks; a kernel's streams answer so

    def __init__(self, name: str):
        self._name, self._first = name, getattr(sys, name)

    def __getattr__(self, what: str) -> Any:
        now = getattr(sys, self._name)
        return getattr(self._first if now is self else now, what)

    def close(self) -> None:
        """Do nothing: absl's handler closes what it does not know as a standard stream."""


class _Shell:
    kernel = True


@contextlib.contextmanager
def _as_in_a_notebook() -> Iterator[None]:
    """Give the answers of a notebook to what packages ask once, when they are imported."""
    if hasattr(builtins, "get_ipython"):  # in one already
        yield
        return
    first = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Follower("stdout"), _Follower("stderr")
    builtins.get_ipython = _Shell  # pandas: how many columns to show
    sys.ps1 = "In : "  # TensorFlow: where its logger writes
    try:
        yield
    finally:
        sys.stdout, sys.stderr = first
        del builtins.get_ipython, sys.ps1


def warm_up(*, keras: bool = True) -> None:
    """Import what notebooks import. No operation may run: a child forked after one hangs in its next.

    Parameters
    ----------
    keras : bool
        Whether to import TensorFlow, Keras and scikit-learn too; without, only IPython and NumPy.

    Examples
    --------
    >>> warm_up(keras=False)
    """
    with _as_in_a_notebook():
        import IPython.core.interactiveshell
        import numpy  # noqa: F401

        assert IPython.core.interactiveshell
        if not keras:
            return
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        from ftlearn.environment import without_chatter

        # Not `start_tensorflow`: it looks for GPUs, and CUDA that a process has begun serves none of its forks.
        with without_chatter():
            import tensorflow  # noqa: F401
        import keras as _keras  # noqa: F401
        import matplotlib.pyplot as _pyplot  # noqa: F401
        import pandas  # noqa: F401
        import sklearn.linear_model
        import sklearn.metrics
        import sklearn.model_selection
        import sklearn.pipeline  # noqa: F401

        import ftlearn.learn.checking
        import ftlearn.learn.submission  # noqa: F401
