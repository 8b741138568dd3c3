"""A quiz as it is written: TOML in ``quizzes/``, read, checked, and held against what a lesson measured.

    lesson = "04"
    title = "Freezing and unfreezing"

    [[question]]
    id = "recompile"                # names it in errors and in the learner's attempts
    kind = "choice"                 # one right choice; "several": each right one; "number": a number
    text = "What moves?"            # `code` between backticks; a program to read goes into code = '''...'''
    fact = "largest_change"         # a measurement that the lesson hands over: quiz("04", largest_change=...)
    measured = "It moved by {value:.2g}."      # said after an answer, when the lesson was run

    [[question.choice]]
    text = "Nothing"
    right = true                    # what the author expects
    when = "== 0"                   # what the measurement must be for this choice to be the right one
    why = "Keras decides what to train when it compiles."

Choices are shown in a shuffled order that stays the same. A ``several`` question may give each choice its own ``fact``.
An ``order`` has ``[[question.item]]`` entries in their right order, each with a ``text`` and a ``why``: why it stands
where it does. A ``number`` has ``answer``, ``tolerance``, ``unit``, ``why``, and ``[[question.wrong]]`` entries with
``when`` and ``why``, the last one without ``when``.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from ftlearn.errors import DataError, unknown_name
from ftlearn.learn.questions import Choice, Question, QuizFile, holds

KINDS = ("choice", "several", "order", "number")
_FIELDS = {
    "quiz": {"lesson", "title", "question"},
    "choice": {"id", "kind", "text", "code", "fact", "measured", "choice"},
    "number": {"id", "kind", "text", "code", "fact", "measured", "answer", "tolerance", "unit", "why", "wrong"},
    "order": {"id", "kind", "text", "code", "item"},
    "an item": {"text", "why"},
    "a choice": {"text", "right", "when", "why", "fact"},
    "a wrong number": {"when", "why"},
}
_FIELDS["several"] = _FIELDS["choice"]


def shipped() -> list[str]:
    """List the numbers of the lessons that have a quiz."""
    folder = resources.files("ftlearn.learn") / "quizzes"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))


@functools.cache
def load(lesson: str) -> QuizFile:
    """Load the quiz of a lesson.

    Parameters
    ----------
    lesson : str
        Its number, such as ``"04"``.

    Returns
    -------
    QuizFile
        Checked.

    Raises
    ------
    UnknownNameError
        When there is no such quiz.
    DataError
        When its file is not as it should be.

    Examples
    --------
    >>> load("04").lesson
    '04'
    """
    if lesson not in shipped():
        raise unknown_name("quiz", lesson, shipped())
    return parse((resources.files("ftlearn.learn") / "quizzes" / f"{lesson}.toml").read_text("utf-8"), f"{lesson}.toml")


def parse(text: str, source: str = "quiz") -> QuizFile:
    """Read and check a quiz.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        What to call it in errors.

    Returns
    -------
    QuizFile
        Ready to be asked.

    Raises
    ------
    DataError
        Naming the question and what is wrong with it.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{source} is not TOML: {error}.") from None
    _known(raw, "quiz", source)
    asked = raw.get("question", [])
    if not (raw.get("lesson") and raw.get("title") and asked):
        raise DataError(f"{source} needs a lesson, a title and a [[question]].")
    questions = tuple(_question(one, f"{source}, question {number}") for number, one in enumerate(asked, 1))
    names = [question.id for question in questions]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise DataError(f"{source}: two questions have the id {twice.pop()!r}.")
    return QuizFile(raw["lesson"], raw["title"], questions)


def _known(raw: Mapping[str, Any], what: str, where: str) -> None:
    for name in raw:
        if name not in _FIELDS[what]:
            raise DataError(f"{where}: {unknown_name('field', name, _FIELDS[what])}")


