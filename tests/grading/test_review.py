"""Marking by hand: what waits, in which order, what each command does, and that no mark is lost."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn.errors import DataError
from ftlearn.teach.grading.marks import FILE, Marks
from ftlearn.teach.grading.review import queue, review
from ftlearn.teach.grading.settings import Settings
from ftlearn.teach.grading.standings import standings
from ftlearn.teach.grading.store import Store, read_results
from ftlearn.teach.grading.waiting import points_of
from tests.grading.marking import TEXTS, Script, a_class, marked, order, result, sit


@pytest.fixture
def folder(tmp_path):
    """Results of three students."""
    return a_class(tmp_path)


def test_the_queue_holds_what_waits(folder):
    items = queue(read_results(folder)[0], Marks())
    assert [item.result.lesson for item in items] == ["04"] * 3 + ["07"] * 3, "answers to one task come together"
    assert {item.task.name for item in items} == {"friday", "forecast_of_your_own"}
    assert len(order(folder, lesson="07")) == len(order(folder, task="friday")) == 3
    assert order(folder) == order(folder), "the order stays"


def test_the_order_has_nothing_to_do_with_names():
    texts = [f"Answer {number}" for number in range(26)]
    results = [result(chr(97 + number), text) for number, text in enumerate(texts)]
    names = [item.result.student for item in queue(results, Marks())]
    assert names != sorted(names)
    renamed = [replace(one, student=chr(219 - ord(one.student))) for one in results]
    assert [item.task.answer for item in queue(renamed, Marks())] == [
        item.task.answer for item in queue(results, Marks())
    ]


def test_the_screen_says_what_is_asked_and_by_what_it_is_judged(folder):
    screen = sit(folder, lesson="04")
    first = screen.seen[0]
    assert "Answer 1 of 3 · 3 to be marked" in first
    assert "04 · 8. Friday (friday), 0 to 3 points" in first
    assert "One point for the order" in first, "the rubric"
    assert not any(name in first for name in TEXTS), "marking is blind"
    assert screen.seen[-1].startswith("0 marked, all saved; 3 of 3 wait.")


def test_names_are_shown_when_asked_for(folder):
    assert f"· {order(folder)[0]}\n" in sit(folder, names=True).seen[0]


def test_points_and_comments_are_saved_at_once(folder):
    names = order(folder, lesson="04")
    screen = Script(["2.5", "c  Why  so?", "1"])
    screen.show = lambda text: screen.seen.append(json.dumps(sorted(marked(folder).values())))
    assert review(folder, "04", screen=screen) == 2
    assert screen.seen[1] == '[[2.5, ""]]', "before the next answer is shown"
    assert marked(folder) == {(names[0], "04"): (2.5, ""), (names[1], "04"): (1.0, "Why so?")}
    assert set(os.listdir(folder)) == {"submissions", FILE}, "and nothing else is written"


def test_marks_are_in_the_standings(folder):
    sit(folder, "2,5", "3/2", "0", lesson="04")
    totals = [one.total for one in standings(read_results(folder)[0], Marks.load(folder), Settings())]
    assert sorted(totals) == [2.0, 2.0, 2.0, 2.0, 3.5, 4.5]


def test_it_goes_on_where_it_was_left(folder):
    names = order(folder, lesson="04")
    sit(folder, "3", lesson="04")
    screen = sit(folder, "2", lesson="04")
    assert "Answer 2 of 3 · 2 to be marked" in screen.seen[0]
    assert marked(folder) == {(names[0], "04"): (3.0, ""), (names[1], "04"): (2.0, "")}


def test_when_all_are_marked_it_says_so(folder):
    screen = sit(folder, "3", "2", "1", lesson="04")
    assert "0 to be marked" in screen.seen[3]
    assert "All are marked." in screen.seen[3]
    assert screen.seen[-1].startswith("3 marked, all saved; none waits.")
    assert sit(folder, lesson="04").seen == ["All 3 answers are marked; --again shows them.\n"]


def test_nothing_waits_in_a_class_without_texts(tmp_path):
    Store(tmp_path).keep(result("Ada", ""))
    assert sit(tmp_path).seen == ["No answer waits for a person.\n"]


def test_again_begins_with_the_first_and_keeps_comments(folder):
    sit(folder, "c Good.", "3", "2", "1", lesson="04")
    screen = sit(folder, "1", lesson="04", again=True)
    assert "Marked: 3 points. Good." in screen.seen[0]
    assert "Answer 2 of 3" in screen.seen[1]
    assert marked(folder)[order(folder, lesson="04", again=True)[0], "04"] == (1.0, "Good.")


def test_next_back_skip(folder):
    seen = sit(folder, "n", "n", "n", "p", "s", lesson="04").seen
    texts = [re.sub(r"\s+", " ", one[one.index("│") :].split("\n\n")[0]) for one in seen[:-1]]
    first, second, third = texts[:3]
    assert texts[3:] == [first, third, first], "round the end, back, and past the one that is skipped"
    assert "Answer 3 of 3" in seen[4]
    assert second != third


def test_what_is_skipped_comes_at_the_end(folder):
    first, second, third = order(folder, lesson="04")
    sit(folder, "s", "1", "2", "3", lesson="04")
    points = {name: points for (name, _), (points, _) in marked(folder).items()}
    assert points == {second: 1.0, third: 2.0, first: 3.0}


def test_undo_takes_back_the_last_mark_and_returns_to_it(folder):
    names = order(folder, lesson="04")
    screen = sit(folder, "3", "c Hm.", "1", "u", lesson="04")
    assert "The mark is taken back." in screen.seen[4]
    assert "Answer 2 of 3 · 2 to be marked" in screen.seen[4]
    assert "kept with the points: Hm." in screen.seen[4], "the comment is not typed again"
    assert marked(folder) == {(names[0], "04"): (3.0, "")}


def test_undo_brings_back_what_a_mark_replaced(folder):
    sit(folder, "3", "2", "1", lesson="04")
    before = marked(folder)
    screen = sit(folder, "0", "u", lesson="04", again=True)
    assert "The mark is as it was before." in screen.seen[2]
    assert marked(folder) == before
    assert screen.seen[-1].startswith("0 marked")


def test_undo_in_vain(folder):
    assert "nothing to undo" in sit(folder, "u").seen[1]


def test_a_comment_can_be_added_to_a_mark(folder):
    name = order(folder, lesson="04")[0]
    screen = sit(folder, "3", "p", "c Well done.", "u", "c Well done.", lesson="04")
    assert marked(folder)[name, "04"] == (3.0, "Well done.")
    assert screen.offered[-1] == "Well done.", "and comes back to be changed"


def test_a_comment_without_points_is_not_lost_without_a_word(folder):
    screen = sit(folder, "c Well done.", "q", "q", lesson="04")
    assert "q once more leaves without: Well done." in screen.seen[2]
    assert marked(folder) == {}


@pytest.mark.parametrize("typed", ["4", "-1", "1.25", "1/0", "1.2.3", "9e99", "/"])
def test_points_that_cannot_be_given(folder, typed):
    screen = sit(folder, typed, lesson="04")
    assert "0 to 3" in screen.seen[1].split("│")[-1]
    assert marked(folder) == {}


@hypothesis.settings(deadline=None)
@given(st.integers(0, 40))
def test_points_go_in_halves(halves):
    assert points_of(f"{halves}/2", 20) == points_of(str(halves / 2), 20) == halves / 2


def test_the_most_can_be_given_whatever_it_is():
    assert points_of("1.25", 1.25) == 1.25


def test_an_unknown_key_is_told(folder):
    assert "'x' is no command" in sit(folder, "x").seen[1]


def test_help(folder):
    assert "undo the mark given last" in sit(folder, "?", "").seen[1]


def test_a_changed_answer_comes_back_with_its_old_mark(folder):
    sit(folder, "c Fine.", "3", "2", "1", lesson="04")
    name = next(name for (name, _), (points, _) in marked(folder).items() if points == 3)
    Store(folder).keep(result(name, "Quite another plan."))
    assert order(folder, lesson="04") == [name]
    screen = sit(folder, "1.5", lesson="04")
    assert "The answer has changed. Before, it had 3 points. Fine." in screen.seen[0]
    assert "Quite another plan." in screen.seen[0]
    assert [(one.points, one.comment) for one in Marks.load(folder) if one.student == name] == [(3, "Fine."), (1.5, "")]


def test_marks_outlive_regrading_and_what_is_gone(folder):
    sit(folder, "3", "2", "1", lesson="04")
    before = marked(folder)
    Store(folder).path("04", "Ada").unlink()
    Store(folder).keep(replace(result("Bob", TEXTS["Bob"]), seconds=9.0))
    assert marked(folder) == before
    assert order(folder, lesson="04") == [], "a new run of the tests asks nobody to mark again"
    Store(folder).keep(result("Ada", TEXTS["Ada"]))
    assert order(folder, lesson="04") == [], "nor does a submission that comes back"


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"task": "fridy"}, "task 'fridy'. Did you mean 'friday'?"),
        ({"lesson": "08"}, "lesson '08'.*There are: 04, 07"),
        ({"lesson": "07", "task": "friday"}, "There are: forecast_of_your_own"),
    ],
)
def test_a_lesson_or_task_that_is_not_there(folder, held, said):
    with pytest.raises(DataError, match=said):
        sit(folder, **held)


def test_no_results(tmp_path):
    with pytest.raises(DataError, match="There are no results"):
        sit(tmp_path)


def test_damaged_marks_are_told_before_anything_is_marked(folder):
    (folder / FILE).write_text("{")
    with pytest.raises(DataError, match="damaged"):
        sit(folder, "3")
    assert (folder / FILE).read_text() == "{"


def test_a_full_disk_leaves_the_answer_on_the_screen(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    screen = sit(folder, "3", lesson="04")
    assert "No space left on device" in screen.seen[1]
    assert "Answer 1 of 3 · 3 to be marked" in screen.seen[1]


@pytest.mark.parametrize("solutions", ["nowhere", "made"])
def test_without_a_rubric_it_says_why(folder, tmp_path, solutions):
    (tmp_path / "made" / "04_x").mkdir(parents=True)
    (tmp_path / "made" / "04_x" / "04_x.ipynb").write_text("{")
    screen = Script()
    review(folder, "04", solutions=tmp_path / solutions, screen=screen)
    assert "(No rubric" in screen.seen[0]


def test_a_long_answer_is_read_page_by_page(tmp_path):
    lines = [f"line {number}" for number in range(200)]
    Store(tmp_path).keep(result("Ada", "\n".join(lines)))
    screen = Script([" "] * 40 + ["b"], height=24)
    review(tmp_path, solutions="nowhere", screen=screen)
    pages = screen.seen[:-1]
    assert all(page.count("\n") < 24 for page in pages), "nothing scrolls out of the window"
    assert "more lines: space" in pages[0]
    assert set(lines) <= set(re.findall(r"line \d+", "\n".join(pages)))
    assert "line 199" not in pages[-1], "back"
