"""Guesses: asked, kept, compared."""

from __future__ import annotations

import re

import pytest

from ftlearn import widgets
from ftlearn.errors import FtlearnError, UnknownNameError
from ftlearn.learn import guess, guesses_table, guessing, quizzing, reveal


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


def test_one_switch_for_all():
    assert guessing.live is quizzing.live is widgets.live
