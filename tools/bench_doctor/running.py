"""Run mutants and correct programs, a row each, and go on where an earlier run stopped."""

from __future__ import annotations

import contextlib
import csv
import gc
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.bench_doctor import SEEDS, group
from tools.bench_doctor.programs import PROGRAMS, Correct, task_of
from tools.bench_doctor.registry import MUTANTS, Mutant

FIELDS = ("rule", "program", "seed", "group", "counted", "rank", "found", "measured", "seconds")
HEALTHY = "(none)"
"""In the place of the rule's name: a correct program, in which everything that is named is a false alarm."""


def families() -> None:
    """Import every module of mutants."""
    from tools.bench_doctor import (  # noqa: F401
        mutants_claims,
        mutants_data,
        mutants_evaluation,
        mutants_freezing,
        mutants_heads,
        mutants_steps,
        mutants_tuning,
    )


def planned(only: str = "", seeds: tuple[int, ...] = SEEDS, programs: str = "") -> dict[tuple[str, int], list[Mutant]]:
    """Return what is to be run, by program and seed: a correct program is trained once for its mutants."""
    families()
    variants = {one for mutant in MUTANTS for one in mutant.programs}
    variants = [one for one in (*PROGRAMS, *sorted(variants - set(PROGRAMS))) if one.startswith(programs)]
    plan = {(name, seed): [one for one in MUTANTS if name in one.programs and only in ("", one.rule)]
            for seed in seeds for name in variants}  # fmt: skip
    return {key: mutants for key, mutants in plan.items() if mutants or not only}


def run(path: Path, only: str = "", seeds: tuple[int, ...] = SEEDS, *, programs: str = "", seconds: float) -> bool:
    """Run what the table lacks, and write each row as it comes.

    Parameters
    ----------
    path : Path
        The table.
    only : str
        A rule; all when empty.
    seeds : tuple of int
        Which.
    programs : str
        How the names of programs begin; all when empty.
    seconds : float
        Stop after so many.

    Returns
    -------
    bool
        Whether all has been run.
    """
    begun, done = time.monotonic(), {(row["rule"], row["program"], int(row["seed"])) for row in rows_of(path)}
    for (name, seed), mutants in planned(only, seeds, programs).items():
        waiting = [one for one in mutants if (one.rule, name, seed) not in done]
        healthy = not only and (HEALTHY, name, seed) not in done
        if not waiting and not healthy:
            continue
        correct = Correct(task_of(name, seed))
        for row in _healthy(correct) if healthy else ():
            _write(path, row)
        for one in waiting:
            if time.monotonic() - begun > seconds:
                return False
            _write(path, mutated(correct, one))
            gc.collect()
        if time.monotonic() - begun > seconds:
            return False
    return True


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table; none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def mutated(correct: Correct, one: Mutant) -> dict[str, Any]:
    """Run a mutant, let the doctor look, and return the row."""
    begun = time.monotonic()
    try:
        tried = one.make(correct)
    except Exception as error:  # a mutant that does not run is no proof of anything
        tried, names = None, [f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:160]]
    if tried is not None:
        names = named(tried.examined)
    rank = names.index(one.rule) + 1 if one.rule in names else ""
    return {
        **_place(correct, one.rule, begun), "counted": int(tried is not None and tried.counts), "rank": rank,
        "found": " ".join(names) if tried else names[0], "measured": tried.measured if tried else "did not run",
    }  # fmt: skip


def _healthy(correct: Correct) -> Iterator[dict[str, Any]]:
    for what, given in (("head only", correct.head_examined), ("whole", correct.examined)):
        begun = time.monotonic()
        names = named(given())
        row = _place(correct, HEALTHY, begun)
        yield row | {"counted": 1, "rank": "", "found": " ".join(names), "measured": what}


def _place(correct: Correct, rule: str, begun: float) -> dict[str, Any]:
    task = correct.task
    held = group(task.name, task.seed)
    seconds = round(time.monotonic() - begun, 1)
    return {"rule": rule, "program": task.name, "seed": task.seed, "group": held, "seconds": seconds}


def named(given: dict[str, Any]) -> list[str]:
    """Return the names that the doctor gives, in order, each once."""
    from ftlearn.doctor import examine

    given = dict(given)
    with contextlib.suppress(ImportError):
        import warnings

        warnings.simplefilter("ignore")
    return list(dict.fromkeys(examine(given.pop("model"), **given).names))


def _write(path: Path, row: dict[str, Any]) -> None:
    fresh = not path.exists()
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, FIELDS)
        if fresh:
            table.writeheader()
        table.writerow(row)
    print(f"{row['program']} {row['seed']}  {row['rule']}  rank {row['rank'] or '-'}  counted {row['counted']}  "
          f"({row['measured']})  {row['found']}  {row['seconds']} s", flush=True)  # fmt: skip
