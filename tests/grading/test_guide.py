"""The instructor's guide, done as it says: every command line of docs/grading.md, in order, in an empty folder."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ftlearn.teach.grading.results import KINDS
from tools.notebooks import ROOT

GUIDE = ROOT / "docs" / "grading.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps_of(text):
    """Give each command of the console blocks, and the lines that it should print."""
    steps = []
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
    return [(command, "".join(f"{line}\n" for line in lines)) for command, lines in steps]


def done(command, folder):
    """Type a command as somebody would who has installed ftlearn."""
    bin_ = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=900, check=False,
    )  # fmt: skip


def same(wanted, got):
    """Compare as doctest does: `...` stands for anything."""
    return doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)


def test_every_step_of_the_guide_does_what_it_says(tmp_path, walled):
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    steps = steps_of(GUIDE.read_text(encoding="utf-8"))
    assert len(steps) > 20
    for command, wanted in steps:
        found = done(command, tmp_path)
        assert found.returncode == 0 and same(wanted, found.stdout), (
            f"$ {command}\n--- the guide says\n{wanted}--- but with code {found.returncode} it printed\n{found.stdout}"
        )


def test_every_outcome_is_explained():
    text = GUIDE.read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"| {kind} |" not in text] == []


def test_what_the_guide_shows_and_links_is_there():
    text = GUIDE.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", text):
        assert (GUIDE.parent / target).exists(), target
    for alternative, picture in re.findall(r"!\[(.*?)\]\((.*?)\)", text, re.DOTALL):
        assert len(alternative) > 40, f"{picture} says nothing to whoever does not see it"
        assert (GUIDE.parent / picture).stat().st_size < 300_000


def test_the_sentences_that_it_explains_are_still_said():
    """Each quoted sentence, without what differs (`…`), stands somewhere in the code."""
    table = GUIDE.read_text(encoding="utf-8").split("| it says |")[1].split("\n\n")[0]
    said = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ftlearn").rglob("*.py"))
    said = re.sub(r'"\n\s*f?"', "", said)  # a sentence may go on in the next line
    quoted = re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
    assert len(quoted) > 10
    parts = [part.strip() for sentence in quoted for part in sentence.split("…") if part.strip()]
    assert [part for part in parts if part not in said] == []


def test_the_steps_are_read_as_they_are_typed():
    text = "```console\n$ one\nsaid\n...\n$ two\n```\n```\n$ no step\n```\n"
    assert steps_of(text) == [("one", "said\n...\n"), ("two", "")]
    assert same("a ... c\n", "a b c\n")
    assert not same("a\n", "b\n")
