"""The pages after grading: what a student wrote is only text in them, and no page says more than it may."""

from __future__ import annotations

import errno
import re
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from unittest.mock import MagicMock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftlearn.errors import FtlearnError
from ftlearn.learn.outcomes import PASSED
from ftlearn.teach.grading import evidence, feedback, pages, reports, summary
from ftlearn.teach.grading.alike import OTHER_SEED, Pair, Shared
from ftlearn.teach.grading.look import INKS, SHAPES, STYLE
from ftlearn.teach.grading.marks import Mark, Marks, sum_of
from ftlearn.teach.grading.outer import UNSANDBOXED
from ftlearn.teach.grading.results import CRASHED, KINDS, WAITS, Result, TaskResult, TestResult
from ftlearn.teach.grading.standings import standings
from ftlearn.teach.grading.store import safe_name
from tests.grading.made_up import ANSWER, DUE, HOSTILE, PATTERN, SECRET, SETTINGS, STUDENTS, a_class, task
from tests.grading.reading import Read, harmless

PIECES = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</pre></code></details>", "<!--", "-->", "]]>",
    "<style>*{display:none}</style>", "</style>", "</title>", "javascript:alert(1)", "&lt;b&gt;", "&#60;", "`<b>`",
    "' onmouseover='x", "\u202e", "\u2066", "\x00", "\ud800", "\r\n", "\x1b[31m", "\u2028", "e" + "\u0301" * 40, "{}",
    "{student}", "$x$", "\\", "=1+1", "<meta http-equiv=refresh content=0>", "<base href=//x>", "\ufeff", "\x9b",
]  # fmt: skip
ANYTHING = st.lists(st.one_of(st.sampled_from(PIECES), st.text(st.characters(exclude_categories=())))).map("".join)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_a_student_writes_is_only_text(no_pictures, data):
    def draw() -> str:
        return data.draw(ANYTHING)

    kinds = st.sampled_from([kind for kind in KINDS if kind != WAITS])
    tests = (TestResult("check", data.draw(kinds), 0.0, 1.0, draw(), draw()),
             TestResult("hidden 1", data.draw(kinds), 0.0, 1.0, draw()))  # fmt: skip
    tasks = (
        TaskResult("friday", tests[0].kind, 0.0, 2.0, draw(), draw(), tests, draw(), draw()),
        TaskResult("why", WAITS, 0.0, 2.0, title=draw(), answer=draw()),
    )
    about = Result(draw(), "04", draw(), tasks, remarks=(draw(),), place=draw(), handed_in=draw(), number=draw())
    results = [about, replace(about, lesson="05", problem=draw() or "No.", tasks=())]
    marks = Marks(marks=[Mark(about.student, "04", "why", 1.0, draw(), sum_of(tasks[1].answer))])
    held = standings(results, marks, SETTINGS)
    pair = Pair("04", (about.student, draw()), ("friday",), 0.9, (Shared("friday", draw(), draw(), 0.9),), draw())
    for page in (feedback.page(held, SETTINGS), summary.page(held, [pair], SETTINGS), evidence.page([pair], SETTINGS)):
        harmless(page)


