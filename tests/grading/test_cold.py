"""Where nothing can be forked: a fresh process a submission, slow and not sandboxed, with the same outcomes."""

from __future__ import annotations

import psutil
import pytest

from ftlearn.teach.grading.cold import ColdRunner
from tests.grading.test_running import grade, handed_in


@pytest.fixture(scope="module")
def cold():
    runner = ColdRunner()
    yield runner
    numbers = set(runner._processes)
    runner.close()
    assert not numbers & set(psutil.pids())


@pytest.mark.parametrize(
    ("twice", "kind", "points"),
    [
        ("def twice(x):\n    return 2 * x", "passed", 2),
        ("def twice(x):\n    return x * x", "not yet", 0),
        ("def twice(x):\n    while True: pass", "out of time", 0),
        ("import os\n\n\ndef twice(x):\n    os._exit(3)", "crashed", 0),
    ],
)
def test_outcomes_are_told_apart(cold, twice, kind, points):
    tasks, _ = grade(cold, handed_in(twice=twice))
    assert (tasks["twice"].kind, tasks["twice"].points, tasks["half"].points) == (kind, points, 1)
