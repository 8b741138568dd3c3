"""What a check may find: five outcomes that are told apart everywhere, each with a sentence for the student."""

from __future__ import annotations

from dataclasses import dataclass

PASSED = "passed"
NOT_YET = "not yet"
NOT_ATTEMPTED = "not attempted"
ERROR = "error in your code"
UNCHECKED = "cannot be checked"
KINDS = (PASSED, NOT_YET, NOT_ATTEMPTED, ERROR, UNCHECKED)


@dataclass(frozen=True)
class Outcome:
    """What a check found.

    Attributes
    ----------
    kind : str
        ``"passed"``, ``"not yet"``, ``"not attempted"``, ``"error in your code"`` or ``"cannot be checked"``.
    text : str
        What was got, what was expected in kind, where to look; never the hidden value.
    points, possible : float
        What it brings, of how many.
    """

    kind: str
    text: str
    points: float = 0.0
    possible: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the task is done."""
        return self.kind == PASSED

    @property
    def heading(self) -> str:
        """The kind as the beginning of a sentence."""
        return f"{self.kind[0].upper()}{self.kind[1:]}."

    def __str__(self) -> str:
        return f"{self.heading} {self.text}".rstrip()


class Verdict(Exception):
    """Ends a check with an outcome other than passed."""

    kind = UNCHECKED

    def __init__(self, text: str):
        self.text = text
        super().__init__(text)


class NotYet(Verdict):
    """The work is there and not right yet."""

    kind = NOT_YET


class NotAttempted(Verdict):
    """There is nothing to check yet."""

    kind = NOT_ATTEMPTED


class WorkError(Verdict):
    """The student's own code raised an error."""

    kind = ERROR


class Unchecked(Verdict):
    """The work cannot be judged here, through no fault of the student."""

    kind = UNCHECKED


def expect(holds: object, text: str) -> None:
    """End a check with "not yet" unless something holds.

    Parameters
    ----------
    holds : object
        Anything that is true or false.
    text : str
        What was got, what was expected in kind, and where to look.

    Raises
    ------
    NotYet
        When it does not hold.
    TypeError
        When `holds` is a whole array: the check is wrong, not the student.

    Examples
    --------
    >>> expect(1 < 2, "One is less than two.")
    >>> expect(2 < 1, "Look again at the sign.")
    Traceback (most recent call last):
    ...
    ftlearn.learn.outcomes.NotYet: Look again at the sign.
    """
    if getattr(holds, "size", 1) != 1:
        raise TypeError("expect() needs one truth value, got a whole array.")
    if not holds:
        raise NotYet(text)


@dataclass(frozen=True)
class Score:
    """A measured score of trained work, and what a check asks of it."""

    name: str
    value: float
    at_least: float


SCORES: list[Score] = []
"""Scores that checks have looked at in this process, for the study behind their tolerances."""


def reaches(name: str, score: float, at_least: float, text: str) -> None:
    """End a check with "not yet" unless a trained model's score is high enough.

    How high is no guess: a study trains the right solution with many seeds, and a test holds `at_least` to be so low
    that a right solution fails by chance in fewer than one of a thousand runs.

    Parameters
    ----------
    name : str
        Of the score in that study, such as ``"04/two stages"``.
    score : float
        What the work reached.
    at_least : float
        What it has to reach.
    text : str
        For the student, with ``{score}`` and ``{at_least}`` where they should stand.

    Raises
    ------
    NotYet
        When it is lower.

    Examples
    --------
    >>> reaches("00/example", 0.9, 0.8, "{score:.2f} is below {at_least:.2f}.")
    >>> reaches("00/example", 0.7, 0.8, "{score:.2f} is below {at_least:.2f}.")
    Traceback (most recent call last):
    ...
    ftlearn.learn.outcomes.NotYet: 0.70 is below 0.80.
    """
    SCORES.append(Score(name, float(score), float(at_least)))
    expect(bool(score >= at_least), text.format(score=score, at_least=at_least))
