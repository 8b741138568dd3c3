"""Start a program in a process of its own, watched, and bring back what was found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftlearn.errors import DataError

_HERE = Path(__file__).resolve().parent
_BOOT = """
import importlib.util, sys
def _begin(order, here, root):
    name = "_ftlearn_observing"  # not as ftlearn.doctor.observing: that would load NumPy before the program does
    spec = importlib.util.spec_from_file_location(name, here + "/__init__.py", submodule_search_locations=[here])
    package = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    if importlib.util.find_spec("ftlearn") is None:
        sys.path.append(root)  # run from a folder that only the parent has on its path
    from _ftlearn_observing.child import main
    return main(order)
_status = _begin(*sys.argv[1:4])
sys.exit(_status)
"""


@dataclass(frozen=True)
class Watched:
    """A program that was run, and what was found.

    Attributes
    ----------
    program : str
        As it was given.
    status : {"finished", "failed", "interrupted", "lost"}
        How it ended; lost, when its process died without a word.
    error : str
        What stopped it.
    found : Mapping
        As JSON has it: findings, unchecked, passed, ignored, sampled, seen, notes, seconds.
    """

    program: str
    status: str
    error: str
    found: Mapping[str, Any]

    @property
    def exit_status(self) -> int:
        """0 nothing found, 1 something wrong, 2 the program failed, 130 it was interrupted."""
        if self.status == "interrupted":
            return 130
        return 2 if self.status != "finished" else int(bool(self.found["findings"]))

    def as_json(self) -> str:
        """Return it as JSON."""
        held = {"program": self.program, "status": self.status, "error": self.error, **self.found}
        return json.dumps(held, indent=1, ensure_ascii=False)

    def __str__(self) -> str:
        from ftlearn.doctor.report import Finding, Report

        found = self.found
        report = Report(
            tuple(Finding(**one) for one in found["findings"]), found["unchecked"], tuple(found["passed"]),
            found["ignored"], found["sampled"],
        )  # fmt: skip
        seen = {"models": 0, "fit": 0, "evaluate": 0, "predict": 0, "search": 0, "examined": 0} | found["seen"]
        lines = [str(report), *found["notes"]]
        if not seen["models"] and not seen["search"]:
            lines = ["No Keras model was compiled, trained or used, so nothing was examined.", *found["notes"]]
        counted = ", ".join(
            f"{seen[one]} {one}" for one in ("fit", "evaluate", "predict", "search") if seen[one] or one == "fit"
        )
        lines.append(
            f"Watched {Path(self.program).name}: {seen['models']} model{'s' * (seen['models'] != 1)}, {counted}; "
            f"{seen['examined']} examined in {found['seconds']:.0f} s."
        )
        if self.status != "finished":
            lines.append(f"{self.program} did not come to its end: {self.error}. The above is what was seen by then.")
        return "\n".join(lines)


def watch(
    program: Path, arguments: Sequence[str] = (), *, seconds: float = 60, ignore: Mapping[str, str] | None = None,
    quiet_stdout: bool = False,
) -> Watched:  # fmt: skip
    """Run a program in a process of its own and report what was found in it.

    Parameters
    ----------
    program : Path
        A Python script or a notebook.
    arguments : sequence of str, optional
        For the program.
    seconds : float, optional
        For the examinations, which begin when the program is over.
    ignore : Mapping of str to str, optional
        As in `examine`.
    quiet_stdout : bool, optional
        Send what the program prints to stderr, to keep stdout for the report.

    Returns
    -------
    Watched
        How it ended, and the report.

    Raises
    ------
    DataError
        When there is no such program.
    """
    if not program.is_file():
        raise DataError(f"There is no program {str(program)!r}.", fix="Give a Python script or a notebook (.ipynb).")
    if program.suffix == ".ipynb":
        _check_notebook(program)
    with tempfile.TemporaryDirectory(prefix="ftlearn_doctor_") as folder:
        out = Path(folder) / "report.json"
        order = {
            "program": str(program), "arguments": list(arguments), "seconds": seconds, "ignore": dict(ignore or {}),
            "out": str(out), "say": f"{program.name} is over; looking at what was seen …",
        }  # fmt: skip
        root = str(_HERE.parent.parent.parent)
        environment = dict(os.environ)
        if program.suffix == ".ipynb":
            environment.setdefault("MPLBACKEND", "Agg")
        command = [sys.executable, "-c", _BOOT, json.dumps(order), str(_HERE), root]
        child = subprocess.Popen(command, stdout=sys.stderr if quiet_stdout else None, env=environment)
        while True:
            try:
                child.wait()
                break
            except KeyboardInterrupt:  # the child got it too, ends the program, and reports
                continue
        if out.is_file():
            held = json.loads(out.read_text(encoding="utf-8"))
            return Watched(str(program), held.pop("status"), held.pop("error"), held)
    empty = {
        "findings": [], "unchecked": {}, "passed": [], "ignored": dict(ignore or {}), "sampled": "", "seen": {},
        "notes": [], "seconds": 0.0,
    }  # fmt: skip
    code = child.returncode
    died = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
    return Watched(str(program), "lost", f"its process {died} before anything could be examined", empty)


def watch_here(
    program: Path, arguments: Sequence[str] = (), *, seconds: float = 60, ignore: Mapping[str, str] | None = None
) -> Watched:
    """Do as `watch` does, in this process: quicker where many programs are looked at, and Keras is imported anyway.

    Parameters
    ----------
    program, arguments, seconds, ignore
        As for `watch`.

    Returns
    -------
    Watched
        How it ended, and the report.

    Examples
    --------
    >>> program = Path(tempfile.mkdtemp()) / "program.py"
    >>> _ = program.write_text("print(6 * 7)")
    >>> print(watch_here(program))
    42
    No Keras model was compiled, trained or used, so nothing was examined.
    Watched program.py: 0 models, 0 fit; 0 examined in 0 s.
    """
    from ftlearn.doctor.observing.examining import Examination
    from ftlearn.doctor.observing.running import run

    watcher, ended = run(program, arguments)
    outcome = Examination(watcher, seconds, ignore or {}).run()
    return Watched(str(program), ended.status, ended.error, outcome.as_dict())


def _check_notebook(program: Path) -> None:
    try:
        found = isinstance(json.loads(program.read_text(encoding="utf-8"))["cells"], list)
    except (ValueError, KeyError, TypeError):
        found = False
    if not found:
        raise DataError(f"{program} is no notebook.", fix="It has to hold JSON with cells, as Jupyter writes it.")
