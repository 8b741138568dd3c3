"""``python -m tools.bench_doctor``: run the mutants that the table lacks, and say what was found."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.bench_doctor import SEEDS
from tools.bench_doctor.running import rows_of, run
from tools.bench_doctor.summary import said
from tools.notebooks import ROOT

TABLE = ROOT / "docs" / "doctor_bench.csv"


def main(arguments: list[str] | None = None) -> int:
    """Run and print the summary; 1 when rows are still lacking."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_doctor", description=__doc__)
    parser.add_argument("--only", default="", metavar="RULE", help="the mutants of one rule")
    parser.add_argument("--quick", action="store_true", help="one seed of three")
    parser.add_argument("--fresh", action="store_true", help="begin a new table")
    parser.add_argument("--summary", action="store_true", help="run nothing")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many; a later run goes on")
    parser.add_argument("--programs", default="", metavar="NAME", help="programs whose names begin so")
    parser.add_argument("--table", type=Path, default=TABLE, help="the table's path")
    given = parser.parse_args(arguments)
    if given.fresh:
        given.table.unlink(missing_ok=True)
    seeds = SEEDS[:1] if given.quick else SEEDS
    whole = given.summary or run(given.table, given.only, seeds, programs=given.programs, seconds=given.seconds)
    print(said(rows_of(given.table)))
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
