"""Variants of a task: a seed for each student, which nobody can foretell without the course's key.

A given cell of a solution may hold a line ``NAME = 0  # your seed``. Releasing for a student puts that student's number
there; grading puts it there again, whatever came back.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

from ftlearn.errors import DataError
from ftlearn.teach.grading.moments import plain
from ftlearn.teach.sources import text_of

_LINE = re.compile(r"^(?P<name>[A-Za-z_]\w*) = (?P<number>\d+)(?P<rest>  # your seed\b.*)$", re.MULTILINE)


def seed_of(key: bytes, student: str, lesson: str, name: str) -> int:
    """Derive a student's seed.

    Parameters
    ----------
    key : bytes
        The course's key, known to those who teach only.
    student, lesson, name : str
        Whose, of which exercise, under which name.

    Returns
    -------
    int
        From 0 to 2**31 - 1 (HMAC-SHA-256).

    Examples
    --------
    >>> seed_of(b"key", "Ada", "04", "seed") == seed_of(b"key", "Ada", "04", "seed")
    True
    """
    said = "\0".join((plain(student), lesson, name)).encode(errors="surrogatepass")
    return int.from_bytes(hmac.digest(key, said, hashlib.sha256)[:4], "big") >> 1


def seeds_in(notebook: dict[str, Any]) -> dict[str, int]:
    """Return the seeds that a notebook holds, by their names.

    Parameters
    ----------
    notebook : dict
        A solution, an exercise, or what a student handed in.

    Returns
    -------
    dict of str to int
        Empty for an exercise without variants.

    Examples
    --------
    >>> seeds_in({"cells": [{"cell_type": "code", "source": "seed = 12  # your seed"}]})
    {'seed': 12}
    """
    found: dict[str, int] = {}
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            found |= {one["name"]: int(one["number"][:20]) for one in _LINE.finditer(text_of(cell))}
    return found


def for_student(notebook: dict[str, Any], key: bytes, student: str, lesson: str) -> dict[str, Any]:
    """Return a notebook with a student's seeds in it.

    Parameters
    ----------
    notebook : dict
        A solution or an exercise.
    key : bytes
        The course's.
    student, lesson : str
        Whose, of which exercise.

    Returns
    -------
    dict
        A new notebook; the same where it has no seeds.
    """
    made = copy.deepcopy(notebook)
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            text = _LINE.sub(
                lambda one: f"{one['name']} = {seed_of(key, student, lesson, one['name'])}{one['rest']}", text_of(cell)
            )
            cell["source"] = text.splitlines(keepends=True)
    return made


def read_key(path: str | Path) -> bytes:
    """Read the course's key from a file.

    Parameters
    ----------
    path : path
        Of a file with at least 16 characters.

    Returns
    -------
    bytes
        The key.

    Raises
    ------
    DataError
        When there is none, or it is too short.
    """
    fix = 'Make one with `python -c "import secrets; print(secrets.token_hex(32))" > course.key`, and keep it secret.'
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise DataError(f"The course's key {path} cannot be read: {error.strerror}.", fix=fix) from None
    if len(key) < 16:
        raise DataError(f"The course's key {path} has {len(key)} characters; 16 are the least.", fix=fix)
    return key
