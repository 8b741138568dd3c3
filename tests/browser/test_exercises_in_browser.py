"""An exercise as a student meets it: folded checks, five outcomes, hints by keyboard, an order to be put right."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from browsing import ROOT
from test_lessons_in_browser import focus, open_and_run

from ftlearn.learn import records

NAME = "04_freezing_and_unfreezing"
CHECKS = "[role=status] > strong, .jp-OutputArea-output [role=status] strong"


@pytest.fixture
def exercise(lab) -> str:
    shutil.copy(ROOT / "exercises" / NAME / f"{NAME}.ipynb", lab[1] / "exercise.ipynb")
    return "exercise.ipynb"


def put(page, task: str, answer: str) -> None:
    """Write an answer into a task's cell, then run it and its check."""
    place = page.evaluate(
        """([task, answer]) => {
          const panel = window.jupyterapp.shell.currentWidget;
          const place = panel.content.widgets.findIndex(c => c.model.getMetadata('nbgrader')?.grade_id === task);
          panel.content.widgets[place].model.sharedModel.setSource(answer);
          panel.content.activeCellIndex = place;
          return place;
        }""",
        [task, answer],
    )
    assert place > 0, f"there is no task {task}"
    for _ in range(2):
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')")
    page.wait_for_timeout(1500)


def outcome(page, task: str):
    """Give the outputs of a task's check."""
    return page.locator(".jp-Notebook .jp-Cell").nth(
        page.evaluate(
            """name => window.jupyterapp.shell.currentWidget.content.widgets.findIndex(
                 c => c.model.getMetadata('nbgrader')?.grade_id === name)""",
            f"{task}_check",
        )
    )


def test_an_exercise_answers_back(page, lab, shots, exercise):
    open_and_run(page, lab, exercise)
    made = json.loads((ROOT / "exercises" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    graded = [cell["metadata"].get("nbgrader", {}) for cell in made["cells"] if cell["cell_type"] == "code"]
    checks = [one["grade_id"].removesuffix("_check") for one in graded if one.get("grade")]
    for task in checks:
        cell = outcome(page, task)
        assert cell.locator("[role=status]").first.inner_text().startswith("Not attempted."), task
        assert not cell.locator(".jp-Cell-inputWrapper .cm-content").is_visible(), "the check's text is folded"
    assert not page.get_by_text("Create Assignment").count(), "nbgrader's menus are not for students"
    page.screenshot(path=shots / "exercise_blank.png", full_page=True)

    button = outcome(page, checks[0]).locator("button", has_text="Give me a hint")
    focus(button)
    page.keyboard.press("Enter")
    page.get_by_text("Hint 1 of ").wait_for()

    put(page, checks[0], "trained = 292906")
    said = outcome(page, checks[0]).locator("[role=status]").first
    assert said.inner_text().startswith("Not yet. That is all that the network holds")
    page.screenshot(path=shots / "exercise_not_yet.png")
    put(page, checks[0], "trained = 147456 + 5130")
    assert outcome(page, checks[0]).locator("[role=status]").first.inner_text().startswith("Passed.")
    put(page, checks[1], "def thawed_base():\n    return 1 / 0")
    assert "raised ZeroDivisionError" in outcome(page, checks[1]).locator("[role=status]").first.inner_text()
    page.screenshot(path=shots / "exercise_error.png")


def one_cell(path: Path, source: str) -> None:
    cell = {"cell_type": "code", "id": "c", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))


def test_an_order_is_put_right_by_keyboard(page, lab, shots):
    from ftlearn.learn.quiz_file import load

    one_cell(lab[1] / "order.ipynb", 'from ftlearn.learn import quiz\nquiz("04")')
    open_and_run(page, lab, "order.ipynb")
    question = load("04").questions[-1]
    field = page.locator(".ftlearn-quiz input").last
    focus(field)
    letters = "".join("abcde"[place] for place in question.order)
    page.keyboard.type(letters, delay=50)
    assert field.input_value() == letters
    page.keyboard.press("Tab")
    page.screenshot(path=shots / "order_typed.png")
    button = page.locator(".ftlearn-quiz button").last
    assert button.evaluate("b => b === document.activeElement"), "Tab does not go from the field to its button"
    page.keyboard.press("Enter")
    page.get_by_text("A new head is random; an unfrozen base").wait_for()
    assert (
        page.locator(".ftlearn-quiz [role=status]").last.inner_text() == "Answered right: 1 of 6; at the first try: 1."
    )
    page.screenshot(path=shots / "order.png")


def test_progress_shows_what_this_machine_has_kept(page, lab, shots):
    for task, outcome, points in (("trained", "passed", 1.0), ("thawed_base", "not yet", 0.0)):
        event = {"lesson": "04", "kind": "check", "task": task, "outcome": outcome, "points": points, "possible": 2.0}
        assert records.keep(records.Event(**event))
    one_cell(lab[1] / "progress.ipynb", "from ftlearn.learn import progress\nprogress()")
    open_and_run(page, lab, "progress.ipynb")
    row = page.locator(".jp-OutputArea-output table tr", has_text="04").first
    assert "thawed_base" in row.inner_text()
    page.screenshot(path=shots / "progress.png")
