"""Files that are no notebooks, or odd ones: each gets a result that can be written down, and harms no other."""

from __future__ import annotations

import json
import pickle
import re

import pytest

from ftlearn.teach.grading import jobs, reports
from ftlearn.teach.grading.jobs import Job, grade_job
from ftlearn.teach.grading.marks import Marks
from ftlearn.teach.grading.results import KINDS, PASSED, Result, as_json, from_json
from ftlearn.teach.grading.settings import read_settings
from tests.grading.hostile.exercise import POINTS, SECRETS, SMALL, TOTAL, answered, source, without_checks

SCRIPT = "<script>alert('ftlearn')</script>"


@pytest.fixture(scope="module", autouse=True)
def _ended(walled):
    """End the runner that `grade_job` keeps."""
    jobs.close()
    yield
    jobs.close()


def graded(content: bytes | dict, student: str = "Eve") -> Result:
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    about = Result(student, "90", "90_hostile.ipynb")
    found = grade_job(Job(about, content, json.dumps(source()), SMALL))
    text = as_json(found).encode("utf-8")  # whatever came back can be written, and read again
    assert from_json(text.decode()) == found
    assert all(one.kind in KINDS for one in found.tasks)
    return found


def points(found: Result) -> dict[str, float]:
    return {one.name: one.points for one in found.tasks}


NO_NOTEBOOKS = {
    "nothing": b"",
    "binary": bytes(range(256)) * 100,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "a zip": b"PK\x03\x04" + bytes(1000),
    "a pickle": pickle.dumps(print),
    "a web page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "half a notebook": json.dumps(answered()).encode()[:900],
    "a list": b"[]",
    "a number": b"1e999",
    "no cells": b"{}",
    "cells that are none": b'{"cells": 3, "nbformat": 4}',
    "brackets a million deep": b"[" * 10**6,
    "cells a million deep": b'{"cells": ' + b"[" * 10**6 + b"]" * 10**6 + b"}",
    "a number of a million digits": b'{"cells": [' + b"9" * 10**6 + b"]}",
    "UTF-16": json.dumps({"a": 1}).encode("utf-16"),
    "a hundred thousand cells": json.dumps(
        {"cells": [{"cell_type": "code", "source": "x = 1", "metadata": {}}] * 10**5, "nbformat": 4}
    ).encode(),
    "a cell of ten million characters": json.dumps(
        {"cells": [{"cell_type": "code", "source": "x" * 10**7, "metadata": {}}], "nbformat": 4}
    ).encode(),
}


@pytest.mark.parametrize("name", NO_NOTEBOOKS)
def test_what_is_no_notebook_is_said(name):
    found = graded(NO_NOTEBOOKS[name])
    assert found.problem and found.tasks == ()
    assert not any(secret in found.problem for secret in SECRETS if secret != "Traceback")
    assert len(found.problem) < 600


def test_deleted_checks_cost_nothing():
    assert points(graded(without_checks(answered()))) == POINTS


def test_checks_that_were_changed_judge_nothing():
    notebook = answered(total="total = 0.0")
    for cell in notebook["cells"]:
        if cell["id"].endswith("_check"):
            cell["source"] = "raise SystemExit('checked')"
    assert points(graded(notebook)) == POINTS | {"total": 0.0}


def test_cells_of_odd_kinds_are_left_out():
    notebook = answered()
    notebook["cells"][:0] = [
        None, 3, [], "cell", {}, {"cell_type": None}, {"cell_type": "code"}, {"cell_type": "code", "source": 3},
        {"cell_type": "code", "source": [3, None, {}], "metadata": None}, {"cell_type": [], "source": {}, "id": []},
        {"cell_type": "code", "source": "x = 1", "metadata": {"nbgrader": {"grade_id": ["total"], "solution": 1}}},
        {"cell_type": "code", "source": "y = 1", "metadata": {"nbgrader": "total", "tags": 3}, "id": {"a": 1}},
    ]  # fmt: skip
    assert points(graded(notebook)) == POINTS


