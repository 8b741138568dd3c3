"""Archives that students handed in, looked into without unpacking them and without trusting what they say."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO

from ftlearn.errors import DataError

NOTEBOOK_LIMIT = 50 * 2**20
"""Bytes of a notebook that is still read; a larger one is reported, not graded."""

_ENTRIES = 20_000  # files of an archive that are looked at
_WITHIN = 200 * 2**20  # bytes of an archive within an archive
_RATIO = 500  # what no notebook can be packed by; a bomb is by more
_SKIPPED = {".ipynb_checkpoints", "__MACOSX", "__pycache__", ".git"}
_ERRORS = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError, KeyError)


@dataclass(frozen=True)
class Entry:
    """A file that looks like a notebook, or something in its place that cannot be read.

    Attributes
    ----------
    parts : tuple of str
        Its path below the class's folder.
    where : Path
        The file, or the archive that it lies in.
    inside : str
        Its path in the archive.
    entry : tuple of int
        Its place there.
    when, problem : str
        As of `HandedIn`.
    """

    parts: tuple[str, ...]
    where: Path
    inside: str = ""
    entry: tuple[int, ...] = ()
    when: str = ""
    problem: str = ""


def entries_of(place: Path) -> Iterator[Entry]:
    """Give the notebooks of an archive, and of the archives in it.

    Parameters
    ----------
    place : path
        Of a zip.

    Yields
    ------
    Entry
        Without `parts` when the archive itself cannot be read.
    """
    try:
        with place.open("rb") as file:
            yield from _entries(file, Entry((), place))
    except OSError as error:
        yield Entry((), place, problem=error.strerror or str(error))


def _entries(file: IO[bytes], outer: Entry) -> Iterator[Entry]:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            if len(infos) > _ENTRIES:
                yield replace(outer, problem=f"it holds {len(infos):,} files; at most {_ENTRIES:,} are looked at")
                return
            for number, info in enumerate(infos):
                parts = _parts(info)
                name = parts[-1].lower() if parts else ""
                if info.is_dir() or _SKIPPED & set(parts) or not name.endswith((".ipynb", ".zip")):
                    continue
                one = Entry(
                    (*outer.parts, *parts), outer.where, "/".join(filter(None, (outer.inside, *parts))),
                    (*outer.entry, number), _when(info), _problem(info),
                )  # fmt: skip
                if name.endswith(".ipynb") or one.problem:
                    yield one
                elif outer.entry:
                    yield replace(one, problem="it is an archive in an archive in an archive")
                else:
                    yield from _entries_within(archive, info, one)
    except _ERRORS as error:
        yield replace(
            outer, problem=f"it is no archive that can be opened ({str(error)[:100] or type(error).__name__})"
        )


def _entries_within(archive: zipfile.ZipFile, info: zipfile.ZipInfo, one: Entry) -> Iterator[Entry]:
    """Look into an archive in an archive; its files belong to whoever it belongs to, whatever its own name."""
    try:
        with archive.open(info) as packed:
            content = packed.read(_WITHIN + 1)
    except _ERRORS as error:
        yield replace(one, problem=f"it cannot be unpacked ({str(error)[:100]})")
        return
    if len(content) > _WITHIN:
        yield replace(one, problem=f"it is larger than {_WITHIN:,} bytes")
        return
    owner = one.parts[:-1] or one.parts
    for inner in _entries(io.BytesIO(content), replace(one, parts=owner)):
        yield replace(inner, parts=one.parts) if inner.entry == one.entry else inner


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return an entry's path: in UTF-8 where its bytes are, never upwards, never from the root."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        try:  # macOS and Moodle write UTF-8 without saying so
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.orig_filename
    parts = re.split(r"[/\\]+", re.sub(r"^[A-Za-z]:", "", name.replace("\0", "")))
    return tuple(part for part in parts if part.strip() not in ("", ".", ".."))


def _when(info: zipfile.ZipInfo) -> str:
    try:
        return datetime(*info.date_time).astimezone().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _problem(info: zipfile.ZipInfo) -> str:
    """Say why an entry is not to be opened."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link, and links are not followed"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    limit = _WITHIN if info.filename.lower().endswith(".zip") else NOTEBOOK_LIMIT
    if info.file_size > limit:
        return f"it has {info.file_size:,} bytes; at most {limit:,} are read"
    if info.file_size > 2**20 and info.file_size > _RATIO * info.compress_size:
        return f"it unpacks to {info.file_size:,} bytes from {info.compress_size:,}"
    return ""


def read_entry(place: Path, entry: tuple[int, ...], name: str) -> bytes:
    """Read a notebook in an archive, as many bytes as there are allowed, whatever the archive says of its size.

    Raises
    ------
    DataError
        When it is too large, or cannot be read.
    """
    try:
        with place.open("rb") as file:
            content = _read(file, entry)
    except _ERRORS as error:
        raise DataError(f"{name} cannot be read: {str(error)[:200] or type(error).__name__}.") from None
    if len(content) > NOTEBOOK_LIMIT:
        raise DataError(f"{name} is larger than {NOTEBOOK_LIMIT:,} bytes; such a notebook is not read.")
    return content


def _read(file: IO[bytes], entry: tuple[int, ...]) -> bytes:
    with zipfile.ZipFile(file) as archive, archive.open(archive.infolist()[entry[0]]) as packed:
        if len(entry) == 1:
            return packed.read(NOTEBOOK_LIMIT + 1)
        return _read(io.BytesIO(packed.read(_WITHIN + 1)), entry[1:])
