"""All that people read after grading, written whole: pages, tables, and files for learning platforms."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from ftlearn.assets.transfer import whole_file
from ftlearn.errors import FtlearnError
from ftlearn.teach.grading import evidence, exports, feedback, summary
from ftlearn.teach.grading.alike import pairs
from ftlearn.teach.grading.marks import Marks
from ftlearn.teach.grading.results import Result
from ftlearn.teach.grading.settings import Settings
from ftlearn.teach.grading.standings import standings
from ftlearn.teach.grading.store import safe_name

_MADE = ("feedback/*.html", "export/moodle_*.csv")
"""Files that are removed once nothing is left to say in them."""


def write(
    folder: str | Path,
    results: Sequence[Result],
    marks: Marks,
    settings: Settings,
    exercises: Mapping[str, dict[str, Any]],
) -> list[Path]:
    """Write grades, feedback, the class page, near-identical work and the exports.

    Parameters
    ----------
    folder : path
        RESULTS.
    results : sequence of Result
        Of the whole class.
    marks : Marks
        What people gave.
    settings : Settings
        The course's.
    exercises : mapping of str to dict
        By lesson the notebook that was handed out, or its solution: what it gives is no sign of copying.

    Returns
    -------
    list of Path
        The files that are new or changed; the others are left untouched.

    Raises
    ------
    FtlearnError
        When the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write(folder, [Result("Ada", "04", "04_x.ipynb")], Marks(), Settings(), {})
    ...     [path.name for path in written]
    ['grades.csv', 'index.html', 'alike.html', 'canvas.csv', 'ada-99a563.html']
    """
    folder = Path(folder)
    held, alike = standings(results, marks, settings), pairs(results, exercises)
    # Excel takes a file without a byte-order mark for one of its country's old encodings. The platforms' importers ask
    # for plain UTF-8.
    files = {
        "grades.csv": exports.grades_csv(held).encode("utf-8-sig"),
        "index.html": summary.page(held, alike, settings).encode(),
        "alike.html": evidence.page(alike, settings).encode(),
        "export/canvas.csv": exports.canvas_csv(held).encode(),
    }
    for lesson in exports.lessons(held):
        files[f"export/moodle_{lesson}.csv"] = exports.moodle_csv(held, lesson).encode()
    for student, own in groupby(held, key=lambda one: one.student):
        files[f"feedback/{safe_name(student)}.html"] = feedback.page(list(own), settings).encode()
    try:
        written = [path for name, content in files.items() if _changed(path := folder / name, content)]
        for path in (path for pattern in _MADE for path in folder.glob(pattern)):
            if path.is_file() and path.relative_to(folder).as_posix() not in files:
                path.unlink()
    except OSError as error:
        raise FtlearnError(
            f"The reports cannot be written to {folder}: {error.strerror or error}.",
            fix="Free some space or make the folder writable, and run it again: nothing is graded twice.",
        ) from None
    return written


def _changed(path: Path, content: bytes) -> bool:
    """Write a file unless it holds that already."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return False
    with whole_file(path) as part:
        part.write_bytes(content)
    return True
