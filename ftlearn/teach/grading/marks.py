"""Marks that a person has given: bound to the very answer they were given for, kept apart from what is graded anew."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ftlearn.assets.transfer import whole_file
from ftlearn.errors import DataError, FtlearnError

FILE = "marks.json"
_SCHEMA = 1


@dataclass(frozen=True)
class Mark:
    """What a person gave for one answer.

    Attributes
    ----------
    student, lesson, task : str
        Whose answer to what.
    points : float
        What it brings.
    comment : str
        For the student.
    sum : str
        SHA-256 of the answer that was marked (`sum_of`).
    """

    student: str
    lesson: str
    task: str
    points: float
    comment: str = ""
    sum: str = ""


def sum_of(answer: str) -> str:
    r"""Return the SHA-256 of an answer; ends of lines and space at its end do not count.

    Examples
    --------
    >>> sum_of("Because.") == sum_of("Because.\r\n")
    True
    """
    text = "\n".join(line.rstrip() for line in answer.strip().splitlines())
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


class Marks:
    """All marks of a class.

    A changed answer gets a mark of its own; that of the old one stays, and so do marks of submissions that are gone.

    Parameters
    ----------
    path : path, optional
        Of the file to keep them in; without one they are kept nowhere.
    marks : iterable of Mark, optional
        What is there already.

    Examples
    --------
    >>> marks = Marks(marks=[Mark("Ada", "04", "why", 1.5, "Good.", sum_of("Because."))])
    >>> marks.get("Ada", "04", "why", "Because.").points
    1.5
    >>> marks.get("Ada", "04", "why", "Because not.") is None
    True
    """

    def __init__(self, path: Path | None = None, marks: Iterable[Mark] = ()):
        self._path = path
        self._held = {_key(one): one for one in marks}

    @classmethod
    def load(cls, folder: str | Path) -> Marks:
        """Read the marks of a results folder.

        Parameters
        ----------
        folder : path
            RESULTS.

        Returns
        -------
        Marks
            Empty where nobody has marked anything yet.

        Raises
        ------
        DataError
            When the file is damaged; nothing is written over it.
        """
        path = Path(folder) / FILE
        return cls(path, _read(path))

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._held.values())

    def __len__(self) -> int:
        return len(self._held)

    def get(self, student: str, lesson: str, task: str, answer: str) -> Mark | None:
        """Return the mark of this very answer, or None where it waits for one."""
        return self._held.get((student, lesson, task, sum_of(answer)))

    def last(self, student: str, lesson: str, task: str) -> Mark | None:
        """Return the mark given last for any answer to a task, to be shown beside an answer that has changed since."""
        found = [one for key, one in self._held.items() if key[:3] == (student, lesson, task)]
        return found[-1] if found else None

    def give(self, mark: Mark) -> None:
        """Add a mark, or put it in the place of one for the same answer, and save it at once."""
        self._change(_key(mark), mark)

    def take_back(self, mark: Mark) -> None:
        """Remove a mark, and save that at once."""
        self._change(_key(mark), None)

    def _change(self, key: tuple[str, ...], mark: Mark | None) -> None:
        """Bring one change into what the file holds by now: another reviewer may have written to it."""
        held = self._held if self._path is None else {_key(one): one for one in _read(self._path)}
        held.pop(key, None)  # a mark given anew comes last
        if mark is not None:
            held[key] = mark
        if self._path is not None:
            _write(self._path, held.values())
        self._held = held


def _key(mark: Mark) -> tuple[str, str, str, str]:
    return mark.student, mark.lesson, mark.task, mark.sum


def _read(path: Path) -> list[Mark]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["schema"] != _SCHEMA:
            raise ValueError("another schema")
        marks = [Mark(**{**one, "points": float(one["points"])}) for one in held["marks"]]
        for one in marks:
            if not math.isfinite(one.points) or not all(isinstance(text, str) for text in (*_key(one), one.comment)):
                raise ValueError("no mark")
        return marks
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"The marks in {path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError(
            f"{path} is damaged: it does not hold the marks that `ftlearn grade review` wrote.",
            fix="Put a copy of it from a backup there, or rename it to begin anew; it was left as it is.",
        ) from None


def _write(path: Path, marks: Iterable[Mark]) -> None:
    text = json.dumps({"schema": _SCHEMA, "marks": [asdict(one) for one in marks]}, indent=1, ensure_ascii=False)
    try:
        with whole_file(path) as part:
            part.write_text(text + "\n", encoding="utf-8", errors="replace")
    except OSError as error:
        raise FtlearnError(
            f"The mark could not be saved to {path}: {error.strerror or error}.",
            fix="Free some space, or allow writing there, and mark on: all earlier marks are kept.",
        ) from None
