"""Everything that the course must cover has a cell that teaches it and a question that asks for it."""

from __future__ import annotations

import pytest

from tools import coverage, exercises


def test_every_line_has_its_place_and_the_page_is_current():
    assert coverage.problems() == []
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(), "type: make links"


def test_names_are_unique_and_the_kinds_known():
    names = [line["id"] for line in coverage.lines()]
    assert len(names) == len(set(names))
    assert {name.split("-")[0] for name in names} == set(coverage.KINDS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"taught": ["04/no-such-cell"]}, "idea-01a: taught names 04/no-such-cell, and there is no such thing."),
        ({"asked": ["04/no-such-question"]}, "idea-01a: asked names 04/no-such-question, and there is no such thing."),
        ({"asked": []}, "idea-01a: `asked` is empty."),
        ({"id": "idea-99"}, "expected 1 to 15"),
    ],
)
def test_what_is_missing_is_named(monkeypatch, change, said):
    lines = coverage.lines()
    lines[0] = lines[0] | change
    if "id" in change:
        lines = [line for line in lines if line["id"] != "idea-01b"]
    monkeypatch.setattr(coverage, "lines", lambda: lines)
    assert any(said in problem for problem in coverage.problems())


def test_every_task_asks_for_ideas_that_exist_and_their_page_is_current():
    ideas = {line["id"]: line["text"] for line in coverage.lines()}
    assert exercises.problems(ideas) == []
    assert exercises.PAGE.read_text(encoding="utf-8") == exercises.page(ideas), "type: make links"
    assert exercises.problems({}) != []


def test_the_practice_problems_are_exercises():
    practice = [line["id"] for line in coverage.lines() if line["id"].startswith("practice")]
    assert [name for name in practice if not exercises.asking_for(name)] == []
