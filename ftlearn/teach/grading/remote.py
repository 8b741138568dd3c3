"""A student's work in another process, asked through a pipe: the same interface as `ftlearn.learn.Submission`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from ftlearn.learn.network import NetworkState
from ftlearn.learn.outcomes import NotAttempted, NotYet, Unchecked, Verdict, WorkError
from ftlearn.learn.submission import Submission
from ftlearn.teach.grading.wire import WireError

OUT_OF_MEMORY = "out of memory"


class NoMemory(Verdict):
    """The student's code wanted more memory than it may have."""

    kind = OUT_OF_MEMORY


_VERDICTS = {one.kind: one for one in (NotAttempted, NotYet, WorkError, Unchecked, NoMemory)}
_QUESTIONS = ("value", "call", "predict", "state", "inputs_of")
_TEXT = 500  # characters of a sentence that a student's process may contribute


class Pipe(Protocol):
    """The way to a child: `ask` sends a question and waits for its answer."""

    def ask(self, question: dict[str, Any]) -> Any:
        """Send a question, and return what comes back."""


class RemoteSubmission:
    """Ask a child about the work that it holds.

    Parameters
    ----------
    pipe : Pipe
        The way to the child.
    known : Mapping, optional
        Names whose values the grader knows, whatever the child holds: a student's own seeds.
    quoted : bool
        Whether sentences of the child are marked as such, so that none can pass for a hidden test's own: a child that
        has seen a hidden text could say it, and only what the test's author wrote out may be told.
    """

    def __init__(self, pipe: Pipe, known: Mapping[str, Any] | None = None, *, quoted: bool = False):
        self._pipe, self._known, self._quote = pipe, known or {}, "The answer's process says: " * quoted

    def _ask(self, question: str, *args: Any, **kwargs: Any) -> Any:
        held = self._pipe.ask({"question": question, "args": list(args), "kwargs": kwargs})
        if not isinstance(held, dict) or held.keys() not in ({"answer"}, {"verdict", "text"}):
            raise WireError("A child answered with something else than an answer.")
        if "answer" in held:
            return held["answer"]
        raise _VERDICTS.get(str(held["verdict"]), Unchecked)(self._quote + str(held["text"])[:_TEXT])

    def value(self, name: str, kind: str | None = None) -> Any:
        """See `Submission.value`: the kind is judged here, where the child cannot reach."""
        held = self._known[name] if name in self._known else self._ask("value", name, kind)
        return Submission({name: held}).value(name, kind)

    def call(self, name: str, *args: Any, keep: str | None = None, **kwargs: Any) -> Any:
        """See `Submission.call`."""
        return self._ask("call", name, *args, keep=keep, **kwargs)

    def predict(self, name: str, X: np.ndarray) -> np.ndarray:
        """See `Submission.predict`."""
        found = np.asarray(self._ask("predict", name, X))
        if found.dtype.kind not in "biuf" or found.shape[:1] != (len(X),):
            raise NotYet(f"`{name}` should predict one row of numbers for each of {len(X)} inputs.")
        return found

    def state(self, name: str) -> NetworkState:
        """See `Submission.state`."""
        found = self._ask("state", name)
        if not isinstance(found, NetworkState):
            raise NotYet(f"`{name}` should be a Keras model.")
        return found

    def inputs_of(self, name: str, layer: str, X: np.ndarray) -> np.ndarray:
        """See `Submission.inputs_of`."""
        return np.asarray(self._ask("inputs_of", name, layer, X))


def for_memory(error: BaseException | None) -> bool:
    """Tell whether an error says that memory ran out: Python's own, or TensorFlow's.

    Examples
    --------
    >>> for_memory(MemoryError()), for_memory(ValueError()), for_memory(None)
    (True, False, False)
    """
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


def answer(work: Submission, question: dict[str, Any]) -> dict[str, Any]:
    """Answer one question, in the child.

    Parameters
    ----------
    work : Submission
        The names that the student's cells have left.
    question : dict
        What `RemoteSubmission` sent.

    Returns
    -------
    dict
        An answer, or a verdict with its sentence.

    Examples
    --------
    >>> answer(Submission({"x": 3}), {"question": "value", "args": ["x", "number"], "kwargs": {}})
    {'answer': 3}
    """
    if question["question"] not in _QUESTIONS:
        raise WireError("There is no such question.")
    try:
        return {"answer": getattr(work, question["question"])(*question["args"], **question["kwargs"])}
    except Verdict as verdict:
        if for_memory(verdict.__cause__):
            return {"verdict": OUT_OF_MEMORY, "text": "It wanted more memory than there is for it."}
        return {"verdict": verdict.kind, "text": verdict.text}
    except MemoryError:
        return {"verdict": OUT_OF_MEMORY, "text": "It wanted more memory than there is for it."}
    except Exception as error:  # of an object that does not let itself be looked at
        return {"verdict": Unchecked.kind, "text": f"Looking at it raised {type(error).__name__[:80]}."}
