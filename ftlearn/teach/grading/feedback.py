"""The page that a student reads: every lesson they handed in, and what was found in each task.

Only what is meant for students is in it: no test's detail, no pattern of a misconception, no reason that is about the
course's own files, nothing of anybody else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ftlearn.learn.outcomes import ERROR, NOT_ATTEMPTED, NOT_YET, PASSED, UNCHECKED
from ftlearn.teach.grading import pages
from ftlearn.teach.grading.alike import OTHER_SEED
from ftlearn.teach.grading.look import BY_HAND
from ftlearn.teach.grading.moments import moment
from ftlearn.teach.grading.pages import many, name, number, points, safe, sentence
from ftlearn.teach.grading.results import CRASHED, NOT_TRIED, OUT_OF_MEMORY, OUT_OF_TIME, WAITS, TaskResult, TestResult
from ftlearn.teach.grading.settings import Settings
from ftlearn.teach.grading.standings import Standing

MEANINGS = {
    PASSED: "All tests of the task passed.",
    NOT_YET: "The work is there and not right yet. The sentence says what came, what was expected in kind, and where "
    "to look.",
    NOT_TRIED: "A test that is tried once the check before it passes.",
    NOT_ATTEMPTED: "There was nothing to test: the answer is missing or has another name.",
    ERROR: "Your code raised an error. The sentence names it.",
    OUT_OF_TIME: "Your code took longer than the task allows and was stopped. Often a loop has no end, or more is "
    "computed than is needed.",
    OUT_OF_MEMORY: "Your code asked for more memory than there is for it. Often an array is larger than it was meant "
    "to be.",
    CRASHED: "The program that ran your code ended at once, without an error that could be shown.",
    UNCHECKED: "The answer could not be judged, which need not be your fault: ask your teacher to look at it.",
    WAITS: "A person reads and marks this task. Its points are not in the sum yet.",
    BY_HAND: "A person has read and marked this task.",
}
"""What each outcome means, for students."""

_OF_OTHERS = OTHER_SEED.partition("{")[0]
"""How a remark begins that names another student: for teachers only."""

_NO_ANSWER = re.compile(r"(\s*\*?Your answer here\.\*?)?\s*", re.IGNORECASE)


def page(standings: Sequence[Standing], settings: Settings) -> str:
    """Write a student's feedback.

    Parameters
    ----------
    standings : sequence of Standing
        Of one student, in the order of the lessons.
    settings : Settings
        The course's.

    Returns
    -------
    str
        A whole HTML page.

    Examples
    --------
    >>> from ftlearn.teach.grading.results import Result
    >>> one = Standing("Ada", "04", Result("Ada", "04", "04_x.ipynb"), {}, (), 0.0, 0.0, 0.0, 0.0, "", {})
    >>> "<h1>Feedback for <bdi>Ada</bdi></h1>" in page([one], Settings())
    True
    """
    student = standings[0].student
    tasks = [(standing, task) for standing in standings for task in standing.result.tasks]
    found = {outcome_of(*one) for one in tasks} | {test.kind for _, task in tasks for test in task.tests}
    parts = [
        f"<h1>Feedback for {name(student)}</h1>\n",
        f'<p class="quiet">{name(settings.title)}</p>\n' if settings.title else "",
        "<p>This is what the tests found in your notebooks, and what your teachers wrote. Where a task is not right "
        "yet, the sentence beside it says where to look. A problem in one task costs nothing in the others. If "
        "something looks wrong to you, show this page to your teacher: grading can err, and can be done again.</p>\n",
        _overview(standings) if len(standings) > 1 else "",
        *(_lesson(standing, settings) for standing in standings),
        _legend([kind for kind in MEANINGS if kind in found]),
    ]
    return pages.page(f"Feedback for {student}", "".join(parts))


def _overview(standings: Sequence[Standing]) -> str:
    rows = [
        [
            f'<a href="#lesson-{safe(one.lesson)}">{safe(pages.lesson_title(one.result))}</a>',
            "not graded" if one.result.problem else f"{number(one.total)} of {number(one.possible)}",
            safe(one.lateness),
        ]
        for one in standings
    ]
    return pages.table("Your lessons", ["Lesson", "Points", "Handed in"], rows, "text n text")


def _lesson(standing: Standing, settings: Settings) -> str:
    result = standing.result
    lines = [f'<h2 id="lesson-{safe(standing.lesson)}">{safe(pages.lesson_title(result))}</h2>\n']
    if result.problem:
        lines.append(
            "<p>This notebook could not be graded as it is. Your teacher sees why, and will tell you what to do; no "
            "points are decided yet.</p>\n"
        )
        return "".join(lines)
    lines.append(f'<p class="big"><strong>{points(standing.total, standing.possible)}</strong></p>\n')
    if standing.penalty:
        lines.append(
            f"<p>The tasks brought {number(standing.earned)}; lateness takes {number(standing.penalty)}.</p>\n"
        )
    when = " ".join(filter(None, [_handed_in(standing, settings), safe(standing.lateness).replace(" %", "\u00a0%")]))
    lines.append(f"<p>{when}</p>\n" if when else "")
    if standing.waiting:
        one = len(standing.waiting) == 1
        lines.append(
            f"<p>{'One task waits' if one else f'{len(standing.waiting)} tasks wait'} for a person who marks "
            f"{'it' if one else 'them'}; what {'it brings' if one else 'they bring'} is not in the sum yet.</p>\n"
        )
    lines += [_task(standing, task) for task in result.tasks]
    remarks = [remark for remark in result.remarks if not remark.startswith(_OF_OTHERS)]
    if remarks:
        items = "".join(f"<li>{sentence(remark)}</li>\n" for remark in remarks)
        lines.append(f"<h3>About the notebook</h3>\n<ul>\n{items}</ul>\n")
    return "".join(lines)


def _task(standing: Standing, task: TaskResult) -> str:
    outcome, said = outcome_of(standing, task), task.text
    if outcome == WAITS:
        got = f"of {number(task.possible)}, not marked yet"
    else:
        got = points(standing.tasks.get(task.name, task.points), task.possible)
    title = sentence(task.title or task.name) + (f" <code>{safe(task.name)}</code>" if task.title else "")
    lines = [
        f'<article class="task">\n<div class="head"><h3>{title}</h3>{pages.kind(outcome)}'
        f'<span class="points">{got}</span></div>\n'
    ]
    if said and outcome != BY_HAND:
        lines.append(f'<p class="said">{sentence(said)}</p>\n')
    if comment := standing.comments.get(task.name):
        lines.append(f'<div class="comment"><p><b>From the person who marked it:</b></p>'
                     f'<p class="said">{sentence(comment)}</p></div>\n')  # fmt: skip
    if len(task.tests) > 1:
        lines.append(_tests(task))
    if _NO_ANSWER.fullmatch(task.answer):
        lines.append('<p class="quiet">There is no answer of yours in the notebook.</p>\n')
    else:
        count = many(task.answer.strip().count("\n") + 1, "line")
        label = f"Your answer to {task.title or task.name}"
        lines.append(f"<details><summary>Your answer, {count}</summary>{pages.code(task.answer, label)}</details>\n")
    return "".join([*lines, "</article>\n"])


def _tests(task: TaskResult) -> str:
    items = "".join(
        f'<li><span class="head"><b>{_named(test)}</b>{pages.kind(test.kind)}<span class="points">'
        f"{points(test.points, test.possible)}</span></span>{_said(test, task)}</li>\n"
        for test in task.tests
    )
    return f'<ul class="tests">\n{items}</ul>\n'


def _named(test: TestResult) -> str:
    place = test.name.removeprefix("hidden ")
    return "The check in your notebook" if test.name == "check" else f"Hidden test {safe(place)}"


def _said(test: TestResult, task: TaskResult) -> str:
    if test.text in ("", task.text) or (test.kind == PASSED and test.name != "check"):  # it says nothing new
        return ""
    return f'<span class="said">{sentence(test.text)}</span>'


def outcome_of(standing: Standing, task: TaskResult) -> str:
    """Return how a task ended; one that a person has marked waits no longer."""
    return BY_HAND if task.kind == WAITS and task.name not in standing.waiting else task.kind


def _handed_in(standing: Standing, settings: Settings) -> str:
    """Say when it was handed in, on the clock of the due date."""
    when, due = (ask(standing.student, standing.lesson) for ask in (settings.handed_in, settings.deadline))
    try:
        read = (when or moment(standing.result.handed_in)).astimezone(due.tzinfo if due else None)
    except ValueError:
        return ""
    return f"Handed in on {read.day} {read:%B %Y, %H:%M}."


def _legend(kinds: list[str]) -> str:
    if not kinds:
        return ""
    items = "".join(f"<dt>{pages.kind(kind)}</dt><dd>{safe(MEANINGS[kind])}</dd>\n" for kind in kinds)
    return f"<h2>What the outcomes mean</h2>\n<dl>\n{items}</dl>\n"
