"""The doctor's report as JupyterLab draws it: nothing cut off or overruled, in both themes, wide and narrow."""

from __future__ import annotations

import pytest
from test_exercises_in_browser import one_cell
from test_lessons_in_browser import open_and_run

REPORT = """from ftlearn.doctor.report import Finding, Report
fix = "model.compile(optimizer=keras.optimizers.Adam(1e-5), loss=..., metrics=...)  # after changing `trainable`"
one = Finding("trainable-changed-after-compile", "`trainable` of 12 layers (block3_bn2, …) was changed.",
              {"layers": [f"block{n}_conv2" for n in range(12)], "thawed in vain": 12}, "They stay frozen.", fix,
              1, "train.py:12", "keras-team/keras#22413.")
lacked = {"a-rule": "the inputs are no windows of at least 4 steps (examples, steps, channels) of numbers"}
Report((one,), lacked, ("float16-output",), {"another-rule": "frozen so that nobody moves it"})"""

DRAWN = """() => {
  const report = document.querySelector('.ftlearn-doctor');
  const style = (name, what) => getComputedStyle(report.querySelector(name))[what];
  const cut = [report, ...report.querySelectorAll(':not(style)')].filter(
    one => getComputedStyle(one).display !== 'inline' && one.scrollWidth > one.clientWidth + 1);
  const area = report.closest('.jp-OutputArea-output');
  return {
    cut: cut.map(one => one.tagName + ' ' + one.innerText.slice(0, 40)),
    scrolls: area.scrollWidth > area.clientWidth + 1,
    cells: style('td', 'textAlign'), list: style('ol', 'paddingLeft'), ground: style('pre', 'backgroundColor'),
    lines: Math.round(report.querySelector('details p').getBoundingClientRect().height / 21),
  };
}"""


@pytest.fixture
def report(page, lab) -> None:
    one_cell(lab[1] / "report.ipynb", REPORT)
    open_and_run(page, lab, "report.ipynb")


def test_a_report_is_readable_in_both_themes_wide_and_narrow(page, shots, report):
    page.evaluate("document.querySelectorAll('.ftlearn-doctor details').forEach(one => one.open = true)")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", theme)
        for width in (1280, 800):
            page.set_viewport_size({"width": width, "height": 1300})
            page.wait_for_timeout(1000)
            drawn = page.evaluate(DRAWN)
            page.screenshot(path=shots / f"doctor_{theme.split()[1].lower()}_{width}.png")
            assert not drawn["cut"] and not drawn["scrolls"], (theme, width, drawn)
            assert (drawn["cells"], drawn["list"]) == ("left", "0px"), "JupyterLab's style has overruled the report's"
            assert drawn["ground"] == "rgba(128, 128, 128, 0.16)", "code stands on no ground"
            assert drawn["lines"] <= (2 if width == 1280 else 5), "the reasons stand in a column of single words"


def test_what_is_folded_away_opens_and_closes_by_keyboard(page, report):
    page.locator(".ftlearn-doctor a").focus()
    for folded in page.locator(".ftlearn-doctor details").all():
        page.keyboard.press("Tab")
        summary = folded.locator("summary")
        assert summary.evaluate("one => one === document.activeElement"), "Tab does not go to what is folded away"
        for key, is_open in (("Enter", True), ("Space", False), ("Enter", True)):
            page.keyboard.press(key)
            assert folded.evaluate("one => one.open") is is_open, key
