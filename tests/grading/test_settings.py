"""The config file of a course: what it may say, and a sentence for every mistake."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from ftlearn.errors import DataError
from ftlearn.teach.grading.moments import moment, plain
from ftlearn.teach.grading.settings import _KNOWN, Late, Settings, read_settings
from ftlearn.teach.grading.walls import Limits
from tools.notebooks import ROOT


@pytest.fixture
def berlin(monkeypatch):
    """This machine's clock is Berlin's."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system's clock cannot be set for one process")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def read(tmp_path: Path, text: str, times: str | bytes = "") -> Settings:
    path = tmp_path / "grading.toml"
    path.write_text(text, encoding="utf-8")
    if times:
        (tmp_path / "times.csv").write_bytes(times if isinstance(times, bytes) else times.encode())
    return read_settings(path)


def test_without_a_file_nothing_is_due_and_nothing_costs():
    settings = read_settings()
    assert settings == Settings()
    assert settings.limits == Limits()
    assert settings.deadline("Ada", "04") is None
    assert settings.late.per_day == 0


def test_an_empty_file_is_no_file(tmp_path):
    assert read(tmp_path, "") == Settings()


def test_all_keys(tmp_path):
    settings = read(
        tmp_path,
        """
        times = "times.csv"
        [course]
        title = "Tiefes Lernen"
        key = "secret/course.key"
        [limits]
        seconds = 120
        cell_seconds = 2.5
        memory_gb = 2.5
        disk_mb = 10
        processes = 64
        [late]
        per_day = 0.2
        at_most = 1
        grace_minutes = 0
        rule = "whole days"
        [due]
        "04" = 2026-11-20T23:59:00+01:00
        05 = "2026-11-27T12:00Z"
        [extensions."Zoe\u0308"]
        04 = 2026-11-25T00:00:00+01:00
        """,
        "\ufeffWhen; lesson ;student;remark\n2026-11-21T08:00+01:00;04;Zo\u00eb;ill\n\n",
    )
    assert settings.title == "Tiefes Lernen"
    assert settings.key == tmp_path / "secret" / "course.key"
    assert settings.limits == Limits(120, 2.5, int(2.5 * 2**30), 10 * 2**20, 64)
    assert settings.late == Late(0.2, 1, 0, "whole days")
    assert settings.deadline("Bob", "04") == datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
    assert settings.deadline("Bob", "05") == datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert settings.deadline("Zo\u00eb", "04") == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert settings.extended("Zo\u00eb", "04")
    assert not settings.extended("Zo\u00eb", "05")
    assert settings.handed_in("Zoe\u0308", "04") == datetime(2026, 11, 21, 7, tzinfo=UTC)
    assert settings.handed_in("Bob", "04") is None


MISTAKES = {
    "[late]\nper_dya = 0.1": ["no key 'per_dya' in [late]", "Did you mean 'per_day'?", "grace_minutes"],
    "[lat]\nper_day = 0.1": ["no key 'lat' at the top", "Did you mean 'late'?"],
    "[limits]\nmemory = 4": ["no key 'memory' in [limits]", "memory_gb"],
    "late = 3": ["late is 3", "[late] on a line of its own"],
    "[late]\nrule = 'whole days'": ["[late] lacks per_day"],
    "[late]\nper_day = -0.1": ["[late] per_day is -0.1", "from 0 to 1"],
    "[late]\nper_day = '10 %'": ["[late] per_day is '10 %'", "a number"],
    "[late]\nper_day = true": ["[late] per_day is True"],
    "[late]\nper_day = nan": ["[late] per_day is nan"],
    "[late]\nper_day = 10": ["[late] per_day is 10", "from 0 to 1"],
    "[late]\nper_day = 0.1\nat_most = inf": ["[late] at_most is inf"],
    "[late]\nper_day = 0.1\nrule = 'started day'": ["'started day'", "Did you mean 'started days'?", '"whole days"'],
    "[late]\nper_day = 0.1\nrule = ['whole days']": ["rule is ['whole days']"],
    "[limits]\nseconds = 0": ["[limits] seconds is 0", "1 to 86,400"],
    "[limits]\nmemory_gb = 1": ["[limits] memory_gb is 1", "from 2"],
    "[course]\ntitle = 7": ["[course] title is 7", "text in quotes"],
    "[course]\nkey = ''": ["[course] key is ''"],
    "[due]\n'4' = 2026-11-20": ["the lesson '4'", 'Write "04"'],
    "[due]\nfour = 2026-11-20": ["the lesson 'four'", "two digits"],
    "[due]\n04 = 'Friday'": ["""[due] "04" is 'Friday'""", "2026-11-20T23:59:00+01:00", "local time"],
    "[due]\n04 = 2026": ['[due] "04" is 2026'],
    "[due]\n04 = 23:59:00": ['[due] "04" is 23:59:00'],
    "[due]\n04 = 9999-12-31": ['[due] "04" is 9999-12-31'],
    "[due]\n04 = 0001-01-01T00:00:00+23:00": ['[due] "04" is 0001-01-01'],
    "[due]\n04 = 2026-02-30T10:00:00": ["it is not TOML"],
    "[due]\n04 = Friday": ["it is not TOML", "line 2"],
    "extensions = 3": ["extensions is 3"],
    "[due]\n04 = 2026-11-20\n[extensions]\nAda = 2026-11-21": ['[extensions] "Ada" is', 'Write { "04"'],
    "[due]\n04 = 2026-11-20\n[extensions]\nAda = { 05 = 2026-11-21 }": ['extends "05", which has no due date'],
    "[due]\n04 = 2026-11-20\n[extensions]\nAda = { 04 = 2026-11-19 }": ["before it is due for all"],
    "times = 3": ["times is 3"],
    "times = 'none.csv'": ["there is no file", "none.csv"],
    "a = " + "[" * 5000: ["it is not TOML"],
}


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: text[:40].replace("\n", " "))
def test_mistakes_get_a_sentence(tmp_path, text):
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    for said in ("grading.toml: ", *MISTAKES[text]):
        assert said in str(caught.value)


