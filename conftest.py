"""Each lesson runs once under nbval; here every cell is also held to the memory budget and to quiet outputs."""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tools.lesson_checks import output_problems
from tools.memory import BUDGET_MB, budget_mb, peak_mb

# What tests and notebooks guess, answer and solve here is nobody's progress.
_RECORD = tempfile.TemporaryDirectory(prefix="ftlearn-record-", ignore_cleanup_errors=True)
os.environ["FTLEARN_PROGRESS"] = os.path.join(_RECORD.name, "progress.sqlite")

_RUNS: dict[str, list[float]] = {}


def pytest_configure() -> None:
    """Let what tests start be stopped by Ctrl-C, which a shell has its background jobs ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Look for garbage less often: thousands of graphs are traced, and looking took a tenth of the time."""
    gc.set_threshold(50_000, 20, 20)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After a file, let go of its models; the graphs that stay all the same are not looked through again."""
    if nextitem is None or nextitem.path != item.path:
        if "keras" in sys.modules:
            sys.modules["keras"].utils.clear_session()
        gc.freeze()


def _is_cell(item: pytest.Item) -> bool:
    return type(item).__name__ == "IPyNbCell"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """After a notebook's cell: check what it printed and how much memory its kernel has held."""
    if not _is_cell(item):
        return (yield)
    started, peak = time.perf_counter(), 0.0
    try:
        result = yield
    finally:
        item.user_properties.append(("seconds", time.perf_counter() - started))
        if item.parent.kernel.is_alive():
            peak = peak_mb(item.parent.kernel.km.provisioner.pid)
            item.user_properties.append(("peak_mb", peak))
    where = f"{item.path.name}, code cell {item.cell_num} (In [{item.cell.execution_count}])"
    tags = set(item.cell.metadata.get("tags", []))
    for output in item.test_outputs or []:
        for what in output_problems(output, tags):
            item.raise_cell_error(f"{where} {what}")
    budget = budget_mb(item.path.name)
    if peak > budget and not getattr(item.parent, "over_budget", False):
        item.parent.over_budget = True  # name the cell that first crossed, not every one after it
        item.raise_cell_error(f"{where} took the kernel to {peak:,.0f} MB; a lesson's budget is {budget:,} MB")
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add a cell's seconds and memory to its notebook's (works from pytest-xdist's workers too)."""
    measured = dict(report.user_properties)
    if report.when == "call" and "peak_mb" in measured:
        path = Path(report.nodeid.split("::")[0])
        run = _RUNS.setdefault(f"{path.parts[0]}/{path.name}" if len(path.parts) > 1 else path.name, [0.0, 0.0])
        run[0] += measured["seconds"]
        run[1] = max(run[1], measured["peak_mb"])


def pytest_terminal_summary(terminalreporter) -> None:
    """Say what each notebook took."""
    if _RUNS:
        terminalreporter.section(f"notebooks (memory budget {BUDGET_MB:,} MB, {budget_mb('08'):,} MB for 08)", sep="-")
    for name, (seconds, peak) in sorted(_RUNS.items()):
        terminalreporter.line(f"{name:<60} {seconds:6.1f} s {peak:8,.0f} MB")
