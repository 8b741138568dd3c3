"""Right code is found wherever it stands: cells deleted, doubled, moved, renamed, split, merged and edited."""

from __future__ import annotations

import copy
import json
import random
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ftlearn.errors import DataError
from ftlearn.teach.grading.matching import match, names_of
from ftlearn.teach.grading.running import Grader
from ftlearn.teach.release import released
from ftlearn.teach.sources import read_source, tasks_of
from tests.grading import damage
from tests.grading.damage import ANSWERS, DAMAGES, RIGHT, TASKS, WORDS, answered, cell, exercise, own
from tools.notebooks import ROOT

SAID = {
    damage.deleted_given: "missing",
    damage.deleted_checks: "Checks are missing",
    damage.older_version_above: "of several versions the last one counts",
    damage.other_ids: "lost their ids",
    damage.no_ids: "lost their ids",
    damage.split_without_metadata: "in other cells than their own",
    damage.written_into_the_check: "in other cells than their own",
    damage.merged_with_given: "in other cells than their own",
    damage.edited_given: "They ran as handed out, then as changed",
    damage.edited_check: "the course's own were used",
    damage.own_cell_below: "in other cells than their own",
    damage.turned_into_markdown: "no code cell",
}


def passed(plan):
    """Run a plan as grading does (the answers are ours: no sandbox is needed), and say what comes out right."""
    right = set()
    for cells in (plan.cells, plan.in_released_order(names_of(exercise()))):
        left = {}
        for one in cells:
            try:
                exec(one.text.replace("%", "pass #"), left)
            except Exception:
                pass
            right |= {name for name in RIGHT if one.kind == "answer" and one.name == name and holds(name, left)}
        right |= {name for name in RIGHT if holds(name, left)}
    return right


def holds(name, left):
    try:
        return eval(RIGHT[name], dict(left)) is True
    except Exception:
        return False


def complete(plan):
    assert passed(plan) == set(RIGHT), plan
    assert "boom" not in str(plan.cells), "a check of the student's would run"
    assert "@check" not in str(plan.cells)
    for name, text in ANSWERS.items():
        assert damage.last_line(name) in plan.texts[name], f"the answer to {name} is not shown: {text}"


def test_an_untouched_notebook_gives_no_remark():
    plan = match(exercise(), answered())
    assert not plan.remarks
    assert not plan.extras
    assert [one.name for one in plan.cells] == names_of(exercise())
    assert plan.texts == ANSWERS | {"why": WORDS}


def test_a_blank_one_is_not_attempted():
    plan = match(exercise(), exercise())
    assert not plan.remarks
    assert plan.texts == dict.fromkeys([*ANSWERS, "why"], "")
    assert [one.text for one in plan.cells if one.name == "kept"] == [TASKS["kept"][1]]


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("hurt", DAMAGES, ids=lambda one: one.__name__)
def test_each_kind_of_damage_costs_nothing_and_is_said(hurt, name):
    notebook = answered()
    hurt(notebook, name)
    plan = match(exercise(), notebook)
    complete(plan)
    assert plan.texts["why"] == WORDS
    changed = notebook != answered()
    assert SAID.get(hurt, "") in " ".join(plan.remarks) or not changed
    if changed and hurt not in (damage.stub_below, damage.renamed, damage.no_metadata):
        assert plan.remarks
    assert all(len(one) < 400 and (one[0].isupper() or one[0].isdigit()) for one in plan.remarks)


MOVING = {
    damage.merged_with_the_next, damage.split, damage.split_without_metadata, damage.written_into_the_check,
    damage.instead_of_the_check, damage.own_cell_below, damage.own_cell_at_the_end, damage.emptied_and_written_below,
    damage.turned_into_markdown,
}  # fmt: skip
hurts = st.lists(st.tuples(st.sampled_from(DAMAGES), st.sampled_from(list(TASKS))), max_size=6)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(hurts, st.booleans(), st.randoms(use_true_random=False))
def test_whatever_comes_together(hurts, shuffled, rng):
    done, notebook = {hurt for hurt, _ in hurts}, answered()
    assume(damage.older_version_above not in done or not done & MOVING)  # which version is the older would be a guess
    assume(damage.turned_into_markdown not in done or not done & {damage.split, damage.split_without_metadata})
    assume(not {damage.stub_below, damage.all_in_one} <= done)  # the stub would overwrite the answer in one cell
    if shuffled:
        assume(not done & {damage.split, damage.split_without_metadata})  # nothing tells which parts belong together
        rng.shuffle(notebook["cells"])
    for hurt, name in hurts:
        try:
            hurt(notebook, name)
        except StopIteration:  # an earlier damage left nothing to hurt
            pass
    damage.oddities(notebook, "")
    complete(match(exercise(), notebook))


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4, 5])
def test_every_version_of_the_format(minor):
    notebook = answered() | {"nbformat_minor": minor}
    if minor < 5:
        damage.no_ids(notebook, "")
    complete(match(exercise(), notebook))


