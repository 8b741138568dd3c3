"""Try to guess: a prediction before the experiment, kept until the experiment has spoken."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ftlearn import environment
from ftlearn.displays import show_html
from ftlearn.errors import FtlearnError, UnknownNameError
from ftlearn.learn import records
from ftlearn.learn.markup import STYLE, inline, lettered, pick, plain, status
from ftlearn.widgets import is_static, live

KEPT = "Kept. Run the next cell to see."
_LEDGER: dict[str, Guess] = {}


@dataclass
class Guess:
    """A question, what the learner said to it, and what was measured.

    Attributes
    ----------
    question : str
        As it was asked.
    choices : tuple of str
        What could be guessed.
    mine : str or None
        The learner's choice.
    late : bool
        Whether it was made after the answer had been shown.
    answer : str or None
        The choice that the measurement bore out.
    """

    question: str
    choices: tuple[str, ...]
    mine: str | None = None
    late: bool = False
    answer: str | None = None

    @property
    def verdict(self) -> str:
        """``"right"``, ``"not so"``, ``"no guess"``, ``"not measured yet"`` or ``"after the answer"``."""
        if self.answer is None:
            return "not measured yet"
        if self.mine is None:
            return "no guess"
        if self.late:
            return "after the answer"
        return "right" if self.mine == self.answer else "not so"

    def keep(self, choice: str) -> None:
        """Keep the learner's choice; one that changes after the answer was shown is marked late."""
        if choice != self.mine:
            self.late = self.answer is not None
        self.mine = choice


def guess(key: str, question: str, choices: Sequence[Any], *, mine: str | None = None) -> None:
    """Ask for a prediction, and keep it in the kernel's memory until `reveal`.

    In a notebook the choices are radio buttons: Tab goes to them, the space bar chooses. Elsewhere, and in the
    committed notebooks, question and choices are printed. Running the cell again keeps the earlier guess.

    Parameters
    ----------
    key : str
        A name for the question, the same that `reveal` gets.
    question : str
        What is going to be measured, as a question.
    choices : sequence of str
        At least two different answers; code between backticks.
    mine : str, optional
        The guess itself, as a letter or in words: for use without widgets.

    Raises
    ------
    FtlearnError
        When there are fewer than two choices or two alike, or `mine` is none of them.

    Examples
    --------
    >>> guess("two", "What is 1 + 1?", ["two", "eleven"], mine="a")
    What is 1 + 1?
      a. two
      b. eleven
    You guessed: two. Kept. Run the next cell to see.
    """
    texts = tuple(plain(str(choice)) for choice in choices)
    if len(texts) < 2 or len(set(texts)) < len(texts):
        raise FtlearnError(f"The guess {key!r} needs two different choices at least; got {list(choices)!r}.")
    kept = _LEDGER.get(key)
    if kept is None or kept.choices != texts:
        kept = _LEDGER[key] = Guess(question, texts)
    kept.question = question
    if mine is not None:
        kept.keep(texts[pick(mine, texts)])
    heading = f"<p><strong>Try to guess.</strong> {inline(question)}</p>"
    if live():
        _show_buttons(kept, heading)
        return
    listed, lines = lettered([str(choice) for choice in choices])
    say = _said(kept)
    if kept.mine is None:
        say = (
            "Decide before you read on. In a running notebook, this cell keeps your guess."
            if is_static()
            else 'Decide before you go on. To keep your guess, add mine="a" (or another letter) to the call.'
        )
    show_html(f"{heading}{listed}<p>{inline(say)}</p>", f"{plain(question)}\n{lines}\n{say}")


def _said(kept: Guess) -> str:
    if kept.answer is not None:
        return f"You guessed: {kept.mine}. Measured: {kept.answer}."
    return f"You guessed: {kept.mine}. {KEPT}"


def _show_buttons(kept: Guess, heading: str) -> None:
    import ipywidgets as w
    from IPython.display import display

    buttons = w.RadioButtons(
        options=list(kept.choices),
        value=kept.mine,
        layout=w.Layout(width="auto", max_width="46em"),
        tooltip="Your guess",
    )
    buttons.add_class("ftlearn-choices")
    said = w.HTML(status(KEPT if kept.mine is not None and kept.answer is None else ""))

    def on_choice(change: dict) -> None:
        kept.keep(change["new"])
        said.value = status(
            KEPT if kept.answer is None else "Kept. The answer was already shown, so it will be marked so."
        )

    buttons.observe(on_choice, "value")
    display(w.VBox([w.HTML(STYLE + heading), buttons, said]))


