"""One local file of what a learner did: guesses, checks, quizzes. SQLite keeps it whole between several kernels."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ftlearn.errors import DataError

KINDS = ("guess", "check", "quiz")
_SCHEMA = 1
_MAKE = """CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, moment REAL NOT NULL, lesson TEXT NOT NULL,
kind TEXT NOT NULL, task TEXT NOT NULL, outcome TEXT NOT NULL, points REAL NOT NULL, possible REAL NOT NULL)"""
_PATIENCE = 30  # seconds that a kernel waits while another one writes


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that a learner did.

    Attributes
    ----------
    lesson : str
        Its number, such as ``"04"``.
    kind : str
        ``"guess"``, ``"check"`` or ``"quiz"``.
    task : str
        The name of the guess, task or question.
    outcome : str
        Such as ``"passed"`` or ``"not yet"``.
    points, possible : float
        What it brought, of how many.
    moment : float
        When, in seconds since 1970.
    id : str
        Its own, so that a record restored twice counts once.
    """

    lesson: str
    kind: str
    task: str
    outcome: str
    points: float = 0.0
    possible: float = 0.0
    moment: float = field(default_factory=time.time)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def place() -> Path:
    """Return the file of the record: ``FTLEARN_PROGRESS``, or ``progress.sqlite`` in the user's data folder.

    Returns
    -------
    pathlib.Path
        It need not exist yet.

    Examples
    --------
    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", FTLEARN_PROGRESS="mine.sqlite"):
    ...     place().name
    'mine.sqlite'
    """
    if named := os.environ.get("FTLEARN_PROGRESS"):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("ftlearn", appauthor=False)) / "progress.sqlite"


def keep(event: Event) -> bool:
    """Add an event to the record. A disk that takes nothing must not stop a lesson: it is said once, and that is all.

    Parameters
    ----------
    event : Event
        What happened.

    Returns
    -------
    bool
        Whether it was kept.

    Warns
    -----
    UserWarning
        The file was damaged and has been set aside, or nothing can be written.
    """
    return _add([event]) == 1


def events() -> list[Event]:
    """Return everything kept so far, the oldest first.

    Returns
    -------
    list of Event
        Empty when nothing was kept yet.

    Warns
    -----
    UserWarning
        The file was damaged and has been set aside.
    """
    if not place().exists():
        return []
    try:
        with _opened() as base:
            rows = base.execute(f"SELECT {', '.join(_COLUMNS)} FROM event ORDER BY moment, rowid").fetchall()
    except (sqlite3.Error, OSError) as error:
        _say_unwritable(error)
        return []
    return [Event(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def export(path: str | os.PathLike[str]) -> Path:
    """Write the record to a JSON file, to be carried to another machine (out of Binder, say).

    Parameters
    ----------
    path : path-like
        The file; one that is there is replaced.

    Returns
    -------
    pathlib.Path
        The same.

    Raises
    ------
    DataError
        When it cannot be written.
    """
    path = Path(path).expanduser()
    text = json.dumps({"ftlearn progress": _SCHEMA, "events": [asdict(one) for one in events()]}, indent=1)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        part.write_text(text + "\n", encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.", fix="Name another file.") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def restore(path: str | os.PathLike[str]) -> int:
    """Add the events of an exported file to the record; what is there stays, and nothing counts twice.

    Parameters
    ----------
    path : path-like
        What `export` wrote.

    Returns
    -------
    int
        How many events were new.

    Raises
    ------
    DataError
        When there is no such file, or it is not what `export` writes. Nothing is added then.
    """
    path = Path(path).expanduser()
    fix = "Name a file that progress.export() wrote."
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        version, found = held["ftlearn progress"], held["events"]
        if version == _SCHEMA:
            found = [_checked(one) for one in found]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.", fix=fix) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is not a record of progress.", fix=fix) from error
    if version != _SCHEMA:
        raise DataError(f"{path} is of another version of ftlearn ({version!r}).", fix=fix)
    return _add(found)


_COLUMNS = ("id", "moment", "lesson", "kind", "task", "outcome", "points", "possible")


def _checked(one: dict) -> Event:
    event = Event(**one)
    texts = all(isinstance(getattr(event, name), str) for name in ("id", "lesson", "kind", "task", "outcome"))
    numbers = all(isinstance(getattr(event, name), int | float) for name in ("moment", "points", "possible"))
    if not texts or not numbers or event.kind not in KINDS:
        raise ValueError
    return event


def _add(found: list[Event]) -> int:
    rows = [tuple(getattr(one, name) for name in _COLUMNS) for one in found]
    marks = ", ".join("?" * len(_COLUMNS))
    try:
        place().parent.mkdir(parents=True, exist_ok=True)
        with _opened() as base:
            before = base.total_changes
            base.executemany(f"INSERT OR IGNORE INTO event ({', '.join(_COLUMNS)}) VALUES ({marks})", rows)
            return base.total_changes - before
    except (sqlite3.Error, OSError) as error:
        _say_unwritable(error)
        return 0


@contextlib.contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    """Open the record for one transaction; a damaged file is set aside and a new one begun."""
    path = place()
    try:
        base = _connect(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, or no place to write: not the file's fault
            raise
        _set_aside(path)
        base = _connect(path)
    try:
        with base:  # commits, or rolls back
            yield base
    finally:
        base.close()


def _connect(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        base.execute("PRAGMA synchronous=NORMAL")
        if base.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
        base.execute(_MAKE)
        base.execute(f"SELECT {', '.join(_COLUMNS)} FROM event LIMIT 1")
    except sqlite3.OperationalError as error:
        base.close()
        if "no such column" in str(error):
            raise sqlite3.DatabaseError("another table") from error
        raise
    except sqlite3.DatabaseError:
        base.close()
        raise
    return base


def _set_aside(path: Path) -> None:
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    os.replace(path, aside)
    warnings.warn(
        f"Your record of progress, '{path}', was damaged: it is kept as '{aside.name}', and a new one begun.",
        stacklevel=6,
    )


_SAID: set[str] = set()


def _say_unwritable(error: Exception) -> None:
    if str(place()) not in _SAID:
        _SAID.add(str(place()))
        warnings.warn(
            f"Progress is not kept: '{place()}' cannot be used ({error}). Set FTLEARN_PROGRESS to a file elsewhere.",
            stacklevel=5,
        )