def test_nbformat_3():
    notebook = answered()
    damage.no_ids(notebook, "")
    for one in notebook["cells"]:
        if one["cell_type"] == "code":
            one["input"] = one.pop("source")
    heading = {"cell_type": "heading", "level": 1, "source": "Mine", "metadata": {}}
    complete(
        match(exercise(), {"worksheets": [{"cells": [heading, *notebook["cells"]]}], "metadata": {}, "nbformat": 3})
    )


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda cells: cells[-1].update(source="", cell_type="markdown") or cells.append(own(WORDS, "markdown")), True),
        (lambda cells: cells.append(own(WORDS, "markdown")), True),
        (lambda cells: cells.append(own(WORDS, "code")), True),
        (lambda cells: cells.append(own("# " + WORDS, "code")), True),
        (lambda cells: cells[-2].update(source=cells[-2]["source"] + "\n\n" + WORDS), True),
        (lambda cells: cells[-1].update(cell_type="code", source=WORDS), False),
        (lambda cells: cells[-1].update(source=f"{damage.STUB}\n\n{WORDS}"), False),
        (lambda cells: cells.insert(0, own(WORDS, "markdown")), True),
        (lambda cells: cells.pop() and cells.insert(3, own(WORDS, "markdown")), True),
        (lambda cells: cells[-1].update(source=WORDS[:20]) or cells.append(own(WORDS[20:], "markdown")), True),
    ],
)
def test_an_answer_in_words_is_found_wherever_it_stands(write, said):
    notebook = exercise()
    write(notebook["cells"])
    plan = match(exercise(), notebook)
    assert plan.texts["why"].replace("\n\n", "").lstrip("# ") == WORDS
    assert ("Answers were found in other cells than their own: `why`." in plan.remarks) == said


def test_notes_beside_code_are_no_answer_where_there_is_one():
    notebook = answered()
    notebook["cells"].insert(2, own("A note to myself.", "markdown"))
    assert match(exercise(), notebook).texts["why"] == WORDS


@pytest.mark.parametrize(
    ("notebook", "said"),
    [
        ({}, "no list of cells"),
        ({"cells": "many"}, "no list of cells"),
        ({"worksheets": 3}, "no list of cells"),
        ({"cells": [None] * 100_000}, "100,000 cells; at most 5,000"),
        ({"cells": [own("x" * 6_000_000)]}, "6,000,000 characters"),
        ({"cells": []}, "another exercise"),
    ],
)
def test_what_is_no_notebook_or_too_much_of_one_is_said(notebook, said):
    with pytest.raises(DataError, match=said):
        match(exercise(), notebook)


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "-" * 100_000 + "1", "x = [" * 5_000, "9" * 100_000, "\0", "\ud800", "x = 1\r\nif 1:\r  y = 2",
     "'\\d'", "a" + "=a" * 50_000, "@check('kept')\n(", "lambda: " * 2_000],
)  # fmt: skip
def test_odd_code_does_no_harm(text):
    notebook = answered()
    notebook["cells"].insert(5, own(text))
    notebook["cells"][1]["source"] = text
    plan = match(exercise(), notebook)
    assert {one.name for one in plan.cells if one.kind == "answer"} == set(TASKS)
    json.dumps([one.text for one in plan.cells]).encode()
    for one in plan.cells:
        one.text.encode()


def test_thousands_of_cells_take_no_long_time():
    notebook = answered()
    notebook["cells"][3:3] = [own(f"total = {number}\nmean = 2\nwords = 3") for number in range(2_000)]
    notebook["cells"] += [copy.deepcopy(notebook["cells"][2_005]) | {"id": f"c{number}"} for number in range(2_000)]
    plan = match(exercise(), notebook)
    assert len(plan.remarks) < 10
    assert [one.name for one in plan.cells if one.kind == "answer"].count("total") < 5


