"""The study behind the exercises' tolerances: ``python -m tools.exercise_scores [04] [--seeds 10]``.

Each right solution that trains something is run with several seeds, and the scores that its checks ask for
(`ftlearn.learn.reaches`) are written to solutions/scores.csv. A test holds each check's bar to be so low that a right
solution fails by chance in fewer than one of a thousand runs.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
from pathlib import Path

from ftlearn.teach.proving import run_cell
from ftlearn.teach.sources import read_source, tasks_of, text_of
from tools.notebooks import ROOT

TABLE = ROOT / "solutions" / "scores.csv"
FIELDS = ("score", "seed", "value", "at_least")
SEEDS = 10


def asked(path: Path) -> dict[str, float]:
    """Return the scores that a solution's checks ask for, and their bars, read from its text."""
    text = "\n".join(task.check for task in tasks_of(read_source(path)).values())
    found = re.findall(r'reaches\(\s*"([^"]+)",\s*(?:[^,()]|\((?:[^()]|\([^()]*\))*\))+,\s*([\d.]+),', text)
    count = len(re.findall(r"\breaches\(", text))
    if len(found) != count:
        raise SystemExit(
            f'{path.name}: {count} calls of reaches(), {len(found)} of them as ("name", score, bar, text).'
        )
    return {name: float(bar) for name, bar in found}


def measure(path: Path, seed: int) -> list[dict]:
    """Run a solution with a seed in this process, and return the scores that its checks saw."""
    import keras

    from ftlearn.learn import outcomes

    notebook = read_source(path)
    scored = {name for name, task in tasks_of(notebook).items() if "reaches(" in task.check}
    outcomes.SCORES.clear()
    names: dict = {"__name__": "__main__"}
    for cell in notebook["cells"]:
        graded = cell["metadata"].get("nbgrader", {})
        asked_for = graded.get("grade_id", "").removesuffix("_check") in scored
        if cell["cell_type"] == "code" and (asked_for or not (graded.get("grade") or graded.get("solution"))):
            text = re.sub(r"random_state=0\)\nexercise", f"random_state={seed})\nexercise", text_of(cell))
            if graded.get("grade"):
                keras.utils.set_random_seed(seed)
            if failed := run_cell(text, names, f"{path.stem} {cell['id']}"):
                raise SystemExit(f"{path.name}, {cell['id']}, seed {seed}: {failed}")
    found = {one.name: one for one in outcomes.SCORES}
    return [
        {"score": one.name, "seed": seed, "value": round(one.value, 4), "at_least": one.at_least}
        for one in found.values()
    ]


def kept() -> list[dict]:
    """Return the committed table."""
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main(arguments: list[str]) -> int:
    """Measure the solutions that are named, or all that ask for a score, and keep the rows of the others."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lesson", nargs="?", default="")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # a notebook, measured in this process
    options = parser.parse_args(arguments)
    if options.one:
        for seed in range(1, options.seeds + 1):
            sys.stdout.write("".join(json.dumps(row) + "\n" for row in measure(options.one, seed)))
        return 0
    rows = [row for row in kept() if not row["score"].startswith(options.lesson)]
    for path in sorted((ROOT / "solutions").glob(f"{options.lesson}*/*.ipynb")):
        if not asked(path):
            continue
        command = [sys.executable, "-m", "tools.exercise_scores", "--one", str(path), "--seeds", str(options.seeds)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        print(f"{path.stem}: {len(found)} scores", flush=True)
        rows += found
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: (row["score"], int(row["seed"]))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
