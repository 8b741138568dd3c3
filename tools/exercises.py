"""Write docs/exercises.md, every task with its points, minutes and ideas: ``python -m tools.exercises [--check]``.

All of it comes from ``solutions/``: nothing about a task is written twice.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import NamedTuple

from ftlearn.teach.sources import SourceTask, read_source, tasks_of, text_of
from tools.notebooks import ROOT, keep_page

PAGE = ROOT / "docs" / "exercises.md"
TOP = """# The exercises, task by task

Written from `solutions/` by `make links`. Minutes are the author's estimate. *By hand* is a text that a person marks;
all other tasks are checked at once in the student's notebook, and by hidden tests when they are graded. Ideas are the
lines of [coverage.md](coverage.md).
"""


class Placed(NamedTuple):
    """A task and where it is."""

    lesson: str
    file: str
    heading: str
    task: SourceTask


@cache
def placed() -> tuple[Placed, ...]:
    """Return every task of every solution, in order."""
    found = []
    for path in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        notebook = read_source(path)
        tasks, heading = tasks_of(notebook), ""
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown" and (headings := re.findall(r"(?m)^## (.+)$", text_of(cell))):
                heading = headings[0]
            graded = cell["metadata"].get("nbgrader", {})
            if graded.get("solution"):
                file = f"{path.parent.name}/{path.name}"
                found.append(Placed(path.name[:2], file, heading, tasks[graded["grade_id"]]))
    return tuple(found)


def asking_for(idea: str) -> list[str]:
    """Return the tasks that ask for a line of docs/coverage.toml, as LESSON/TASK."""
    return [f"{one.lesson}/{one.task.name}" for one in placed() if idea in one.task.ideas]


def problems(ideas: dict[str, str]) -> list[str]:
    """Return, a sentence each, which tasks name an idea that is none."""
    return [
        f"{one.lesson}/{one.task.name} names the idea {idea}, and there is no such line."
        for one in placed()
        for idea in one.task.ideas
        if idea not in ideas
    ]


def page(ideas: dict[str, str]) -> str:
    """Return docs/exercises.md as it should be."""
    rows, points, minutes = [], 0.0, 0.0
    for one in placed():
        task = one.task
        kind = "checked" if task.check else "by hand"
        about = "<br>".join(ideas.get(idea, idea) for idea in task.ideas)
        link = f"[{one.lesson}](../exercises/{one.file})"
        rows.append(
            f"| {link} | {one.heading} (`{task.name}`) | {kind} | {task.points:g} | {task.minutes:g} | {about} |"
        )
        points, minutes = points + task.points, minutes + task.minutes
    table = ["| lesson | task | | points | minutes | ideas |", "|---|---|---|---:|---:|---|", *rows]
    total = f"{len(rows)} tasks, {points:g} points, about {minutes / 60:.0f} hours."
    return "\n".join([TOP, *table, "", total, ""])


def main(check: bool) -> int:
    """Write the page, or tell whether it is current."""
    from tools.coverage import lines

    ideas = {line["id"]: line["text"] for line in lines()}
    if wrong := problems(ideas):
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    return keep_page(PAGE, page(ideas), check=check)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
