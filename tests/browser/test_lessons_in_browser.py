"""Lessons as a learner meets them: JupyterLab in a browser, every cell run, every slider moved by keyboard."""

from __future__ import annotations

import json
import re
import time

import pytest
from browsing import ROOT, missing

from ftlearn.learn.markup import plain
from ftlearn.learn.quiz_file import load

LESSONS = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13")
SECONDS = 600  # for all cells of a lesson, on a slow machine beside another; about 90 s is what it may take

STATE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = panel.content.widgets.map((cell, place) => [cell.model, place]);
  const code = cells.filter(([m]) => m.type === 'code' && m.sharedModel.getSource().trim());
  const tags = m => m.getMetadata('tags') || [];
  const errors = [];
  for (const [m, place] of code)
    for (let i = 0; i < m.outputs.length; i++) {
      const out = m.outputs.get(i).toJSON();
      if (out.output_type === 'error' && !tags(m).includes('raises-exception'))
        errors.push(`cell ${place}: ${out.ename}: ${out.evalue}`);
    }
  return {
    status: panel.sessionContext.session?.kernel?.status ?? 'none',
    left: code.filter(([m]) => m.executionCount === null).map(([, place]) => place),
    errors,
  };
}"""


def open_and_run(page, lab, name: str) -> None:
    """Open a notebook, run all of its cells, and wait until the last one is done."""
    address, _ = lab
    page.goto(address % name)
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'", timeout=60_000
    )
    # The committed outputs go first: they would pass for a run that is done.
    page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    assert page.evaluate(STATE)["left"], f"{name}: the committed outputs are still there"
    page.evaluate("void window.jupyterapp.commands.execute('runmenu:run-all')")
    end = time.monotonic() + SECONDS
    while True:
        state = page.evaluate(STATE)
        assert not state["errors"], f"{name}: {state['errors']}"
        if not state["left"] and state["status"] == "idle":
            break
        assert time.monotonic() < end, (
            f"{name}: cells {state['left']} have not run after {SECONDS} s ({state['status']})"
        )
        page.wait_for_timeout(500)
    page.wait_for_timeout(1000)  # outputs are drawn a little after the kernel is idle


def picture_of(control) -> tuple[str, str]:
    """Give the source and the alternative text of the picture that a control changes."""
    image = control.locator("xpath=ancestor::*[contains(@class, 'ftlearn-explorer')][1]").locator("img")
    return image.get_attribute("src"), image.get_attribute("alt")


def focus(control) -> None:
    control.scroll_into_view_if_needed()
    control.focus()


def changed(control, before, seconds: float = 60) -> tuple[str, str]:
    """Wait until the picture is another one than before, in what it shows and in what it says."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = picture_of(control)
        if now[0] != before[0] and now[1] != before[1]:
            return now
        control.page.wait_for_timeout(100)
    pytest.fail(f"The picture did not change: it still says {before[1]!r}.")


def move_sliders(page, shots, name: str) -> int:
    """Move each slider by keyboard, see its picture change, and move it back."""
    sliders = page.locator(".ftlearn-explorer [role=slider]")
    for number in range(sliders.count()):
        slider = sliders.nth(number)
        before = picture_of(slider)
        focus(slider)
        at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        there, back = ("ArrowLeft", "ArrowRight") if at_end else ("ArrowRight", "ArrowLeft")
        page.keyboard.press(there)
        after = changed(slider, before)
        page.screenshot(path=shots / f"{name}_slider{number + 1}.png")
        page.keyboard.press(back)
        assert changed(slider, after) == before
    return sliders.count()


def answer_first_question(page) -> str:
    """Answer a quiz's first question by keyboard: choose with the space bar or type, go to the button, press it."""
    quiz = page.locator(".ftlearn-quiz")
    answer = quiz.locator("input").first
    focus(answer)
    page.keyboard.press("Digit1" if answer.get_attribute("type") == "text" else "Space")
    button = quiz.locator("button").first
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("b => b === document.activeElement"):
            break
    else:
        pytest.fail("Tab did not reach the button of the quiz's first question.")
    page.keyboard.press("Enter")
    said = quiz.locator("[role=status]").first
    end = time.monotonic() + 60
    while time.monotonic() < end and not said.inner_text().strip():
        page.wait_for_timeout(100)
    page.wait_for_timeout(300)  # the score follows the explanation
    return said.inner_text()


