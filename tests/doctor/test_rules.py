"""Every rule names its own bad program first, and is silent on its good ones."""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

import pytest

from ftlearn.doctor import catalogue, examine
from ftlearn.doctor.report import Report
from ftlearn.doctor.rule import FAMILIES

RULES = sorted(catalogue())


def module_of(name: str) -> Any:
    """Return the module that holds a rule."""
    return importlib.import_module(f"ftlearn.doctor.rules.{name.replace('-', '_')}")


@cache
def report_of(program: str) -> Report:
    """Run a program and examine what it leaves: once, whatever is asked of the report."""
    import keras

    names: dict[str, Any] = {}
    keras.utils.set_random_seed(0)
    exec(program, names)  # the rule's own text
    given = dict(names["examined"])
    return examine(given.pop("model"), **given)


INVALID = [(name, catalogue()[name].invalid) for name in RULES]
INVALID += [(name, program) for name in RULES for program in getattr(module_of(name), "INVALID_MORE", ())]
VALID = [(name, catalogue()[name].valid) for name in RULES]
VALID += [(name, program) for name in RULES for program in getattr(module_of(name), "VALID_MORE", ())]
VALID_IDS = [f"{name}-{place}" for place, (name, _) in enumerate(VALID)]


@pytest.mark.parametrize(("name", "program"), INVALID, ids=[f"{name}-{at}" for at, (name, _) in enumerate(INVALID)])
def test_the_bad_program_is_named_first(name, program):
    report = report_of(program)
    assert report.names[:1] == [name], str(report)


@pytest.mark.parametrize(("name", "program"), VALID, ids=VALID_IDS)
def test_good_programs_raise_no_alarm(name, program):
    report = report_of(program)
    assert not report.names, str(report)
    raised = {rule: reason for rule, reason in report.unchecked.items() if reason.startswith("looking raised")}
    assert not raised, f"rules that fail on a good program: {raised}"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_what_it_is(name):
    rule = catalogue()[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){2,}|float16-output", name), "a name is a sentence in kebab case"
    assert rule.family in FAMILIES
    assert module_of(name).RULE is rule, "a rule lies in the file of its name"
    assert (module_of(name).__doc__ or "").strip().endswith(".")
    for text in (rule.what, rule.why, rule.reference):
        assert len(text) > 20 and text.endswith((".", ")", "?")), text
    assert rule.fix.strip() and "\t" not in rule.fix
    assert 1 <= rule.weight <= 10


@pytest.mark.parametrize("name", RULES)
def test_the_finding_tells_numbers_and_the_page_shows_it(name):
    report = report_of(catalogue()[name].invalid)
    finding = next(one for one in report.findings if one.rule == name)
    assert finding.sentence.endswith((".", "…")) or len(finding.sentence) > 60, finding.sentence
    assert finding.evidence, "a finding comes with what was measured"
    assert name in report._repr_html_() and name in report.as_json() and name in str(report)


def test_there_are_enough_rules_of_each_family():
    assert len(RULES) >= 30
    assert {catalogue()[name].family for name in RULES} >= set(FAMILIES) - {"tuning"}


def test_a_rule_that_lacks_its_input_says_so_and_never_passes():
    report = examine(None)
    assert not report.findings
    assert not report.passed, f"rules that passed without having seen anything: {report.passed}"
    for name, reason in report.unchecked.items():
        assert reason and not reason.startswith(("because", "looking raised")), f"{name}: {reason}"
