"""A child that runs a notebook's cells; when one of them kills it, another child takes over without that cell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ftlearn.teach.grading.children import Child, Gone, TooLong
from ftlearn.teach.grading.limits import OUT_OF_MEMORY_CODE, TOO_MANY, Limits
from ftlearn.teach.grading.matching import Cell
from ftlearn.teach.grading.remote import OUT_OF_MEMORY
from ftlearn.teach.grading.results import CRASHED, OUT_OF_TIME

_GIVEN = 4  # times as long as a student's cell


@dataclass(frozen=True)
class Ended:
    """How a child ended before its time.

    Attributes
    ----------
    kind : str
        ``"out of time"``, ``"out of memory"`` or ``"crashed"``.
    text : str
        A sentence.
    """

    kind: str
    text: str


class Lost(BaseException):
    """Ends a test whose child is gone.

    Parameters
    ----------
    ended : Ended
        How.
    """

    def __init__(self, ended: Ended):
        self.ended = ended
        super().__init__(ended.text)


class Session:
    """Run cells in order, and answer questions about what they have left.

    Parameters
    ----------
    start : callable
        Gives a child.
    cells : sequence of Cell
        To be run.
    limits : Limits
        What the submission may use.
    deadline : float
        The moment of `time.monotonic` after which nothing runs any more.

    Attributes
    ----------
    deadly : dict of int to Ended
        The cells, by their place, that ended a child.
    errors : dict of int to tuple
        What cells raised: a sentence, and whether it was for want of memory.
    """

    def __init__(self, start: Callable[[Limits], Child], cells: Sequence[Cell], limits: Limits, deadline: float):
        self._start, self._cells, self._limits, self._deadline = start, cells, limits, deadline
        self.deadly: dict[int, Ended] = {}
        self.errors: dict[int, tuple[str, bool]] = {}
        self._child: Child | None = None
        self._next = 0
        self._asked = False
        self._granted = 0.0

    def __iter__(self) -> Iterator[int]:
        """Run all cells from a fresh start; give the place of each once it has run, whatever became of it."""
        self.close()
        for place in range(len(self._cells)):
            self.reach(place + 1)
            yield place

    def reach(self, place: int) -> None:
        """Have a living child in which the cells before a place have run, and no other."""
        if self._child is not None and self._next > place:
            self.close()
        while True:
            if self._child is None:
                self._check_time()
                self._child, self._next, self._asked = self._start(self._limits), 0, False
                self._child.until(self._deadline + self._granted)
            try:
                while self._next < place:
                    self._run(self._next)
                    self._next += 1
                return
            except (TooLong, Gone) as error:
                self._check_time()
                asked, how = self._asked, self._give_up(error)
                if not asked or isinstance(error, TooLong):
                    self.deadly[self._next] = how
                # else what an answer did when it was asked may have killed it: once more, and nothing asked before

    def finish(self) -> None:
        """Have a living child in which all cells have run."""
        self.reach(len(self._cells))

    def _run(self, place: int) -> None:
        if place in self.deadly:
            return
        # What was handed out is not the student's to hurry: leaving it out would cost tasks that are not at fault.
        patience = _GIVEN if self._cells[place].kind == "given" else 1
        done = self._child.ask({"run": self._cells[place].text}, patience * self._limits.cell_seconds)
        if not isinstance(done, dict) or done.keys() != {"error", "memory"}:
            raise Gone("It answered with something else than what became of a cell.")
        self.errors[place] = str(done["error"])[:400], done["memory"] is True

    def _check_time(self) -> None:
        if time.monotonic() >= self._deadline + self.granted:
            self.close()
            raise Lost(Ended(OUT_OF_TIME, f"The notebook took more than {self._limits.seconds:g} seconds in all."))

    @property
    def granted(self) -> float:
        """Seconds that its children were given because they waited for a processor."""
        return self._granted + (self._child.granted if self._child is not None else 0.0)

    def pipe(self, seconds: float) -> Pipe:
        """Return a way to ask the child, for so many seconds in all."""
        return Pipe(self, seconds)

    def ask(self, question: dict[str, Any], seconds: float, told: float) -> Any:
        """Ask the child; when it is lost, end the test."""
        self._asked = True
        try:
            found = self._child.ask(question, seconds)
            if not isinstance(found, dict) or found.keys() not in ({"answer"}, {"verdict", "text"}):
                raise Gone("It answered with something else than an answer.")
            return found
        except (TooLong, Gone) as error:
            raise Lost(self._give_up(error, told)) from None

    def _give_up(self, error: BaseException, seconds: float | None = None) -> Ended:
        """End the child, and say how it came to that."""
        child, self._child = self._child, None
        self._granted += child.granted
        if isinstance(error, TooLong):
            child.end()
            return Ended(OUT_OF_TIME, f"It took more than {seconds or self._limits.cell_seconds:g} seconds.")
        code = child.end(by_itself=True)
        if code == OUT_OF_MEMORY_CODE:
            return Ended(OUT_OF_MEMORY, "It wanted more memory than there is for it.")
        if code == TOO_MANY:
            return Ended(CRASHED, f"It started more than {self._limits.processes} processes and threads.")
        told = f" with code {code}" if 0 < code < 128 else f" by signal {code - 128}" if code > 128 else ""
        return Ended(CRASHED, f"It ended the notebook's process{told}." if code >= 0 else "Its process broke down.")

    def close(self) -> None:
        """End the child; the next cell or question starts anew."""
        if self._child is not None:
            self._granted += self._child.granted
            self._child.end()
            self._child = None


class Pipe:
    """The way to a session's child, with a time for all questions together."""

    def __init__(self, session: Session, seconds: float):
        self._session, self._left, self._seconds = session, seconds, seconds

    def ask(self, question: dict[str, Any]) -> Any:
        """Send a question, and wait for its answer while there is time."""
        started, granted = time.monotonic(), self._session.granted
        answer = self._session.ask(question, max(self._left, 0.001), self._seconds)
        self._left -= time.monotonic() - started - (self._session.granted - granted)
        return answer
