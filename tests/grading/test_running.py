"""One notebook graded: each failure has its own outcome, costs its own task only, and tells nothing."""

from __future__ import annotations

import copy

import pytest

from ftlearn.teach.grading import exercises
from ftlearn.teach.grading.exercises import Exercise
from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.results import KINDS, WAITS
from ftlearn.teach.grading.running import Grader
from ftlearn.teach.release import released
from ftlearn.teach.sources import tasks_of
from tests.unit.teach.small_source import cell, source

LIMITS = Limits(seconds=25, cell_seconds=2, memory=2 * 2**30, disk=2**22, processes=64)
RIGHT = {"half": "half = 1 / 2", "twice": "def twice(x):\n    return 2 * x", "why": "Two reasons."}
CHECK = """@check("twice", points=2, hints=["a", "b"], seconds=2)
def _(submission):
    expect(submission.call("twice", 3) == 6, f"twice(3) gives {submission.call('twice', 3)}.")
### BEGIN HIDDEN TESTS
from ftlearn.learn import hidden


@hidden("twice", points=0.5, seconds=2)
def _(submission):
    expect(submission.call("twice", -77.125) == -154.25, f"Secretly {submission.call('twice', -77.125)}.")


@hidden("twice", points=0.75, seconds=2)
def _(submission):
    expect(submission.call("twice", 0) == 0, "Think of nothing at all.")
### END HIDDEN TESTS"""


def handed_in(**answers):
    """Make a submission: the released exercise with these answers, else right ones."""
    notebook = released(source(twice_check=CHECK))
    for one in notebook["cells"]:
        name = one["metadata"].get("nbgrader", {})
        if name.get("solution"):
            one["source"] = answers.get(name["grade_id"], RIGHT[name["grade_id"]])
    return notebook


def grade(runner, notebook, *, limits=LIMITS, solution=None, only=None):
    tasks, remarks = Grader(solution or source(twice_check=CHECK), runner, limits).grade(notebook, only)
    assert all(task.kind in KINDS for task in tasks)
    return {task.name: task for task in tasks}, remarks


def test_right_answers_bring_all_points(plain_runner):
    tasks, remarks = grade(plain_runner, handed_in())
    assert {name: (task.kind, task.points) for name, task in tasks.items()} == {
        "half": ("passed", 1), "twice": ("passed", 2), "why": (WAITS, 0),
    }  # fmt: skip
    assert remarks == [] and tasks["why"].answer == "Two reasons." and tasks["half"].title == "half"


def test_a_blank_exercise_is_not_attempted(plain_runner):
    tasks, remarks = grade(plain_runner, released(source(twice_check=CHECK)))
    assert [task.kind for task in tasks.values()][:2] == ["not attempted"] * 2
    assert sum(task.points for task in tasks.values()) == 0 and remarks == []


BAD = {
    "not yet": "def twice(x):\n    return x * x",
    "error in your code": "def twice(x):\n    return x / 0",
    "out of time": """def twice(x):
    while True:
        try:
            while True: pass
        except BaseException: pass""",
    "crashed": "import os\n\n\ndef twice(x):\n    os._exit(0)",
    "out of memory": "def twice(x):\n    return bytearray(8 * 2**30)",
    "cannot be checked": "class X:\n    pass\n\n\ndef twice(x):\n    return 10 ** 9000",
}


@pytest.mark.parametrize("kind", BAD)
def test_each_failure_in_a_function_has_its_own_outcome(plain_runner, kind):
    tasks, _ = grade(plain_runner, handed_in(twice=BAD[kind]))
    assert (tasks["twice"].kind, tasks["twice"].points) == (kind, 0)
    assert (tasks["half"].kind, tasks["half"].points) == ("passed", 1), "the other task keeps its points"
    assert tasks["why"].kind == WAITS


CELLS = {
    "error in your code": "1 / 0",
    "out of time": "while True: pass",
    "crashed": "import ctypes\n\nctypes.string_at(0)",
    "out of memory": "half = bytearray(8 * 2**30)",
}