def reveal(key: str, answer: Any) -> None:
    """Show what was guessed beside what was measured.

    Parameters
    ----------
    key : str
        The name that `guess` got.
    answer : str
        The choice that the measurement bears out, computed by the cell.

    Raises
    ------
    UnknownNameError
        When that question was never asked in this kernel.
    FtlearnError
        When the answer is none of the choices: the lesson asked the wrong question, or the measurement surprised it.

    Examples
    --------
    >>> guess("three", "What is 1 + 2?", ["three", "twelve"], mine="b")  # doctest: +ELLIPSIS
    What is 1 + 2?...
    >>> reveal("three", "three")
    You guessed: twelve. Measured: three.
    """
    if key not in _LEDGER:
        known = f" Asked so far: {', '.join(_LEDGER)}." if _LEDGER else ""
        raise UnknownNameError(f"No guess named {key!r} was asked.", fix=f"Run the cell that asks it first.{known}")
    kept = _LEDGER[key]
    measured = plain(str(answer))
    if measured not in kept.choices:
        raise FtlearnError(f"The measured answer {measured!r} is none of the choices: {'; '.join(kept.choices)}.")
    first = kept.answer is None
    kept.answer = measured
    if first and kept.mine is not None:
        records.keep(records.Event(lesson=environment.current_lesson(), kind="guess", task=key, outcome=kept.verdict))
    if kept.mine is None:
        say = f"You made no guess. Measured: {measured}."
    elif kept.mine == measured:
        say = f"You guessed: {kept.mine}. Measured: the same. Right."
    else:
        say = f"You guessed: {kept.mine}. Measured: {measured}."
    show_html(f'<p role="status">{html.escape(say, quote=False)}</p>', say)


def guesses() -> dict[str, Guess]:
    """Give the guesses of this kernel by their names, in the order in which they were asked.

    Returns
    -------
    dict of str to Guess
        A copy of the ledger; the guesses themselves are shared.

    Examples
    --------
    >>> guess("four", "What is 2 + 2?", ["four", "five"], mine="a")  # doctest: +ELLIPSIS
    What is 2 + 2?...
    >>> guesses()["four"].mine
    'four'
    """
    return dict(_LEDGER)


def guesses_table() -> None:
    """Show every question of the lesson with the guess and the measurement, for the end of a lesson.

    Examples
    --------
    >>> guess("five", "What is 2 + 3?", ["five", "six"], mine="a")  # doctest: +ELLIPSIS
    What is 2 + 3?...
    >>> reveal("five", "five")
    You guessed: five. Measured: the same. Right.
    >>> guesses_table()  # doctest: +ELLIPSIS
    What is...What is 2 + 3? You guessed: five. Measured: five. (right)...
    """
    asked = list(_LEDGER.values())
    if not asked:
        show_html("<p>No question was asked yet.</p>", "No question was asked yet.")
        return
    head = "".join(
        f'<th scope="col" style="text-align:left">{t}</th>'
        for t in ("question", "your guess", "what was measured", "verdict")
    )
    rows, lines = "", []
    for one in asked:
        mine, answer = one.mine or "no guess", one.answer or "not yet"
        cells = "".join(f'<td style="text-align:left">{html.escape(c)}</td>' for c in (mine, answer, one.verdict))
        rows += (
            f'<tr><th scope="row" style="text-align:left;font-weight:normal">{inline(one.question)}</th>{cells}</tr>'
        )
        lines.append(f"{plain(one.question)} You guessed: {mine}. Measured: {answer}. ({one.verdict})")
    made = [one for one in asked if one.verdict in ("right", "not so")]
    score = f"{sum(one.verdict == 'right' for one in made)} of your {len(made)} guesses held." if made else ""
    markup = (
        f"<table><caption>What you guessed, and what was measured</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table><p>{score}</p>"
    )
    show_html(markup, "\n".join([*lines, score]).rstrip())
