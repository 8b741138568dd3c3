"""Grades as tables: what a spreadsheet, Canvas and Moodle make of them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn.teach.grading import exports, reports
from ftlearn.teach.grading.marks import Marks
from ftlearn.teach.grading.results import Result, TaskResult
from ftlearn.teach.grading.settings import Settings
from ftlearn.teach.grading.standings import standings
from tests.grading.made_up import HOSTILE, SETTINGS, STUDENTS, a_class

DANGER = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def by_name(rows: list[list[str]]) -> dict[str, dict[str, str]]:
    return {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}


@pytest.fixture(scope="module")
def held():
    """The standings of the made-up class."""
    return standings(*a_class(), SETTINGS)


def test_the_grades_of_a_class(held):
    grades = by_name(rows_of(exports.grades_csv(held)))
    assert list(grades["Zoë"]) == [
        "student", "04/friday", "04/thaw", "04/rate", "04/why", "04 total", "04 lateness", "05/threshold",
        "05/interval", "05 total", "05 lateness", "07/naive", "07/window", "07 total", "07 lateness", "waiting",
        "total",
    ]  # fmt: skip
    assert list(grades["Zoë"].values()) == [
        "Zoë", "2", "3", "0", "1.5", "5.85", "1 day late: 1 started day, which costs 10 % of the points earned.",
        "2", "4", "6", "", "", "", "", "", "", "11.85",
    ]  # fmt: skip
    assert grades["Ada Lovelace"]["04/why"] == "", "it waits: blank, not 0"
    assert grades["Ada Lovelace"]["waiting"] == "04/why"
    assert [grades["O'Brien, Seán"][f"05{one}"] for one in ("/threshold", "/interval", " total")] == [""] * 3
    assert grades["O'Brien, Seán"]["total"] == "6"
    assert len(grades) == len(STUDENTS)
    total = sum(float(one["total"]) for one in grades.values())
    assert total == pytest.approx(sum(one.total for one in held if not one.result.problem))


def test_nothing_handed_in_is_blank_and_wrong_work_is_0():
    wrong = Result("Ada", "04", "04_x.ipynb", (TaskResult("a", "not yet", 0.0, 2.0),))
    other = Result("Bob", "05", "05_x.ipynb", (TaskResult("b", "passed", 1.0, 1.0),))
    grades = by_name(rows_of(exports.grades_csv(standings([wrong, other], Marks(), Settings()))))
    assert (grades["Ada"]["04/a"], grades["Ada"]["05/b"]) == ("0", "")
    assert (grades["Bob"]["04 total"], grades["Bob"]["total"]) == ("", "1")


def test_what_belongs_to_no_lesson_has_no_column_and_no_file(tmp_path):
    good = Result("Ada", "04", "04_x.ipynb", (TaskResult("a", "passed", 2.0, 2.0),))
    stray = Result("Bob", "unknown", "holiday.ipynb", problem="There is no exercise for it.")
    reports.write(tmp_path, [good, stray], Marks(), Settings(), {})
    assert [path.name for path in sorted(tmp_path.glob("export/*"))] == ["canvas.csv", "moodle_04.csv"]
    rows = rows_of((tmp_path / "grades.csv").read_text(encoding="utf-8-sig"))
    assert rows == [["student", "04/a", "04 total", "04 lateness", "waiting", "total"], ["Ada", "2", "2", "", "", "2"],
                    ["Bob", "", "", "", "", ""]]  # fmt: skip
    assert "There is no exercise for it." in (tmp_path / "index.html").read_text(encoding="utf-8")


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", ' "=1"', ";=1", "; =1", '",=1', "x;-1", "'=1"]
TEXTS = st.lists(st.one_of(st.sampled_from(FORMULAS), st.text(st.characters(exclude_categories=())))).map("".join)


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4, unique=True), TEXTS, TEXTS)
def test_no_text_is_a_formula_and_every_row_reads_back(students, said, title):
    found = (TaskResult("a", "not yet", 0.5, 2.0, said, title),)
    results = [Result(one, "04", f"{title}.ipynb", found, layout="moodle", number=said) for one in students]
    standing = standings(results, Marks(), Settings())
    for text in (exports.grades_csv(standing), exports.canvas_csv(standing), exports.moodle_csv(standing, "04")):
        text.encode()
        rows = rows_of(text)
        assert len({len(row) for row in rows}) == 1
        assert len(rows) == len(students) + 1 + ("Points Possible" in text)
        for one in (one for row in rows for one in row):
            assert "\n" not in one and "\r" not in one
            for part in one.split(";"):  # what separates cells in half of the world
                assert part.lstrip()[:1] not in tuple(DANGER), one


def test_numbers_stay_numbers(held):
    grades = rows_of(exports.grades_csv(held))
    numbers = [place for place, head in enumerate(grades[0]) if re.search(r"/|total$", head)]
    for row in grades[1:]:
        assert all(re.fullmatch(r"(\d+(\.\d{1,2})?)?", row[place]) for place in numbers)


def test_canvas_can_import_it(held):
    """The conditions are those of Canvas's `GradebookImporter`."""
    text = exports.canvas_csv(held)
    head, possible, *rows = rows_of(text)
    assert head[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert head[5:] == ["04_freezing_and_unfreezing", "05_evaluation_metrics", "07_time_series"]
    assert possible == ["    Points Possible", "", "", "", "", "8", "6", "5"]
    grades = by_name([head, *rows])
    assert list(grades["Zoë"].values())[5:] == ["5.85", "6", ""]
    assert grades["Ada Lovelace"]["04_freezing_and_unfreezing"] == "", "a total that still waits is not final"
    assert grades["O'Brien, Seán"]["05_evaluation_metrics"] == "", "what was not graded has no points yet"
    assert len(rows) == len(STUDENTS)


def test_canvas_finds_its_students(held):
    one = replace(held[1].result, layout="canvas", number="4711", student="lovelaceada (4711)")
    other = replace(one, layout="nbgrader", number="", student="bob")
    third = replace(one, layout="moodle", number="12", student="Cleo")
    rows = rows_of(exports.canvas_csv(standings([one, other, third], Marks(), Settings())))[2:]
    assert [row[:5] for row in rows] == [
        ["bob", "", "", "bob", ""], ["Cleo", "", "", "", ""], ["lovelaceada (4711)", "4711", "", "", ""],
    ]  # fmt: skip


def test_moodle_can_import_it(held):
    """The conditions are those of Moodle's `assignfeedback_offline_grade_importer`."""
    head, *rows = rows_of(exports.moodle_csv(held, "04"))
    assert {"Identifier", "Grade", "Last modified (grade)", "Feedback comments"} <= set(head)
    own = [dict(zip(head, row, strict=True)) for row in rows]
    assert len(own) == 6, "those whose work waits for a person are left out"
    for row in own:
        assert row["Identifier"].removeprefix("Participant ").isdigit()
        assert 0 <= float(row["Grade"]) <= float(row["Maximum Grade"]) == 8
        assert not re.sub(r"</?p>", "", row["Feedback comments"]).count("<"), "it is kept as HTML"
    zoe = next(row for row in own if row["Full name"] == "Zoë")
    assert (zoe["Identifier"], zoe["Grade"]) == ("Participant 107", "5.85")
    assert "<p>Say why it works, 1.5 of 2 points: Well put." in zoe["Feedback comments"]
    assert [row["Full name"] for row in own if "script" in row["Full name"]] == [exports.cell(HOSTILE)]


def test_moodle_reads_signs_in_a_comment_as_they_are():
    found = (TaskResult("a", "not yet", 0.0, 2.0, "`x <= y` & 'z' =1"),)
    held = standings([Result("Ada", "04", "04_x.ipynb", found)], Marks(), Settings())
    comment = rows_of(exports.moodle_csv(held, "04"))[1][-1]
    assert (
        comment == "<p>0 of 2 points.</p><p>a, 0 of 2 points: not yet. `x &lt;&#61; y` &amp; &#x27;z&#x27; &#61;1</p>"
    )


def test_only_the_file_for_spreadsheets_has_a_byte_order_mark(tmp_path):
    reports.write(tmp_path, *a_class(), SETTINGS, {})
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,")
    assert (tmp_path / "export" / "canvas.csv").read_bytes().startswith(b"Student,")
    assert (tmp_path / "export" / "moodle_04.csv").read_bytes().startswith(b"Identifier,")