@pytest.mark.parametrize("kind", CELLS)
def test_each_failure_of_a_cell_has_its_own_outcome(plain_runner, kind):
    tasks, remarks = grade(plain_runner, handed_in(half=CELLS[kind]))
    assert (tasks["half"].kind, tasks["half"].points) == (kind, 0), tasks["half"]
    assert (tasks["twice"].kind, tasks["twice"].points) == ("passed", 2)
    assert bool(remarks) == (kind in ("out of time", "crashed"))


def test_points_of_each_test_are_given_by_themselves(plain_runner):
    tasks, _ = grade(plain_runner, handed_in(twice="def twice(x):\n    return abs(2 * x)"))
    tests = {one.name: (one.kind, one.points, one.possible) for one in tasks["twice"].tests}
    assert tests == {
        "check": ("passed", 0.75, 0.75),
        "hidden 1": ("not yet", 0, 0.5),
        "hidden 2": ("passed", 0.75, 0.75),
    }
    assert (tasks["twice"].kind, tasks["twice"].points) == ("not yet", 1.5)


def test_a_hidden_test_says_only_what_its_author_wrote_out(plain_runner):
    tasks, _ = grade(plain_runner, handed_in(twice="def twice(x):\n    return abs(2 * x) or 1"))
    first, second = tasks["twice"].tests[1:]
    assert "Secretly" in first.detail and "Secretly" not in first.text and "154" not in first.text
    assert second.text == "Think of nothing at all."


@pytest.mark.parametrize(
    "tell",
    ["raise ValueError(f'it was {x}')", "return f'it was {x}'", "raise type(f'E{int(-x)}', (Exception,), {})()"],
)
def test_what_a_hidden_test_asks_reaches_nobody(plain_runner, tell):
    tasks, remarks = grade(plain_runner, handed_in(twice=f"def twice(x):\n    if x == 3: return 6\n    {tell}"))
    assert tasks["twice"].points == 0.75
    told = " ".join(
        [*remarks, *(text for task in tasks.values() for text in (task.text, *(t.text for t in task.tests)))]
    )
    assert "77" not in told


def test_a_later_task_cannot_tell_what_an_earlier_hidden_test_asked(plain_runner):
    """Every sentence that may quote the student is said before the first hidden test runs."""
    spy = "seen = []\n\n\ndef twice(x):\n    seen.append(x)\n    return 2 * x"
    swapped = source(twice_check=CHECK)
    cells = swapped["cells"]
    first = next(i for i, one in enumerate(cells) if "half-text" in str(one["metadata"]))
    second = next(i for i, one in enumerate(cells) if "twice-text" in str(one["metadata"]))
    last = next(i for i, one in enumerate(cells) if one["metadata"].get("nbgrader", {}).get("grade_id") == "why")
    swapped["cells"] = cells[:first] + cells[second:last] + cells[first:second] + cells[last:]
    notebook = released(swapped)
    for one in notebook["cells"]:
        name = one["metadata"].get("nbgrader", {})
        if name.get("solution"):
            one["source"] = {"twice": spy, "half": "half = -min(seen)", "why": ""}[name["grade_id"]]
    tasks, _ = grade(plain_runner, notebook, solution=swapped)
    assert tasks["twice"].points == 2 and tasks["half"].text and "77" not in tasks["half"].text


def test_names_that_a_later_cell_takes_away_cost_nothing(plain_runner):
    notebook = handed_in()
    place = next(i for i, one in enumerate(notebook["cells"]) if one["id"] == "twice_check")
    notebook["cells"].insert(place + 1, cell("code", "half = 'scratch'\nx = 5"))
    notebook["cells"].append(cell("code", "del twice"))
    tasks, _ = grade(plain_runner, notebook)
    assert (tasks["half"].points, tasks["twice"].points) == (1, 2)


def test_an_answer_that_needs_a_later_cell_counts_too(plain_runner):
    notebook = handed_in(twice="def twice(x):\n    return two * x")
    notebook["cells"].append(cell("code", "two = 2"))
    assert grade(plain_runner, notebook)[0]["twice"].points == 2


