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

    def __str__(self) -> str:
        return f"{self.kind[0].upper()}{self.kind[1:]}. {self.text}".rstrip()


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
    holds : bool
        A truth value; NumPy's are fine.
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
    import numpy as np

    if not isinstance(holds, bool | np.bool_):
        raise TypeError(f"expect() needs True or False, got {type(holds).__name__}.")
    if not holds:
        raise NotYet(text)
