"""The terminal in which marks are given: no student's text commands it, keys count at once, scripts can use it too."""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import sys
import time
from dataclasses import replace

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn.teach.grading.review import review
from ftlearn.teach.grading.screens import Keys, visible, wrapped
from ftlearn.teach.grading.store import Store
from tests.grading.marking import HOSTILE, Script, a_class, marked, order, result
from tools.notebooks import ROOT


@pytest.fixture
def folder(tmp_path):
    """Results of three students."""
    return a_class(tmp_path)


# What is shown commands nothing.


def commands_nothing(text: str) -> bool:
    return not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", text
    )


def test_no_escape_reaches_the_terminal(tmp_path):
    hostile = replace(result(f"Bob {HOSTILE}", HOSTILE), notebook=f"04{HOSTILE}.ipynb")
    task = replace(hostile.tasks[1], title=f"Title {HOSTILE}")
    Store(tmp_path).keep(replace(hostile, tasks=(task,)))
    screen = Script(["n", "?", f"c {HOSTILE}", HOSTILE, "1", "p", "0" + HOSTILE, "u"])
    review(tmp_path, names=True, solutions="nowhere", screen=screen)
    assert all(map(commands_nothing, screen.seen))
    assert "␛[2J␛[1;31mPOINTS: 3" in screen.seen[0], "and what was tried is seen"
    assert "⟨U+202E⟩evil" in screen.seen[0]
    assert "│ " in screen.seen[0].split("POINTS: 3")[-2].rsplit("\n", 1)[-1], "within the answer's frame"


@hypothesis.settings(deadline=None)
@given(st.text(st.characters()), st.integers(8, 120))
def test_whatever_is_written_is_tame_and_complete(text, width):
    lines = wrapped(text, width, "│ ")
    assert commands_nothing("\n".join(lines))
    assert all(line.startswith("│ ") for line in lines)
    assert "".join("".join(lines).replace("│ ", "").split()) == "".join(visible(text).replace("│ ", "").split())
    assert visible(visible(text)) == visible(text)


def test_a_wide_script_takes_two_columns():
    assert [len(line) for line in wrapped("深" * 30, 22, "  ")] == [12, 12, 12]


# Single keys, and lines.


def keys(*chunks: str) -> Keys:
    left = iter(chunks)
    return Keys(lambda: next(left))


def test_keys_become_commands(capsys):
    screen = keys("n", "P", "\x1b[C", "\x1b[D", "2", ".", "5", "\r", "\x04", "u?")
    assert [screen.command("") for _ in range(8)] == ["n", "p", "n", "p", "2.5", "q", "u", "?"]
    assert "Points: 2.5" in capsys.readouterr().out


def test_what_is_typed_fast_comes_in_one_piece():
    screen = keys("1.5\rcfür wen?\rq")
    assert [screen.command("") for _ in range(3)] == ["1.5", "c für wen?", "q"]


def test_a_line_can_be_changed_and_given_up(capsys):
    screen = keys("3\x7f2\r", "3\x1b", "c\x15new\x1b[A\r", "c\x03", "c!\r")
    assert [screen.command("old") for _ in range(5)] == ["2", "", "c new", "", "c old!"]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, EOFError])
def test_ctrl_c_and_the_end_of_all_keys_end_the_review(kind):
    assert Keys(lambda: (_ for _ in ()).throw(kind)).command("") == "q"


def test_without_a_terminal_lines_are_read(folder, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("c Good.\n2.5\n\nn\n"))
    name = order(folder, lesson="04")[0]
    assert review(folder, lesson="04", solutions=ROOT / "solutions") == 1
    assert marked(folder) == {(name, "04"): (2.5, "Good.")}
    assert capsys.readouterr().out.endswith("1 marked, all saved; 2 of 3 wait.\n\n")


def test_a_terminal_that_knows_few_letters(folder):
    code = "from ftlearn.teach.grading.review import review; import sys; review(sys.argv[1], solutions='nowhere')"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        input=b"3\nq\n",
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0, done.stderr
    assert b"1 marked" in done.stdout
    assert b"\x1b" not in done.stdout


def test_a_real_terminal(folder):
    """Keys typed into a pseudo-terminal, one process beside this one."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    code = "from ftlearn.teach.grading.review import review; import sys; review(sys.argv[1], '04', solutions='nowhere')"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"},
    )
    os.close(theirs)
    try:
        shown = until(ours, "quit")
        for typed, then in (("c", "Comment"), ("Gut!\r", "kept with the points"), ("2.5\r", "2 to be marked")):
            os.write(ours, typed.encode())
            shown += until(ours, then)
        os.write(ours, b"q")  # each key right after the screen: none may be lost in between
        shown += until(ours, "2 of 3 wait.")
        assert child.wait(60) == 0
    finally:
        child.kill()
        os.close(ours)
    assert list(marked(folder).values()) == [(2.5, "Gut!")]
    assert set(re.findall("\x1b[^A-Za-z]*[A-Za-z]", shown)) <= {"\x1b[2J", "\x1b[H"}, "only this program's own"


def until(terminal: int, text: str) -> str:
    """Read what a terminal shows, until a text is there."""
    shown, deadline = b"", time.monotonic() + 60
    while text.encode() not in shown:
        assert time.monotonic() < deadline, f"{text!r} never came; there was:\n{shown.decode(errors='replace')}"
        if select.select([terminal], [], [], 1)[0]:
            shown += os.read(terminal, 65536)
    return shown.decode(errors="replace")
