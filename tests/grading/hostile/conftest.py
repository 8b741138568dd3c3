"""Runners among canaries."""

from __future__ import annotations

import os

import pytest

from ftlearn.teach.grading.children import Runner
from ftlearn.teach.grading.limits import Limits
from tests.grading.hostile.surroundings import Surroundings


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory):
    """Secrets around the sandbox; gone with the module, since other tests need their environment."""
    before = dict(os.environ)
    made = Surroundings(tmp_path_factory.mktemp("outside"))
    yield made
    made.close()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def runner(walled, surroundings):
    """A runner without TensorFlow, started among the secrets."""
    with Runner(keras=False) as made:
        made.start(Limits()).end()  # it is warm from here on
        surroundings.settle()
        yield made
