"""Marks by hand: bound to an answer, never lost, never written over what is damaged."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn.errors import DataError, FtlearnError
from ftlearn.teach.grading import marks as module
from ftlearn.teach.grading.marks import FILE, Mark, Marks, sum_of

ADA = Mark("Ada", "04", "friday", 2.5, "Good, but why?", sum_of("I would freeze."))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ANY = st.builds(
    Mark, TEXT, TEXT, TEXT, st.floats(0, 1e6).map(lambda points: round(2 * points) / 2), TEXT, TEXT.map(sum_of)
)


def test_nothing_marked_yet(tmp_path):
    marks = Marks.load(tmp_path)
    assert list(marks) == []
    assert not (tmp_path / FILE).exists(), "reading writes nothing"


@settings(deadline=None, max_examples=30)
@given(st.lists(ANY, max_size=6))
def test_marks_come_back_as_they_were(tmp_path_factory, given_marks):
    folder = tmp_path_factory.mktemp("marks")
    marks = Marks.load(folder)
    for one in given_marks:
        marks.give(one)
    assert list(Marks.load(folder)) == list(marks)
    assert {(one.student, one.lesson, one.task, one.sum) for one in given_marks} == {
        (one.student, one.lesson, one.task, one.sum) for one in marks
    }


def test_a_mark_belongs_to_its_answer(tmp_path):
    marks = Marks.load(tmp_path)
    marks.give(ADA)
    assert marks.get("Ada", "04", "friday", "I would freeze.") == ADA
    assert marks.get("Ada", "04", "friday", "I would freeze.\r\n  ") == ADA, "saving it anew changes ends of lines"
    assert marks.get("Ada", "04", "friday", "I would thaw.") is None
    assert marks.get("Bob", "04", "friday", "I would freeze.") is None
    assert marks.get("Ada", "07", "friday", "I would freeze.") is None


def test_the_last_mark_is_known_when_the_answer_has_changed(tmp_path):
    marks = Marks.load(tmp_path)
    newer = Mark("Ada", "04", "friday", 3.0, "Better.", sum_of("I would freeze first."))
    marks.give(ADA)
    marks.give(newer)
    assert Marks.load(tmp_path).last("Ada", "04", "friday") == newer
    assert Marks.load(tmp_path).get("Ada", "04", "friday", "I would freeze.") == ADA, "the old answer has its own"
    marks.give(ADA)
    assert Marks.load(tmp_path).last("Ada", "04", "friday") == ADA, "given anew, it is the last"
    assert marks.last("Bob", "04", "friday") is None


def test_two_reviewers_lose_nothing(tmp_path):
    one, other = Marks.load(tmp_path), Marks.load(tmp_path)
    bob = Mark("Bob", "04", "friday", 1.0, "", sum_of("Hope."))
    one.give(ADA)
    other.give(bob)
    assert list(Marks.load(tmp_path)) == [ADA, bob]
    one.take_back(ADA)
    assert list(Marks.load(tmp_path)) == [bob], "and taking one back takes back no other"


def test_taking_back_what_another_has_taken_back(tmp_path):
    marks = Marks.load(tmp_path)
    marks.take_back(ADA)
    assert list(Marks.load(tmp_path)) == []


DAMAGED = {
    "empty": "",
    "cut": '{"schema": 1, "marks": [{"stud',
    "a list": "[]",
    "another schema": '{"schema": 2, "marks": []}',
    "no marks": '{"schema": 1}',
    "a mark that is text": '{"schema": 1, "marks": ["Ada"]}',
    "a missing key": '{"schema": 1, "marks": [{"student": "Ada", "points": 1}]}',
    "a key too many": json.dumps({"schema": 1, "marks": [{**vars(ADA), "grade": "A"}]}),
    "points that are text": json.dumps({"schema": 1, "marks": [{**vars(ADA), "points": "many"}]}),
    "points without bound": json.dumps({"schema": 1, "marks": [{**vars(ADA), "points": float("nan")}]}),
    "a student that is a number": json.dumps({"schema": 1, "marks": [{**vars(ADA), "student": 7}]}),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_left_as_it_is(tmp_path, text):
    kept = Marks.load(tmp_path)
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"marks\.json is damaged.* backup.* left as it is"):
        Marks.load(tmp_path)
    with pytest.raises(DataError, match="damaged"):
        kept.give(ADA)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == text


def test_bytes_that_are_no_text_are_left_too(tmp_path):
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="damaged"):
        Marks.load(tmp_path)


def test_a_full_disk_costs_no_earlier_mark(tmp_path, monkeypatch):
    marks = Marks.load(tmp_path)
    marks.give(ADA)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(FtlearnError, match=r"No space left.* earlier marks are kept"):
        marks.give(Mark("Bob", "04", "friday", 1.0))
    monkeypatch.undo()
    assert list(Marks.load(tmp_path)) == [ADA]
    assert list(tmp_path.iterdir()) == [tmp_path / FILE], "no half-written file stays"


def test_a_mark_that_could_not_be_saved_is_no_mark(tmp_path, monkeypatch):
    marks = Marks.load(tmp_path)
    monkeypatch.setattr(module, "whole_file", lambda path: (_ for _ in ()).throw(PermissionError(13, "Not allowed")))
    with pytest.raises(FtlearnError, match="Not allowed"):
        marks.give(ADA)
    assert list(marks) == []


def test_answers_that_no_file_could_hold_have_a_sum():
    assert sum_of("half a sign: \ud800") == sum_of("half a sign: ?"), "as it comes back from a stored result"
