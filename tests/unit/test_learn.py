import re

import pytest

from ftlearn import widgets
from ftlearn.errors import ClaimError, DataError, FtlearnError, UnknownNameError
from ftlearn.learn import guess, guesses_table, guessing, quiz, quiz_file, quiz_widgets, quizzing, reveal
from ftlearn.learn.quiz_file import holds, load, parse, shipped

FACTS_04 = {
    "moved_without_compile": 0.0,
    "same_optimiser_fails": True,
    "drift_bn_frozen": 0.0,
    "drift_training_false": 0.03,
    "drift_base_frozen": 0.0,
    "nested_percent_unfrozen": 100.0,
    "gain_of_small_rate": 0.2,
}


@pytest.fixture(autouse=True)
def clean_ledgers(monkeypatch):
    monkeypatch.setattr(guessing, "_LEDGER", {})
    monkeypatch.setattr(quizzing, "_ATTEMPTS", {})
    monkeypatch.delenv("FTLEARN_STATIC", raising=False)


# Guesses


def test_guess_prints_lettered_choices_without_widgets(capsys):
    guess("moves", "What `moves`?", ["nothing", "all of `it`"])
    said = capsys.readouterr().out
    assert "What moves?\n  a. nothing\n  b. all of it\n" in said
    assert 'mine="a"' in said


def test_static_guess_tells_to_decide_first(capsys, monkeypatch):
    monkeypatch.setenv("FTLEARN_STATIC", "1")
    guess("moves", "What moves?", ["nothing", "all"])
    assert "Decide before you read on. In a running notebook" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        ("a", "You guessed: nothing. Measured: all."),
        ("all", "You guessed: all. Measured: the same. Right."),
        (None, "You made no guess. Measured: all."),
    ],
)
def test_reveal_compares(capsys, mine, said):
    guess("moves", "What moves?", ["nothing", "all"], mine=mine)
    capsys.readouterr()
    reveal("moves", "all")
    assert capsys.readouterr().out.strip() == said


def test_guess_again_keeps_the_earlier_guess_unless_its_choices_changed(capsys):
    guess("moves", "What moves?", ["nothing", "all"], mine="b")
    guess("moves", "What moves now?", ["nothing", "all"])
    assert capsys.readouterr().out.endswith("You guessed: all. Kept. Run the next cell to see.\n")
    guess("moves", "What moves?", ["little", "much"])
    assert guessing.guesses()["moves"].mine is None


def test_reveal_refuses_what_was_never_asked_and_what_is_no_choice():
    with pytest.raises(UnknownNameError, match=r"No guess named 'moves' was asked\. Run the cell that asks it first"):
        reveal("moves", "all")
    guess("moves", "What moves?", ["nothing", "all"])
    with pytest.raises(FtlearnError, match="'some' is none of the choices: nothing; all"):
        reveal("moves", "some")


@pytest.mark.parametrize("choices", [["one"], ["same", "same"], ["`same`", "same"]])
def test_guess_needs_two_different_choices(choices):
    with pytest.raises(FtlearnError, match="two different choices"):
        guess("moves", "What moves?", choices)


def test_guess_refuses_a_letter_beyond_the_choices():
    with pytest.raises(FtlearnError, match="from a to b"):
        guess("moves", "What moves?", ["nothing", "all"], mine="c")


def test_table_tells_right_from_not_and_late_from_early(capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(guessing, "show_html", lambda markup, text: shown.append((markup, text)))
    for key, mine in (("one", "a"), ("two", "b"), ("three", None), ("four", None)):
        guess(key, f"Is {key} < 9?", ["yes", "no"], mine=mine)
    for key in ("one", "two", "three"):
        reveal(key, "yes")
    guess("three", "Is three < 9?", ["yes", "no"], mine="a")
    guesses_table()
    markup, text = shown[-1]
    lines = text.splitlines()
    endings = ["(right)", "(not so)", "(after the answer)", "(not measured yet)"]
    assert [re.search(r"\([^)]*\)$", line).group() for line in lines[:4]] == endings
    assert lines[-1] == "1 of your 2 guesses held."
    assert "<caption>" in markup
    assert markup.count('scope="col"') == 4
    assert markup.count('scope="row"') == 4
    assert "Is one &lt; 9?" in markup


def test_guess_buttons_keep_the_choice(monkeypatch):
    import ipywidgets
    from IPython import display

    boxes = []
    monkeypatch.setattr(guessing, "live", lambda: True)
    monkeypatch.setattr(display, "display", boxes.append)
    guess("moves", "What moves?", ["nothing", "all"])
    _, buttons, said = boxes[-1].children
    assert isinstance(buttons, ipywidgets.RadioButtons)
    assert buttons.value is None
    buttons.value = "all"
    assert guessing.guesses()["moves"].mine == "all"
    assert re.sub("<[^>]+>", "", said.value) == "Kept. Run the next cell to see."
    assert 'role="status" aria-live="polite"' in said.value
    guess("moves", "What moves?", ["nothing", "all"])
    assert boxes[-1].children[1].value == "all"


# Quizzes as they are written


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


CHOICE = """
lesson = "99"
title = "Sums"
[[question]]
id = "sum"
kind = "choice"
text = "What is it?"
fact = "total"
[[question.choice]]
text = "two"
right = true
when = "== 2"
why = "One and one."
[[question.choice]]
text = "three"
when = "== 3"
why = "One too many."
"""
NUMBER = """
lesson = "99"
title = "Sums"
[[question]]
id = "share"
kind = "number"
text = "What share?"
fact = "share"
measured = "It was {value:.1f}."
answer = 50
tolerance = 2
unit = "%"
why = "One of two."
[[question.wrong]]
when = "> 52"
why = "Too much."
[[question.wrong]]
why = "Count again."
"""


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


# Facts


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


# Answers


def made(text, **facts):
    return quizzing.Quiz(parse(text), facts)


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


# Widgets


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
        else:
            field.index = next(n for n, choice in enumerate(question.choices) if choice.right)
        check.click()
        assert text_of(said).startswith("Right. "), question.id
    assert asked.score() == "Answered right: 5 of 5; at the first try: 5."
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


def test_one_switch_for_all():
    assert guessing.live is quizzing.live is widgets.live
    assert quiz_file.KINDS == ("choice", "several", "number")
