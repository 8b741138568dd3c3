"""Questions, their choices, and the conditions that hold them against what a lesson measured."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ftlearn.errors import ClaimError, DataError

_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def holds(condition: str, value: Any) -> bool:
    """Tell whether a measured value meets a condition such as ``"> 0 and <= 0.5"``.

    Parameters
    ----------
    condition : str
        Comparisons with ``== != < <= > >=``, joined by ``and``; to the right of each a number, ``true``, ``false``, or
        a word in double quotes (which only ``==`` and ``!=`` compare).
    value : object
        What was measured.

    Returns
    -------
    bool
        Whether all comparisons hold.

    Raises
    ------
    DataError
        When the condition cannot be read, or the value cannot be compared with it.

    Examples
    --------
    >>> holds("> 0 and <= 0.5", 0.2)
    True
    >>> holds('== "BatchNorm"', "Dropout")
    False
    """
    return all(_one_holds(part.strip(), value) for part in condition.split(" and "))


def _one_holds(part: str, value: Any) -> bool:
    match = re.fullmatch(r"(==|!=|<=|>=|<|>)\s*(.+)", part)
    if not match:
        raise DataError(f"{part!r} is no comparison.", fix='Write for example "> 0", "== true" or "<= 0.5".')
    sign, right = match.groups()
    if right.startswith('"') and right.endswith('"') and sign in ("==", "!="):
        return bool(_COMPARE[sign](str(value), right[1:-1]))
    try:
        number = {"true": 1.0, "false": 0.0}.get(right.lower())
        return bool(_COMPARE[sign](float(value), float(right) if number is None else number))
    except (TypeError, ValueError):
        raise DataError(f"{value!r} cannot be compared by {part!r}.") from None


@dataclass(frozen=True)
class Choice:
    """One choice: its text, whether it is right, and why or why not."""

    text: str
    why: str
    right: bool = False
    when: str = ""
    fact: str = ""


@dataclass(frozen=True)
class Question:
    """One question as it was written; `kind` says which of the fields it has."""

    id: str
    kind: str
    text: str
    code: str = ""
    fact: str = ""
    measured: str = ""
    choices: tuple[Choice, ...] = ()
    order: tuple[int, ...] = ()
    answer: float = 0.0
    tolerance: float = 0.0
    unit: str = ""
    why: str = ""
    wrong: tuple[tuple[str, str], ...] = ()

    def facts(self) -> set[str]:
        """Name the measurements that this question rests on."""
        return {name for name in (self.fact, *(choice.fact for choice in self.choices)) if name}

    def against(self, facts: Mapping[str, Any]) -> Question:
        """Hold the expected answer against what was measured.

        Parameters
        ----------
        facts : mapping of str to object
            All that `facts` names.

        Returns
        -------
        Question
            The same one, with a number's answer as it was measured.

        Raises
        ------
        ClaimError
            When the measurement makes another answer right than the author expects.
        """
        if self.kind == "number" and self.fact:
            value = float(facts[self.fact])
            if not abs(value - self.answer) <= self.tolerance:
                raise ClaimError(
                    f"Question {self.id!r}: the quiz expects {self.answer:g} ± {self.tolerance:g}, but {self.fact} is "
                    f"{value:g}.",
                    fix="Correct the question's answer, or find out why the measurement changed.",
                )
            return Question(**{**self.__dict__, "answer": value})
        for choice in self.choices:
            name = choice.fact or self.fact
            if name and choice.when and holds(choice.when, facts[name]) != choice.right:
                verb = "is" if choice.right else "is not"
                raise ClaimError(
                    f"Question {self.id!r}: the quiz expects that {choice.text!r} {verb} right, but {name} is "
                    f"{facts[name]!r} (the choice holds when it is {choice.when}).",
                    fix="Correct the question, or find out why the measurement changed.",
                )
        return self


@dataclass(frozen=True)
class QuizFile:
    """A quiz as it was written: the lesson's number, a title, and its questions."""

    lesson: str
    title: str
    questions: tuple[Question, ...] = field(default=())

    def facts(self) -> set[str]:
        """Name the measurements that its questions rest on."""
        return set().union(*(question.facts() for question in self.questions))
