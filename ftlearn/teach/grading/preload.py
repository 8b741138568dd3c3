"""Imported by the server that forks this machine's workers, so that they need not do it each."""

from __future__ import annotations

import os

from ftlearn.environment import without_chatter


def load() -> None:
    """Import TensorFlow and Keras, and run no operation: a process that is forked after one hangs in its next."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with without_chatter():
        import keras  # noqa: F401
        import tensorflow  # noqa: F401


load()
