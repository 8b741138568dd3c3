"""Grades as tables: for spreadsheets, for Canvas's gradebook, for Moodle's offline grading worksheet.

What Canvas and Moodle ask for was read in their importers: Canvas's ``lib/gradebook_importer.rb`` and Moodle's
``mod/assign/feedback/offline/importgradeslib.php`` and ``mod/assign/gradingtable.php``.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ftlearn.teach.grading.pages import number, one_line, plain, points, stem
from ftlearn.teach.grading.results import WAITS
from ftlearn.teach.grading.standings import Standing

_FORMULA = re.compile(r"(^|;)(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet would begin a formula: at the start of a cell, which is also after a semicolon where that is
what its country separates cells by."""

_AFTER_SEMICOLON = re.compile(r"(;\s*)([=+\-@\uff1d\uff0b\uff0d\uff20])")  # in HTML every &lt; ends with one

_LINE, _COMMENT = 400, 40_000  # characters of a line and of the whole comment that Moodle gets for a student


def cell(text: object, limit: int = 300) -> str:
    """Make a text harmless in a spreadsheet: on one line, and no formula.

    Parameters
    ----------
    text : object
        Anything, also from a student.
    limit : int
        How many characters are kept.

    Returns
    -------
    str
        With an apostrophe before whatever would begin a formula.

    Examples
    --------
    >>> cell("=HYPERLINK(1)"), cell("Ada Lovelace"), cell("-2")
    ("'=HYPERLINK(1)", 'Ada Lovelace', "'-2")
    """
    return _FORMULA.sub(r"\1\2'", one_line(text, limit))


def lessons(standings: Iterable[Standing]) -> list[str]:
    """Return the lessons that anything was graded in: what belongs to none has no column and no file."""
    return sorted({one.lesson for one in standings if one.result.tasks})


def grades_csv(standings: Sequence[Standing]) -> str:
    """Write a row a student, a column a task.

    Parameters
    ----------
    standings : sequence of Standing
        Of all students and lessons.

    Returns
    -------
    str
        CSV. For each lesson its tasks, its total after lateness and what was said of lateness; then the tasks that wait
        for a person, and the total of all lessons. What was not handed in, not graded or not marked is blank, not 0.

    Examples
    --------
    >>> from ftlearn.teach.grading.results import Result, TaskResult
    >>> result = Result("Ada", "04", "04_x.ipynb", (TaskResult("thaw", "passed", 2.0, 2.0),))
    >>> one = Standing("Ada", "04", result, {"thaw": 2.0}, (), 2.0, 0.0, 2.0, 2.0, "In time.", {})
    >>> grades_csv([one]).splitlines()
    ['student,04/thaw,04 total,04 lateness,waiting,total', 'Ada,2,2,In time.,,2']
    """
    shown = lessons(standings)
    tasks = {
        lesson: list(dict.fromkeys(task.name for one in standings if one.lesson == lesson for task in one.result.tasks))
        for lesson in shown
    }
    heads = ["student"]
    for lesson in shown:
        heads += [*(f"{lesson}/{task}" for task in tasks[lesson]), f"{lesson} total", f"{lesson} lateness"]
    rows = [[*map(cell, heads), "waiting", "total"]]
    for student, own in _by_student(standings).items():
        row = [cell(student)]
        for lesson in shown:
            one = own.get(lesson)
            if one is None or one.result.problem:
                row += [""] * (len(tasks[lesson]) + 2)
                continue
            row += [_points(one, task) for task in tasks[lesson]]
            row += [number(one.total), cell(one.lateness)]
        graded = [one for one in own.values() if not one.result.problem]
        waiting = " ".join(f"{one.lesson}/{task}" for one in graded for task in one.waiting)
        rows.append([*row, cell(waiting), number(sum(one.total for one in graded)) if graded else ""])
    return _written(rows)