@pytest.fixture
def no_pictures(monkeypatch):
    """Pictures hold no text of students, and take their time to be drawn."""
    monkeypatch.setattr("ftlearn.teach.grading.plots.new_figure", lambda *size: (MagicMock(), MagicMock()))
    monkeypatch.setattr("ftlearn.teach.grading.plots._shown", lambda figure, alt: f"<p>{pages.safe(alt)}</p>")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The reports of the made-up class, one submission of which ran without a sandbox."""
    folder = tmp_path_factory.mktemp("results")
    results, marks = a_class()
    reports.write(folder, [replace(results[0], sandbox=UNSANDBOXED), *results[1:]], marks, SETTINGS, {})
    return folder


def read(folder, student: str) -> str:
    return (folder / "feedback" / f"{safe_name(student)}.html").read_text(encoding="utf-8")


def test_every_page_is_harmless_and_can_be_read_by_everybody(written):
    found = sorted(written.rglob("*.html"))
    assert len(found) == 2 + len(STUDENTS)
    for path in found:
        text = path.read_text(encoding="utf-8")
        page = harmless(text)
        by_tag = [tag for tag, _ in page.tags]
        assert ("html", {"lang": "en-GB"}) in page.tags
        assert text.count("default-src 'none'; style-src 'unsafe-inline'; img-src data:;") == 1
        levels = [int(tag[1]) for tag in by_tag if re.fullmatch(r"h\d", tag)]
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert all(held.get("scope") in ("col", "row") for tag, held in page.tags if tag == "th")
        assert by_tag.count("caption") == by_tag.count("table")
        assert all(len(held["alt"]) > 40 for tag, held in page.tags if tag == "img")
        assert all(held.get("aria-hidden") == "true" for tag, held in page.tags if tag == "svg")
    index = (written / "index.html").read_text(encoding="utf-8")
    assert index.count("<img alt=") == 5  # totals of three lessons, the hardest tasks, misconceptions
    assert index.count("<table>") == 6


def test_every_link_leads_somewhere(written):
    for path in written.rglob("*.html"):
        page = Read(path.read_text(encoding="utf-8"))
        names = {held["id"] for _, held in page.tags if "id" in held}
        for held in (held for tag, held in page.tags if tag == "a"):
            target, _, part = held["href"].partition("#")
            assert part in names if part else (path.parent / target).is_file()


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(ink: str, ground: str) -> float:
    dark, light = sorted((luminance(ink), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


def test_words_stand_out_from_their_ground():
    for ink, ground in [*INKS.values(), ("#555555", "#ffffff"), ("#00568a", "#ffffff"), ("#1c1c1c", "#fff0b3")]:
        assert contrast(ink, ground) >= 4.5
    assert "color-scheme: light" in STYLE and "@media print" in STYLE


def test_outcomes_are_told_apart_by_word_and_by_shape(written):
    assert set(KINDS) <= set(SHAPES) == set(INKS)
    assert len(set(SHAPES.values())) == len(SHAPES)
    everything = "".join(read(written, student) for student in STUDENTS)
    for kind in KINDS:
        assert f"{SHAPES[kind]}</svg>{kind[0].upper()}{kind[1:]}</span>" in everything
    assert set(SHAPES) == set(feedback.MEANINGS)


def test_a_student_reads_nothing_that_is_for_teachers(written):
    for student in STUDENTS:
        page = read(written, student)
        for secret in (SECRET, PATTERN, "JSONDecodeError", UNSANDBOXED, "sandbox", "alike"):
            assert secret not in page
        others = [pages.name(other) for other in STUDENTS if other != student]
        assert not [other for other in others if other in page]
    results, marks = a_class()
    said = ("The cell 'x' is missing.", OTHER_SEED.format(student="Ada Lovelace"))
    page = feedback.page(standings([replace(results[-1], remarks=said)], marks, SETTINGS), SETTINGS)
    assert "is missing" in page and "Ada" not in page


def test_a_student_reads_what_is_for_them(written):
    page = Read(read(written, "Zoë")).text
    for said in ("5.85 of 8 points", "The tasks brought 6.5; lateness takes 0.65.", "1 day late: 1 started day",
                 "From the person who marked it:Well put.\nThe head is what is new.", "Handed in on 21 November 2026",
                 ANSWER, "What the outcomes mean"):  # fmt: skip
        assert said in page
    waits = Read(read(written, "Ada Lovelace")).text
    assert "One task waits for a person who marks it; what it brings is not in the sum yet." in waits
    assert "of 2, not marked yet" in waits
    broken = Read(read(written, "O'Brien, Seán")).text
    assert "This notebook could not be graded as it is." in broken


def test_when_it_was_handed_in_is_told_as_lateness_reckons_it():
    one = Result("Ada", "04", "04_x.ipynb", (task("friday", "Freeze", 2.0, PASSED),), handed_in="2026-11-20T23:30:00Z")
    page = feedback.page(standings([one], Marks(), SETTINGS), SETTINGS)
    assert "Handed in on 21 November 2026, 00:30. 31 minutes late" in page, "on the clock of the due date"
    told = replace(SETTINGS, times={("Ada", "04"): DUE})
    page = feedback.page(standings([one], Marks(), told), told)
    assert "Handed in on 20 November 2026, 23:59. In time." in page, "what the teacher wrote down counts"
    unknown = [replace(one, handed_in=when) for when in ("", "yesterday")]
    assert not [page for held in unknown if "Handed in on" in feedback.page(standings([held], Marks(), told), SETTINGS)]


def test_the_class_page_says_what_is_to_be_done(written):
    page = Read((written / "index.html").read_text(encoding="utf-8")).text
    for said in ("28 submissions", "12 students", "3 lessons", "6 answers to be marked", "1 not graded", UNSANDBOXED,
                 "1 submission of 28 ran without a sandbox", "It is not a notebook (JSONDecodeError).",
                 "ftlearn grade review"):  # fmt: skip
        assert said in page
    results, marks = a_class()
    page = summary.page(standings(results, marks, SETTINGS), [], SETTINGS)
    assert UNSANDBOXED not in page and "near-identical" not in page


def test_misconceptions_are_counted_by_pattern_and_told_in_the_commonest_words(no_pictures):
    def wrong(text: str) -> TaskResult:
        return replace(task("friday", "Freeze", 2.0, "not yet"), text=text)

    said = ["It is 0.1 and should be higher.", "It is 0.2 and should be higher.", "It is 0.2 and should be higher."]
    results = [Result(f"S{place}", "04", "04_x.ipynb", (wrong(text),)) for place, text in enumerate(said)]
    page = Read(summary.page(standings(results, Marks(), SETTINGS), [], SETTINGS)).text
    assert "104/friday3It is 0.2 and should be higher." in page
    assert "0.1 and should" not in page and PATTERN not in page
    assert "04/friday 0 %." in page


def test_files_that_say_the_same_stay_untouched_and_those_of_who_is_gone_go(tmp_path):
    results, marks = a_class()
    first = reports.write(tmp_path, results, marks, SETTINGS, {})
    assert sorted(first) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    before = {path: path.stat().st_mtime_ns for path in first}
    assert reports.write(tmp_path, results[::-1], marks, SETTINGS, {}) == []
    assert {path: path.stat().st_mtime_ns for path in first} == before

    answer = results[0].task("why").answer
    marks.give(Mark("Ada Lovelace", "04", "why", 2.0, "Quite so.", sum_of(answer)))
    changed = {path.name for path in reports.write(tmp_path, results, marks, SETTINGS, {})}
    assert changed == {"grades.csv", "index.html", "canvas.csv", "moodle_04.csv", f"{safe_name('Ada Lovelace')}.html"}

    stays = tmp_path / "feedback" / "notes.txt"
    stays.write_text("mine")
    reports.write(
        tmp_path, [one for one in results if one.student != "Zoë" and one.lesson != "07"], marks, SETTINGS, {}
    )
    assert not (tmp_path / "feedback" / f"{safe_name('Zoë')}.html").exists()
    assert not (tmp_path / "export" / "moodle_07.csv").exists()
    assert stays.exists()
    assert not list(tmp_path.rglob("*.part"))


def test_a_full_disk_leaves_whole_files_and_a_sentence(tmp_path, monkeypatch, no_pictures):
    results, marks = a_class()
    reports.write(tmp_path, results[:1], marks, SETTINGS, {})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    @contextmanager
    def full(target):
        raise OSError(errno.ENOSPC, "No space left on device")
        yield

    monkeypatch.setattr(reports, "whole_file", full)
    with pytest.raises(FtlearnError, match=r"No space left on device.*Free some space"):
        reports.write(tmp_path, results, marks, SETTINGS, {})
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_giant_texts_are_cut(no_pictures):
    giant = "<" * 10_000_000
    found = replace(task("friday", giant, 2.0, CRASHED, giant), text=giant)
    about = Result(giant, "04", giant, (found,), remarks=(giant,), place=giant)
    held = standings([about, replace(about, lesson="05", tasks=(), problem=giant)], Marks(), SETTINGS)
    pair = Pair("04", (giant, "Ada"), (giant,), 1.0, (Shared(giant, giant, giant, 1.0),), giant)
    for page in (feedback.page(held, SETTINGS), summary.page(held, [pair], SETTINGS), evidence.page([pair], SETTINGS)):
        harmless(page)
        assert len(page) < 200_000
    assert "more characters)" in feedback.page(held, SETTINGS)


def test_names_in_all_scripts_stay_as_they_are():
    for student in STUDENTS:
        if student != HOSTILE:
            assert pages.one_line(student) == student
    assert pages.plain("👩‍🔬 می‌خواهم ❤️") == "👩‍🔬 می‌خواهم ❤️"
    assert pages.kind(PASSED).endswith("</svg>Passed</span>")