def lesson_file(number: str):
    found = sorted((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    if not found:
        missing(f"There is no lesson {number} in notebooks/.")
    return found[0]


@pytest.mark.parametrize("number", LESSONS)
def test_lesson_runs_and_its_sliders_move(page, lab, shots, number):
    name = lesson_file(number).name
    source = lesson_file(number).read_text("utf-8")
    open_and_run(page, lab, name)
    page.screenshot(path=shots / f"{number}_top.png")
    moved = move_sliders(page, shots, number)
    if re.search(r"_explorer\(|explore\(", source):
        assert moved, f"{name} has an explorer, but no slider was found in the page."
    if "quiz(" in source:
        assert re.match(r"(Right|Not yet)\.", answer_first_question(page))
        page.screenshot(path=shots / f"{number}_quiz.png")


SMALL = [
    'from ftlearn.learn import guess, reveal\nguess("move", "Which end is `higher`?", ["left", "right"])',
    'reveal("move", "right")',
    """from ftlearn.displays import new_figure
from ftlearn.widgets import choice, explore, slider
def draw(power, colour):
    if power == 3 and colour == "#D55E00":
        raise ValueError("no orange cube")
    figure, ax = new_figure()
    ax.plot(range(10), [n**power for n in range(10)], color=colour)
    return figure, f"A {colour} curve of power {power}. It rises."
explore(draw, title="Powers", power=slider("Power", [1, 2, 3]),
        colour=choice("Colour", {"blue": "#0072B2", "orange": "#D55E00"}))""",
    'from ftlearn.learn import quiz\nquiz("04")',
]


@pytest.fixture
def small(lab) -> str:
    """A notebook of an explorer, a guess and a quiz, without TensorFlow."""
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for n, source in enumerate(SMALL)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (lab[1] / "small.ipynb").write_text(json.dumps(made))
    return "small.ipynb"


def test_widgets_work_by_keyboard(page, lab, shots, small):
    open_and_run(page, lab, small)

    radio = page.locator(".ftlearn-choices input[type=radio]").nth(1)
    focus(radio)
    page.keyboard.press("Space")
    page.get_by_text("Kept. The answer was already shown").wait_for()
    page.screenshot(path=shots / "small_guess.png")

    assert move_sliders(page, shots, "small") == 1

    slider = page.locator(".ftlearn-explorer [role=slider]")
    focus(slider)
    page.keyboard.press("Tab")
    colours = page.locator(".ftlearn-explorer input[type=radio]")
    assert colours.first.evaluate("b => b === document.activeElement"), "Tab does not go from the slider to the choice"
    before = picture_of(slider)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert "#D55E00" in changed(slider, before)[1]
    page.screenshot(path=shots / "small_choice.png")

    focus(slider)
    page.keyboard.press("End")
    page.get_by_text("This setting could not be drawn. ValueError: no orange cube").wait_for()
    page.keyboard.press("ArrowLeft")
    page.locator(".ftlearn-explorer img[alt*='power 2']").wait_for()

    first = load("04").questions[0].choices[0]  # the space bar chose the first radio button
    said = answer_first_question(page)
    assert said.startswith("Right." if first.right else "Not yet.")
    assert plain(first.why) in said
    page.screenshot(path=shots / "small_quiz.png")
    score = page.locator(".ftlearn-quiz [role=status]").last
    assert score.inner_text() == f"Answered right: {first.right:d} of 6; at the first try: {first.right:d}."
    saved = page.evaluate("JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON())")
    unanswered = [choice.why for question in load("04").questions[1:] for choice in question.choices]
    assert not [why for why in unanswered if why[:40] in saved], "an explanation stands in the notebook unasked"
