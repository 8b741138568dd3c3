"""The programs of the web, broken as they are met: each fault is named, with its line; mended, nothing is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftlearn.doctor.observing import launching

BROKEN = Path(__file__).parent / "broken"
FAULTS = {  # program: the rule, and what stands in the line that it names (the last such line)
    "divided_by_255": ("input-range-is-not-the-backbones", "model.fit("),
    "never_unfrozen": ("fine-tuning-moved-nothing", "model.fit("),
    "last_five_layers": ("slice-reaches-the-head-only", "model.compile("),
    "no_recompile": ("trainable-changed-after-compile", "history = model.fit("),
    "same_rate": ("same-rate-for-both-stages", "model.compile("),
    "on_class_scores": ("head-on-class-scores", "model = keras.Model("),
    "accuracy_alone": ("accuracy-hides-imbalance", "model.evaluate("),
    "test_as_validation": ("test-used-as-validation", "model.fit("),
    "best_not_restored": ("best-weights-not-restored", "model.fit("),
}


def test_every_program_has_its_fault_and_its_corrected_version():
    programs = {one.stem for one in BROKEN.glob("*.py")} - {"shipped"}
    assert programs == {f"{name}{end}" for name in FAULTS for end in ("", "_corrected")}


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_named_with_its_line(name, capsys):
    program = BROKEN / f"{name}.py"
    rule, text = FAULTS[name]
    lines = [number for number, line in enumerate(program.read_text().splitlines(), 1) if text in line]
    watched = launching.watch_here(program)
    assert watched.exit_status == 1, str(watched)
    found = {one["rule"]: one["line"] for one in watched.found["findings"]}
    assert found.get(rule) == f"{name}.py:{lines[-1]}", f"{found}\n{watched}"
    same = {"overfitting-past-the-best-epoch"} if name == "best_not_restored" else set()  # what made the best be lost
    first = next(one["rule"] for one in watched.found["findings"] if one["rule"] not in same)
    assert first == rule, "the fault comes first"


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_found_in_the_corrected_program(name):
    watched = launching.watch_here(BROKEN / f"{name}_corrected.py")
    assert watched.exit_status == 0, str(watched)
    assert watched.found["seen"]["examined"] >= 1 and len(watched.found["passed"]) >= 15, str(watched)
    assert not [one for one in watched.found["unchecked"].values() if one.startswith("looking raised")], str(watched)
