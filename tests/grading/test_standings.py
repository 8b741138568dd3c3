"""Tests, marks and lateness put together: fair at every hour of the year, and right to the hundredth."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn.teach.grading.marks import Mark, Marks, sum_of
from ftlearn.teach.grading.moments import moment
from ftlearn.teach.grading.results import NOT_ATTEMPTED, PASSED, WAITS, Result, TaskResult
from ftlearn.teach.grading.settings import STARTED, WHOLE, Late, Settings
from ftlearn.teach.grading.standings import Standing, standings

DUE = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
TASKS = (
    TaskResult("a", PASSED, 2.0, 2.0),
    TaskResult("b", "not yet", 1.5, 3.0),
    TaskResult("why", WAITS, 0.0, 3.0, answer="Because."),
)


def result(student: str = "Ada", lesson: str = "04", **held) -> Result:
    return Result(student, lesson, f"{lesson}_x.ipynb", **{"tasks": TASKS, **held})


def settings(per_day: float = 0.1, at_most: float = 0.5, grace: float = 10, rule: str = STARTED, **held) -> Settings:
    return Settings(late=Late(per_day, at_most, grace, rule), **{"due": {"04": DUE}, **held})


def standing(when: datetime | str = "", config: Settings | None = None, marks: Marks | None = None, **held) -> Standing:
    when = when.isoformat() if isinstance(when, datetime) else when
    return standings([result(handed_in=when, **held)], marks or Marks(), config or settings())[0]


@pytest.fixture
def clock(monkeypatch):
    """Set this machine's clock to a zone."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system's clock cannot be set for one process")

    def put(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


def test_tests_and_marks_are_added_up():
    marks = Marks(marks=[Mark("Ada", "04", "why", 2.5, "Why else?", sum_of("Because."))])
    one = standing(marks=marks)
    assert one.tasks == {"a": 2.0, "b": 1.5, "why": 2.5}
    assert (one.earned, one.penalty, one.total, one.possible) == (6.0, 0.0, 6.0, 8.0)
    assert one.comments == {"why": "Why else?"}
    assert one.waiting == ()


def test_what_waits_counts_nothing_yet():
    one = standing()
    assert one.waiting == ("why",)
    assert one.tasks["why"] == 0
    assert one.total == 3.5


def test_a_changed_answer_waits_again():
    marks = Marks(marks=[Mark("Ada", "04", "why", 2.5, "Why else?", sum_of("Because not."))])
    one = standing(marks=marks)
    assert one.waiting == ("why",)
    assert one.comments == {}


def test_an_empty_answer_waits_for_nobody():
    one = standing(tasks=(replace(TASKS[2], kind=NOT_ATTEMPTED, answer=""),))
    assert one.waiting == ()
    assert one.total == 0


@pytest.mark.parametrize(("marked", "counts"), [(99.0, 3.0), (-4.0, 0.0), (float("nan"), 0.0), (float("inf"), 0.0)])
def test_no_mark_brings_more_than_there_is(marked, counts):
    marks = Marks(marks=[Mark("Ada", "04", "why", marked, "", sum_of("Because."))])
    assert standing(marks=marks).tasks["why"] == counts


def test_a_notebook_that_could_not_be_graded_has_none_of_what_there_was():
    broken = result("Bob", tasks=(), problem="It is not a notebook.")
    alone = result("Cho", "05", tasks=(), problem="It is not a notebook.")
    ada, bob, cho = standings([alone, broken, result()], Marks(), Settings())
    assert (ada.possible, bob.possible, bob.total, cho.possible) == (8.0, 8.0, 0.0, 0.0)


def test_sorted_by_student_and_lesson():
    given_in = [result("bob"), result("Ada", "05"), result("Ada", "04"), result("Cho")]
    assert [(one.student, one.lesson) for one in standings(given_in, Marks(), Settings())] == [
        ("Ada", "04"), ("Ada", "05"), ("bob", "04"), ("Cho", "04"),
    ]  # fmt: skip


DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CASES = [
    (-DAY, STARTED, 0.0, "In time."),
    (timedelta(0), STARTED, 0.0, "In time."),
    (10 * MINUTE, STARTED, 0.0, "In time, within the grace."),
    (11 * MINUTE, STARTED, 0.35, "11 minutes late: 1 started day, which costs 10 % of the points earned."),
    (DAY + 10 * MINUTE, STARTED, 0.35, "1 day late: 1 started day, which costs 10 % of the points earned."),
    (DAY + 11 * MINUTE, STARTED, 0.7, "1 day late: 2 started days, which costs 20 % of the points earned."),
    (4.5 * DAY, STARTED, 1.75, "4 days and 12 hours late: 5 started days, which costs 50 % of the points earned."),
    (400 * DAY, STARTED, 1.75, "400 days late: 400 started days, which costs 50 % of the points earned."),
    (11 * MINUTE, WHOLE, 0.0, "11 minutes late: 0 whole days, which costs nothing."),
    (DAY + 9 * MINUTE, WHOLE, 0.0, "1 day late: 0 whole days, which costs nothing."),
    (DAY + 10 * MINUTE, WHOLE, 0.35, "1 day late: 1 whole day, which costs 10 % of the points earned."),
    (2 * DAY, WHOLE, 0.35, "2 days late: 1 whole day, which costs 10 % of the points earned."),
]


@pytest.mark.parametrize(("after", "rule", "penalty", "said"), CASES)
def test_the_rules(after, rule, penalty, said):
    one = standing(DUE + after, settings(rule=rule))
    assert one.penalty == penalty
    assert one.total == pytest.approx(3.5 - penalty, abs=1e-9)
    assert one.lateness == said


def test_seconds_late_without_grace_are_said():
    one = standing(DUE + timedelta(seconds=1), settings(grace=0))
    assert one.lateness.startswith("1 minute late: 1 started day")


def test_what_is_not_due_is_never_late():
    one = standing(DUE + 90 * DAY, settings(due={"05": DUE}), late=True)
    assert (one.penalty, one.lateness) == (0.0, "")


def test_without_the_rule_lateness_is_told_and_costs_nothing():
    one = standing(DUE + DAY, Settings(due={"04": DUE}))
    assert one.penalty == 0
    assert one.lateness == "1 day late: 1 started day, which costs nothing."


def test_an_extension_is_this_student_s():
    config = settings(extensions={"Ada": {"04": DUE + 7 * DAY}})
    assert standing(DUE + 7 * DAY, config).lateness == "In time, extended."
    assert standing(DUE + 8 * DAY, config).penalty == 0.35
    assert standing(DUE + 8 * DAY, config, lesson="04", student="Bob").penalty == 1.75


def test_times_override_files():
    config = settings(times={("Ada", "04"): DUE})
    assert standing(DUE + 9 * DAY, config).lateness == "In time."


def test_marked_late_at_an_unknown_time():
    one = standing(late=True)
    assert one.penalty == 0.35
    assert one.lateness == (
        "Marked late by the platform, at a time unknown: counted as one started day, "
        "which costs 10 % of the points earned."
    )
    assert standing(late=True, config=settings(extensions={"Ada": {"04": DUE + DAY}})).penalty == 0
    assert "in time" in standing("at noon, I think").lateness


@hypothesis.settings(deadline=None)
@given(
    points=st.lists(st.floats(0, 20), max_size=6),
    marked=st.floats(allow_nan=True, allow_infinity=True),
    per_day=st.floats(0, 1),
    at_most=st.floats(0, 1),
    behind=st.lists(st.timedeltas(timedelta(days=-3), timedelta(days=900)), min_size=2, max_size=6),
    rule=st.sampled_from([STARTED, WHOLE]),
    grace=st.floats(0, 3000),
)
def test_a_total_is_in_bounds_and_falls_with_lateness(points, marked, per_day, at_most, behind, rule, grace):
    tasks = [TaskResult(f"t{number}", PASSED, one, one) for number, one in enumerate(points)]
    tasks.append(TASKS[2])
    marks = Marks(marks=[Mark("Ada", "04", "why", marked, "", sum_of("Because."))])
    config = settings(per_day, at_most, grace, rule)
    found = [standing(DUE + one, config, marks, tasks=tuple(tasks)) for one in sorted(behind)]
    for one in found:
        assert 0 <= one.total <= one.earned <= one.possible
        assert one.total == round(one.total, 2)
        assert round(one.earned - one.penalty, 2) == one.total
        assert one.earned == round(sum(one.tasks.values()), 2)
    assert [one.penalty for one in found] == sorted(one.penalty for one in found)


def test_hundredths_are_what_a_person_would_reckon():
    thirds = tuple(TaskResult(f"t{number}", PASSED, 0.1, 0.1) for number in range(3))
    assert standing(tasks=thirds).total == 0.3, "not 0.30000000000000004"
    half = (TaskResult("t", PASSED, 0.05, 0.05),)
    assert standing(DUE + DAY, tasks=half).penalty == 0.0, "half a hundredth falls to the student"


def test_a_day_of_25_hours_is_a_day(clock):
    clock("Europe/Berlin")
    config = settings(grace=0, due={"04": moment("2026-10-24T23:59")})
    assert "1 started day," in standing("2026-10-25T23:59", config).lateness, "25 hours later"
    assert "2 started days" in standing("2026-10-26T00:00", config).lateness


def test_a_day_of_23_hours_is_a_day(clock):
    clock("Europe/Berlin")
    config = settings(grace=0, rule=WHOLE, due={"04": moment("2026-03-28T23:59")})
    assert "0 whole days" in standing("2026-03-29T23:58", config).lateness
    assert "1 whole day," in standing("2026-03-29T23:59", config).lateness, "23 hours later"


def test_the_offset_that_the_clock_had_then_means_this_clock(clock):
    clock("Europe/Berlin")
    config = settings(grace=0, due={"04": datetime.fromisoformat("2026-10-24T23:59:00+02:00")})
    assert "1 started day," in standing("2026-10-25T23:59:00+01:00", config).lateness


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"])
def test_what_is_late_is_late_on_every_machine(clock, zone):
    clock(zone)
    assert standing("2026-11-21T00:09:00+01:00").lateness == "In time, within the grace."
    assert standing("2026-11-21T04:40:00+05:30").penalty == 0.35, "11 minutes after, told in India's time"


@hypothesis.settings(deadline=None)
@given(st.integers(0, 4 * 24 * 60), st.integers(0, 4 * 24 * 60), st.sampled_from([STARTED, WHOLE]))
def test_later_is_never_cheaper_while_clocks_change(one, other, rule):
    if not hasattr(time, "tzset"):
        pytest.skip("this system's clock cannot be set for one process")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        try:
            start = moment("2026-10-24T02:30").astimezone(UTC)
            config = settings(grace=0, at_most=1, rule=rule, due={"04": start})
            first, second = (standing(start + one * MINUTE, config) for one in sorted([one, other]))
            assert first.penalty <= second.penalty
            assert (first.penalty == 0) == (one == 0 or other == 0) or rule == WHOLE
        finally:
            patch.undo()
            time.tzset()
