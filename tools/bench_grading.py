"""`ftlearn grade` and nbgrader on the same notebooks: ``python -m tools.bench_grading [PART ...] [--write]``.

Parts are ``trivial``, ``tensorflow`` and ``real``; by default all. In the first two, both tools grade the same made-up
submissions in this order: nbgrader, ours, nbgrader, ours; a task to which they give other points stops the run.

Timed are whole commands, from the start of the process to its end, with what each must do to bring feedback. nbgrader:
``autograde --create`` and ``generate_feedback`` (it has no parallel mode), with a kernel for each notebook that runs
its cells, checks and hidden tests, and no sandbox. Ours: ``grade``, which runs the cells behind walls and adds tables,
exports and pages of the class. Not timed: making the exercise, and for nbgrader ``generate_assignment``.

``real`` grades a class with an exercise of the course, and measures memory.
"""

from __future__ import annotations

import csv
import datetime
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ftlearn.teach.sources import read_source
from tools.grading_memory import real
from tools.grading_runs import Taken, by_nbgrader, by_ours, compile_packages, timed
from tools.made_up_classes import TENSORFLOW, TENSORFLOW_GIVEN, TRIVIAL, MadeUpTask, exercise, submit
from tools.notebooks import ROOT

TABLE = ROOT / "docs" / "grading_bench.csv"
FIELDS = (
    "part", "tool", "submissions", "seconds", "per_minute", "steady", "megabytes", "load", "cores", "python", "date",
)  # fmt: skip
"""Of the table; `steady` is notebooks a minute once the tool runs, `per_minute` those from its start to its end."""


@dataclass(frozen=True)
class Part:
    """What is compared.

    Attributes
    ----------
    name : str
        As typed.
    exercise : str
        Its name.
    tasks : tuple of MadeUpTask
        What it asks.
    given : str
        A cell before them.
    ours, theirs : tuple of int
        Submissions that each tool gets: of a smaller and of a larger class, from which the price of one more is known.
        What nbgrader's larger class lacks of ours is counted at that price.
    target : float
        How many times nbgrader's throughput is wanted.
    """

    name: str
    exercise: str
    tasks: tuple[MadeUpTask, ...]
    given: str
    ours: tuple[int, int]
    theirs: tuple[int, int]
    target: float

    @property
    def size(self) -> int:
        """Submissions of the class that counts."""
        return self.ours[1]


SAID = """\
nbgrader: `autograde --create` and `generate_feedback`. A kernel for each notebook, one after the other (it has
no parallel mode), which runs its cells, checks and hidden tests; no sandbox.
ours: `ftlearn grade`. Cells run behind walls, tests outside; tables, exports and pages of the class are written too.
Both from the start of the process to its end. Where nbgrader gets fewer notebooks than the class has, the others are
counted at its own price of one more."""
PARTS = (
    Part("trivial", "98_small_steps", TRIVIAL, "", (40, 200), (10, 30), 20),
    Part("tensorflow", "99_small_network", TENSORFLOW, TENSORFLOW_GIVEN, (10, 30), (10, 30), 8),
)


