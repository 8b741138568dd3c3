"""Runners that tests share: each takes a process of its own, and seconds to start."""

from __future__ import annotations

import pytest

from ftlearn.teach.grading.children import Runner
from ftlearn.teach.grading.outer import UNSANDBOXED, wall


@pytest.fixture(scope="session")
def walled() -> None:
    """Skip where nothing can be graded safely."""
    if wall() == UNSANDBOXED:
        pytest.skip("this machine offers no sandbox: see `ftlearn grade doctor`")


@pytest.fixture(scope="session")
def plain_runner(walled):
    """A sandboxed runner without TensorFlow."""
    with Runner(keras=False) as runner:
        yield runner


@pytest.fixture(scope="session")
def keras_runner(walled):
    """A sandboxed runner with TensorFlow."""
    with Runner() as runner:
        yield runner
