"""Where in the program something happened: frames, lines, cells, and what stands written there."""

from __future__ import annotations

import ast
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

HERE = str(Path(__file__).resolve().parent)
_LIBRARIES = tuple({
    str(Path(one).resolve()) + ("/" if not one.endswith("/") else "")
    for name in ("stdlib", "platstdlib", "purelib", "platlib") if (one := sysconfig.get_paths().get(name))
})  # fmt: skip
_OURS = str(Path(HERE).parent.parent) + "/"
_RUNNING = str(Path(HERE) / "running.py")
_CELL = re.compile(r"<cell (\d+)>")
_TUNING = re.compile(r"fine[\s_-]?tun|un[\s_-]?freez|thaw", re.IGNORECASE)
_TEST = {"test", "tests", "testing", "xtest", "ytest", "testx", "testy", "testset", "testdata", "testds", "tst"}
_VALID = {"val", "valid", "validation", "valx", "valy", "xval", "yval", "dev", "eval", "train", "tr", "trn"}


class Places:
    """The program's own files, told from those of libraries.

    Parameters
    ----------
    program : Path
        A script or a notebook.
    texts : mapping of int to str, optional
        What stands in each cell of a notebook, by its number; the text above it comes with it.
    """

    def __init__(self, program: Path, texts: dict[int, str] | None = None):
        self.program, self.texts = Path(program), texts
        self._path = str(self.program.resolve())
        self.cell = 0  # the cell that runs now
        self._own: dict[str, bool] = {}
        self._lines: dict[str, list[str]] = {}

    def own(self, name: str) -> bool:
        """Return whether code of that file name belongs to the program, not to a library."""
        if name not in self._own:
            self._own[name] = self._judged(name)
        return self._own[name]

    def _judged(self, name: str) -> bool:
        if _CELL.fullmatch(name) or name == "<timed exec>" or name in (str(self.program), self._path):
            return True
        if not name.endswith(".py"):
            return False
        path = str(Path(name).resolve())
        if path == self._path:
            return True
        return not path.startswith((*_LIBRARIES, _OURS)) and "site-packages" not in path

    def frames(self) -> list[FrameType]:
        """Return the program's frames that are running now, the innermost first."""
        frame, found = sys._getframe(1), []
        while frame is not None and frame.f_code.co_filename != _RUNNING:
            if self.own(frame.f_code.co_filename):
                found.append(frame)
            frame = frame.f_back
        return found

    def site(self) -> tuple[tuple[str, int], ...]:
        """Return file and line of each of the program's frames, the innermost first: what tells a call from another."""
        return tuple((self._named(one.f_code.co_filename), one.f_lineno) for one in self.frames())

    def _named(self, name: str) -> str:
        return f"<cell {self.cell}>" if name == "<timed exec>" else name

    def line(self, site: tuple[tuple[str, int], ...]) -> str:
        """Return a place as people read it: ``program.py:12``, or ``lesson.ipynb cell 5, line 3``."""
        if not site:
            return ""
        name, number = site[0]
        if cell := _CELL.fullmatch(name):
            return f"{self.program.name} cell {cell[1]}, line {number}"
        path = Path(name)
        if str(path.resolve()) == self._path:
            return f"{self.program.name}:{number}"
        try:
            return f"{path.resolve().relative_to(self.program.resolve().parent)}:{number}"
        except ValueError:
            return f"{path}:{number}"

    def lines(self, name: str) -> list[str]:
        """Return the lines of one of the program's files or cells; none where it cannot be read."""
        if name not in self._lines:
            if cell := _CELL.fullmatch(name):
                text = (self.texts or {}).get(int(cell[1]), "")
            else:
                try:
                    text = Path(name).read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    text = ""
            self._lines[name] = text.splitlines()
        return self._lines[name]

    def called_tuning(self, earlier: tuple[tuple[str, int], ...], now: tuple[tuple[str, int], ...], names: Any) -> bool:
        """Return whether the program calls what it does fine-tuning: in a function's name, or since an earlier call."""
        if any(_TUNING.search(one) for one in names):
            return True
        if not now or not earlier:
            return False
        (first, start), (last, end) = earlier[-1], now[-1]
        return any(_TUNING.search(one) for one in self._between(first, start, last, end))

    def _between(self, first: str, start: int, last: str, end: int) -> Iterator[str]:
        """Give the lines after the first place, up to the statement of the second."""
        cells = [_CELL.fullmatch(one) for one in (first, last)]
        if first == last:
            yield from self.lines(first)[start:end]
        elif all(cells):
            numbers = range(int(cells[0][1]), int(cells[1][1]) + 1)
            yield from self.lines(first)[start:]
            for number in numbers[1:]:
                yield from (self.texts or {}).get(-number, "").splitlines()  # the prose above that cell
                text = self.lines(f"<cell {number}>")
                yield from text[:end] if f"<cell {number}>" == last else text


def written(frame: FrameType, lines: list[str]) -> ast.Call | None:
    """Return the call that a frame is in, as it is written; None where that cannot be told."""
    try:
        found = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        start, end, first, last = found
        text = lines[start - 1 : end]
        text[-1] = text[-1].encode()[:last].decode()
        text[0] = text[0].encode()[first:].decode()
        node = ast.parse("\n".join(text).strip(), mode="eval").body
    except (IndexError, TypeError, SyntaxError, ValueError, AttributeError):
        return None
    return node if isinstance(node, ast.Call) else None


def argument(call: ast.Call | None, name: str, place: int | None) -> set[str]:
    """Return the names that stand in one argument of a call."""
    if call is None:
        return set()
    found = [one.value for one in call.keywords if one.arg == name]
    if not found and place is not None and place < len(call.args):
        found = [call.args[place]]
    return {one.id for node in found for one in ast.walk(node) if isinstance(one, ast.Name)}


def bound(frames: list[FrameType], things: list[Any]) -> set[str]:
    """Return the names by which the program's frames know some objects."""
    wanted = {id(one) for one in things if one is not None}
    found: set[str] = set()
    for frame in frames:
        for space in (frame.f_locals, frame.f_globals):
            for name, value in list(space.items())[:5000]:
                if id(value) in wanted and not name.startswith("_"):
                    found.add(name)
    return found


def parts_of(name: str) -> set[str]:
    """Return the words of a name, such as x and test of ``X_test`` or ``xTest2``."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return {one.strip("0123456789").lower() for one in spaced.split("_")} - {""}


def says_test(names: set[str]) -> bool:
    """Return whether names call something the test data, and none of them calls it something else."""
    words = [parts_of(one) for one in names]
    return any(one & _TEST for one in words) and not any(one & _VALID for one in words)
