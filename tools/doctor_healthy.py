"""What the doctor says of correct programs: ``python -m tools.doctor_healthy [NAME …] [--write CSV]``.

They lie in tests/doctor/healthy; SPLIT.toml there says which of them may set thresholds. Whatever the doctor names in
one of them is a false alarm, or a mistake in the program. A NAME may also be the path of a lesson or a solution: it is
watched as `ftlearn doctor` does, and LESSONS.toml says which mistakes it makes on purpose.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import runpy
import sys
import time
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.notebooks import ROOT

FOLDER = ROOT / "tests" / "doctor" / "healthy"
SEEN = ("03_preparing_your_dataset", "04_freezing_and_unfreezing")  # lessons that may set thresholds
FIELDS = ("program", "group", "alarms", "raised", "passed", "not_checked", "seconds")


@dataclass(frozen=True)
class Look:
    """One look at a correct program.

    Attributes
    ----------
    program, group : str
        Its name, and ``"thresholds"`` or ``"held_out"``.
    alarms : tuple of str
        Rules that found something, in order.
    raised : dict of str to str
        Rules that failed on it, and how.
    passed, not_checked : int
        How many rules found nothing, and how many lacked an input.
    seconds : float
        That the examination took, without the program.
    report : str
        All of it, as text.
    """

    program: str
    group: str
    alarms: tuple[str, ...]
    raised: dict[str, str]
    passed: int
    not_checked: int
    seconds: float
    report: str

    def row(self) -> dict[str, object]:
        """Return the look as a line of a table."""
        return {
            "program": self.program, "group": self.group, "alarms": " ".join(self.alarms),
            "raised": " ".join(self.raised), "passed": self.passed, "not_checked": self.not_checked,
            "seconds": f"{self.seconds:.1f}",
        }  # fmt: skip


def programs() -> dict[str, str]:
    """Return the names of the correct programs, each with its group."""
    split = tomllib.loads((FOLDER / "SPLIT.toml").read_text(encoding="utf-8"))
    return dict(sorted((name, group) for group in ("thresholds", "held_out") for name in split[group]))


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Leave nothing of a program to the next: its types, its layers' names, its random numbers."""
    import keras

    policy = keras.config.dtype_policy()
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
        keras.utils.clear_session()


def look(name: str) -> Look:
    """Run a program and examine what it leaves."""
    from ftlearn.doctor import examine

    with alone(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        given = dict(runpy.run_path(str(FOLDER / f"{name}.py"))["examined"])
        started = time.perf_counter()
        report = examine(given.pop("model"), **given)
        seconds = time.perf_counter() - started
    raised = {rule: why for rule, why in report.unchecked.items() if why.startswith("looking raised")}
    return Look(
        name, programs()[name], tuple(report.names), raised, len(report.passed), len(report.unchecked), seconds,
        str(report),
    )  # fmt: skip


def expected() -> dict[str, set[str]]:
    """Return the rules that are right to speak in a lesson or solution, because it makes the mistake on purpose."""
    held: dict[str, set[str]] = {}
    for one in tomllib.loads((FOLDER / "LESSONS.toml").read_text(encoding="utf-8"))["expected"]:
        held.setdefault(one["program"], set()).update(one["rules"])
    return held


def watch(notebook: Path) -> Look:
    """Run a notebook under observation; what it does on purpose is no alarm."""
    from ftlearn.doctor.observing import launching

    watched = launching.watch(notebook, [], quiet_stdout=True)
    if watched.status != "finished":
        raise RuntimeError(f"{notebook}: {watched.status}: {watched.error}")
    found = watched.found
    name = notebook.stem + ("/solution" if "solutions" in notebook.resolve().parts else "")
    alarms = dict.fromkeys(one["rule"] for one in found["findings"] if one["rule"] not in expected().get(name, ()))
    raised = {rule: why for rule, why in found["unchecked"].items() if why.startswith("looking raised")}
    group = "thresholds" if name in SEEN else "held_out"
    return Look(
        name, group, tuple(alarms), raised, len(found["passed"]), len(found["unchecked"]), found["seconds"],
        str(watched),
    )  # fmt: skip


def write(looks: Iterable[Look], path: Path) -> None:
    """Keep looks as a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FIELDS, lineterminator="\n")
        table.writeheader()
        table.writerows(one.row() for one in looks)


def main(arguments: list[str] | None = None) -> int:
    """Look at some programs or all; the exit status is 1 when one of them is called ill."""
    parser = argparse.ArgumentParser("python -m tools.doctor_healthy", description=__doc__.partition("\n\n")[2])
    parser.add_argument("names", metavar="NAME", nargs="*", help="all of tests/doctor/healthy when left out")
    parser.add_argument("--write", type=Path, metavar="CSV", help="keep the table")
    given = parser.parse_args(arguments)
    for name in given.names:
        if not (Path(name).is_file() if name.endswith(".ipynb") else name in programs()):
            parser.error(f"there is no {name}; the programs are {', '.join(programs())}")
    looks = []
    for name in given.names or programs():
        looks.append(watch(Path(name)) if name.endswith(".ipynb") else look(name))
        print(f"{name} ({looks[-1].seconds:.1f} s): {', '.join(looks[-1].alarms) or 'nothing'}", flush=True)
        if looks[-1].alarms or looks[-1].raised:
            print(looks[-1].report, flush=True)
    if given.write:
        write(looks, given.write)
    ill = [one for one in looks if one.alarms]
    print(f"{len(ill)} of {len(looks)} correct programs were called ill.")
    return int(bool(ill))


if __name__ == "__main__":
    sys.exit(main())