CSV_MISTAKES = {
    b"student,lesson\nAda,04\n": ["no column 'when'", "student,lesson,when"],
    b" \n": ["no column 'student'"],
    b"student,lesson,when\nAda,04,2026-11-20T10:00\n,04,2026-11-20T10:00\n": ["line 3", "names no student"],
    b"student,lesson,when\nAda,04,yesterday\n": ["line 2", "'yesterday'", "2026-11-20T23:59"],
    b"student,lesson,when\nAda,04\n": ["line 2", "''"],
    b"student,lesson,when\nAda,4,2026-11-20T10:00\n": ["line 2", 'Write "04"'],
    b"student,lesson,when\nAda,04,2026-11-20\nAda,04,2026-11-21\n": ["line 3", "'Ada'", "again"],
    b"student,lesson,when\nAda,04," + b"x" * 200_000: ["no CSV after line 1"],
    b"student,lesson,when\nAd\xff,04,2026-11-20\n": ["not UTF-8"],
}


@pytest.mark.parametrize(
    "times", CSV_MISTAKES, ids=lambda times: times[20:50].decode(errors="replace").replace("\n", " ")
)
def test_mistakes_in_times_are_named_with_their_line(tmp_path, times):
    with pytest.raises(DataError) as caught:
        read(tmp_path, "times = 'times.csv'", times)
    for said in ("grading.toml: ", "times.csv", *CSV_MISTAKES[times]):
        assert said in str(caught.value)


@pytest.mark.parametrize("name", ["none.toml", "."])
def test_no_such_file(tmp_path, name):
    with pytest.raises(DataError, match=r"there is no such file|cannot be read"):
        read_settings(tmp_path / name)


def test_names_that_nobody_bears_are_told(tmp_path):
    settings = read(
        tmp_path,
        "times = 'times.csv'\n[due]\n04 = 2026-11-20\n[extensions]\n'Ada Lovelce' = { 04 = 2026-11-21 }\n",
        "student,lesson,when\nGrace Hopper,04,2026-11-20\nQ,04,2026-11-20\n",
    )
    assert settings.strangers(["Ada Lovelace", "Grace Hopper"]) == [
        "[extensions] names 'Ada Lovelce', who handed in nothing. Did you mean 'Ada Lovelace'?",
        "times names 'Q', who handed in nothing.",
    ]


def test_a_date_without_an_offset_is_local(berlin):
    assert moment("2026-07-01T12:00") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert moment("2026-12-01T12:00") == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert moment("20261201") == moment("2026-12-01")
    assert moment("2026-12-01") == datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC), "the end of the day"


def test_of_two_readings_of_a_clock_the_later_one_counts(berlin):
    assert moment("2026-10-25T02:30") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "summer time ends: shown twice"
    assert moment("2026-03-29T02:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "it begins: never shown"


@hypothesis.settings(deadline=None)
@given(st.datetimes(datetime(1972, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_an_offset_says_the_moment_whatever_this_machine_is_set_to(when, minutes):
    text = when.isoformat() + f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    assert moment(text) == when.replace(tzinfo=UTC) - timedelta(minutes=minutes)


@hypothesis.settings(deadline=None)
@given(st.text())
def test_no_text_breaks_the_reading_of_moments(text):
    try:
        assert moment(text).utcoffset() is not None
    except ValueError:
        pass


@hypothesis.settings(deadline=None)
@given(st.text())
def test_a_plain_name_is_as_plain_as_it_gets(text):
    assert plain(plain(text)) == plain(text)


WORDS = st.sampled_from([*_KNOWN, "due", "extensions", "times", *sum(_KNOWN.values(), ()), "04", "Ada", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=3),
)


@hypothesis.settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_whatever_stands_there_is_settings_or_a_sentence(tmp_path, held):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda text: held)
        try:
            assert isinstance(read(tmp_path, ""), Settings)
        except DataError as error:
            assert str(error).startswith(str(tmp_path / "grading.toml: "))


def test_the_commented_example_can_be_read():
    path = ROOT / "docs" / "grading.toml"
    settings = read_settings(path)
    text = path.read_text(encoding="utf-8")
    tables = ("[late]", "[due]", "[extensions]", "times", *_KNOWN["course"], *_KNOWN["limits"], *_KNOWN["late"])
    assert [name for name in tables if name not in text] == []
    assert settings.due
    assert settings.extensions
    assert settings.limits == Limits(), "the example shows the defaults"
