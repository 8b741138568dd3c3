"""The exercises of a course, read for grading: by lesson, and with the seeds of a student."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ftlearn.errors import DataError
from ftlearn.teach.grading.alike import OTHER_SEED
from ftlearn.teach.grading.seeds import for_student, seed_of, seeds_in
from ftlearn.teach.sources import read_source


class Course:
    """The exercises of a course, read for grading.

    Parameters
    ----------
    solutions : path
        Folder with ``NN_topic/NN_topic.ipynb``.
    key : bytes, optional
        For exercises with seeds.

    Raises
    ------
    DataError
        When there is no exercise there.
    """

    def __init__(self, solutions: str | Path, key: bytes | None = None):
        found = sorted(path for path in Path(solutions).glob("*/*.ipynb") if path.stem == path.parent.name)
        if not found:
            raise DataError(
                f"There is no solution in {solutions}.",
                fix="Name the folder with NN_topic/NN_topic.ipynb: --solutions DIR.",
            )
        self._paths = {path.stem[:2]: path for path in found}
        self._key = key
        self._read: dict[str, dict[str, Any]] = {}

    @property
    def lessons(self) -> list[str]:
        """The exercises' numbers."""
        return list(self._paths)

    def source(self, lesson: str, student: str = "") -> dict[str, Any]:
        """Return a solution notebook, with a student's seeds where it has any.

        Raises
        ------
        DataError
            When there is no such exercise, or it has seeds and the course no key.
        """
        if lesson not in self._paths:
            raise DataError(
                f"There is no exercise {lesson or 'for it'}.",
                fix=f"Known are {', '.join(self._paths)}: let the file's name begin with its number.",
            )
        if lesson not in self._read:
            self._read[lesson] = read_source(self._paths[lesson])
        source = self._read[lesson]
        if student and seeds_in(source):
            if self._key is None:
                raise DataError(
                    f"Exercise {lesson} has a variant for each student, and the course has no key.",
                    fix='Name it in the config file: [course] key = "course.key".',
                )
            return for_student(source, self._key, student, lesson)
        return source

    def sources(self) -> dict[str, dict[str, Any]]:
        """Return the solution notebooks, by lesson."""
        return {lesson: self.source(lesson) for lesson in self._paths}

    def foreign_seed(self, notebook: dict[str, Any], lesson: str, student: str, others: Iterable[str]) -> str:
        """Say whose seed stands in a student's notebook when it is not their own; nothing when it is."""
        for name in seeds_in(self.source(lesson)) if self._key else ():
            try:
                held = seeds_in(notebook).get(name)
            except (KeyError, TypeError, AttributeError):
                return ""
            if held is None or held == seed_of(self._key, student, lesson, name):
                continue
            whose = next((one for one in others if seed_of(self._key, one, lesson, name) == held), "")
            return OTHER_SEED.format(student=whose) if whose else f"Its `{name}` is not the one that was handed out."
        return ""
