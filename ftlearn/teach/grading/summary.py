"""The page of a class: what is still to do, how the work went, and where each student's page lies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean, median

from ftlearn.learn.outcomes import PASSED
from ftlearn.teach.grading import exports, pages, plots
from ftlearn.teach.grading.alike import Pair
from ftlearn.teach.grading.feedback import outcome_of
from ftlearn.teach.grading.look import BY_HAND
from ftlearn.teach.grading.outer import UNSANDBOXED
from ftlearn.teach.grading.pages import many, name, number, safe, sentence
from ftlearn.teach.grading.results import KINDS, TaskResult
from ftlearn.teach.grading.settings import Settings
from ftlearn.teach.grading.standings import Standing
from ftlearn.teach.grading.store import safe_name

_MOST = 10  # bars in a plot, rows in the tables beside it


def page(standings: Sequence[Standing], pairs: Sequence[Pair], settings: Settings) -> str:
    """Write the page of the class.

    Parameters
    ----------
    standings : sequence of Standing
        Of all students and lessons.
    pairs : sequence of Pair
        Near-identical work.
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
    >>> "NOT SANDBOXED" in page([one], [], Settings())
    False
    """
    title = settings.title or "The class"
    students, lessons = {one.student for one in standings}, sorted({one.lesson for one in standings})
    counts = [
        (len(standings), "submission"), (len(students), "student"), (len(exports.lessons(standings)), "lesson"),
        (sum(len(one.waiting) for one in standings), "answer to be marked"),
        (sum(bool(one.result.problem) for one in standings), "not graded"),
    ]  # fmt: skip
    items = "".join(f"<li><b>{count:,}</b> {_counted(count, what)}</li>\n" for count, what in counts)
    body = [
        f"<h1>{name(title)}</h1>\n<p>What grading found. This page is for those who teach; each student has a page of "
        "their own, linked from the table below.</p>\n",
        _banner(standings),
        f'<ul class="numbers">\n{items}</ul>\n',
        _to_do(standings, pairs),
        _totals(standings, lessons),
        _hardest(standings),
        _misconceptions(standings),
        _students(standings, lessons),
        _files(exports.lessons(standings)),
    ]
    return pages.page(f"{title}: grading", "".join(body))


def _counted(count: int, what: str) -> str:
    if what == "answer to be marked":
        return what if count == 1 else "answers to be marked"
    return what if count == 1 or what == "not graded" else f"{what}s"


def _banner(standings: Sequence[Standing]) -> str:
    bare = [one for one in standings if one.result.sandbox == UNSANDBOXED]
    if not bare:
        return ""
    return (
        f'<div class="banner" role="note"><p><strong>{UNSANDBOXED}</strong></p><p>{many(len(bare), "submission")} of '
        f"{len(standings):,} ran without a sandbox, because --unsafe was given: the code in them could read and change "
        "what whoever graded can, these results among it. Where this machine offers a sandbox (see "
        "<code>ftlearn grade doctor</code>), grade them again there with <code>--again</code>.</p></div>\n"
    )


def _to_do(standings: Sequence[Standing], pairs: Sequence[Pair]) -> str:
    parts = ["<h2>To do</h2>\n"]
    waiting = Counter((one.lesson, task) for one in standings for task in one.waiting)
    if waiting:
        rows = [[f"<code>{safe(f'{lesson}/{task}')}</code>", f"{count:,}"] for (lesson, task), count in waiting.items()]
        parts.append(
            "<p>Some answers wait for a person. Mark them with <code>ftlearn grade review RESULTS</code>; until then "
            "their students' totals lack them, and the files for Canvas and Moodle leave those totals out.</p>\n"
            + pages.table("Answers that wait for a person", ["Task", "Answers"], sorted(rows), "name n")
        )
    broken = [one for one in standings if one.result.problem]
    if broken:
        rows = [
            [_link(one.student), safe(one.lesson or "?"), name(one.result.place or one.result.notebook),
             sentence(one.result.problem)]
            for one in broken
        ]  # fmt: skip
        parts.append(
            "<p>These notebooks could not be graded, and have no points yet. Put right what the sentence names, or ask "
            "for the file again, and run <code>ftlearn grade</code> once more: it grades what changed.</p>\n"
            + pages.table("Not graded", ["Student", "Lesson", "File", "Why"], rows, "name - text text")
        )
    if pairs:
        parts.append(
            f'<p><a href="alike.html">{many(len(pairs), "pair")} of near-identical work</a>: to look at, not a '
            "verdict. No points were changed for it.</p>\n"
        )
    return "".join(parts if len(parts) > 1 else [*parts, "<p>Nothing: every task is marked.</p>\n"])


def _graded(standings: Iterable[Standing], lesson: str = "") -> list[Standing]:
    return [one for one in standings if not one.result.problem and one.possible and lesson in ("", one.lesson)]


def _totals(standings: Sequence[Standing], lessons: Sequence[str]) -> str:
    rows, shares = [], {}
    for lesson in lessons:
        held = _graded(standings, lesson)
        if not held:
            continue
        totals = [one.total for one in held]
        shares[lesson] = [100 * one.total / one.possible for one in held]
        best = max(one.possible for one in held)
        numbers = [best, min(totals), median(totals), fmean(totals), max(totals)]
        late, waiting = sum(one.penalty > 0 for one in held), sum(bool(one.waiting) for one in held)
        [(title, _)] = Counter(pages.lesson_title(one.result) for one in held).most_common(1)  # files are renamed
        rows.append([safe(title), f"{len(held):,}", *map(number, numbers), f"{late:,}", f"{waiting:,}"])
    if not rows:
        return ""
    heads = ["Lesson", "Graded", "Possible", "Lowest", "Median", "Mean", "Highest", "Cut for lateness", "Wait"]
    return (
        "<h2>Totals</h2>\n"
        + plots.totals(shares)
        + pages.table("Points of each lesson, after lateness", heads, rows, "text n n n n n n n n")
    )


def _tasks(standings: Sequence[Standing]) -> dict[tuple[str, str], list[tuple[Standing, TaskResult]]]:
    found = defaultdict(list)
    for one in _graded(standings):
        for task in one.result.tasks:
            found[one.lesson, task.name].append((one, task))
    return found


def _hardest(standings: Sequence[Standing]) -> str:
    shares = {}
    for key, held in _tasks(standings).items():
        if all(task.possible and task.name not in one.waiting for one, task in held):
            shares[key] = fmean(100 * one.tasks[task.name] / task.possible for one, task in held), held
    below = [one for one in shares.items() if one[1][0] < 100]
    order = sorted(below, key=lambda one: (one[1][0], one[0]))[:_MOST]
    if not order:
        return ""
    rows = []
    for (lesson, task), (share, held) in order:
        kinds = Counter(outcome_of(*one) for one in held)
        said = ", ".join(f"{kinds[kind]}\u00a0×\u00a0{kind}" for kind in (*KINDS, BY_HAND) if kinds[kind])
        rows.append([f"<code>{safe(f'{lesson}/{task}')}</code>", sentence(held[0][1].title), f"{share:.0f} %", said])
    bars = [(f"{lesson}/{task}", share) for (lesson, task), (share, _) in order]
    return (
        "<h2>Hardest tasks</h2>\n<p>Tasks with answers that still wait for a person are left out.</p>\n"
        + plots.hardest(bars)
        + pages.table("The hardest tasks, and how they ended",
                      ["Task", "Title", "Mean share", "Outcomes"], rows, "name text n text")
    )  # fmt: skip


def _misconceptions(standings: Sequence[Standing]) -> str:
    """List what many got wrong alike, in the sentence that most of them were given."""
    said = defaultdict(Counter)
    for (lesson, name_), held in _tasks(standings).items():
        for _, task in held:
            if task.misconception and task.kind != PASSED:
                said[lesson, name_, task.misconception][task.text] += 1
    order = sorted(said.items(), key=lambda one: (-one[1].total(), one[0]))[:_MOST]
    if not order:
        return ""
    rows, bars = [], []
    for place, ((lesson, task, _), sentences) in enumerate(order, 1):
        text = min(sentences, key=lambda one: (-sentences[one], one))
        rows.append([f"{place}", f"<code>{safe(f'{lesson}/{task}')}</code>", f"{sentences.total():,}", sentence(text)])
        bars.append((f"{place}. {lesson}/{task}", sentences.total()))
    return (
        "<h2>Misconceptions</h2>\n<p>Mistakes that the exercises foresee, in the words that students got.</p>\n"
        + plots.misconceptions(bars)
        + pages.table("The most frequent misconceptions", ["No.", "Task", "Students", "What they were told"], rows,
                      "n name n text")
    )  # fmt: skip


def _students(standings: Sequence[Standing], lessons: Sequence[str]) -> str:
    held = {(one.student, one.lesson): one for one in standings}
    order = list(dict.fromkeys(one.student for one in standings))
    rows = []
    for student in order:
        own = [held.get((student, lesson)) for lesson in lessons]
        graded = [one.total for one in own if one is not None and not one.result.problem]
        rows.append([_link(student), *(_cell(one) for one in own), number(sum(graded)) if graded else "–"])
    heads = ["Student", *(safe(lesson) or "?" for lesson in lessons), "Total"]
    return (
        "<h2>Students</h2>\n<p>Each name leads to what its student reads. A dash: nothing that could be graded.</p>\n"
        + pages.table("Points by student and lesson", heads, rows, " ".join(["name", *("n" for _ in heads[1:])]))
    )


def _link(student: str) -> str:
    return f'<a href="feedback/{safe_name(student)}.html">{name(student)}</a>'


def _cell(one: Standing | None) -> str:
    if one is None:
        return "–"
    if one.result.problem:
        return "not graded"
    notes = [note for holds, note in ((one.penalty > 0, "late"), (one.waiting, f"{len(one.waiting)} to mark")) if holds]
    more = f'<br><span class="quiet">{", ".join(notes)}</span>' if notes else ""
    return f"{number(one.total)} / {number(one.possible)}{more}"


def _files(lessons: Sequence[str]) -> str:
    moodle = [f'<a href="export/moodle_{safe(one)}.csv">{safe(one)}</a>' for one in lessons]
    return (
        '<h2>Files</h2>\n<ul>\n<li><a href="grades.csv">grades.csv</a>: a row a student, a column a task.</li>\n'
        '<li><a href="export/canvas.csv">export/canvas.csv</a>: for the import in Canvas\'s gradebook. Rename its '
        "columns to your assignments, or let Canvas make new ones.</li>\n"
        f"<li>For Moodle's offline grading worksheet, a file a lesson: {', '.join(moodle) or 'none'}. Give the "
        "assignment the maximum grade that stands in the file, and where it has grades already, allow updating records "
        "that were modified more recently in Moodle.</li>\n</ul>\n"
    )
