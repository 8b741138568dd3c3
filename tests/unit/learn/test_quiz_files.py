"""Quizzes as they are written, and held against what lessons measured."""

from __future__ import annotations

import re

import pytest
from made_quizzes import CHOICE, FACTS_04, NUMBER, ORDER

from ftlearn.errors import ClaimError, DataError, UnknownNameError
from ftlearn.learn import quiz, quiz_file
from ftlearn.learn.questions import holds
from ftlearn.learn.quiz_file import load, parse, shipped


@pytest.mark.parametrize("lesson", shipped())
def test_shipped_quizzes_are_well_formed(lesson):
    written = load(lesson)
    assert written.lesson == lesson
    assert written.facts(), "a quiz rests on a measurement at least"
    for question in written.questions:
        if question.kind == "choice":
            assert 3 <= len(question.choices) <= 5, question.id


def test_the_right_choice_is_in_no_one_place():
    questions = [q for lesson in shipped() for q in load(lesson).questions if q.kind == "choice"]
    places = [next(n for n, choice in enumerate(q.choices) if choice.right) for q in questions]
    assert len(set(places)) >= 3
    assert max(map(places.count, places)) <= 0.6 * len(places)


@pytest.mark.parametrize("lesson", shipped())
def test_no_choice_gives_the_answer_away_before_it_is_given(lesson):
    asked = quiz(lesson)
    for said in (repr(asked), asked._as_html()):
        for question in asked.questions:
            whys = [question.why, *(choice.why for choice in question.choices), *(why for _, why in question.wrong)]
            assert not any(why and why[:40] in said for why in whys), question.id


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("== 0", 0.0, True),
        ("== 0", 1e-9, False),
        ("> 0 and <= 0.5", 0.5, True),
        ("> 0 and <= 0.5", 0.6, False),
        (">= -1e-2", -0.01, True),
        ("!= 3", 3, False),
        ("== true", True, True),
        ("== false", True, False),
        ('== "frozen"', "frozen", True),
        ('!= "frozen"', "scratch", True),
        ("< 0", float("nan"), False),
    ],
)
def test_conditions(condition, value, expected):
    assert holds(condition, value) is expected


@pytest.mark.parametrize("condition", ["", "0", "=> 0", "> x", "__import__('os')", "== 0 or == 1", '< "a"'])
def test_conditions_that_cannot_be_read(condition):
    with pytest.raises(DataError):
        holds(condition, 0.0)


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (CHOICE, 'why = "One too many."', "", "the choice 'three' has no explanation"),
        (CHOICE, "right = true", "", "has 0 right choices"),
        (CHOICE, 'when = "== 3"', "right = true", "has 2 right choices"),
        (CHOICE, 'when = "== 2"', "", "right choice has no condition"),
        (CHOICE, 'fact = "total"', "", "has a condition, but no fact"),
        (CHOICE, '"== 3"', '"= 3"', "'= 3' is no comparison"),
        (CHOICE, 'text = "three"', 'text = "two"', "two different choices"),
        (CHOICE, '"choice"', '"chioce"', "Did you mean 'choice'"),
        (CHOICE, 'id = "sum"', 'id = "sum"\nhint = "x"', "no field named 'hint'"),
        (CHOICE, 'id = "sum"', "", "needs an id and a text"),
        (CHOICE, 'title = "Sums"', "", "needs a lesson, a title"),
        (CHOICE, 'title = "Sums"', "title =", "is not TOML"),
        (CHOICE, 'fact = "total"', 'fact = "total"\nmeasured = "{value:.1f} of {other}"', "cannot be filled"),
        (NUMBER, "tolerance = 2", "", "needs an answer, a tolerance and a why"),
        (NUMBER, 'why = "Count again."', 'when = "< 48"\nwhy = "Too little."', "must be for any other number"),
        (NUMBER, 'fact = "share"', "", "names no fact"),
    ],
)
def test_a_badly_written_quiz_is_refused_in_words(text, old, new, said):
    assert old in text
    with pytest.raises(DataError, match=re.escape(said)):
        parse(text.replace(old, new, 1))


def test_two_questions_may_not_share_an_id():
    with pytest.raises(DataError, match="two questions have the id 'sum'"):
        parse(CHOICE + CHOICE.split('title = "Sums"')[1])


def test_facts_that_agree_are_accepted():
    assert quiz("04", **FACTS_04).measured == FACTS_04


@pytest.mark.parametrize(
    ("name", "value", "question"),
    [
        ("moved_without_compile", 0.1, "recompile"),
        ("same_optimiser_fails", False, "optimiser"),
        ("drift_bn_frozen", 0.01, "batchnorm"),
        ("drift_training_false", 0.0, "batchnorm"),
        ("nested_percent_unfrozen", 40.0, "nested"),
        ("nested_percent_unfrozen", float("nan"), "nested"),
        ("gain_of_small_rate", 0.0, "rate"),
    ],
)
def test_a_fact_that_disagrees_names_the_question(name, value, question):
    with pytest.raises(ClaimError, match=f"Question '{question}'.*{name}"):
        quiz("04", **{**FACTS_04, name: value})


def test_unknown_quiz_unknown_fact_missing_fact():
    with pytest.raises(UnknownNameError, match=r"no quiz named '4'.*Known: "):
        quiz("4")
    with pytest.raises(UnknownNameError, match="Did you mean 'drift_bn_frozen'"):
        quiz("04", drift_bn_frosen=0)
    with pytest.raises(DataError, match="also needs the facts drift_base_frozen, "):
        quiz("04", moved_without_compile=0)


def test_the_kinds_of_question():
    assert quiz_file.KINDS == ("choice", "several", "order", "number")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('text = "land"', 'text = "look"'), "three different items"),
        (('why = "At the end."', ""), "each item needs a text and a why"),
        (('[[question.item]]\ntext = "land"', '[[question.choice]]\ntext = "land"'), "no field named 'choice'"),
    ],
)
def test_an_order_that_is_not_well_formed_is_said(change, said):
    with pytest.raises(DataError, match=said):
        quiz_file.parse(ORDER.replace(*change))
