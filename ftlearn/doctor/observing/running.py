"""Run a script or a notebook in this process, as Python or Jupyter would, with a watcher beside it."""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .hooks import Hooks
from .places import HERE, Places
from .watcher import Watcher


@dataclass
class Ended:
    """How a program ended.

    Attributes
    ----------
    status : {"finished", "failed", "interrupted"}
        Whether it came to its end.
    error : str
        What stopped it, in a line.
    """

    status: str = "finished"
    error: str = ""


@contextmanager
def watching(places: Places) -> Iterator[Watcher]:
    """Watch what runs inside."""
    watcher = Watcher(places)
    hooks = Hooks(watcher)
    hooks.install()
    try:
        yield watcher
    finally:
        hooks.remove()


def run(program: Path, arguments: Sequence[str] = ()) -> tuple[Watcher, Ended]:
    """Run a program and watch it.

    Parameters
    ----------
    program : Path
        A script, or a notebook.
    arguments : sequence of str
        What follows its name in `sys.argv`.

    Returns
    -------
    Watcher
        With all that it noted.
    Ended
        How it ended.
    """
    notebook = program.suffix == ".ipynb"
    cells = _cells(program) if notebook else None
    whole = Path(os.path.abspath(program))  # as Python has it in __file__ and in tracebacks, wherever the program goes
    places = Places(whole, cells.texts if cells else None)
    main = ModuleType("__main__")
    main.__dict__.update(__file__=str(whole), __builtins__=__builtins__)
    if notebook:
        del main.__dict__["__file__"]
    before = sys.argv, sys.modules.get("__main__"), sys.path[0] if sys.path else ""
    sys.argv = [str(program), *arguments]
    sys.modules["__main__"] = main
    sys.path[0] = str(program.resolve().parent)
    try:
        with watching(places) as watcher:
            ended = _run_cells(main, cells, places) if cells else _run_script(main, whole)
            return watcher, ended
    finally:
        sys.argv, sys.modules["__main__"], sys.path[0] = before


def _run_script(main: ModuleType, program: Path) -> Ended:
    others = set(threading.enumerate())
    try:
        code = compile(program.read_bytes(), str(program), "exec", dont_inherit=True)
        exec(code, main.__dict__)
        _join(others)
    except SystemExit as end:
        if end.code in (None, 0):
            return Ended()
        if not isinstance(end.code, int):
            sys.stderr.write(f"{end.code}\n")
        return Ended("failed", f"it ended itself with sys.exit({end.code!r})")
    except KeyboardInterrupt:
        return Ended("interrupted", "it was interrupted")
    except BaseException as error:
        _strip(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return Ended("failed", _said(error))
    return Ended()


def _join(others: set[threading.Thread]) -> None:
    """Wait for the program's threads, as Python does at its end, and for none that ran before it."""
    for one in set(threading.enumerate()) - others:
        if not one.daemon:
            one.join()


def _said(error: BaseException) -> str:
    return traceback.format_exception_only(type(error), error)[-1].strip()[:300]


def _strip(error: BaseException | None, seen: frozenset[int] = frozenset()) -> None:
    """Take this package's frames out of a traceback: the program shall see its own."""
    if error is None or id(error) in seen:
        return
    held = []
    place = error.__traceback__
    while place is not None:
        if not place.tb_frame.f_code.co_filename.startswith(HERE):
            held.append(place)
        place = place.tb_next
    for one, following in zip(held, [*held[1:], None][: len(held)], strict=True):
        one.tb_next = following
    error.__traceback__ = held[0] if held else None
    for one in (error.__cause__, error.__context__):
        _strip(one, seen | {id(error)})


@dataclass
class Cells:
    """The code cells of a notebook.

    Attributes
    ----------
    code : list of tuple
        The number, the text and the tags of each.
    texts : dict of int to str
        The text by number; by the negative number the prose above that cell.
    """

    code: list[tuple[int, str, set[str]]]
    texts: dict[int, str]


def _cells(program: Path) -> Cells:
    found = Cells([], {})
    above = ""
    for cell in json.loads(program.read_text(encoding="utf-8")).get("cells", ()):
        text = cell.get("source", "")
        text = "".join(text) if isinstance(text, list) else text
        tags = set(cell.get("metadata", {}).get("tags", ()))
        if cell.get("cell_type") != "code":
            above += f"\n{text}"
        elif text.strip() and not tags & {"skip-execution", "nbval-skip"}:
            number = len(found.code) + 1  # as Jupyter counts them: In [1], In [2], …
            found.code.append((number, text, tags))
            found.texts[number], found.texts[-number] = text, above
            above = ""
    return found


def _run_cells(main: ModuleType, cells: Cells, places: Places) -> Ended:
    from IPython.core.compilerop import CachingCompiler
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Named(CachingCompiler):
        def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
            return f"<cell {places.cell}>"

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "NoColor"
    settings.InteractiveShell.autoindent = False
    shell = InteractiveShell.instance(
        config=settings, user_module=main, user_ns=main.__dict__, compiler_class=Named,
    )  # fmt: skip
    sys.modules["__main__"] = main
    try:
        for number, text, tags in cells.code:
            places.cell = number
            done = shell.run_cell(text, store_history=True)
            error = done.error_before_exec or done.error_in_exec
            if error is None or "raises-exception" in tags:
                continue
            if isinstance(error, SystemExit) and error.code in (None, 0):
                return Ended()
            if isinstance(error, KeyboardInterrupt):
                return Ended("interrupted", f"it was interrupted in cell {number}")
            return Ended("failed", f"cell {number}: {_said(error)}")
    finally:
        InteractiveShell.clear_instance()
    return Ended()


def chdir_for(program: Path) -> Path:
    """Go to a notebook's folder, as Jupyter does; a script runs where one is. Return the program's path from there."""
    if program.suffix != ".ipynb":
        return program
    os.chdir(program.resolve().parent)
    return Path(program.name)


def note_of(ended: Ended) -> dict[str, Any]:
    """Return how a program ended, for JSON."""
    return {"status": ended.status, "error": ended.error}