def _question(raw: dict[str, Any], where: str) -> Question:
    where = f"{where} ({raw['id']})" if raw.get("id") else where
    kind = raw.get("kind")
    if kind not in KINDS:
        raise DataError(f"{where}: {unknown_name('kind of question', kind, KINDS)}")
    _known(raw, kind, where)
    if not (raw.get("id") and raw.get("text")):
        raise DataError(f"{where} needs an id and a text.")
    common = {name: raw.get(name, "").strip("\n") for name in ("id", "kind", "text", "code", "fact", "measured")}
    made = Question(**common, **{"number": _number, "order": _order}.get(kind, _choices)(raw, where))
    if made.measured and not made.fact:
        raise DataError(f"{where} says what was measured, but names no fact.")
    try:
        made.measured.format(value=1.0)
    except (KeyError, IndexError, ValueError) as error:
        raise DataError(f"{where}: {made.measured!r} cannot be filled: {error!r}.", fix="Use {value}.") from None
    return made


def _choices(raw: dict[str, Any], where: str) -> dict[str, Any]:
    listed = raw.get("choice", [])
    for one in listed:
        _known(one, "a choice", where)
        if not one.get("text"):
            raise DataError(f"{where}: a choice has no text.")
        if not one.get("why"):
            raise DataError(f"{where}: the choice {one['text']!r} has no explanation.", fix="Give it a why.")
        if one.get("when"):
            if not (one.get("fact") or raw.get("fact")):
                raise DataError(f"{where}: the choice {one['text']!r} has a condition, but no fact.")
            _readable(one["when"], where)
    choices = tuple(sorted((Choice(**one) for one in listed), key=lambda choice: _shuffled(raw["id"], choice.text)))
    if len(choices) < 2 or len({choice.text for choice in choices}) < len(choices):
        raise DataError(f"{where} needs two different choices at least.")
    right = [choice for choice in choices if choice.right]
    if not right or (raw["kind"] == "choice" and len(right) > 1):
        raise DataError(
            f"{where} has {len(right)} right choices; it needs one{' or more' * (raw['kind'] == 'several')}."
        )
    if raw.get("fact") and not all(choice.when for choice in right):
        raise DataError(f"{where}: the right choice has no condition (when) on {raw['fact']}.")
    return {"choices": choices}


def _order(raw: dict[str, Any], where: str) -> dict[str, Any]:
    listed = raw.get("item", [])
    for one in listed:
        _known(one, "an item", where)
        if not (one.get("text") and one.get("why")):
            raise DataError(f"{where}: each item needs a text and a why.")
    texts = [one["text"] for one in listed]
    if len(texts) < 3 or len(set(texts)) < len(texts):
        raise DataError(f"{where} needs three different items at least.")
    shown = sorted(listed, key=lambda one: _shuffled(raw["id"], one["text"]))
    if shown == listed:  # a shuffle that changed nothing would give the answer away
        shown = [*shown[1:], shown[0]]
    return {"choices": tuple(Choice(**one) for one in shown), "order": tuple(shown.index(one) for one in listed)}


def _shuffled(question: str, text: str) -> bytes:
    """Give a choice's place, the same on every machine: authors tend to write the right choice first."""
    return hashlib.sha256(f"{question}/{text}".encode()).digest()


def _number(raw: dict[str, Any], where: str) -> dict[str, Any]:
    wrong = raw.get("wrong", [])
    for one in wrong:
        _known(one, "a wrong number", where)
        if not one.get("why"):
            raise DataError(f"{where}: a wrong number has no explanation.", fix="Give it a why.")
        if one.get("when"):
            _readable(one["when"], where)
    if not ({"answer", "tolerance"} <= raw.keys() and raw.get("why")):
        raise DataError(f"{where} needs an answer, a tolerance and a why.")
    if not wrong or wrong[-1].get("when"):
        raise DataError(f"{where}: the last [[question.wrong]] must be for any other number (no when).")
    return {
        "answer": float(raw["answer"]),
        "tolerance": float(raw["tolerance"]),
        "unit": raw.get("unit", ""),
        "why": raw["why"],
        "wrong": tuple((one.get("when", ""), one["why"]) for one in wrong),
    }


def _readable(condition: str, where: str) -> None:
    """Raise unless the condition can be read (its value is beside the point, so a number that suits any is tried)."""
    try:
        holds(condition, 0.0)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
