"""Whose notebook is whose: the folders and archives that students' work comes in."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from ftlearn.errors import DataError
from ftlearn.teach.grading.moments import moment

NOTEBOOK_LIMIT = 50 * 2**20
"""Bytes of a notebook that is still read; a larger one is reported, not graded."""

_MOODLE = re.compile(r"^(?P<student>.+)_(?P<number>\d+)_assignsubmission_(file|onlinetext)_?$")
_CANVAS = re.compile(r"^(?P<student>[a-z0-9-]+?)_(?:LATE_)?(?P<user>\d+)_(?P<file>\d+)_(?P<name>.+\.ipynb)$")
_VERSION = re.compile(r"-\d+(?=\.ipynb$)")  # Canvas adds it to a file that was handed in again
_SKIPPED = {".ipynb_checkpoints", "__MACOSX", "__pycache__"}


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
        Empty for what Moodle and Canvas let one download: its times are those of the download.
    """

    student: str
    name: str
    where: Path
    inside: str = ""
    layout: str = "folders"
    number: str = ""
    late: bool = False
    when: str = ""

    @property
    def lesson(self) -> str:
        """The lesson's number, or nothing where the name has none."""
        found = re.match(r"(\d\d)(?!\d)", self.name)
        return found[1] if found else ""

    def size(self) -> int:
        """Return the notebook's size in bytes, without reading it."""
        if not self.inside:
            return self.where.lstat().st_size
        with zipfile.ZipFile(self.where) as archive:
            return archive.getinfo(self.inside).file_size

    def read(self) -> bytes:
        """Read the notebook.

        Raises
        ------
        DataError
            When it is too large, a link that leads elsewhere, or cannot be read.
        """
        try:
            if self.size() > NOTEBOOK_LIMIT:
                raise DataError(f"{self.name} has {self.size():,} bytes; at most {NOTEBOOK_LIMIT:,} are read.")
            if self.inside:
                with zipfile.ZipFile(self.where) as archive, archive.open(self.inside) as file:
                    return file.read(NOTEBOOK_LIMIT + 1)
            if self.where.is_symlink():
                raise DataError(f"{self.name} is a link, not a file.")
            return self.where.read_bytes()
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise DataError(f"{self.name} cannot be read: {error}.") from None


def collect(place: str | Path) -> list[HandedIn]:
    """Find the notebooks of a class.

    Parameters
    ----------
    place : path
        A folder or a zip: ``STUDENT/NN_topic.ipynb``; nbgrader's ``STUDENT/NN_topic/NN_topic.ipynb``; what Moodle and
        Canvas let one download.

    Returns
    -------
    list of HandedIn
        Sorted by student and name.

    Raises
    ------
    DataError
        When there is no such place, or no notebook in it.
    """
    place = Path(place)
    if place.is_dir():
        found = list(_in_folder(place))
    elif place.is_file() and zipfile.is_zipfile(place):
        found = list(_in_archive(place))
    elif place.exists():
        raise DataError(
            f"{place} is neither a folder nor a zip.", fix="Name the folder that holds one folder a student."
        )
    else:
        raise DataError(f"There is no {place}.", fix="Name the folder that holds one folder a student.")
    if not found:
        raise DataError(
            f"There is no notebook in {place}.",
            fix="Expected are STUDENT/NN_topic.ipynb, nbgrader's submitted/, or Moodle's or Canvas's download.",
        )
    return sorted(found, key=lambda one: (one.student, one.name, one.inside))


def _in_folder(place: Path) -> Iterator[HandedIn]:
    for path in sorted(place.rglob("*.ipynb")):
        parts = path.relative_to(place).parts
        if not _SKIPPED & set(parts) and (path.is_symlink() or path.is_file()):
            yield from _placed(parts, path, "", _when(path))
    for path in sorted(place.glob("*/*.zip")):
        if zipfile.is_zipfile(path):
            for one in _in_archive(path):
                yield from _placed((path.parent.name, one.name), path, one.inside, _when(path))


def _in_archive(place: Path) -> Iterator[HandedIn]:
    with zipfile.ZipFile(place) as archive:
        for one in sorted(archive.infolist(), key=lambda one: one.filename):
            parts = PurePosixPath(one.filename).parts
            if one.filename.endswith(".ipynb") and not _SKIPPED & set(parts) and ".." not in parts:
                when = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*one.date_time)  # the archive knows no offset
                yield from _placed(parts, place, one.filename, when)


def _when(path: Path) -> str:
    """Say when a file was handed in: nbgrader keeps that beside it."""
    try:
        said = (path.parent / "timestamp.txt").read_text(encoding="utf-8").strip().replace(" UTC", "+00:00")
        return moment(said).isoformat()
    except (OSError, ValueError):
        return datetime.fromtimestamp(path.lstat().st_mtime).astimezone().isoformat(timespec="seconds")


def _placed(parts: tuple[str, ...], where: Path, inside: str, when: str) -> Iterator[HandedIn]:
    name = parts[-1]
    held = {"where": where, "inside": inside, "when": when}
    if canvas := _CANVAS.match(name):
        student, late = f"{canvas['student']} ({canvas['user']})", "_LATE_" in name
        own = _VERSION.sub("", canvas["name"])
        yield HandedIn(student, own, where, inside, layout="canvas", number=canvas["user"], late=late)
    elif len(parts) > 1 and (moodle := _MOODLE.match(parts[-2])):
        yield HandedIn(moodle["student"], name, where, inside, layout="moodle", number=moodle["number"])
    elif len(parts) >= 3 and parts[-2] == name.removesuffix(".ipynb"):
        yield HandedIn(parts[-3], name, **held, layout="nbgrader")
    elif len(parts) > 1:
        yield HandedIn(parts[-2], name, **held)
    else:
        yield HandedIn(name.removesuffix(".ipynb"), name, **held)