def course(folder: Path, part: Part, *, bare: bool = False) -> Path:
    """Make a course with one exercise, and hand it out."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    source = exercise(part.exercise, part.tasks, given=part.given, bare=bare)
    place = folder / "solutions" / part.exercise
    place.mkdir(parents=True)
    (place / f"{part.exercise}.ipynb").write_text(json.dumps(source), encoding="utf-8")
    timed(folder, [sys.executable, "-m", "nbgrader", "generate_assignment", part.exercise, "--create"])
    return folder


def class_of(size: int, made: Path, part: Part) -> Path:
    """Return a fresh copy of a course with so many submissions; the one before is gone."""
    folder = made.with_name("now")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, folder)
    source = read_source(folder / "solutions" / part.exercise / f"{part.exercise}.ipynb")
    submit(folder, part.exercise, source, lambda n: {t.name: a for t in part.tasks if (a := t.answer(n))}, size)
    return folder


def differences(theirs: dict[str, dict[str, float]], ours: dict[str, dict[str, float]]) -> list[str]:
    """Say where two tools give other points, among the students that the first has graded.

    Examples
    --------
    >>> differences({"ada": {"x": 1.0, "y": 2.0}}, {"ada": {"x": 1.0, "y": 0.0}, "bob": {}})
    ['ada, y: nbgrader 2, ours 0']
    """
    return [
        f"{student}, {task}: nbgrader {points:g}, ours {ours.get(student, {}).get(task, float('nan')):g}"
        for student, tasks in sorted(theirs.items())
        for task, points in tasks.items()
        if ours.get(student, {}).get(task) != points
    ]


def one_more(small: tuple[int, float], large: tuple[int, float]) -> float:
    """Return the price of one more submission, from two classes' sizes and seconds.

    Examples
    --------
    >>> one_more((10, 8.0), (30, 18.0))
    0.5
    """
    return (large[1] - small[1]) / (large[0] - small[0])


def shown(values: list[float], form: str = ",.0f") -> str:
    """Show a median with its range.

    Examples
    --------
    >>> shown([10, 30, 12])
    '12 (10–30)'
    """
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:{form}} ({low:{form}}–{high:{form}})"


def compare(part: Part, rounds: int, rows: list[dict[str, Any]]) -> bool:
    """Time both tools turn by turn, print what came out, and tell whether the target is reached."""
    whole: dict[str, list[float]] = {}  # notebooks a minute, from start to end
    steady: dict[str, list[float]] = {}  # and once the tool runs

    def note(tool: str, number: int, small: tuple[int, float], large: tuple[int, float]) -> None:
        price = one_more(small, large)
        seconds = large[1] + (part.size - large[0]) * price
        whole.setdefault(tool, []).append(60 * part.size / seconds)
        steady.setdefault(tool, []).append(60 / price)
        row = {"part": part.name, "tool": tool, "submissions": large[0], "seconds": round(large[1], 1)}
        rates = {"per_minute": round(whole[tool][-1], 1), "steady": round(steady[tool][-1], 1)}
        rows.append({**row, **rates, **about()})
        print(f"  round {number}  {tool:<38}{large[0]:>4} submissions{large[1]:8.1f} s   load {os.getloadavg()[0]:.1f}",
              flush=True)  # fmt: skip

    with tempfile.TemporaryDirectory(prefix="bench-grading-") as temporary:
        made = {"nbgrader": course(Path(temporary) / "made", part)}
        if all(task.asserts for task in part.tasks):
            made["nbgrader, bare asserts"] = course(Path(temporary) / "bare", part, bare=True)
        for number in range(1, rounds + 1):
            theirs: dict[str, Taken] = {}
            for tool, folder in made.items():
                runs = [(size, by_nbgrader(class_of(size, folder, part), part.exercise)) for size in part.theirs]
                theirs[tool] = runs[1][1]
                note(tool, number, *[(size, run.seconds) for size, run in runs])
                note(f"{tool}, no feedback", number, *[(size, run.autograde) for size, run in runs])
            for workers in (2, 1):
                runs = [(size, by_ours(class_of(size, made["nbgrader"], part), workers)) for size in part.ours]
                note(
                    f"ours, {workers} worker{'s' * (workers > 1)}", number, *[(size, run.seconds) for size, run in runs]
                )
                if wrong := differences(theirs["nbgrader"].points, runs[1][1].points):
                    raise SystemExit("The tools give other points:\n" + "\n".join(wrong))
    tasks = sum(map(len, theirs["nbgrader"].points.values()))
    print(f"\n{part.name}, the same points in {tasks} tasks of {len(theirs['nbgrader'].points)} notebooks; "
          f"notebooks a minute, median (range), of a class of {part.size}:")  # fmt: skip
    print(f"  {'':<38}{'from start to end':>24}{'once it runs':>24}")
    for tool in whole:
        print(f"  {tool:<38}{shown(whole[tool]):>24}{shown(steady[tool]):>24}")
    ratios = {tool: [one / other for one, other in zip(whole["ours, 2 workers"], rates, strict=True)]
              for tool, rates in whole.items() if not tool.startswith("ours")}  # fmt: skip
    for tool, ratio in ratios.items():
        wanted = f"  (wanted: {part.target:g})" if tool == "nbgrader" else ""
        print(f"  ours with 2 workers is {shown(ratio, '.1f')} times as fast as {tool}{wanted}", flush=True)
    return statistics.median(ratios["nbgrader"]) >= part.target


def about() -> dict[str, Any]:
    """Return what of the machine a figure depends on."""
    return {
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "date": datetime.date.today().isoformat(),
    }


def main(arguments: list[str]) -> None:
    """Measure, print, and with ``--write`` keep the figures; ``--small`` for trying it out."""
    wanted = [one for one in arguments if not one.startswith("-")]
    parts, rounds, size = PARTS, 2, 200
    if "--small" in arguments:
        parts, rounds, size = tuple(replace(one, ours=(4, 12), theirs=(2, 4)) for one in PARTS), 1, 24
    print(f"Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"nbgrader {version('nbgrader')}, TensorFlow {version('tensorflow')}", flush=True)  # fmt: skip
    print(SAID, flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as temporary:
        compile_packages(Path(temporary))
    rows: list[dict[str, Any]] = []
    reached = {part.name: compare(part, rounds, rows) for part in parts if part.name in (wanted or [part.name])}
    if not wanted or "real" in wanted:
        with tempfile.TemporaryDirectory(prefix="bench-grading-") as temporary:
            found, reached["real"] = real(Path(temporary), size)
        rows += [{"part": "real", "tool": "ours, 2 workers", **row, **about()} for row in found]
    if "--write" in arguments:
        write(rows)
    if missed := [name for name, well in reached.items() if not well]:
        raise SystemExit(f"Not reached: {', '.join(missed)}.")


def write(rows: list[dict[str, Any]]) -> None:
    """Put rows into the table, in the place of those of the same parts."""
    kept = []
    if TABLE.exists():
        with TABLE.open(encoding="utf-8") as file:
            kept = [row for row in csv.DictReader(file) if row["part"] not in {row["part"] for row in rows}]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*kept, *rows])


if __name__ == "__main__":
    main(sys.argv[1:])
