"""The nbval run itself, on made-up notebooks: what a live run must not get away with."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.notebooks.made_up import code, display, notebook, stream
from tools.notebooks import ROOT, read, write

CELLS = {
    "90_good": [code("print(1 + 1)", stream("2\n"), tags=("nbval-check-output",))],
    "91_differs": [code("print(1 + 1)", stream("3\n"), tags=("nbval-check-output",))],
    "92_raises": [code("x = 1"), code("1 / 0", count=2)],
    "93_warns": [code("import sys\nprint('oh', file=sys.stderr)")],
    "94_greedy": [code("x = 1"), code("x = bytearray(b'1') * 1_500_000_000", count=2), code("del x", count=3)],
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lessons")
    for name, cells in CELLS.items():
        write(folder / f"{name}.ipynb", notebook(*cells))
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider"]
    command += ["-c", "pyproject.toml", "--rootdir", ".", "--confcutdir", ".", "-p", "conftest", "-rf", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    return done.stdout + done.stderr


def test_each_bad_notebook_fails_once_and_is_named(report):
    assert "4 failed, 4 passed" in report, report
    assert "91_differs.ipynb" in report and "Cell outputs differ" in report
    assert "92_raises.ipynb" in report and "ZeroDivisionError" in report


def test_live_stderr_fails_with_notebook_and_cell(report):
    assert "93_warns.ipynb, code cell 0 (In [1]) writes to stderr: 'oh'" in report


def test_the_cell_that_crosses_the_budget_is_named(report):
    assert "94_greedy.ipynb, code cell 1 (In [2]) took the kernel to 1," in report
    assert "a lesson's budget is 1,300 MB" in report
    assert set(re.findall(r"94_greedy\.ipynb, code cell (\d+)", report)) == {"1"}  # not the cells after it


def test_the_summary_tells_what_each_lesson_took(report):
    (line,) = [line for line in report.splitlines() if line.startswith("94_greedy.ipynb  ")]
    assert 1500 < float(line.split()[-2].replace(",", "")) < 2000


def test_executing_keeps_outputs_and_drops_what_varies(tmp_path):
    from tools.execute import run, tidy

    path = tmp_path / "90_small.ipynb"
    write(path, notebook(code("print(6 * 7)", count=None), code("6 * 7", count=None)))
    done = run(path)
    write(path, tidy(done.notebook))
    kept = read(path)
    assert kept["cells"][1]["outputs"] == [stream("42\n")]
    assert kept["cells"][2]["execution_count"] == 2
    assert kept["metadata"]["language_info"] == {"name": "python"}
    assert kept["cells"][1]["metadata"] == {}
    assert done.peak_mb > 20
    first = path.read_bytes()
    write(path, tidy(run(path).notebook))
    assert path.read_bytes() == first


def test_a_failing_cell_is_named_when_executing(tmp_path):
    from tools.execute import run

    path = tmp_path / "90_small.ipynb"
    write(path, notebook(code("x = 1", count=None), code("y = undefined", count=None)))
    with pytest.raises(SystemExit, match=r"90_small.ipynb, cell 3 \('y = undefined'\) failed"):
        run(path)


def test_widgets_leave_no_bare_repr():
    from tools.execute import tidy

    widget = display(plain="VBox(children=(IntSlider(),))")
    widget["data"]["application/vnd.jupyter.widget-view+json"] = {"model_id": "1"}
    tidied = tidy(notebook(code("w", widget, stream("kept\n"))))
    assert tidied["cells"][1]["outputs"] == [stream("kept\n")]
