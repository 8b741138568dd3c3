"""Solutions where they were handed out: beside the exercises, or in the folder that ``FTLEARN_SOLUTIONS`` names."""

from __future__ import annotations

import json
import os
from pathlib import Path

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"


def solutions_folder(start: Path | None = None) -> Path | None:
    """Return the folder of solutions, or None when there is none.

    Parameters
    ----------
    start : Path, optional
        Where to look from, upwards; by default the working folder.

    Returns
    -------
    Path or None
        ``solutions/`` of the course's copy that the notebook lies in, or what ``FTLEARN_SOLUTIONS`` names.
    """
    if named := os.environ.get("FTLEARN_SOLUTIONS"):
        return folder if (folder := Path(named).expanduser()).is_dir() else None
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "solutions").is_dir() and (folder / "exercises").is_dir():
            return folder / "solutions"
    return None


def find_solution(lesson: str, task: str) -> str | None:
    """Return the text of a task's solution, without markers; None where solutions are not here.

    Parameters
    ----------
    lesson : str
        Its number.
    task : str
        The task's name.

    Returns
    -------
    str or None
        Code, or Markdown.
    """
    folder = solutions_folder()
    for path in sorted(folder.glob(f"{lesson}_*/{lesson}_*.ipynb")) if folder else []:
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (OSError, ValueError, KeyError):
            continue
        for cell in cells:
            graded = cell["metadata"].get("nbgrader", {})
            if graded.get("solution") and graded.get("grade_id") == task:
                lines = "".join(cell["source"]).split("\n")
                return "\n".join(line for line in lines if BEGIN_SOLUTION not in line and END_SOLUTION not in line)
    return None
