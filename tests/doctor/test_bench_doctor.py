"""The benchmark of the doctor: every rule has mutants enough, and the summary counts as it says."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from ftlearn.doctor import catalogue
from tools.bench_doctor import group
from tools.bench_doctor.registry import MUTANTS
from tools.bench_doctor.running import FIELDS, families, planned, run
from tools.bench_doctor.summary import said
from tools.notebooks import ROOT


def row(rule, rank, counted="1", program="text", seed="1", found=""):
    held = group(program, int(seed))
    return {"rule": rule, "program": program, "seed": seed, "group": held, "counted": counted, "rank": rank,
            "found": found, "measured": "", "seconds": "1"}  # fmt: skip


def test_every_rule_is_mutated_in_three_programs():
    families()
    programs = defaultdict(set)
    for one in MUTANTS:
        programs[one.rule] |= set(one.programs)
    assert not set(programs) - set(catalogue()), "mutants of a rule that does not exist"
    lacking = [rule for rule in catalogue() if len(programs[rule]) < 3]
    assert not lacking, f"fewer than three correct programs carry {lacking}"


def test_a_rule_has_one_mutant_a_program():
    families()
    pairs = [(one.rule, program) for one in MUTANTS for program in one.programs]
    assert len(pairs) == len(set(pairs)), "the table tells mutants by rule, program and seed"


@pytest.mark.parametrize(
    ("program", "seed", "expected"),
    [("letters", 0, "tuning"), ("letters, bytes", 0, "tuning"), ("letters", 1, "held out"), ("text", 0, "held out"),
     ("photographs, grey", 0, "held out"), ("series, sunspots", 0, "tuning")],
)  # fmt: skip
def test_the_split_is_as_announced(program, seed, expected):
    assert group(program, seed) == expected


def test_recall_counts_the_right_name_first():
    rows = [row("float16-output", "1"), row("float16-output", "2"), row("float16-output", ""),
            row("float16-output", "", counted="0"), row("(none)", "", found="float16-output")]  # fmt: skip
    lines = said(rows).splitlines()
    total = next(line for line in lines if line.startswith("all ")).split()
    assert total[1:] == ["3", "0.33", "0.67", "1.50"]
    assert any(line.startswith("not counted: 1") for line in lines)
    assert "correct programs: 1; with a false alarm: 1" in lines


def test_a_run_skips_what_the_table_holds(tmp_path):
    table = tmp_path / "table.csv"
    with table.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, FIELDS)
        writer.writeheader()
        for (program, seed), mutants in planned("float16-output").items():
            writer.writerows(row(one.rule, "1", program=program, seed=str(seed)) for one in mutants)
    before = table.read_bytes()
    assert run(table, "float16-output", seconds=0)
    assert table.read_bytes() == before


@pytest.mark.parametrize("name", ["doctor_bench_first.csv", "doctor_bench.csv"])
def test_the_tables_are_whole(name):
    path = ROOT / "docs" / name
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    keys = [(one["rule"], one["program"], one["seed"]) for one in rows if one["rule"] in catalogue()]
    assert len(keys) == len(set(keys))
    assert all(one["group"] == group(one["program"], int(one["seed"])) for one in rows)
