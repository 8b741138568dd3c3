"""Write docs/coverage.md, where each thing that the course must teach has its place: ``python -m tools.coverage``.

The lines, their cells and their questions are in docs/coverage.toml; ``--check`` only tells whether it is current.
"""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache

from tools.exercises import asking_for
from tools.notebooks import ROOT, keep_page, lessons, read

SOURCE, PAGE = ROOT / "docs" / "coverage.toml", ROOT / "docs" / "coverage.md"
KINDS = {
    "idea": "Ideas",
    "program": "Programs that students meet on the web, corrected and executed",
    "fault": "Their usual faults",
    "practice": "Practice",
}
HOW_MANY = {"idea": 15, "program": 11, "fault": 10, "practice": 5}
TOP = """# What the course covers, and where

Written from `coverage.toml` by `make links`; a test holds every entry to a cell, a question or a task that exists.
A section's number and name are the lesson's own. Exercises are named LESSON/TASK; [exercises.md](exercises.md) lists
them.
"""


def lines() -> list[dict]:
    """Return what must be taught, in order."""
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))["line"]


@cache
def sections(lesson: str) -> tuple[str, dict[str, str]]:
    """Return a lesson's file name, and the heading above each of its cells by the cell's id."""
    (path,) = lessons(lesson)
    heading, found = "", {}
    for cell in read(path)["cells"]:
        if cell["cell_type"] == "markdown" and (headings := re.findall(r"(?m)^#+ (.+)$", cell["source"])):
            heading = headings[-1]
        found[cell["id"]] = heading
    return path.name, found


@cache
def questions(lesson: str) -> dict[str, str]:
    """Return the questions of a lesson's quiz by their ids."""
    path = ROOT / "ftlearn" / "learn" / "quizzes" / f"{lesson}.toml"
    return {one["id"]: one["text"] for one in tomllib.loads(path.read_text(encoding="utf-8"))["question"]}


def problems() -> list[str]:
    """Return, a sentence each, what coverage.toml names and the course does not have."""
    wrong = []
    for line in lines():
        wrong += [f"{line['id']}: `{key}` is empty." for key in ("taught", "asked") if not line.get(key)]
        for key in ("taught", "asked"):
            for place in line.get(key, []):
                lesson, _, name = place.partition("/")
                have = sections(lesson)[1] | ({} if key == "taught" else questions(lesson))
                if name not in have:
                    wrong.append(f"{line['id']}: {key} names {place}, and there is no such thing.")
    for kind, count in HOW_MANY.items():
        numbers = {int(line["id"].split("-")[1][:2]) for line in lines() if line["id"].startswith(kind)}
        if numbers != set(range(1, count + 1)):
            wrong.append(f"The {kind} lines are {sorted(numbers)}; expected 1 to {count}.")
    return wrong


def _places(line: dict) -> tuple[str, str, str]:
    """Return the three columns of a line: where it is taught, where asked, and which exercise."""
    taught: dict[str, None] = {}
    for place in line["taught"]:
        lesson, _, cell = place.partition("/")
        file, headings = sections(lesson)
        taught[f"[{lesson}](../notebooks/{file}) {headings[cell]} (`{cell}`)"] = None
    asked = []
    for place in line["asked"]:
        lesson, _, name = place.partition("/")
        asked.append(f"{lesson} {'quiz' if name in questions(lesson) else 'cell'} `{name}`")
    return "<br>".join(taught), "<br>".join(asked), ", ".join(asking_for(line["id"]))


def page() -> str:
    """Return docs/coverage.md as it should be."""
    parts = [TOP]
    for kind, title in KINDS.items():
        rows = [f"| {line['text']} | {' | '.join(_places(line))} |" for line in lines() if line["id"].startswith(kind)]
        table = ["| what | taught, run (cell) | asked | exercise |", "|---|---|---|---|", *rows]
        parts.append(f"## {title}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


def main(check: bool) -> int:
    """Write the page, or tell whether it is current."""
    if wrong := problems():
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    return keep_page(PAGE, page(), check=check)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
