"""The catalogue of the doctor's rules is current and complete, and its links lead somewhere."""

from __future__ import annotations

import re

from ftlearn.doctor import catalogue
from ftlearn.doctor.rule import FAMILIES
from tools import doctor_page


def test_the_page_is_current():
    assert doctor_page.PAGE.read_text(encoding="utf-8") == doctor_page.page(), "type: make links"


def test_every_rule_has_its_section_and_every_link_its_end():
    text = doctor_page.page()
    headings = re.findall(r"(?m)^### (\S+)$", text)
    assert sorted(headings) == sorted(catalogue())
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == set(headings)
    assert list(doctor_page.TITLES) == list(FAMILIES)


def test_what_a_rule_says_is_on_the_page():
    text = doctor_page.page()
    for rule in catalogue().values():
        for said in (
            rule.what,
            rule.why,
            rule.known_problems,
            rule.fix.strip(),
            rule.invalid.strip(),
            rule.valid.strip(),
        ):
            assert said in text, f"{rule.name}: {said[:60]}"


def test_a_stale_page_fails_the_check(tmp_path, monkeypatch):
    stale = doctor_page.ROOT / "docs" / "no_such_page.md"
    monkeypatch.setattr(doctor_page, "PAGE", stale)
    assert doctor_page.main(check=True) == 1
    assert not stale.exists()