def canvas_csv(standings: Sequence[Standing]) -> str:
    """Write what Canvas's gradebook imports.

    Canvas looks for a student by ID, then by the SIS columns, then by name; a folder's name is offered as a login where
    the work did not come from Canvas. A column is found by the assignment's title, or makes a new assignment. A blank
    cell is no grade: that is how work looks that was not handed in, could not be graded, or still waits for a person.

    Parameters
    ----------
    standings : sequence of Standing
        Of all students and lessons.

    Returns
    -------
    str
        CSV.

    Examples
    --------
    >>> from ftlearn.teach.grading.results import Result, TaskResult
    >>> tasks = (TaskResult("thaw", "not yet", 2.0, 3.0),)
    >>> result = Result("ada (7)", "04", "04_x.ipynb", tasks, layout="canvas", number="7")
    >>> one = Standing("ada (7)", "04", result, {}, (), 2.0, 0.0, 2.0, 3.0, "", {})
    >>> canvas_csv([one]).splitlines()[0]
    'Student,ID,SIS User ID,SIS Login ID,Section,04_x'
    >>> canvas_csv([one]).splitlines()[1:]
    ['    Points Possible,,,,,3', 'ada (7),7,,,,2']
    """
    shown = lessons(standings)
    titles = {
        lesson: Counter(stem(one.result) for one in standings if one.lesson == lesson).most_common(1)[0][0]
        for lesson in shown
    }
    most = {lesson: max(one.possible for one in standings if one.lesson == lesson) for lesson in shown}
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(cell(titles[lesson]) for lesson in shown)],
        ["    Points Possible", "", "", "", "", *(number(most[lesson]) for lesson in shown)],
    ]
    for student, own in _by_student(standings).items():
        numbers = [one.result.number for one in own.values() if one.result.layout == "canvas"]
        login = "" if any(one.result.layout in ("canvas", "moodle") for one in own.values()) else cell(student)
        totals = [_final(own[lesson]) if lesson in own else "" for lesson in shown]
        rows.append([cell(student), cell(next(filter(None, numbers), "")), "", login, "", *totals])
    return _written(rows)


def moodle_csv(standings: Sequence[Standing], lesson: str) -> str:
    """Write what Moodle takes as an assignment's offline grading worksheet.

    Moodle finds a student by the Identifier, whose number is in the folders of its download, and passes over rows that
    have none. A student whose work waits for a person or could not be graded has no row: a blank grade would be passed
    over, but the comment beside it would not.

    Parameters
    ----------
    standings : sequence of Standing
        Of all students and lessons.
    lesson : str
        Which one.

    Returns
    -------
    str
        CSV; the feedback is HTML, as Moodle keeps it.

    Examples
    --------
    >>> from ftlearn.teach.grading.results import Result
    >>> result = Result("Ada", "04", "04_x.ipynb", layout="moodle", number="123")
    >>> one = Standing("Ada", "04", result, {}, (), 2.0, 0.0, 2.0, 3.0, "", {})
    >>> moodle_csv([one], "04").splitlines()[1]
    'Participant 123,Ada,,,2,3,Yes,,,<p>2 of 3 points.</p>'
    """
    rows = [[
        "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
        "Last modified (submission)", "Last modified (grade)", "Feedback comments",
    ]]  # fmt: skip
    for one in standings:
        if one.lesson != lesson or not _final(one):
            continue
        known = one.result.layout == "moodle" and one.result.number
        identifier = cell(f"Participant {one.result.number}") if known else ""
        rows.append([identifier, cell(one.student), "", "", _final(one), number(one.possible), "Yes", "", "",
                     cell(_comment(one), _COMMENT)])  # fmt: skip
    return _written(rows)


def _by_student(standings: Iterable[Standing]) -> dict[str, dict[str, Standing]]:
    found: dict[str, dict[str, Standing]] = {}
    for one in standings:
        found.setdefault(one.student, {})[one.lesson] = one
    return found


def _points(one: Standing, task: str) -> str:
    return "" if task in one.waiting or task not in one.tasks else number(one.tasks[task])


def _final(one: Standing) -> str:
    """Write a total that is final; nothing where it is not."""
    return "" if one.waiting or one.result.problem else number(one.total)


def _comment(one: Standing) -> str:
    """Say what a student got, in short."""
    lines = [f"{points(one.total, one.possible)}."]
    if one.lateness:
        lines.append(one.lateness)
    for task in one.result.tasks:
        got = points(one.tasks.get(task.name, task.points), task.possible)
        said = one.comments.get(task.name, "") if task.kind == WAITS else f"{task.kind}. {task.text}"
        lines.append(f"{task.title or task.name}, {got}: {said}")
    said = "".join(f"<p>{html.escape(plain(line.strip(), _LINE))}</p>" for line in lines)
    return _AFTER_SEMICOLON.sub(lambda found: f"{found[1]}&#{ord(found[2])};", said)


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
