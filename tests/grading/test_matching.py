"""Right code is found wherever it stands: cells deleted, doubled, moved, renamed, split, merged and edited."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ftlearn.teach.grading.matching import match, names_of
from tests.grading import damage
from tests.grading.damage import ANSWERS, DAMAGES, RIGHT, TASKS, WORDS, answered, exercise

SAID = {
    damage.deleted_given: "missing",
    damage.deleted_checks: "Checks are missing",
    damage.older_version_above: "of several versions the last one counts",
    damage.other_ids: "lost their ids",
    damage.no_ids: "lost their ids",
    damage.split_without_metadata: "another cell than its own",
    damage.written_into_the_check: "another cell than its own",
    damage.merged_with_given: "another cell than its own",
    damage.edited_given: "They ran as handed out, then as changed",
    damage.edited_check: "the course's own were used",
    damage.own_cell_below: "another cell than its own",
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


@settings(max_examples=200, deadline=None)
@given(hurts, st.booleans(), st.randoms(use_true_random=False))
def test_whatever_comes_together(hurts, shuffled, rng):
    done, notebook = {hurt for hurt, _ in hurts}, answered()
    assume(damage.older_version_above not in done or not done & MOVING)  # which version is the older would be a guess
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
