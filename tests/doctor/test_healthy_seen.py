"""Correct programs that thresholds may be set by raise no alarm either; a file of its own, to run beside the others."""

from __future__ import annotations

import pytest

from ftlearn.doctor import catalogue
from tools.doctor_healthy import look, programs

PROGRAMS = programs()


@pytest.mark.parametrize("name", [name for name, group in PROGRAMS.items() if group == "thresholds"])
def test_a_correct_program_is_not_called_ill(name):
    one = look(name)
    assert not one.alarms, one.report
    assert not one.raised, one.raised
    assert one.passed + one.not_checked == len(catalogue())
    assert one.passed >= 5, f"hardly anything was looked at: {one.report}"
