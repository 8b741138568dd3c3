"""How a course is graded: its one config file, read with a sentence for every mistake in it."""

from __future__ import annotations

import csv
import difflib
import io
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ftlearn.errors import DataError
from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.moments import moment, plain

STARTED, WHOLE = "started days", "whole days"
_LIMITS = {
    "seconds": (1, 86_400), "cell_seconds": (1, 86_400), "memory_gb": (2, 1024), "disk_mb": (1, 1_048_576),
    "processes": (32, 65_536),
}  # fmt: skip
_LATE = {"per_day": (0, 1), "at_most": (0, 1), "grace_minutes": (0, 1_000_000)}
_KNOWN = {"course": ("title", "key"), "limits": tuple(_LIMITS), "late": (*_LATE, "rule")}
_COLUMNS = ("student", "lesson", "when")
_WHEN = (
    "Write a date and time, for example 2026-11-20T23:59:00+01:00; without an offset it is this machine's local time."
)


@dataclass(frozen=True)
class Late:
    """What lateness costs.

    Attributes
    ----------
    per_day : float
        The share of the earned points that a day costs.
    at_most : float
        The share that lateness can cost in all.
    grace_minutes : float
        After the due date, in which nothing is late.
    rule : str
        ``"started days"``: a minute counts as a day; ``"whole days"``: the first day costs when it is over.
    """

    per_day: float = 0.0
    at_most: float = 0.5
    grace_minutes: float = 10.0
    rule: str = STARTED


@dataclass(frozen=True)
class Settings:
    """How a course is graded; by default without due dates.

    Attributes
    ----------
    title : str
        The course's, for the pages.
    key : Path, optional
        The file of the course's key, for exercises with variants.
    limits : Limits
        What a submission may use.
    late : Late
        What lateness costs.
    due : mapping of str to datetime
        By lesson; each knows its offset.
    extensions : mapping of str to mapping
        By student, the due dates of their own.
    times : mapping of tuple to datetime
        By student and lesson, when it was handed in; this overrides what files and platforms say.
    """

    title: str = ""
    key: Path | None = None
    limits: Limits = field(default_factory=Limits)
    late: Late = Late()
    due: Mapping[str, datetime] = field(default_factory=dict)
    extensions: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    times: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    def extended(self, student: str, lesson: str) -> bool:
        """Whether a student has a due date of their own."""
        return lesson in self.extensions.get(plain(student), {})

    def deadline(self, student: str, lesson: str) -> datetime | None:
        """Return when a student's work is due, without the grace; None where nothing is due."""
        return self.extensions.get(plain(student), {}).get(lesson, self.due.get(lesson))

    def handed_in(self, student: str, lesson: str) -> datetime | None:
        """Return what `times` says; None where it says nothing."""
        return self.times.get((plain(student), lesson))

    def strangers(self, students: Collection[str]) -> list[str]:
        """Name whom extensions and times speak of and who handed in nothing: most often a name written otherwise.

        Parameters
        ----------
        students : collection of str
            Who handed something in.

        Returns
        -------
        list of str
            A sentence each.

        Examples
        --------
        >>> Settings(extensions={"Ada Lovelce": {}}).strangers(["Ada Lovelace"])
        ["[extensions] names 'Ada Lovelce', who handed in nothing. Did you mean 'Ada Lovelace'?"]
        """
        there = sorted(map(plain, students))
        named = {name: "[extensions]" for name in self.extensions} | {name: "times" for name, _ in self.times}
        return [
            f"{where} names {name!r}, who handed in nothing.{_near(name, there)}"
            for name, where in sorted(named.items())
            if name not in there
        ]


def read_settings(path: str | Path | None = None) -> Settings:
    """Read the config file of a course.

    Parameters
    ----------
    path : path, optional
        Of a TOML file; without one, nothing is due and nothing costs anything. `docs/grading.toml` shows every key.

    Returns
    -------
    Settings
        What it says.

    Raises
    ------
    DataError
        For every mistake: which file, which key, what was got, what is allowed.

    Examples
    --------
    >>> read_settings().limits.seconds
    300.0
    """
    if path is None:
        return Settings()
    path = Path(path)
    read = _Reader(path)
    held = read.toml()
    read.known(held, (*_KNOWN, "due", "extensions", "times"), "at the top")
    course, limits, late = (read.table(held, name) for name in _KNOWN)
    for name, table in (("course", course), ("limits", limits), ("late", late)):
        read.known(table, _KNOWN[name], f"in [{name}]")
    texts = {name: read.text(value, f"[course] {name}") for name, value in course.items()}
    numbers = {name: read.number(limits[name], f"[limits] {name}", *_LIMITS[name]) for name in limits}
    due = read.dates(read.table(held, "due"), "[due]")
    return Settings(
        texts.get("title", ""),
        path.parent / texts["key"] if "key" in texts else None,
        _limits(numbers),
        read.late(late) if "late" in held else Late(),
        due,
        read.extensions(read.table(held, "extensions"), due),
        read.times(path.parent / read.text(held["times"], "times")) if "times" in held else {},
    )


