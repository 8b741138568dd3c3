"""The record of what a learner did: whole between kernels, set aside when damaged, carried elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn.errors import DataError
from ftlearn.learn import guess, guessing, progress, quiz, records, reveal
from ftlearn.learn.progressing import standings


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    path = tmp_path / "kept" / "progress.sqlite"
    monkeypatch.setenv("FTLEARN_PROGRESS", str(path))
    return path


def event(**changes):
    given = {"lesson": "04", "kind": "check", "task": "rate", "outcome": "passed", "points": 2.0, "possible": 2.0}
    return records.Event(**{**given, **changes})


def test_nothing_is_there_before_something_is_kept(place):
    assert records.events() == []
    assert not place.exists()
    assert records.keep(event())
    assert place.exists()
    assert [one.task for one in records.events()] == ["rate"]


def test_two_kernels_at_once_lose_nothing(place):
    code = (
        "from ftlearn.learn import records\n"
        "for i in range(40):\n"
        "    assert records.keep(records.Event(lesson='04', kind='check', task=f'{i}', outcome='passed'))\n"
    )
    running = [subprocess.Popen([sys.executable, "-W", "error", "-c", code]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    found = records.events()
    assert len(found) == 120
    assert len({one.id for one in found}) == 120


@pytest.mark.parametrize("spoiled", [b"", b"not a database at all " * 50, b"SQLite format 3\0" + bytes(2000)])
def test_a_damaged_file_is_set_aside_and_said_so(place, spoiled):
    place.parent.mkdir()
    place.write_bytes(spoiled)
    if spoiled:
        with pytest.warns(UserWarning, match="was damaged: it is kept as"):
            assert records.keep(event())
        (aside,) = place.parent.glob("*.damaged-*")
        assert aside.read_bytes() == spoiled
    else:  # an empty file is what a database begins with
        assert records.keep(event())
    assert len(records.events()) == 1


def test_a_file_cut_in_half_is_set_aside(place):
    for number in range(300):
        records.keep(event(task=f"task {number}"))
    whole = place.read_bytes()
    place.write_bytes(whole[: len(whole) // 2])
    with pytest.warns(UserWarning, match="was damaged"):
        assert records.keep(event(task="after"))
    assert [one.task for one in records.events()] == ["after"]


def test_where_nothing_can_be_written_the_lesson_goes_on_and_it_is_said_once(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("a file where a folder should be")
    monkeypatch.setenv("FTLEARN_PROGRESS", str(tmp_path / "file" / "progress.sqlite"))
    records._SAID.clear()
    with pytest.warns(UserWarning, match="Progress is not kept.*FTLEARN_PROGRESS") as said:
        assert not records.keep(event())
        assert not records.keep(event())
    assert len(said) == 1


def test_export_and_restore_carry_everything_and_count_nothing_twice(place, tmp_path):
    records.keep(event(task="é – ß", moment=1.5))
    path = progress.export(tmp_path / "out.json")
    before = records.events()
    assert progress.restore(path) == 0
    place.unlink()
    assert progress.restore(path) == 1
    assert records.events() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "is not a record of progress"),
        ('{"ftlearn progress": 9, "events": []}', "another version"),
        ('{"ftlearn progress": 1, "events": [{"lesson": 4}]}', "is not a record of progress"),
        (
            '{"ftlearn progress": 1, "events": [{"lesson": "4", "kind": "party", "task": "a", "outcome": "b"}]}',
            "is not a record",
        ),
    ],
)
def test_another_file_is_refused_and_nothing_is_added(tmp_path, text, said):
    (tmp_path / "in.json").write_text(text)
    with pytest.raises(DataError, match=said):
        progress.restore(tmp_path / "in.json")
    assert records.events() == []


def test_a_missing_file_is_said_by_name(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        progress.restore(tmp_path / "none.json")


events = st.builds(
    records.Event,
    lesson=st.sampled_from(["01", "02"]),
    kind=st.sampled_from(records.KINDS),
    task=st.sampled_from("abc"),
    outcome=st.sampled_from(["passed", "right", "not yet", "not so"]),
    points=st.floats(0, 2),
    possible=st.just(2.0),
)


@given(st.lists(events))
def test_standings_stay_within_what_was_tried(tried):
    for one in standings(tried):
        assert all(right <= of for right, of in (one.guesses, one.quiz, one.tasks))
        assert 0 <= one.points <= one.possible
    assert [one.lesson for one in standings(tried)] == sorted({one.lesson for one in tried})


def test_the_best_try_counts_and_the_last_one_says_whether_to_look_again():
    tried = [event(outcome="passed"), event(outcome="not yet", points=0.0)]
    (one,) = standings(tried)
    assert (one.points, one.tasks, one.revisit) == (2.0, (1, 1), ["rate"])


def test_a_guess_counts_once_and_before_the_answer(monkeypatch):
    guessing._LEDGER.clear()
    guess("first", "?", ["a", "b"], mine="b")
    reveal("first", "a")
    guess("first", "?", ["a", "b"], mine="a")
    reveal("first", "a")
    guess("second", "?", ["a", "b"])
    reveal("second", "a")
    assert [(one.task, one.outcome) for one in records.events()] == [("first", "not so")]


def test_quiz_answers_are_kept_under_their_lesson():
    quiz("04").answer(1, "a")
    (one,) = records.events()
    assert (one.lesson, one.kind) == ("04", "quiz")
    assert one.task == quiz("04").questions[0].id


def test_progress_shows_lessons_points_and_what_to_revisit(capsys):
    progress()
    assert "Nothing is kept yet" in capsys.readouterr().out
    records.keep(event())
    records.keep(event(task="slice", outcome="not yet", points=0.0))
    progress()
    shown = capsys.readouterr().out
    assert "lesson 04" in shown
    assert "tasks 1 of 2, points 2 of 4, look again at slice" in shown
    assert str(records.place()) in shown


def test_what_is_exported_is_plain_json(tmp_path):
    records.keep(event())
    held = json.loads(progress.export(tmp_path / "out.json").read_text())
    assert held["events"][0]["task"] == "rate"
    with pytest.raises(DataError, match="cannot be written"):
        progress.export(tmp_path / "no" / "out.json")
