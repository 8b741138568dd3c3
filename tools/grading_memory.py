"""A class graded with an exercise of the course, and what that holds in memory, second by second."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import psutil

from ftlearn.teach.sources import read_source
from tools.grading_runs import environment, our_points, ours_command
from tools.made_up_classes import answers_of, submit
from tools.notebooks import ROOT

WARM = "ftlearn.teach.grading.warm"
REAL = "05_evaluation_metrics"
MARKS = (20, 50, 100, 200)
"""After how many submissions memory is told."""
GROWTH = 1.10
"""What of memory after the 50th submission there may be after the last."""


def held(command: psutil.Process) -> tuple[float, float]:
    """Return what a command and its processes hold now, in MB: those that stay, and those of single submissions.

    Those of submissions are the children of runners, each first process behind a wall and what it started.
    """
    stays = passes = 0.0
    runners: set[int] = set()
    for process in [command, *command.children(recursive=True)]:
        try:
            line = process.cmdline()
            of_runner = any(one.pid in runners for one in process.parents())
            if WARM in line and "bwrap" not in Path(line[0]).name and not of_runner:
                runners.add(process.pid)
            now = process.memory_info().rss / 1e6
            stays, passes = (stays, passes + now) if of_runner else (stays + now, passes)
        except psutil.Error:
            continue  # it has ended since
    return stays, passes


def real(folder: Path, size: int) -> tuple[list[dict[str, Any]], bool]:
    """Grade a class with an exercise of the course, print time and memory, and tell whether memory stays flat.

    Parameters
    ----------
    folder : Path
        To work in.
    size : int
        Submissions.

    Returns
    -------
    rows : list of dict
        What was held after how many submissions.
    flat : bool
        Whether that has not grown.

    Raises
    ------
    SystemExit
        When the command fails.
    """
    source = read_source(ROOT / "solutions" / REAL / f"{REAL}.ipynb")
    submit(folder, REAL, source, lambda student: answers_of(source, student), size)
    samples: list[tuple[int, float, float]] = []
    started = time.perf_counter()
    with (folder / "said").open("w") as said:
        command = ours_command(2, ROOT / "solutions")
        running = psutil.Popen(command, cwd=folder, stdout=said, stderr=said, env=environment(folder))
        while running.poll() is None:
            done = sum(1 for _ in folder.glob("results/submissions/*/*.json"))
            samples.append((done, *held(running)))
            time.sleep(1)
    seconds = time.perf_counter() - started
    if running.returncode:
        raise SystemExit((folder / "said").read_text()[-3000:])
    totals = sorted(sum(tasks.values()) for tasks in our_points(folder / "results").values())
    print(f"\nreal, {REAL}: {len(totals)} notebooks of right, other, wrong and blank answers in {seconds:.0f} s, "
          f"{60 * size / seconds:.0f} a minute; points from {totals[0]:g} to {totals[-1]:g}")  # fmt: skip
    print(f"  {'after':<8}{'command, workers, runners':>28}{'their submissions, at most':>30}")
    rows, told = [], {}
    for mark in sorted({*(mark for mark in MARKS if mark < size), size}):
        # Once all are done the workers go, and only the pages are written: that is not what is asked.
        near = [one for one in samples if mark - 10 <= one[0] <= mark and one[0] < size] or samples[-1:]
        told[mark] = statistics.median(one[1] for one in near)
        print(f"  {mark:<8}{told[mark]:>25,.0f} MB{max(one[2] for one in near):>27,.0f} MB")
        rows.append({"submissions": mark, "megabytes": round(told[mark])})
    rows[-1] |= {"seconds": round(seconds, 1), "per_minute": round(60 * size / seconds, 1)}
    first = min((mark for mark in told if mark >= 50), default=min(told))
    growth = told[size] / told[first]
    print(f"  from submission {first} to {size}: {growth - 1:+.1%}  (wanted: less than {GROWTH - 1:+.0%})")
    return rows, growth < GROWTH