def _limits(given: Mapping[str, float]) -> Limits:
    scales = {"memory_gb": ("memory", 2**30), "disk_mb": ("disk", 2**20), "processes": ("processes", 1)}
    held: dict[str, Any] = {}
    for name, value in given.items():
        own, scale = scales.get(name, (name, None))
        held[own] = float(value) if scale is None else int(value * scale)
    return Limits(**held)


def _near(name: object, known: Collection[str]) -> str:
    near = difflib.get_close_matches(str(name), known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


class _Reader:
    """Read one file; every complaint begins with its name."""

    def __init__(self, path: Path):
        self._path = path

    def wrong(self, message: str, fix: str = "") -> DataError:
        return DataError(f"{self._path}: {message}", fix=fix)

    def content(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise self.wrong("there is no such file." if path == self._path else f"there is no file {path}.") from None
        except OSError as error:
            raise self.wrong(f"{path} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise self.wrong(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from None

    def toml(self) -> dict[str, Any]:
        text = self.content(self._path)
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # a date that is none is a plain ValueError
            raise self.wrong(
                f"it is not TOML: {error}.", "Text and lesson numbers stand in quotes, dates do not."
            ) from None

    def known(self, table: Mapping[str, Any], names: Collection[str], where: str) -> None:
        for name in table:
            if name not in names:
                near = _near(name, names).lstrip()
                raise self.wrong(f"there is no key {name!r} {where}.", f"{near} Known: {', '.join(names)}.".lstrip())

    def table(self, held: Mapping[str, Any], name: str) -> dict[str, Any]:
        value = held.get(name, {})
        if not isinstance(value, dict):
            raise self.wrong(f"{name} is {value!r}; a table is allowed.", f"Write [{name}] on a line of its own.")
        return value

    def text(self, value: object, where: str) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{where} is {value!r}; text in quotes is allowed.")
        return value

    def number(self, value: object, where: str, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(f"{where} is {value!r}; a number from {low:,} to {high:,} is allowed.")
        return value

    def late(self, table: Mapping[str, Any]) -> Late:
        if "per_day" not in table:
            raise self.wrong("[late] lacks per_day.", "Write the share that a day costs, for example per_day = 0.1.")
        rule = table.get("rule", STARTED)
        if rule not in (STARTED, WHOLE):
            near = _near(rule, (STARTED, WHOLE)).lstrip()
            raise self.wrong(f'[late] rule is {rule!r}; "{STARTED}" or "{WHOLE}" is allowed.', near)
        numbers = {one: self.number(table[one], f"[late] {one}", *_LATE[one]) for one in table if one != "rule"}
        return Late(rule=rule, **numbers)

    def lesson(self, name: str, where: str) -> str:
        if not re.fullmatch(r"[0-9]{2}", name):
            fix = f'Write "{int(name):02d}".' if re.fullmatch(r"[0-9]", name) else ""
            raise self.wrong(f'{where} has the lesson {name!r}; two digits such as "04" are allowed.', fix)
        return name

    def when(self, value: object, where: str) -> datetime:
        try:
            return moment(value)
        except ValueError:
            got = repr(value) if isinstance(value, str | int | float) else value
            raise self.wrong(f"{where} is {got}, which is no date and time.", _WHEN) from None

    def dates(self, table: Mapping[str, Any], where: str) -> dict[str, datetime]:
        return {self.lesson(name, where): self.when(value, f'{where} "{name}"') for name, value in table.items()}

    def extensions(self, table: Mapping[str, Any], due: Mapping[str, datetime]) -> dict[str, dict[str, datetime]]:
        found = {}
        for student in table:
            where = f'[extensions] "{student}"'
            if not isinstance(table[student], dict):
                raise self.wrong(f"{where} is {table[student]!r}.", 'Write { "04" = 2026-11-27T23:59:00+01:00 }.')
            found[plain(student)] = own = self.dates(table[student], where)
            for lesson, until in own.items():
                if lesson not in due:
                    raise self.wrong(f'{where} extends "{lesson}", which has no due date.', "Add it to [due].")
                if until < due[lesson]:
                    raise self.wrong(f'{where} "{lesson}" is {until}, before it is due for all: {due[lesson]}.')
        return found

    def times(self, path: Path) -> dict[tuple[str, str], datetime]:
        text, fix = self.content(path), f"Its first line is {','.join(_COLUMNS)}."
        first = text.partition("\n")[0]
        mark = ";" if ";" in first and "," not in first else ","  # as spreadsheets write it in half of Europe
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True)
        found: dict[tuple[str, str], datetime] = {}
        try:
            rows.fieldnames = names = [name.strip().lower() for name in rows.fieldnames or ()]
            if missing := [name for name in _COLUMNS if name not in names]:
                raise self.wrong(f"{path.name} has no column {missing[0]!r}.", fix)
            for row in rows:
                where = f"{path.name}, line {rows.line_num},"
                if not (student := plain(row["student"] or "")):
                    raise self.wrong(f"{where} names no student.")
                key = student, self.lesson((row["lesson"] or "").strip(), where)
                if key in found:
                    raise self.wrong(f"{where} speaks of {student!r} and lesson {key[1]} again.", "Leave one of them.")
                found[key] = self.when(row["when"] or "", where)
        except csv.Error as error:
            raise self.wrong(f"{path.name} is no CSV after line {rows.line_num}: {error}.", fix) from None
        return found
