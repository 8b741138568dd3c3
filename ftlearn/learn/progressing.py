"""How far one has come: lessons, points, and what to look at again."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass, field
from pathlib import Path

from ftlearn.displays import show_html
from ftlearn.learn import records
from ftlearn.learn.outcomes import PASSED

_GOOD = {"check": PASSED, "quiz": "right", "guess": "right"}


@dataclass
class Standing:
    """How one lesson stands.

    Attributes
    ----------
    lesson : str
        Its number.
    guesses, quiz, tasks : tuple of int
        How many were right, of how many that were tried.
    points, possible : float
        Of the tasks, each at its best.
    revisit : list of str
        Tasks and questions whose last try was not right.
    """

    lesson: str
    guesses: tuple[int, int] = (0, 0)
    quiz: tuple[int, int] = (0, 0)
    tasks: tuple[int, int] = (0, 0)
    points: float = 0.0
    possible: float = 0.0
    revisit: list[str] = field(default_factory=list)


def standings(events: list[records.Event]) -> list[Standing]:
    """Sum a record up by lessons.

    Parameters
    ----------
    events : list of Event
        From `records.events`.

    Returns
    -------
    list of Standing
        One a lesson in which something was done, in order. A task's best try counts, and its last one decides whether
        to look at it again.

    Examples
    --------
    >>> tries = [records.Event(lesson="04", kind="check", task="rate", outcome=o, points=p, possible=2)
    ...          for o, p in (("not yet", 0.0), ("passed", 2.0))]
    >>> standings(tries)[0].tasks, standings(tries)[0].points, standings(tries)[0].revisit
    ((1, 1), 2.0, [])
    """
    lessons: dict[str, dict[tuple[str, str], list[records.Event]]] = {}
    for event in events:
        lessons.setdefault(event.lesson, {}).setdefault((event.kind, event.task), []).append(event)
    made = []
    for lesson, tried in sorted(lessons.items()):
        one = Standing(lesson)
        for kind, name in (("guess", "guesses"), ("quiz", "quiz"), ("check", "tasks")):
            of_kind = {task: tries for (k, task), tries in tried.items() if k == kind}
            # A guess is made once: looking again after the answer is no guess.
            counts = [(tries[:1] if kind == "guess" else tries) for tries in of_kind.values()]
            right = sum(any(event.outcome == _GOOD[kind] for event in tries) for tries in counts)
            setattr(one, name, (right, len(of_kind)))
            if kind == "check":
                one.points = sum(max(event.points for event in tries) for tries in of_kind.values())
                one.possible = sum(tries[-1].possible for tries in of_kind.values())
            if kind != "guess":
                one.revisit += [task for task, tries in of_kind.items() if tries[-1].outcome != _GOOD[kind]]
        made.append(one)
    return made


class Progress:
    """What `ftlearn.learn.progress` is: called, it shows how far one has come; `export` and `restore` carry it along.

    The record is one file on this machine, `place`; nothing leaves the machine.
    """

    def __call__(self) -> None:
        """Show lessons, points and what to look at again."""
        rows = standings(records.events())
        if not rows:
            text = f"Nothing is kept yet. Guesses, checks and quizzes will be, in {self.place}."
            show_html(f"<p>{html.escape(text)}</p>", text)
            return
        head = ("lesson", "guesses that held", "quiz", "tasks", "points", "look again at")
        table, lines = [], []
        for one in rows:
            counts = (one.guesses, one.quiz, one.tasks)
            cells = [
                one.lesson, *(f"{right} of {tried}" if tried else "–" for right, tried in counts),
                f"{one.points:g} of {one.possible:g}" if one.possible else "–", ", ".join(one.revisit) or "nothing",
            ]  # fmt: skip
            table.append("".join(f'<td style="text-align:left">{html.escape(cell)}</td>' for cell in cells))
            lines.append(", ".join(f"{name} {cell}" for name, cell in zip(head, cells, strict=True)))
        titles = "".join(f'<th scope="col" style="text-align:left">{title}</th>' for title in head)
        body = "".join(f"<tr>{row}</tr>" for row in table)
        kept = f"Kept in {self.place}."
        show_html(
            f"<table><caption>How far you have come</caption><thead><tr>{titles}</tr></thead><tbody>{body}</tbody>"
            f"</table><p><small>{html.escape(kept)}</small></p>",
            "\n".join([*lines, kept]),
        )

    @property
    def place(self) -> Path:
        """The file of the record."""
        return records.place()

    def export(self, path: str | os.PathLike[str] = "ftlearn-progress.json") -> Path:
        """Write the record to a file that can be downloaded; see `records.export`."""
        return records.export(path)

    def restore(self, path: str | os.PathLike[str] = "ftlearn-progress.json") -> int:
        """Add the record of a file; see `records.restore`."""
        return records.restore(path)


progress = Progress()
