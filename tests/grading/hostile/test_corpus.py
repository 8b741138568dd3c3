"""Submissions that attack the grader: each costs its own task at most, and leaves nothing and learns nothing."""

from __future__ import annotations

import pytest

from ftlearn.teach.grading.running import Grader
from tests.grading.hostile import ending, forging, hoarding, lingering, lying, prying
from tests.grading.hostile.exercise import SECRETS, Case, answered, kept, shown, source

CASES = [case for part in (ending, forging, hoarding, lingering, lying, prying) for case in part.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_hostile_cell_harms_only_its_own_task(case: Case, runner, surroundings):
    code = case.code
    for name, there in surroundings.names.items():
        code = code.replace(name, there)
    results, remarks = Grader(source(), runner, case.limits).grade(answered(**{case.task: code}))
    found = {one.name: (one.kind, one.points) for one in results}
    told = shown(results, remarks)
    for name, (kinds, points) in case.wanted().items():
        assert found[name][0] in kinds and found[name][1] == points, f"{name}: {found}\n{kept(results, remarks)}"
    assert [secret for secret in SECRETS if secret in told] == [], told
    assert "ftlearn-canary" not in kept(results, remarks), kept(results, remarks)
    assert case.said in told, told
    assert surroundings.problems() == []


def test_there_are_enough_of_them_and_each_is_another():
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES) == len({case.code for case in CASES})
