"""The queue of answers that a person marks, and the terminal in which they do: blind, one task at a time, by keys."""

from __future__ import annotations

import contextlib
import difflib
from functools import cache
from pathlib import Path

from ftlearn.errors import DataError, FtlearnError
from ftlearn.teach.grading.marks import Mark, Marks, sum_of
from ftlearn.teach.grading.screens import Keys, Lines, terminal, visible, wrapped
from ftlearn.teach.grading.standings import mark_of
from ftlearn.teach.grading.store import read_results
from ftlearn.teach.grading.waiting import Item, points_of, queue, rubric_of

__all__ = ["queue", "review"]

_NONE = "No answer waits for a person."
_HELP = """\
0 … 9 . /    points, such as 2 or 1.5 or 3/2; Enter keeps them and goes on to the next answer
c            a comment that the student will read; kept together with the points
n, right     the next answer; p, left: the previous one
space, b     further down in a long answer, and back
s            skip: leave it for the end
u            undo the mark given last, and go back to it
q            quit; every mark is saved when it is given, and the next review goes on from there
"""
_SHORT = " · ".join(
    one.replace(" ", "\u00a0")  # a key and what it does stay on one line
    for one in ("c comment", "n next", "p back", "s skip", "u undo", "space more", "? help", "q quit")
)


def review(
    folder: str | Path,
    lesson: str = "",
    task: str = "",
    again: bool = False,
    *,
    names: bool = False,
    solutions: str | Path = "solutions",
    screen: Keys | Lines | None = None,
) -> int:
    """Let a person mark what waits.

    Parameters
    ----------
    folder : path
        RESULTS.
    lesson, task : str, optional
        Only one lesson's, or one task's.
    again : bool
        Begin with the first answer, whether it has a mark or not.
    names : bool
        Show whose answer it is; by default marking is blind.
    solutions : path
        The folder whose notebooks hold the rubrics.
    screen : Keys or Lines, optional
        Where to show and to ask; by default the terminal, or standard input where there is none.

    Returns
    -------
    int
        How many marks were changed.

    Raises
    ------
    DataError
        When there are no results, nothing of the lesson or task is among them, or marks.json is damaged.
    """
    results, problems = read_results(folder)
    marks = Marks.load(folder)
    everything = queue(results, marks, again=True)
    _check("lesson", lesson, {item.result.lesson for item in everything})
    _check("task", task, {item.task.name for item in everything if lesson in ("", item.result.lesson)})
    items = queue(results, marks, lesson=lesson, task=task, again=True)
    waiting = queue(results, marks, lesson=lesson, task=task, again=again)
    with contextlib.nullcontext(screen) if screen else terminal() as screen:
        if not waiting:
            told = f"All {len(items)} answers are marked; --again shows them." if items else _NONE
            screen.show("\n".join([*problems, told, ""]))
            return 0
        session = _Session(items, waiting, marks, screen, Path(solutions), names)
        session.said = " ".join(problems)
        session.run()
        left = len(session.waiting)
        screen.show(f"{session.given} marked, all saved; {f'{left} of {len(items)} wait' if left else 'none waits'}.\n")
    return session.given


def _check(kind: str, name: str, known: set[str]) -> None:
    if name and known and name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise DataError(
            f"No answer that a person marks belongs to the {kind} {name!r}.",
            fix=f"{hint}There are: {', '.join(sorted(known))}.",
        )


