"""Twelve made-up students with known mistakes, made from a solution's own answers, to try grading with."""

from __future__ import annotations

import ast
import copy
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftlearn.assets.transfer import whole_file
from ftlearn.errors import DataError
from ftlearn.learn.handed_out import BEGIN_SOLUTION, END_SOLUTION
from ftlearn.learn.outcomes import NOT_ATTEMPTED, NOT_YET, PASSED
from ftlearn.teach.grading.remote import OUT_OF_MEMORY
from ftlearn.teach.grading.results import CRASHED, OUT_OF_TIME, WAITS
from ftlearn.teach.grading.variant import write_variant
from ftlearn.teach.release import as_text, released
from ftlearn.teach.sources import SourceTask, checked_by, read_source, tasks_of

NO_NOTEBOOK = "no notebook"
"""What `expected.csv` says of a file that cannot be graded."""

_LOOP = "tries = 0\nwhile True:\n    tries = tries + 1"
_EXIT = "import os\n\nos._exit(3)"
_HOG = "every_pair = [0] * 10**15"
_TEXT = "First I would write down what each mistake costs, and who pays for it. Only then would I ask for numbers."
_HTML = 'I would ask a colleague. <script>document.title = "mine"</script> Then <b>two</b> numbers: 1 < 2 & 2 > 1.'

# Answers that no author catalogued. Half right: they pass the check and not the hidden test. Own: right, and like
# nobody else's.
_HALF_RIGHT = {
    "05": {
        "how_sure": """def how_sure(right, n):
    share = right / n
    reach = 0.08 * (100 / n) ** 0.5  # eight points to either side of 100 answers
    return share, share - reach, share + reach"""
    }
}
_OWN = {
    "05": {
        "kept": """def kept(y_val, p_val, y_test, p_test):
    cheapest, chosen = float("inf"), 0.5
    for step in range(1, 200):
        candidate = step / 200
        price = cost(y_val, p_val, candidate)
        if price < cheapest:
            cheapest, chosen = price, candidate
    promised = cost(y_test, p_test, chosen)
    return chosen, promised""",
        "report": """def report(y, p, threshold):
    rung = np.asarray(p) >= threshold
    fraud = np.asarray(y) == 1
    total, bad = len(fraud), int(np.count_nonzero(fraud))
    hits = int(np.count_nonzero(rung & fraud))
    quiet = int(np.count_nonzero(~rung & ~fraud))
    ends = wilson_interval(hits, bad)
    table = dict(frauds=bad / total, never=(total - bad) / total)
    table.update(accuracy=(hits + quiet) / total, recall=hits / bad)
    table.update(low=ends.low, high=ends.high)
    return table""",
    }
}
_TOML = """# How this class is graded: see docs/grading.md.
times = "times.csv"

[course]
title = "An example class"

[limits]  # short ones, so that the endless loop is soon over
seconds = 120
cell_seconds = 20

[late]
per_day = 0.1
at_most = 0.5

[due]
"{lesson}" = {due}

[extensions]
"{extended}" = {{ "{lesson}" = 2026-03-09T18:00:00+01:00 }}
"""
_DUE, _ON_TIME, _LATE = "2026-03-06T18:00:00+01:00", "2026-03-05T20:15:00+01:00", "2026-03-07T21:40:00+01:00"


@dataclass
class _Paper:
    """What one student hands in, and what grading should find in it."""

    student: str
    answers: dict[str, str] = field(default_factory=dict)
    found: dict[str, tuple[float, str]] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], None] = lambda notebook: None
    when: str = _ON_TIME

    def say(self, task: SourceTask, text: str, share: float = 1.0, kind: str = PASSED) -> None:
        """Answer a task."""
        self.answers[task.name] = text
        self.found[task.name] = (share * task.points, kind)


