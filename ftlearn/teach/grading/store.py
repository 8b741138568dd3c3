"""Results on disk: a file a submission, written whole, so that whatever stops a run costs nothing that is finished."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

from ftlearn.assets.transfer import whole_file
from ftlearn.errors import DataError, FtlearnError
from ftlearn.teach.grading.results import Result, as_json, from_json

FOLDER = "submissions"
_CONFIG = "config.txt"


def safe_name(student: str) -> str:
    """Return a file name for a student, whatever the name holds; two students never share one.

    Examples
    --------
    >>> safe_name("Ada Lovelace"), safe_name("../../etc/passwd")
    ('ada-lovelace-767402', 'etc-passwd-3754d6')
    """
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{words or 'student'}-{hashlib.sha256(student.encode(errors='surrogatepass')).hexdigest()[:6]}"


class Store:
    """The results in a folder.

    Parameters
    ----------
    folder : path
        RESULTS.
    new : bool
        Whether it is made when missing.

    Raises
    ------
    FtlearnError
        When the folder cannot be written to.
    DataError
        When there are no results in it, and there should be.
    """

    def __init__(self, folder: str | Path, *, new: bool = True):
        self.folder = Path(folder)
        if not new and not (self.folder / FOLDER).is_dir():
            raise _none(self.folder)
        try:
            with whole_file(self.folder / FOLDER / "writable") as part:
                part.write_text("")
            (self.folder / FOLDER / "writable").unlink()
        except OSError as error:
            raise _unwritable(self.folder, error) from None

    def path(self, lesson: str, student: str) -> Path:
        """Return where a result lies."""
        return self.folder / FOLDER / lesson / f"{safe_name(student)}.json"

    def get(self, lesson: str, student: str) -> Result | None:
        """Return a result, or None where there is none that can be read."""
        try:
            return from_json(self.path(lesson, student).read_text(encoding="utf-8"))
        except (DataError, OSError):
            return None

    def keep(self, result: Result) -> None:
        """Write a result.

        Raises
        ------
        FtlearnError
            When there is no room for it.
        """
        try:
            with whole_file(self.path(result.lesson, result.student)) as part:
                part.write_text(as_json(result), encoding="utf-8", errors="replace")
        except OSError as error:
            raise _unwritable(self.folder, error) from None

    def remember(self, config: Path) -> None:
        """Keep which config file these results were graded by."""
        with whole_file(self.folder / _CONFIG) as part:
            part.write_text(f"{config.resolve()}\n", encoding="utf-8")

    def config(self) -> Path | None:
        """Return the config file of the last time, where it still is."""
        try:
            held = Path((self.folder / _CONFIG).read_text(encoding="utf-8").strip())
        except (OSError, ValueError):
            return None
        return held if held.is_file() else None


def read_results(folder: str | Path) -> tuple[list[Result], list[str]]:
    """Read every result in a folder, without writing there.

    Parameters
    ----------
    folder : path
        RESULTS.

    Returns
    -------
    results : list of Result
        Sorted by lesson and student.
    problems : list of str
        A sentence for each file that is none.

    Raises
    ------
    DataError
        When there is no such folder, or no results in it.
    """
    place = Path(folder) / FOLDER
    if not place.is_dir():
        raise _none(folder)
    found, problems = [], []
    for path in sorted(place.glob("*/*.json")):
        try:
            found.append(from_json(path.read_text(encoding="utf-8")))
        except (DataError, OSError, ValueError) as error:
            problems.append(f"{path} was passed over. {error} Delete it and grade again.")
    return sorted(found, key=lambda one: (one.lesson, one.student)), problems


def _none(folder: str | Path) -> DataError:
    return DataError(f"There are no results in {folder}.", fix="Name the folder that `ftlearn grade` wrote to.")


def _unwritable(folder: Path, error: OSError) -> FtlearnError:
    return FtlearnError(
        f"Nothing can be written to {folder}: {error.strerror or error}.",
        fix="Free some space or name another folder by --out; results that are finished are kept, and the next run "
        "goes on from them.",
    )