class _Session:
    """One person's sitting."""

    def __init__(
        self, items: list[Item], waiting: list[Item], marks: Marks, screen: Keys | Lines, solutions: Path, names: bool
    ):
        self._items, self._marks, self._screen, self._names = items, marks, screen, names
        self.waiting = {item.key for item in waiting}
        self._at = next(number for number, item in enumerate(items) if item.key in self.waiting)
        self._drafts: dict[tuple[str, str, str], str] = {}
        self._done: list[tuple[Item, Mark, Mark | None, bool]] = []  # with what was before, and whether it waited
        self._first = 0  # the line of the answer at the top
        self._helping = False
        self._rubric = cache(lambda lesson, task: rubric_of(solutions, lesson, task))
        self.said = ""

    @property
    def given(self) -> int:
        """How many answers were marked in this sitting."""
        return len({item.key for item, *_ in self._done})

    @property
    def _item(self) -> Item:
        return self._items[self._at]

    @property
    def _mark(self) -> Mark | None:
        return mark_of(self._item.result, self._item.task, self._marks)

    def run(self) -> None:
        """Show, ask and do, until the person has had enough."""
        leaving = False
        while True:
            self._screen.show("\n".join(self._lines()))
            old = self._mark or self._marks.last(*self._item.key)
            command = self._screen.command(self._drafts.get(self._item.key, old.comment if old else ""))
            self.said, self._helping = "", False
            if command == "q":
                lost = [text for text in self._drafts.values() if text]
                if leaving or not lost:
                    return
                self.said = f"A comment is kept with points only. q once more leaves without: {' / '.join(lost)}"
            leaving = command == "q"
            try:
                self._do(command)
            except FtlearnError as error:  # also when a mark could not be saved: it is still on the screen
                self.said = str(error)

    def _do(self, command: str) -> None:
        if command in ("n", "p"):
            self._go((self._at + (1 if command == "n" else -1)) % len(self._items))
        elif command in (" ", "b"):
            self._first += self._page if command == " " else -self._page
        elif command == "s":
            self._items.append(self._items.pop(self._at))
            last = len(self._items) - 1
            self._on([*range(self._at, last), *range(self._at), last])
        elif command == "u":
            self._undo()
        elif command == "?":
            self._helping = True
        elif command.split(" ")[0] == "c":
            self._comment(" ".join(visible(command[1:]).split()))
        elif command[:1] in tuple("0123456789.,/-"):
            self._give(points_of(command, self._item.task.possible), self._drafts.get(self._item.key))
            self._drafts.pop(self._item.key, None)
            self._on([*range(self._at + 1, len(self._items)), *range(self._at + 1)])
        elif command not in ("", "q"):
            self.said = f"{visible(command)!r} is no command. {_SHORT}"

    def _comment(self, text: str) -> None:
        if (mark := self._mark) is not None:
            self._give(mark.points, text)
            self.said = "The comment is saved."
        else:
            self._drafts[self._item.key] = text

    def _give(self, points: float, comment: str | None) -> None:
        item, before = self._item, self._mark
        if comment is None:
            comment = before.comment if before else ""
        mark = Mark(*item.key, points, comment, sum_of(item.task.answer))
        self._marks.give(mark)
        self._done.append((item, mark, before, item.key in self.waiting))
        self.waiting.discard(item.key)

    def _undo(self) -> None:
        if not self._done:
            raise DataError("There is nothing to undo: no mark was given in this sitting.")
        item, mark, before, waited = self._done[-1]
        if before is None:
            self._marks.take_back(mark)
            self._drafts[item.key] = mark.comment
        else:
            self._marks.give(before)
        self._done.pop()
        if waited:
            self.waiting.add(item.key)
        self._go(self._items.index(item))
        self.said = "The mark is taken back." if before is None else "The mark is as it was before."

    def _on(self, places: list[int]) -> None:
        """Go to the first of these places whose answer waits."""
        found = next((place for place in places if self._items[place].key in self.waiting), None)
        if found is None:
            self.said = "All are marked. q ends the review; n and p look at them once more."
        else:
            self._go(found)

    def _go(self, at: int) -> None:
        self._at, self._first = at, 0

    def _lines(self) -> list[str]:
        """Return the screen: what is asked, by what it is judged, the answer, what can be done."""
        item, width = self._item, self._screen.width
        whose = f" · {item.result.student}" if self._names else ""
        above = wrapped(
            f"Answer {self._at + 1} of {len(self._items)} · {len(self.waiting)} to be marked{whose}\n"
            f"{item.result.lesson} · {item.task.title or item.task.name} ({item.task.name}), "
            f"0 to {item.task.possible:g} points",
            width,
        )
        rubric = self._rubric(item.result.lesson, item.task.name)
        body = [*wrapped(rubric, width, "  "), "", *wrapped(item.task.answer.strip(), width, "│ ")]
        below = wrapped("\n".join(filter(None, (self._state(), self.said, f"Points, Enter · {_SHORT}"))), width)
        if self._helping:
            body = wrapped(_HELP.rstrip(), width, "  ")
        return [*above, "", *self._window(body, len(above) + len(below) + 4), "", *below, ""]

    def _window(self, body: list[str], others: int) -> list[str]:
        """Return the part of the body that fits, and how much is below."""
        self._page = len(body) if self._screen.height is None else max(self._screen.height - others, 3)
        self._first = min(max(self._first, 0), max(len(body) - self._page, 0))
        seen, below = body[self._first : self._first + self._page], len(body) - self._first - self._page
        return [*seen, f"  … {below} more lines: space" if below > 0 else ""] if len(body) > self._page else seen

    def _state(self) -> str:
        mark, draft = self._mark, self._drafts.get(self._item.key)
        if mark is not None:
            return f"Marked: {mark.points:g} points. {mark.comment}".strip()
        old = self._marks.last(*self._item.key)
        was = f"The answer has changed. Before, it had {old.points:g} points. {old.comment}\n" if old else ""
        return was + (f"Your comment, kept with the points: {draft}" if draft else "")
