"""Run lessons from a clean kernel and keep their outputs: ``python -m tools.execute [04]``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tools.memory import peak_mb
from tools.notebooks import lessons, write

_WIDGET = "application/vnd.jupyter.widget-view+json"


class Run(NamedTuple):
    """An executed notebook and what it took."""

    notebook: Any
    seconds: float
    peak_mb: float


def run(path: Path, *, timeout: int = 600) -> Run:
    """Execute a notebook in a fresh kernel, in its own folder.

    Raises
    ------
    SystemExit
        When a cell fails; it names the notebook and the cell.
    """
    # nbformat would import this for 2 to 5 seconds; no notebook schema uses the format that it checks.
    sys.modules.setdefault("rfc3987_syntax", None)
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    os.environ.update(FTLEARN_STATIC="1", TF_CPP_MIN_LOG_LEVEL="3")
    notebook = nbformat.read(path, as_version=4)
    peak = 0.0

    def note_memory(**_: Any) -> None:
        nonlocal peak
        peak = max(peak, peak_mb(client.km.provisioner.pid))

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=timeout,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=note_memory,
    )
    started = time.perf_counter()
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        index = max((i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.execution_count), default=0)
        start = next(iter(notebook.cells[index].source.strip().splitlines()), "")
        raise SystemExit(f"{path.name}, cell {index + 1} ({start!r}) failed:\n{error}") from None
    return Run(notebook, time.perf_counter() - started, peak)


def tidy(notebook: Any) -> Any:
    """Drop what differs from machine to machine or from run to run, and keep what a reader sees."""
    notebook["metadata"]["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook["metadata"]["language_info"] = {"name": "python"}
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        for key in ("execution", "collapsed", "ExecuteTime", "scrolled"):
            cell["metadata"].pop(key, None)
        if cell["cell_type"] != "code":
            continue
        for output in cell["outputs"]:
            if _WIDGET in output.get("data", {}):
                del output["data"][_WIDGET]
        # Beside its widget such an output only ever has a repr such as "VBox(children=...)": nothing to read.
        cell["outputs"] = [o for o in cell["outputs"] if not _is_bare_widget(o)]
    return notebook


def _is_bare_widget(output: Any) -> bool:
    data = output.get("data")
    if data is None:
        return False
    return not data or (set(data) == {"text/plain"} and "(children=" in data["text/plain"])


def main(arguments: list[str]) -> None:
    """Execute the lessons that the arguments name, or all."""
    for path in [path for only in arguments or [""] for path in lessons(only)]:
        print(f"{path.name} ...", end=" ", flush=True)
        done = run(path)
        write(path, tidy(done.notebook))
        print(f"{done.seconds:.0f} s, {done.peak_mb:,.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
