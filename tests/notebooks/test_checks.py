"""The checker on small notebooks that were spoilt on purpose: each fails, naming the notebook and the cell."""

from __future__ import annotations

import pytest

from tests.notebooks.made_up import OPENING, code, display, markdown, notebook, stream
from tools.lesson_checks import CHECKS, long_cells, problems
from tools.notebooks import write

NAME = "90_small.ipynb"
TF_LINE = "2026-01-02 03:04:05.678901: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.\n"


def error(name: str = "ValueError") -> dict:
    return {"output_type": "error", "ename": name, "evalue": "no", "traceback": []}


GOOD = notebook(
    markdown("With 50 labels it reaches 92 % (a gain of 7 points), in 1.5 seconds. See [a paper of 31.4 %](x)."),
    code(
        "score",
        stream("0.9187 after 1.52 seconds\n"),
        display(png="AAAA", html='<img alt="The gain is 0.0712." src="data:image/png;base64,x">', plain="the gain"),
    ),
    code("1/0", error("ZeroDivisionError"), count=2, tags=("raises-exception",)),
)


@pytest.mark.parametrize("check", CHECKS)
def test_a_good_lesson_passes(tmp_path, check):
    write(tmp_path / NAME, GOOD)
    assert problems(tmp_path / NAME, check) == []


SPOILT = {
    "an error": ("outputs", [code("1/0", error())], "shows an error (ValueError: no)"),
    "stderr": ("outputs", [code("x", stream("loading\n", "stderr"))], "writes to stderr: 'loading'"),
    "a traceback": ("outputs", [code("x", stream("Traceback (most recent call last):\n"))], "prints a traceback"),
    "a warning": ("outputs", [code("x", stream("/a/b.py:3: UserWarning: oh\n"))], "prints a warning"),
    "a log line": ("outputs", [code("x", stream(TF_LINE))], "prints a TensorFlow log line"),
    "an address": ("outputs", [code("x", stream("<History at 0x7fa2>\n"))], "prints an object's address"),
    "a path": ("outputs", [code("x", stream("saved /home/ada/x\n"))], "shows a path of the machine"),
    "unrun": ("order", [code("x", count=None)], "without having been run"),
    "out of order": ("order", [code("x", count=3)], "was run as number 3 instead of 1"),
    "a bare picture": (
        "alt text",
        [code("x", display(png="AAAA", plain="<Figure>"))],
        "picture (image/png) without alt",
    ),
    "an empty alt": ("alt text", [code("x", display(html='<img alt="" src="x">'))], "<img> or <svg> without alt"),
    "a bare svg": ("alt text", [code("x", display(html="<svg><path/></svg>"))], "<img> or <svg> without alt"),
    "a bare picture in prose": ("alt text", [markdown("Look: ![](x.png)")], "picture without alternative text"),
    "31 lines": ("code", [code("a = 1\n" * 31)], "has 31 lines of code"),
    "hidden warnings": ("code", [code("import warnings\nwarnings.filterwarnings('ignore')")], "hides a mess"),
    "magic timing": ("code", [code("%%time\nx")], "%%time"),
    "an invented number": ("numbers", [markdown("It gains 8 points."), code("x", stream("0.07"))], "quotes '8 points'"),
    "too precise a number": ("numbers", [markdown("So 91.87 %."), code("x", stream("0.92"))], "quotes '91.87 %'"),
    "a number wrongly rounded": ("numbers", [markdown("It is .91."), code("x", stream("0.9187"))], "quotes '.91'"),
    "a range": ("numbers", [markdown("Takes 5–10 seconds."), code("x", stream("10 s"))], "quotes '5 seconds'"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_lesson_fails_with_notebook_and_cell(tmp_path, name):
    check, cells, expected = SPOILT[name]
    write(tmp_path / NAME, notebook(*cells))
    (found,) = problems(tmp_path / NAME, check)
    assert found.startswith(f"{NAME}, cell 2 (")
    assert expected in found


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        (OPENING.replace("# A small", "A small"), "does not open with the lesson's title"),
        (OPENING.replace("**You will be able to**", "Here we"), "lacks objectives"),
        (OPENING.replace("tell a good", "know a good"), "does not show the objective"),
        (OPENING.replace("**Minutes:** 5", "Quick"), "lacks minutes"),
        (OPENING.replace("5", "6"), "says 6 minutes, the metadata 5"),
        (OPENING.replace("**Prerequisites:** none", ""), "lacks prerequisites"),
    ],
)
def test_an_incomplete_opening_fails(tmp_path, opening, expected):
    write(tmp_path / NAME, notebook(opening=opening))
    found = problems(tmp_path / NAME, "opening")
    assert any(expected in what and what.startswith(f"{NAME}, cell 1 (") for what in found), found


@pytest.mark.parametrize("key", ["title", "minutes", "objectives", "lesson"])
def test_missing_metadata_fails(tmp_path, key):
    write(tmp_path / NAME, notebook(**{key: None}))
    assert f"{NAME} has no metadata.ftlearn.{key}" in problems(tmp_path / NAME, "opening")


def test_cells_over_the_aim_are_a_warning():
    assert list(long_cells(notebook(code("a\n" * 16)))) == [(1, "has 16 lines of code; a lesson aims at 15")]


def test_a_given_number_needs_a_reason_and_a_use(tmp_path):
    prose = markdown("Yosinski found 57 %.")
    for given, expected in [
        ([{"number": "57 %", "why": "Yosinski 2014"}], []),
        ([{"number": "57 %"}], [f"{NAME} excuses the number '57%' in metadata.ftlearn.given without saying why"]),
        (
            [{"number": "57 %", "why": "Yosinski 2014"}, {"number": "3.3", "why": "old"}],
            [f"{NAME} lists '3.3' in metadata.ftlearn.given, which its prose does not quote"],
        ),
    ]:
        write(tmp_path / NAME, notebook(prose, given=given))
        assert problems(tmp_path / NAME, "numbers") == expected


@pytest.mark.parametrize(
    "prose",
    [
        "The 95 % interval, Keras 3.15 and version 3.15.1, `0.123`, $0.5$ and 1e-5.",
        "```\n9.99\n```\n[9.9 %](https://example.org/1.5)",
        "## Further reading\nHe gained 4.4 points.\n### More\n3.3 %\n",
        "In 2014, 50 labels and 10 seeds.",
    ],
)
def test_what_is_not_measured_is_not_asked_for(tmp_path, prose):
    write(tmp_path / NAME, notebook(markdown(prose)))
    assert problems(tmp_path / NAME, "numbers") == []


@pytest.mark.parametrize(
    ("prose", "output"),
    [
        ("92 %", "0.9187"), (".92", "0.9187"), ("91.9 %", "0.9187"), (".92", "92 %"), ("92 %", "92 %"),
        ("a loss of 7 points", "-0.0712"), ("27 times", "27.3"), ("27×", "26.9"), ("1,234.5", "1234.51"),
        ("3.5", "<b>3.49</b>%%"), ("5–10 seconds", "5.2 and 10.1"),
    ],
)  # fmt: skip
def test_rounding_is_allowed(tmp_path, prose, output):
    write(
        tmp_path / NAME,
        notebook(
            markdown(f"So {prose}."),
            code("x", display(html=f"<p>{output.rstrip('%') if '<' in output else output}</p>")),
        ),
    )
    assert problems(tmp_path / NAME, "numbers") == []