def write_example(folder: str | Path, solutions: str | Path, lesson: str = "05") -> Path:
    """Write an example class: submissions, what grading should find in them, and the settings to grade them with.

    Parameters
    ----------
    folder : path
        To be made, or empty: gets ``submitted/``, ``grading.toml``, ``times.csv``, ``expected.csv`` and ``variants/``,
        a small exercise with a number of its own for each student.
    solutions : path
        Folder with ``NN_topic/NN_topic.ipynb``.
    lesson : str
        Whose answers are taken. What is expected holds where each task stands by itself, as in most.

    Returns
    -------
    Path
        The submissions.

    Raises
    ------
    DataError
        When the folder holds something, or there is no such solution.

    Examples
    --------
    >>> write_example("class", "no_such_folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ftlearn.errors.DataError: There is no solution of exercise '05' in no_such_folder. Name the folder...
    """
    folder = Path(folder)
    found = sorted(Path(solutions).glob(f"{lesson}_*/{lesson}_*.ipynb"))
    if not found:
        raise DataError(
            f"There is no solution of exercise {lesson!r} in {solutions}.",
            fix="Name the folder with NN_topic/NN_topic.ipynb: --solutions DIR.",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is there already.", fix="Name another folder, or delete that one.")
    source, name = read_source(found[0]), found[0].name
    tasks, blank = tasks_of(source), released(source)
    papers = list(_papers(tasks, lesson))
    rows, texts = [], {}
    for paper in papers:
        texts[f"submitted/{paper.student}/{name}"] = as_text(_handed_in(blank, paper))
        rows += [(paper.student, lesson, task, f"{points:g}", kind) for task, (points, kind) in paper.found.items()]
    last = f"submitted/Linh Nguyễn/{name}"
    texts[last] = as_text(blank)[:2000]  # a download that broke off
    rows.append(("Linh Nguyễn", lesson, "", "0", NO_NOTEBOOK))
    texts["expected.csv"] = _csv("student,lesson,task,points,outcome", rows)
    when = [(paper.student, lesson, paper.when) for paper in papers] + [("Linh Nguyễn", lesson, _ON_TIME)]
    texts["times.csv"] = _csv("student,lesson,when", when)
    texts["grading.toml"] = _TOML.format(lesson=lesson, due=_DUE, extended="Hine Parata")
    for place, text in texts.items():
        with whole_file(folder / place) as part:
            part.write_text(text, encoding="utf-8")
    write_variant(folder / "variants", [paper.student for paper in papers[:3]])
    return folder / "submitted"


def _papers(tasks: dict[str, SourceTask], lesson: str) -> Iterator[_Paper]:
    """Give the students whose file is a notebook, each with a mishap of their own."""
    checked = [task for task in tasks.values() if task.check]
    texts = [task for task in tasks.values() if not task.check]

    def right(student: str, **more: Any) -> _Paper:
        paper = _Paper(student, found={task.name: (0.0, NOT_ATTEMPTED) for task in tasks.values()}, **more)
        for task in checked:
            paper.say(task, _unmarked(task.solution))
        return paper

    amina = right("Amina Diallo")
    for task in texts:
        amina.say(task, task.solution, 0, WAITS)
    yield amina

    bjorn = right("Bjørn Åkesson")
    for task in checked:
        bjorn.say(task, _OWN.get(lesson, {}).get(task.name, task.alternatives[-1]))
    for task in texts:
        bjorn.say(task, _TEXT, 0, WAITS)
    yield bjorn

    chen = right("Chen Wei")
    for task in checked[:2]:
        chen.say(task, task.wrong[0][1], 0, NOT_YET)
    yield chen

    yield _Paper("Dolores Quispe", found={task.name: (0.0, NOT_ATTEMPTED) for task in tasks.values()})

    esra = right("Esra Yılmaz", when=_LATE)
    for name, text in _HALF_RIGHT.get(lesson, {}).items():
        esra.say(tasks[name], text, 0.5, NOT_YET)
    for task in checked[len(checked) // 2 :]:
        del esra.answers[task.name]
        esra.found[task.name] = (0.0, NOT_ATTEMPTED)
    yield esra

    yield right("Farid Haddad", change=_shuffled)

    giovanna = right("Giovanna D'Angelo", change=_in_new_cells)
    for task in texts:
        giovanna.say(task, _HTML, 0, WAITS)
    yield giovanna

    for student, task, text, kind, when in (
        ("Hine Parata", checked[1], _LOOP, OUT_OF_TIME, _LATE),
        ("Ifeoma Okafor", checked[2], _EXIT, CRASHED, _ON_TIME),
        ("Jakub Nowák", checked[-2], _HOG, OUT_OF_MEMORY, _ON_TIME),
    ):
        paper = right(student, when=when)
        paper.say(task, text, 0, kind)
        yield paper

    kavya = right("Kavya Reddy")
    for name, text in bjorn.answers.items():
        if tasks[name].check:
            kavya.say(tasks[name], _renamed(text))
    yield kavya


def _handed_in(blank: dict[str, Any], paper: _Paper) -> dict[str, Any]:
    notebook = copy.deepcopy(blank)
    for cell in notebook["cells"]:
        graded = cell["metadata"].get("nbgrader", {})
        if graded.get("solution") and graded["grade_id"] in paper.answers:
            cell["source"] = paper.answers[graded["grade_id"]].splitlines(keepends=True)
    paper.change(notebook)
    return notebook


def _shuffled(notebook: dict[str, Any]) -> None:
    """Delete the checks, and put the answers one place further, the last one first."""
    cells = notebook["cells"] = [cell for cell in notebook["cells"] if not checked_by(cell)]
    places = [number for number, cell in enumerate(cells) if _answer(cell)]
    moved = [cells[number] for number in places]
    for number, cell in zip(places, moved[::-1], strict=True):
        cells[number] = cell


def _in_new_cells(notebook: dict[str, Any]) -> None:
    """Move the first two answers into new cells after their own."""
    cells = notebook["cells"]
    for number in [number for number, cell in enumerate(cells) if _answer(cell)][1::-1]:
        new = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        new |= {"id": f"new-{number}", "source": cells[number]["source"]}
        cells[number]["source"] = ["# see below\n"]
        cells.insert(number + 1, new)


def _answer(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "code" and bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def _unmarked(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if BEGIN_SOLUTION not in line and END_SOLUTION not in line)


def _renamed(text: str) -> str:
    """Give the local names of functions other names, as somebody does who hopes that nobody will see it."""
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    names = {
        node.id
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            node.id = f"my_{node.id}"
    return ast.unparse(tree)


def _csv(head: str, rows: list[tuple]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([head.split(","), *rows])
    return file.getvalue()
