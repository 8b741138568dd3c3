"""The committed lessons: each check on each of them. That they run is proved by nbval beside this."""

from __future__ import annotations

import csv
import re
import warnings

import pytest

from tools.bench import TABLE, counts
from tools.lesson_checks import CHECKS, label, long_cells, problems
from tools.notebooks import FOLDER, read

LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
PROMISED = (
    "00_start_here", "01_transfer_learning_vs_fine_tuning", "02_choosing_a_pretrained_model",
    "03_preparing_your_dataset", "04_freezing_and_unfreezing", "05_evaluation_metrics", "06_hyperparameter_search",
    "07_time_series_lstm", "08_text_classification_with_bert", "09_monitoring_and_regularisation",
    "10_saving_serving_and_continual_learning", "11_compute_memory_and_cost",
    "12_domain_adaptation_and_what_comes_next", "13_capstone_your_own_images",
)  # fmt: skip


@pytest.mark.parametrize("name", PROMISED)
def test_the_promised_lesson_exists(name):
    assert (FOLDER / f"{name}.ipynb").exists(), f"notebooks/{name}.ipynb is missing"


def test_every_notebook_is_a_numbered_lesson():
    strays = {path.name for path in FOLDER.glob("*.ipynb")} - {path.name for path in LESSONS}
    assert not strays, f"not named NN_topic.ipynb: {sorted(strays)}"


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson(path, check):
    found = problems(path, check)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_compares_and_claims_something(path):
    cells = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    tagged = sum("nbval-check-output" in cell["metadata"].get("tags", []) for cell in cells)
    assert tagged, f"{path.name} has no cell tagged nbval-check-output: nothing compares its outputs"
    assert any("claim(" in cell["source"] for cell in cells), f"{path.name} makes no claim"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_benchmark_knows_the_lesson_as_it_is(path):
    with TABLE.open(encoding="utf-8") as file:
        measured = {row["lesson"]: row for row in csv.DictReader(file)}
    now = {name: str(count) for name, count in counts(read(path)).items()}
    row = measured.get(path.name[:2], {})
    assert {name: row.get(name) for name in now} == now, f"type: make bench NB={path.name[:2]} WRITE=1, make links"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_long_cells_are_pointed_out(path):
    notebook = read(path)
    for cell, what in long_cells(notebook):
        warnings.warn(f"{label(notebook, path.name, cell)} {what}", UserWarning, stacklevel=1)


def _anchors(path):
    headings = re.findall(r"^#+ +(.+)$", path.read_text(), flags=re.M)
    return {heading.strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_links_within_the_course_lead_somewhere(path):
    prose = "\n".join(cell["source"] for cell in read(path)["cells"] if cell["cell_type"] == "markdown")
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", prose):
        name, _, anchor = target.partition("#")
        assert (FOLDER / name).exists(), f"{path.name} links to {name}, which does not exist"
        assert not anchor or anchor in _anchors(FOLDER / name), f"{path.name}: {name} has no heading for #{anchor}"