def test_outputs_of_100_mb_are_not_looked_at():
    notebook = answered()
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (100 * 2**20)}
    next(cell for cell in notebook["cells"] if cell["id"] == "total")["outputs"] = [output]
    found = graded(notebook)
    assert points(found) == POINTS
    assert len(as_json(found)) < 100_000


@pytest.mark.parametrize(
    "text",
    ["\ud800", "\x00", "total = '\udcff'", "-" * 40_000 + "1", "(" * 40_000, "a" + ".a" * 20_000, "1+" * 20_000 + "1",
     "x = " * 10_000 + "1", "%%html\n" + SCRIPT, "\u202e" * 1000, "if True:\n" * 100, "\x1b[2J\x1b]0;title\x07"],
    ids=lambda text: ascii(text[:8]),
)  # fmt: skip
def test_odd_text_costs_its_own_task(text):
    found = graded(answered(total=text))
    assert points(found) == POINTS | {"total": 0.0}
    assert found.task("total").kind != PASSED


def test_scripts_in_names_and_texts_stay_text():
    notebook = answered(total=f"raise ValueError({SCRIPT!r})", why=f"{SCRIPT} =cmd|' /C calc'!A0")
    notebook["metadata"]["title"] = SCRIPT
    notebook["cells"].append({"cell_type": "code", "id": SCRIPT, "metadata": {}, "source": "1 / 0", "outputs": []})
    found = graded(notebook, student=f"=HYPERLINK('x') {SCRIPT}/../../etc/passwd\x00")
    assert points(found) == POINTS | {"total": 0.0}
    assert SCRIPT in found.task("total").text  # as it was: whoever shows it has to escape it


def test_paths_in_ids_lead_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook = answered()
    notebook["cells"].append({
        "cell_type": "code", "id": "../../../tmp/ftlearn-hostile-mark", "metadata": {"name": "/etc/passwd"},
        "source": "open('../ftlearn-hostile-mark', 'w')", "attachments": {"/etc/passwd": {"text/plain": "x"}},
    })  # fmt: skip
    assert points(graded(notebook)) == POINTS
    assert list(tmp_path.iterdir()) == []


def test_many_cells_that_claim_one_task_do_not_outweigh_it():
    notebook = answered()
    total = next(cell for cell in notebook["cells"] if cell["id"] == "total")
    notebook["cells"] += [total | {"source": TOTAL.replace("41213.625", str(number))} for number in range(5000, 5050)]
    found = graded(notebook)
    assert found.task("total").points <= POINTS["total"]
    assert points(found) | {"total": 0} == POINTS | {"total": 0}


def test_one_hostile_submission_after_another_leaves_the_next_one_whole():
    for text in ("import os\nos._exit(0)", "while True: pass", "raise MemoryError", "import os\nos.closerange(0, 99)"):
        graded(answered(total=text))
    assert points(graded(answered())) == POINTS


def test_what_is_written_of_a_hostile_submission_tells_no_secret_and_runs_nothing(tmp_path):
    told = "def shift(numbers):\n    if max(numbers) > 2:\n        raise ValueError(f'{numbers}')\n    return [8, 9]"
    said = f"def label(text):\n    if len(text) > 9:\n        raise ValueError(text)\n    return {SCRIPT!r}"
    results = [graded(answered(shift=told, label=said), student=one) for one in (f"Eve {SCRIPT}", "=1+1", "../../Eve")]
    assert any("59321" in test.detail for task in results[0].tasks for test in task.tests)  # for who teaches
    reports.write(tmp_path, results, Marks(), read_settings(None), {"90": answered()})
    written = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert len(list((tmp_path / "feedback").glob("*.html"))) == 3
    for one in written:
        text = one.read_text(encoding="utf-8-sig")
        assert SCRIPT not in text or one.suffix == ".csv", one
        assert not re.search(r'(^|[,;"])[=+@]\w', text, re.MULTILINE) or one.suffix != ".csv", one
        if one.parent.name == "feedback":
            assert not re.search(r"59321|88123|HERON|64977|hidden\(", text), one
    assert not (tmp_path.parent / "Eve.html").exists()