def test_the_time_of_all_together_is_limited(plain_runner):
    short = Limits(seconds=3, cell_seconds=2, memory=2 * 2**30, processes=64)
    loop = "while True: pass"
    tasks, _ = grade(plain_runner, handed_in(half=loop, twice=loop), limits=short)
    assert [tasks[name].kind for name in ("half", "twice")] == ["out of time"] * 2


def test_only_the_tasks_that_are_asked_for_are_judged(plain_runner):
    tasks, _ = grade(plain_runner, handed_in(), only=["twice"])
    assert list(tasks) == ["twice"]


def test_nothing_is_carried_from_one_submission_to_the_next(plain_runner):
    leave = "import pathlib, builtins\nhalf = 0.5\nbuiltins.left = 1\npathlib.Path('/tmp/left').write_text('x')"
    find = "import pathlib, builtins\nhalf = 5 + pathlib.Path('/tmp/left').exists() + hasattr(builtins, 'left')"
    assert grade(plain_runner, handed_in(half=leave))[0]["half"].points == 1
    assert "5 is no share" in grade(plain_runner, handed_in(half=find))[0]["half"].text


def test_the_misconception_is_named(plain_runner):
    solution = source()
    tasks, _ = grade(plain_runner, handed_in(half="half = 2"), solution=solution)
    assert tasks["half"].misconception == "twice one"


REFERENCE = """@check("half", points=1, hints=["a", "b"])
def _(submission):
    expect(0 < submission.value("half", "number"), "It is no share.")
### BEGIN HIDDEN TESTS
from ftlearn.learn import hidden


@hidden("half")
def _(submission, reference):
    expect(submission.value("half") == reference.value("half"), "It is another student's.")
### END HIDDEN TESTS"""
SEEDED = {"half": "### BEGIN SOLUTION\nhalf = seed / 2\n### END SOLUTION", "half_check": REFERENCE}


def test_the_solution_computes_what_a_student_of_this_seed_should_find(plain_runner):
    from ftlearn.teach.grading.seeds import for_student, seed_of

    made = source(**SEEDED)
    made["cells"].insert(2, cell("code", "seed = 4  # your seed"))
    mine = for_student(made, b"k" * 32, "Ada", "99")
    number = seed_of(b"k" * 32, "Ada", "99", "seed")
    notebook = released(mine)
    for text, points in ((f"half = {number} / 2", 1), ("half = 2.0", 0.5), ("seed = 4\nhalf = seed / 2", 0.5)):
        for one in notebook["cells"]:
            if one["metadata"].get("nbgrader", {}).get("grade_id") == "half":
                one["source"] = text
        assert grade(plain_runner, notebook, solution=mine)[0]["half"].points == points, text


def test_points_of_tests_add_up_to_the_task():
    for task in tasks_of(source(twice_check=CHECK)).values():
        if task.check:
            assert sum(one.points for one in exercises.tests_of(task)) == pytest.approx(task.points)


def test_tests_that_give_more_than_the_task_has_are_refused():
    wrong = CHECK.replace("points=0.75", "points=7")
    with pytest.raises(ValueError, match=r"give 7\.5 points"):
        Exercise(source(twice_check=wrong))


def test_a_sum_changes_with_the_tests_of_its_task_alone():
    before, after = Exercise(source()), Exercise(source(twice_check=CHECK))
    assert before.sums["half"] == after.sums["half"] and before.sums["twice"] != after.sums["twice"]
    assert before.sum == after.sum
    given = copy.deepcopy(source())
    given["cells"].insert(2, cell("code", "more = 1"))
    assert Exercise(given).sum != before.sum


def test_a_test_that_never_finishes_with_an_answer_costs_that_task_only(plain_runner, monkeypatch):
    from ftlearn.teach.grading import running

    monkeypatch.setattr(running, "_SLOWEST", 0)
    monkeypatch.setattr(running, "_SPARE", 1.0)
    endless = CHECK.replace('expect(submission.call("twice", 3) == 6', "expect(sum(1 for _ in iter(int, 1)) == 6")
    tasks, _ = grade(plain_runner, handed_in(), solution=source(twice_check=endless))
    assert (tasks["twice"].kind, tasks["twice"].points, tasks["half"].points) == ("cannot be checked", 0, 1)
    assert "does not come to an end" in tasks["twice"].tests[0].detail
