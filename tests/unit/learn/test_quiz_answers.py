"""Answers to quizzes, in text and by widgets."""

from __future__ import annotations

import re

import pytest
from made_quizzes import CHOICE, NUMBER, ORDER, made

from ftlearn.errors import DataError, FtlearnError
from ftlearn.learn import quiz, quiz_file, quiz_widgets, quizzing
from ftlearn.learn.markup import plain


def test_a_choice_by_letter_or_by_words():
    asked = made(CHOICE)
    place = [choice.text for choice in asked.questions[0].choices].index("three")
    assert repr(asked.answer(1, "abc"[place])) == "Not yet. One too many."
    assert repr(asked.answer(1, "two")) == "Right. One and one."
    assert [attempt.right for attempt in asked.attempts(1)] == [False, True]
    assert asked.score() == "Answered right: 1 of 1; at the first try: 0."


def test_every_wrong_choice_has_its_own_explanation():
    asked = quiz("04")
    for number, question in enumerate(asked.questions, 1):
        if question.kind == "choice":
            said = [asked.answer(number, letter).text for letter in "abcde"[: len(question.choices)]]
            assert len(set(said)) == len(said)
            assert sum(text.startswith("Right. ") for text in said) == 1


def test_several_needs_all_the_right_ones_and_no_other():
    asked = quiz("04")
    number = next(n for n, q in enumerate(asked.questions, 1) if q.kind == "several")
    choices = asked.questions[number - 1].choices
    right = ["abcd"[n] for n, choice in enumerate(choices) if choice.right]
    wrong = next("abcd"[n] for n, choice in enumerate(choices) if not choice.right)
    assert asked.answer(number, right).right
    assert asked.answer(number, " and ".join(right)).right
    assert asked.answer(number, "".join(right)).right
    assert "1 more is right too" in asked.answer(number, right[0]).text
    assert not asked.answer(number, [*right, wrong]).right
    assert asked.attempts(number)[0].answer == ", ".join(right)
    with pytest.raises(DataError, match="Nothing was chosen"):
        asked.answer(number, "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [(50, "Right. One of two."), ("48,5", "Right."), ("60", "Not yet. Too much."), (3, "Not yet. Count again.")],
)
def test_a_number_within_its_tolerance(answer, said):
    assert made(NUMBER).answer(1, answer).text.startswith(said)


def test_a_number_is_judged_by_what_was_measured_here():
    asked = made(NUMBER, share=51.5)
    assert asked.answer(1, 53).right
    assert not asked.answer(1, 49).right
    assert asked.answer(1, 51.5).text.endswith("It was 51.5.")


@pytest.mark.parametrize(("number", "answer"), [(0, "a"), (2, "a"), (1, "z"), (1, "")])
def test_what_is_no_answer_is_not_counted(number, answer):
    asked = made(CHOICE)
    with pytest.raises(FtlearnError):
        asked.answer(number, answer)
    assert asked.attempts(1) == []
    with pytest.raises(DataError, match="is no number"):
        made(NUMBER).answer(1, "many")


def test_text_and_static_text(monkeypatch):
    asked = made(NUMBER)
    assert "1. What share? (A number in %, to within 2.)" in repr(asked)
    assert 'q.answer(1, "b")' in repr(asked)
    monkeypatch.setenv("FTLEARN_STATIC", "1")
    assert "In a running notebook this cell has buttons" in repr(asked)


def text_of(widget):
    return re.sub("<[^>]+>", "", widget.value)


def test_a_choice_with_widgets():
    import ipywidgets

    asked = made(CHOICE)
    _, question, score = quiz_widgets.build(asked).children
    _, buttons, check, said = question.children
    assert isinstance(buttons, ipywidgets.RadioButtons)
    assert buttons.value is None
    check.click()
    assert text_of(said) == "Choose an answer first."
    buttons.value = "three"
    check.click()
    assert text_of(said) == "Not yet. One too many."
    assert 'role="status" aria-live="polite"' in said.value
    buttons.value = "two"
    check.click()
    assert text_of(said) == "Right. One and one."
    assert text_of(score) == "Answered right: 1 of 1; at the first try: 0."
    again = quiz_widgets.build(asked).children[1].children
    assert again[1].value == "two"
    assert text_of(again[3]) == "Your last answer was right."


def test_an_order_explains_the_first_step_that_is_out_of_place():
    asked = made(ORDER)
    letters = dict(zip((plain(choice.text) for choice in asked.questions[0].choices), "abc", strict=True))
    right = letters["look"] + letters["leap"] + letters["land"]
    assert repr(asked.answer(1, right)) == "Right. First of all. Before landing. At the end."
    assert repr(asked.answer(1, ["look", "land", "leap"])) == "Not yet. The first 1 is in place. land: At the end."
    assert repr(asked.answer(1, right[::-1])) == "Not yet. land: At the end."
    assert [attempt.right for attempt in asked.attempts(1)] == [True, False, False]
    for given in ("ab", "aab", right + right[0]):
        with pytest.raises(DataError, match="3 steps are to be put in order, each once"):
            asked.answer(1, given)
    assert "(Put them in order.)" in repr(asked)


def test_the_shown_order_is_never_the_right_one():
    for lesson in quiz_file.shipped():
        for question in quiz_file.load(lesson).questions:
            if question.kind == "order":
                assert question.order != tuple(range(len(question.choices)))
                assert sorted(question.order) == list(range(len(question.choices)))


def test_several_and_number_with_widgets():
    import ipywidgets

    asked = quiz("04")
    parts = quiz_widgets.build(asked).children[1:-1]
    for question, part in zip(asked.questions, parts, strict=True):
        _, field, check, said = part.children
        if question.kind == "several":
            assert all(isinstance(box, ipywidgets.Checkbox) for box in field.children)
            for choice, box in zip(question.choices, field.children, strict=True):
                box.value = choice.right
        elif question.kind == "number":
            field.value = "many"
            check.click()
            assert "is no number" in text_of(said)
            field.value = f"{question.answer:g}"
        elif question.kind == "order":
            field.value = "ab"
            check.click()
            assert "each once" in text_of(said)
            field.value = "".join("abcde"[place] for place in question.order)
        else:
            field.index = next(n for n, choice in enumerate(question.choices) if choice.right)
        check.click()
        assert text_of(said).startswith("Right. "), question.id
    assert asked.score() == "Answered right: 6 of 6; at the first try: 6."
    again = quiz_widgets.build(asked).children[1:-1]
    for question, part in zip(asked.questions, again, strict=True):
        if question.kind == "several":
            boxes = part.children[1].children
            assert [box.value for box in boxes] == [choice.right for choice in question.choices]


def test_widget_state_holds_no_explanation_before_an_answer():
    asked = quiz("04")
    box = quiz_widgets.build(asked)

    def states(widget):
        yield repr(widget.get_state())
        for child in getattr(widget, "children", ()):
            yield from states(child)

    everything = "\n".join(states(box))
    for question in asked.questions:
        for choice in question.choices:
            assert choice.why[:40] not in everything
        assert not question.why or question.why[:40] not in everything


def test_quiz_shows_itself_as_widgets_only_when_live(monkeypatch):
    from IPython import display

    shown = []
    monkeypatch.setattr(display, "display", shown.append)
    monkeypatch.setattr(quizzing, "show_html", lambda markup, text: shown.append(text))
    quiz("04")._ipython_display_()
    monkeypatch.setattr(quizzing, "live", lambda: True)
    quiz("04")._ipython_display_()
    assert [type(one).__name__ for one in shown] == ["str", "VBox"]
