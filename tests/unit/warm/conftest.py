"""A warm server of the tests' own, and the kernelspec that leads to it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ftlearn.warm import specs


@pytest.fixture(scope="module")
def warm_place():
    """Give a runtime folder, short enough for a socket, and Jupyter's path to the kernelspec."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        specs.install(prefix=folder)
        os.environ.update(XDG_RUNTIME_DIR=folder, JUPYTER_PATH=str(Path(folder, "share", "jupyter")))
        os.environ.update(FTLEARN_WARM_PATIENCE="250")
        os.environ.update(OPENBLAS_NUM_THREADS="1")  # each of its threads would count as one of the server's
        yield Path(folder, "ftlearn")
        specs.stop()
        os.environ.clear()
        os.environ.update(before)
