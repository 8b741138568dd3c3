"""Who takes part in a course: a list of names, each of which names a folder too."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from ftlearn.errors import DataError
from ftlearn.teach.grading.moments import plain

_LONGEST = 120  # bytes: file systems allow 255, and some of them count twice
_NO_FOLDER = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]|^[.~]|^__|\.$')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # no file may be called so on Windows


def read_roster(path: str | Path) -> list[str]:
    r"""Read a course's names.

    Parameters
    ----------
    path : path
        A text file with a name a line, or a CSV with a column ``student``.

    Returns
    -------
    list of str
        In the file's order.

    Raises
    ------
    DataError
        When there is no such file or name, one stands there twice, or one cannot name a folder. Variants are found
        again by the folder's name when they are graded, so it has to be the student's own.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "roster.txt").write_text("Ada Lovelace\nChen Wei\n")
    ...     read_roster(Path(folder) / "roster.txt")
    ['Ada Lovelace', 'Chen Wei']
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"The roster {path} cannot be read: {error.strerror}.", fix="Write a name a line.") from None
    except UnicodeDecodeError:
        raise DataError(f"The roster {path} is not in UTF-8.", fix="Save it as UTF-8.") from None
    lines = _column(path, text) if path.suffix.lower() == ".csv" else text.splitlines()
    names = [name for line in lines if (name := plain(line))]
    if not names:
        raise DataError(f"The roster {path} names nobody.", fix="Write a name a line.")
    seen: dict[str, str] = {}
    for name in names:
        _usable(name)
        if name.casefold() in seen:
            first = seen[name.casefold()]
            both = repr(name) if first == name else f"{first!r} and {name!r}"
            raise DataError(
                f"The roster {path} has two students of one name: {both}.",
                fix="Tell them apart, for example by their numbers.",
            )
        seen[name.casefold()] = name
    return names


def _column(path: Path, text: str) -> list[str]:
    head = text.splitlines()[0] if text.strip() else ""
    rows = list(csv.reader(text.splitlines(), delimiter=";" if head.count(";") > head.count(",") else ","))
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if "student" not in names:
        raise DataError(
            f"The roster {path} has no column 'student'; it has {', '.join(map(repr, names)) or 'none'}.",
            fix="Name the column with the names so.",
        )
    place = names.index("student")
    return [row[place] for row in rows[1:] if len(row) > place]


def _usable(name: str) -> None:
    if _NO_FOLDER.search(name) or _DEVICES.fullmatch(name) or len(name.encode()) > _LONGEST:
        raise DataError(
            f"{name!r} cannot name a folder on every system.",
            fix='Write the name without any of \\ / : * ? " < > |, without a dot at either end, and shorter than '
            f"{_LONGEST} bytes.",
        )