def test_another_exercise_is_refused_and_another_release_told():
    other = copy.deepcopy(answered())
    other["metadata"]["ftlearn"] |= {"release": "bbbb"}
    assert "another release of the exercise (bbbb, now aaaa)" in match(exercise(), other).remarks[0]
    other["metadata"] = {"ftlearn": ["?"]}
    assert not match(exercise(), other).remarks
    del other["cells"][3:]
    other["metadata"] = {"ftlearn": {"lesson": "97"}}
    with pytest.raises(DataError, match="it says that it is exercise '97', and 0 of the 4 tasks are in it"):
        match(exercise(), other)


SOLUTIONS = {path.stem[:2]: path for path in sorted(ROOT.glob("solutions/*/*.ipynb"))}


def real(lesson):
    """Return an exercise, and a notebook with the author's answers in it."""
    source = read_source(SOLUTIONS[lesson])
    made, tasks = released(source), tasks_of(source)
    done = copy.deepcopy(made)
    for one in done["cells"]:
        graded = one["metadata"].get("nbgrader", {})
        if graded.get("solution"):
            one["source"] = re.sub(r"(?m)^ *### (BEGIN|END) SOLUTION\n?", "", tasks[graded["grade_id"]].solution)
    return made, done


@pytest.mark.parametrize("lesson", SOLUTIONS)
def test_real_exercises_survive_as_much(lesson):
    made, done = real(lesson)
    assert not match(made, done).remarks
    answers = match(made, done).texts
    for seed in range(6):
        rng, hurt = random.Random(seed), copy.deepcopy(done)
        kept = [one for one in hurt["cells"] if one["metadata"]["nbgrader"]["solution"] or rng.random() < 0.7]
        rng.shuffle(kept)
        for one in kept:
            if seed % 2:
                one.pop("id")
            if seed % 3 == 1 and one["cell_type"] == "code":
                one["metadata"] = {}
        plan = match(made, hurt | {"cells": kept})
        assert plan.texts == answers
        assert [one.name for one in plan.in_released_order(names_of(made)) if one.kind != "extra"] == names_of(made)


@pytest.mark.parametrize("lesson", SOLUTIONS)
def test_real_exercises_are_told_from_one_another(lesson):
    made, _ = real(lesson)
    for other in SOLUTIONS:
        _, done = real(other)
        for metadata in ({}, done["metadata"]):
            if other != lesson:
                with pytest.raises(DataError, match="another exercise"):
                    match(made, done | {"metadata": metadata})


def graded_source():
    """Return a solution of the small exercise whose checks look at what comes out."""
    notebook = exercise()
    notebook["metadata"]["ftlearn"]["release"] = ""
    checks = {
        "total": 'expect(submission.value("total", "number") == 6 and submission.value("mean", "number") == 2, "No.")',
        "longest": """expect(submission.call("longest", ["a", "bb", ""]) == "bb", "No.")""",
        "kept": 'expect(submission.value("kept", "number") == 0.5, "No.")',
    }
    for one in notebook["cells"]:
        name = one["id"].removesuffix("_check")
        if one["id"] in ANSWERS:
            one["source"] = f"### BEGIN SOLUTION\n{ANSWERS[name]}\n### END SOLUTION"
            one["metadata"]["ftlearn"] = {"minutes": 1, "ideas": []}
        elif one["id"] == "why":
            one["metadata"]["nbgrader"]["points"] = 1
        elif name in ANSWERS and name != one["id"]:
            one["source"] = one["source"].replace(f'submission.value("{name}")', checks[name])
            one["metadata"]["nbgrader"]["points"] = 1
    notebook["cells"].append(cell("markdown", "rubric", "One point.") | {"metadata": {"tags": ["rubric"]}})
    return notebook


@pytest.mark.parametrize("hurt", DAMAGES, ids=lambda one: one.__name__)
def test_graded_in_the_sandbox_each_brings_full_points(plain_runner, hurt):
    notebook = answered()
    hurt(notebook, "total")
    tasks, remarks = Grader(graded_source(), plain_runner).grade(notebook)
    assert {one.name: one.points for one in tasks} == dict.fromkeys(ANSWERS, 1.0) | {"why": 0.0}, (tasks, remarks)
    assert tasks[-1].answer == WORDS
