"""A folder that keeps each finished stage of a run, so that an interruption loses nothing that was finished."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.assets.transfer import sha256
from ftlearn.capstone.records import versions
from ftlearn.capstone.steps import replace_text
from ftlearn.errors import DataError

_RUN = "run.json"
_STAGES = "stages"
_LOOKS = "test_looks.json"
_MADE = ("model.keras", "model.json", "model_card.md", "model_card.html")


class Run:
    """A run's folder: what it was asked for, and the results of its finished stages.

    Parameters
    ----------
    out : Path
        The folder; it is made. It must be empty, or hold a run that was asked for the same or has not finished a stage.
    asked : dict of str to object
        What the run depends on, such as a sum of the images and the settings. JSON must be able to hold it.
    fresh : bool
        Whether to forget a run that is there.

    Raises
    ------
    DataError
        When the folder holds something else, or a run that was asked for something else (the message says what has
        changed), or cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> Run(folder, {"seed": 0}).stage("sum", lambda: {"total": 3})["total"]
    3
    >>> Run(folder, {"seed": 0}).stage("sum", lambda: {"total": 4})["total"]
    3
    >>> Run(folder, {"seed": 1})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ftlearn.errors.DataError: ... holds a run of something else: seed 0 then, 1 now. ...
    """

    def __init__(self, out: Path, asked: dict[str, Any], *, fresh: bool = False):
        self.out, self.asked, self.taken, self.made = out, asked, [], []
        with self._disk():
            before = self._before()
            nothing_lost = fresh or not any((out / _STAGES).glob("*.json"))
            if before is not None and not nothing_lost:
                self._compare(before, asked)
            elif before is not None:
                self._forget()
            elif out.exists() and (not out.is_dir() or any(out.iterdir())):
                what = "holds other files" if out.is_dir() else "is a file"
                raise DataError(f"{out} {what}, and no run of ftlearn finetune.", fix="Give a new or an empty folder.")
            replace_text(out / _RUN, json.dumps(asked, indent=1, ensure_ascii=False))

    def _before(self) -> dict[str, Any] | None:
        path = self.out / _RUN
        if not path.is_file():
            return None
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise DataError(f"{path} is damaged.", fix="Remove it, or give another folder.") from error

    def _forget(self) -> None:
        """Remove what an earlier run has made; how often its test parts were opened stays."""
        old = self.out / f"{_STAGES}.old"
        if old.exists():
            shutil.rmtree(old)
        if (self.out / _STAGES).exists():
            os.replace(self.out / _STAGES, old)  # at once: no stage is left half forgotten
            shutil.rmtree(old)
        for name in _MADE:
            (self.out / name).unlink(missing_ok=True)

    def count_look(self, images: str) -> int:
        """Count one more opening of a test part of these images, and give the number; it outlives ``fresh``."""
        path = self.out / _LOOKS
        with self._disk():
            looks = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            looks[images] = looks.get(images, 0) + 1
            replace_text(path, json.dumps(looks, indent=1))
        return looks[images]

    def _compare(self, before: dict[str, Any], asked: dict[str, Any]) -> None:
        now = json.loads(json.dumps(asked))
        changed = [key for key in {**before, **now} if before.get(key) != now.get(key)]
        if changed:
            was = [f"{key} {before.get(key, 'not given')} then, {now.get(key, 'not given')} now" for key in changed]
            raise DataError(
                f"{self.out} holds a run of something else: {'; '.join(was)}.",
                fix="Add --fresh to start over (fresh=True in Python), or give another folder.",
            )

    @contextmanager
    def _disk(self) -> Any:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"{self.out} cannot be written to ({error.strerror or error}).",
                fix="Give another folder, or make room.",
            ) from error

    def path(self, name: str) -> Path:
        """Return the place of a file that belongs to a stage."""
        return self.out / _STAGES / name

    def has(self, name: str) -> bool:
        """Tell whether a stage is finished, and the files that it made are there as it left them."""
        if not self.path(f"{name}.json").is_file():
            return False
        made = self.result(name).get("made", {})
        return all((self.out / file).is_file() and sha256(self.out / file) == total for file, total in made.items())

    def stage(
        self, name: str, make: Callable[[], dict[str, Any] | None], *, say: Callable[[str], None] = lambda _: None
    ) -> dict[str, Any]:
        """Take a stage's result from the folder, or make it and keep it.

        Parameters
        ----------
        name : str
            The stage's.
        make : callable
            Returns the result as a dict; arrays in it are kept in a file of their own. None keeps nothing: the stage
            counts as not finished, and its result is empty.
        say : callable
            Told that a stage was taken from the folder.

        Returns
        -------
        dict of str to object
            The result, read back from disk: the same now and after an interruption.
        """
        path, arrays = self.path(f"{name}.json"), self.path(f"{name}.npz")
        if self.has(name):
            self.taken.append(name)
            say(f"{name.replace('_', ' ')}: finished before, kept")
        else:
            started = time.perf_counter()
            result = make()
            if result is None:
                return {}
            big = {key: value for key, value in result.items() if isinstance(value, np.ndarray)}
            rest = {key: value for key, value in result.items() if key not in big}
            rest |= {"seconds": round(time.perf_counter() - started, 2), "versions": versions()}
            with self._disk():
                path.parent.mkdir(parents=True, exist_ok=True)
                np.savez(arrays, **big)
                replace_text(path, json.dumps(rest, indent=1, ensure_ascii=False))  # last: it says that all is there
            self.made.append(name)
        return self.result(name)

    def result(self, name: str) -> dict[str, Any]:
        """Read the result of a finished stage."""
        path = self.path(f"{name}.json")
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            with np.load(self.path(f"{name}.npz")) as held:
                return result | {key: held[key] for key in held.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(
                f"What stage {name!r} left is damaged.", fix=f"Remove {path}: the stage runs again."
            ) from error
