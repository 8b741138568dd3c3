"""Whose notebook is whose: the folders and archives that students' work comes in."""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ftlearn.errors import DataError
from ftlearn.teach.grading.archives import NOTEBOOK_LIMIT, Entry, entries_of, read_entry
from ftlearn.teach.grading.moments import moment, plain

_MOODLE = re.compile(r"(?P<student>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?:file|onlinetext)(?:_(?P<name>.*))?")
_CANVAS = re.compile(  # its own program writes: name, LATE where it was, the user's number, the file's, the file's name
    r"(?:(?P<student>(?!LATE_|anon_)[^\W\d]\w*?)_)?(?P<late>LATE_)?(?P<number>\d+|anon_\w+?)_(?P<file>\d{3,})_(?P<name>.+)"
)
_LESSON = re.compile(r"(?<!\d)(\d\d)(?=_[^\W\d])")
_VERSION = re.compile(r"(?:-| ?\()(\d+)\)?(?=\.ipynb$)", re.IGNORECASE)  # added by Canvas and by browsers
_SKIPPED = {".ipynb_checkpoints", "__MACOSX", "__pycache__", ".git", ".venv", "node_modules"}
_FIX = "Name the folder that holds one folder a student."


@dataclass(frozen=True)
class HandedIn:
    """One notebook that was handed in.

    Attributes
    ----------
    student : str
        As the folder or the learning platform names them; anything may stand in it.
    name : str
        The notebook's file name.
    where : Path
        The file, or the archive that it lies in.
    inside : str
        Its path in the archive; empty for a file.
    layout : str
        ``"folders"``, ``"nbgrader"``, ``"moodle"`` or ``"canvas"``.
    number : str
        The student's number on the platform; empty where it gives none.
    late : bool
        Whether the platform marked it as late.
    when : str
        When it was handed in, in ISO 8601: what nbgrader's timestamp.txt beside it says, else the file's own time.
    remarks : tuple of str
        What is to be said of it: that it is the newest of several, for example.
    problem : str
        Why it cannot be read; empty where nothing speaks against it.
    entry : tuple of int
        Its place in the archive, and in an archive in that.
    """

    student: str
    name: str
    where: Path
    inside: str = ""
    layout: str = "folders"
    number: str = ""
    late: bool = False
    when: str = ""
    remarks: tuple[str, ...] = ()
    problem: str = ""
    entry: tuple[int, ...] = ()

    @property
    def lesson(self) -> str:
        """The lesson's number, or nothing where the name has none.

        Examples
        --------
        >>> [HandedIn("Ada", name, Path()).lesson for name in ("04_a.ipynb", "Copy of 04_a (1).ipynb", "mine.ipynb")]
        ['04', '04', '']
        """
        found = _LESSON.search(self.name) or re.match(r"(\d\d)(?!\d)", self.name)
        return found[1] if found else ""

    def read(self) -> bytes:
        """Read the notebook.

        Raises
        ------
        DataError
            When it is too large, no plain file, or cannot be read.
        """
        if self.problem:
            raise DataError(f"{self.name} cannot be read: {self.problem}.")
        if self.entry:
            return read_entry(self.where, self.entry, self.name)
        try:  # opened without following a link and without waiting for the other end of a pipe
            handle = os.open(self.where, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise DataError(f"{self.name} cannot be read: it is no plain file.")
                content = file.read(NOTEBOOK_LIMIT + 1)
        except OSError as error:
            raise DataError(f"{self.name} cannot be read: {error.strerror or error}.") from None
        if len(content) > NOTEBOOK_LIMIT:
            raise DataError(f"{self.name} is larger than {NOTEBOOK_LIMIT:,} bytes; such a notebook is not read.")
        return content


def collect(place: str | Path) -> list[HandedIn]:
    """Find the notebooks of a class.

    Parameters
    ----------
    place : path
        A folder or a zip: ``STUDENT/NN_topic.ipynb``; nbgrader's ``STUDENT/NN_topic/NN_topic.ipynb``; what Moodle and
        Canvas let one download. Archives in a folder, and archives in those, are looked into.

    Returns
    -------
    list of HandedIn
        Sorted by student and name; of several versions the newest. What cannot be read is there too, and says why.

    Raises
    ------
    DataError
        When there is no such place, or no notebook in it.
    """
    place = Path(place)
    try:
        if place.is_dir():
            entries = list(_in_folder(place))
        elif place.is_file():
            entries = list(entries_of(place))
        else:
            raise DataError(f"There is no {place}.", fix=_FIX)
    except OSError as error:
        raise DataError(f"{place} cannot be read: {error.strerror or error}.", fix=_FIX) from None
    if len(entries) == 1 and not entries[0].parts and place.is_file():
        raise DataError(f"{place} is neither a folder nor a zip: {entries[0].problem}.", fix=_FIX)
    found = _newest(_one_name(_placed(_unwrapped(entries), place)))
    if not found:
        fix = "Expected are STUDENT/NN_topic.ipynb, nbgrader's submitted/, or Moodle's or Canvas's download."
        raise DataError(f"There is no notebook in {place}.", fix=fix)
    return sorted(found, key=lambda one: (one.student, one.name, one.inside))


def _in_folder(place: Path) -> Iterator[Entry]:
    """Give the notebooks below a folder, those in archives too; no link is followed."""
    lost: list[OSError] = []
    for folder, folders, files in os.walk(place, onerror=lost.append):
        folders[:] = sorted(set(folders) - _SKIPPED)
        parts = Path(folder).relative_to(place).parts
        for name in [one for one in folders if (Path(folder) / one).is_symlink()]:
            yield Entry((*parts, name), Path(folder) / name, problem="it is a link, and links are not followed")
        stamp = _stamp(Path(folder) / "timestamp.txt") if "timestamp.txt" in files else ""
        for name in sorted(files):
            path = Path(folder) / name
            if not name.lower().endswith((".ipynb", ".zip")):
                continue
            about = path.lstat()
            kind = "a link, and links are not followed" if stat.S_ISLNK(about.st_mode) else "no plain file"
            when = stamp or datetime.fromtimestamp(about.st_mtime).astimezone().isoformat(timespec="seconds")
            if not stat.S_ISREG(about.st_mode):
                yield Entry((*parts, name), path, when=when, problem=f"it is {kind}")
            elif name.lower().endswith(".ipynb"):
                yield Entry((*parts, name), path, when=when)
            else:
                for one in entries_of(path):
                    yield replace(one, parts=(*(parts or _owner(name, one.parts)), *(one.parts or (name,))))
    for error in lost:
        path = Path(error.filename)
        yield Entry(path.relative_to(place).parts or (path.name,), path, problem=error.strerror or str(error))


def _owner(archive: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Tell whose a file in an archive is that lies beside others: the archive's where its own path does not say."""
    if not parts or _CANVAS.fullmatch(archive) or _MOODLE.fullmatch(archive):
        return (archive,) if parts else ()
    own = len(parts) == 1 and not _CANVAS.fullmatch(parts[0]) and not _MOODLE.fullmatch(parts[0])
    return (Path(archive).stem,) if own or (len(parts) == 2 and _same_lesson(parts)) else ()


def _stamp(path: Path) -> str:
    """Read nbgrader's timestamp: a moment, and perhaps the name of a time zone."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(200).strip()
        text = re.sub(r" (UTC|GMT|Z)$", "+00:00", text)
        return moment(re.sub(r" ([+-]\d\d:?\d\d)$", r"\1", re.sub(r" [A-Za-z_/]+$", "", text))).isoformat()
    except (OSError, ValueError):
        return ""


def _unwrapped(entries: list[Entry]) -> list[Entry]:
    """Leave out a folder around everything, as unpacking an archive makes one, and nbgrader's own copies."""
    entries = [one for one in entries if one.parts[0] == "submitted" and len(one.parts) > 2] or entries
    while entries and len({one.parts[:1] for one in entries}) == 1 and all(len(one.parts) > 2 for one in entries):
        if _same_lesson(entries[0].parts) or _MOODLE.fullmatch(entries[0].parts[0]):
            break  # it is the only student's
        entries = [replace(one, parts=one.parts[1:]) for one in entries]
    return entries


def _same_lesson(parts: tuple[str, ...]) -> bool:
    """Tell whether a file lies in a folder of its lesson, as nbgrader wants it."""
    found = [_LESSON.search(one) for one in parts[-2:]]
    return len(found) == 2 and all(found) and found[0][1] == found[1][1]


def _placed(entries: Iterable[Entry], place: Path) -> Iterator[HandedIn]:
    """Tell from a file's path whose it is."""
    for one in entries:
        parts = tuple(map(_readable, one.parts))
        name = parts[-1]
        about = {"where": one.where, "inside": one.inside, "entry": one.entry, "when": one.when, "problem": one.problem}
        moodle = next((found for part in parts[:-1] if (found := _MOODLE.fullmatch(part))), None)
        flat = _MOODLE.fullmatch(name)
        canvas = next((found for part in parts[:2] if (found := _CANVAS.fullmatch(part))), None)
        if moodle or (flat and flat["name"]):
            name = name if moodle else flat["name"]
            moodle = moodle or flat
            yield HandedIn(moodle["student"], name, layout="moodle", number=moodle["number"] or "", **about)
        elif canvas and (canvas["student"] or canvas["late"] or canvas["number"].startswith("anon_")):
            student = f"{canvas['student']} ({canvas['number']})" if canvas["student"] else canvas["number"]
            name = canvas["name"] if canvas.string == name else name
            yield HandedIn(
                student, name, layout="canvas", number=canvas["number"], late=bool(canvas["late"]), **about
            )  # fmt: skip
        elif _same_lesson(parts):
            yield HandedIn(parts[-3] if len(parts) > 2 else place.resolve().name, name, layout="nbgrader", **about)
        else:
            yield HandedIn(parts[0] if len(parts) > 1 else re.sub(r"\.\w+$", "", name), name, **about)


def _readable(part: str) -> str:
    """Return a name that can be written: file systems let any bytes stand in one."""
    return plain(part.encode(errors="surrogateescape").decode(errors="replace")) or "_"


def _one_name(found: Iterable[HandedIn]) -> list[HandedIn]:
    """Write each student in one way, whatever the case; keep two apart whom a platform gives two numbers."""
    found = list(found)
    spelt: dict[str, str] = {}
    numbers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in sorted(found, key=lambda one: one.student):
        spelt.setdefault(one.student.casefold(), one.student)
        numbers[one.student.casefold(), one.lesson].add(one.number)
    made = []
    for one in found:
        key = one.student.casefold()
        two = one.layout == "moodle" and len(numbers[key, one.lesson]) > 1
        made.append(replace(one, student=f"{spelt[key]} ({one.number})" if two else spelt[key]))
    return made


def _newest(found: list[HandedIn]) -> list[HandedIn]:
    """Keep of several versions of a notebook the newest that can be read; say so."""
    versions: dict[tuple[str, str], list[HandedIn]] = defaultdict(list)
    for one in found:
        versions[one.student, one.lesson or one.name + one.inside].append(one)
    kept = []
    for several in versions.values():
        last = max(several, key=_age)
        if len(several) > 1:
            said = f"{len(several)} versions were handed in; the newest counts: {last.inside or last.name}."
            last = replace(last, remarks=(said,))
        kept.append(last)
    return kept


def _age(one: HandedIn) -> tuple[bool, float, int, int, tuple[int, ...]]:
    canvas = _CANVAS.search(Path(one.inside or one.where.name).name)
    version = _VERSION.search(one.name)
    try:
        seconds = moment(one.when).timestamp() if one.when else 0.0
    except (ValueError, OverflowError):
        seconds = 0.0
    file = int(canvas["file"][:18]) if canvas and one.layout == "canvas" else 0
    return not one.problem, 0.0 if file else seconds, file, int(version[1][:9]) if version else 0, one.entry
