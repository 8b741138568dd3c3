"""What the table of mutants says: how often the right name came first, by rule, by family, in all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import mean

from ftlearn.doctor import catalogue

Row = Mapping[str, str]


def said(rows: Iterable[Row]) -> str:
    """Return recall with the right name first, the mean rank and the false alarms.

    Parameters
    ----------
    rows : iterable of mapping
        Of the table.

    Returns
    -------
    str
        Lines.
    """
    rows = list(rows)
    mutants = [row for row in rows if row["rule"] in catalogue() and row["counted"] == "1"]
    lines = [f"{'rule':46}{'n':>4}{'first':>8}{'named':>8}{'rank':>7}   programs"]
    for rule in sorted(catalogue(), key=lambda one: (catalogue()[one].family, one)):
        mine = [row for row in mutants if row["rule"] == rule]
        programs = sorted({row["program"] for row in mine})
        lines.append(_line(rule, mine) + f"   {len(programs)}: {'; '.join(programs)}")
    lines.append("")
    for family in dict.fromkeys(one.family for one in catalogue().values()):
        lines.append(_line(f"[{family}]", [row for row in mutants if catalogue()[row["rule"]].family == family]))
    for name in ("tuning", "held out"):
        lines.append(_line(f"[seeds: {name}]", [row for row in mutants if row["group"] == name]))
    lines.append(_line("all", mutants))
    left = [row for row in rows if row["rule"] in catalogue() and row["counted"] != "1"]
    lines.append(f"not counted: {len(left)} mutants that neither harm nor differ, or did not run")
    healthy = [row for row in rows if row["rule"] not in catalogue()]
    alarms = [row for row in healthy if row["found"]]
    lines.append(f"correct programs: {len(healthy)}; with a false alarm: {len(alarms)}")
    lines += [f"  {row['program']} {row['seed']} ({row['measured']}): {row['found']}" for row in alarms]
    return "\n".join(lines)


def _line(name: str, rows: list[Row]) -> str:
    if not rows:
        return f"{name:46}{0:>4}"
    ranks = [int(row["rank"]) for row in rows if row["rank"]]
    first = sum(rank == 1 for rank in ranks) / len(rows)
    middle = f"{mean(ranks):.2f}" if ranks else "-"
    return f"{name:46}{len(rows):>4}{first:>8.2f}{len(ranks) / len(rows):>8.2f}{middle:>7}"
