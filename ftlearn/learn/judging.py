"""From checks and a submission to one outcome."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ftlearn.datasets.splits import TestSetWarning
from ftlearn.learn.outcomes import PASSED, UNCHECKED, Outcome, Verdict


def wants_reference(test: Callable[..., Any]) -> bool:
    """Tell whether a test takes the solution's work beside the student's.

    Examples
    --------
    >>> wants_reference(lambda submission, reference: None), wants_reference(lambda submission: None)
    (True, False)
    """
    return "reference" in inspect.signature(test).parameters


def judge(checks: Sequence[Callable[[Any], Any]], submission: Any, points: float) -> Outcome:
    """Run checks on a submission, in order, until one of them ends with something else than passed.

    Parameters
    ----------
    checks : sequence of callable
        Each takes the submission. One may return a sentence for the student, or a pair of it and a share of the points
        from 0 to 1.
    submission : Submission
        The work, here or in another process.
    points : float
        What the task brings.

    Returns
    -------
    Outcome
        One of five kinds.

    Examples
    --------
    >>> from ftlearn.learn.submission import Submission
    >>> judge([lambda work: work.value("x")], Submission({}), 2).kind
    'not attempted'
    """
    text, share = "", 1.0
    for one in checks:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", TestSetWarning)  # a check may open the test part as often as it likes
                said = one(submission)
        except Verdict as verdict:
            return Outcome(verdict.kind, verdict.text, 0.0, points)
        except Exception as error:
            reason = str(error).strip().split("\n")[0][:200]
            return Outcome(
                UNCHECKED,
                f"The check stopped with {type(error).__name__}{f' ({reason})' if reason else ''}. Has your answer the "
                "form that the task asks for? If it has, restart the kernel and run all cells; if that does not help, "
                "it is not your fault: tell your instructor.",
                0.0,
                points,
            )
        if isinstance(said, tuple):
            said, share = said[0], min(share, float(said[1]))
        text = said or text
    if share < 1:
        return Outcome("not yet", text, math.floor(100 * share * points + 1e-9) / 100, points)
    return Outcome(PASSED, f"{text} {brings(points)}".lstrip(), points, points)


def brings(points: float) -> str:
    """Say how many points a passed task brings.

    Examples
    --------
    >>> brings(1), brings(2.5)
    ('1 point.', '2.5 points.')
    """
    return f"{points:g} point{'s' * (points != 1)}."
