"""Quizzes that explain: every wrong choice gets its own explanation, answers rest on measurements."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ftlearn.displays import show_html
from ftlearn.errors import DataError, unknown_name
from ftlearn.learn import quiz_file, records
from ftlearn.learn.markup import inline, lettered, pick, plain
from ftlearn.learn.questions import Question, QuizFile, holds
from ftlearn.widgets import is_static, live

_ATTEMPTS: dict[str, list[Attempt]] = {}


@dataclass(frozen=True)
class Attempt:
    """An answer that was given: letters or a number as text, and whether it was right."""

    answer: str
    right: bool


@dataclass(frozen=True)
class Feedback:
    """What an answer gets: a verdict and an explanation.

    Attributes
    ----------
    right : bool
        The verdict.
    text : str
        Starts with "Right." or "Not yet.".
    """

    right: bool
    text: str

    def __repr__(self) -> str:
        return plain(self.text)


class Quiz:
    """The questions of a lesson, to be answered by buttons or by `answer`. Made by `quiz`."""

    def __init__(self, written: QuizFile, facts: dict[str, Any]):
        self.lesson, self.title, self.measured = written.lesson, written.title, dict(facts)
        self.questions: tuple[Question, ...] = tuple(
            question.against(facts) if facts else question for question in written.questions
        )

    def answer(self, number: int, answer: Any) -> Feedback:
        """Answer a question.

        Parameters
        ----------
        number : int
            The question's number, from 1.
        answer : str, list of str, or float
            A letter; letters for a question with several right choices (``"ac"`` or ``["a", "c"]``), or in their order;
            or a number.

        Returns
        -------
        Feedback
            The verdict, and why.

        Raises
        ------
        FtlearnError
            When there is no such question, or the answer is none that it could have. Nothing is counted then.

        Examples
        --------
        >>> quiz("04").answer(1, "All of its weights").right
        False
        """
        if not 1 <= number <= len(self.questions):
            raise DataError(f"There is no question {number!r}.", fix=f"There are {len(self.questions)}, from 1.")
        question = self.questions[number - 1]
        given, feedback = _judge(question, answer)
        if question.measured and self.measured:
            said = question.measured.format(value=self.measured[question.fact])
            feedback = Feedback(feedback.right, f"{feedback.text} {said}")
        _ATTEMPTS.setdefault(self._key(question), []).append(Attempt(given, feedback.right))
        outcome = "right" if feedback.right else "not yet"
        records.keep(records.Event(lesson=self.lesson, kind="quiz", task=question.id, outcome=outcome))
        return feedback

    def attempts(self, number: int) -> list[Attempt]:
        """List the answers given to a question so far, in this kernel."""
        return list(_ATTEMPTS.get(self._key(self.questions[number - 1]), []))

    def score(self) -> str:
        """Say how many questions are answered right by now, and how many were at the first try."""
        tried = [self.attempts(number) for number in range(1, len(self.questions) + 1)]
        right = sum(any(one.right for one in given) for given in tried)
        first = sum(given[0].right for given in tried if given)
        return f"Answered right: {right} of {len(tried)}; at the first try: {first}."

    def _key(self, question: Question) -> str:
        return f"{self.lesson}/{question.id}"

    def _ipython_display_(self) -> None:
        if live():
            from IPython.display import display

            from ftlearn.learn.quiz_widgets import build

            display(build(self))
        else:
            show_html(self._as_html(), repr(self))

    def _how(self) -> str:
        if is_static():
            return "In a running notebook this cell has buttons to answer with, and explains each answer."
        return f'Answer with q = quiz("{self.lesson}"), then q.answer(1, "b"), letters for several, or a number.'

    def _as_html(self) -> str:
        parts = [f"<h4>Quiz: {html.escape(self.title)}</h4>"]
        for number, question in enumerate(self.questions, 1):
            parts.append(question_html(number, question))
            if question.choices:
                parts.append(lettered([choice.text for choice in question.choices])[0])
        return "".join([*parts, f"<p><em>{inline(self._how())}</em></p>"])

    def __repr__(self) -> str:
        parts = [f"Quiz: {self.title}"]
        for number, question in enumerate(self.questions, 1):
            parts.append(f"\n{number}. {plain(question.text)} {hint(question)}".rstrip())
            if question.code:
                parts.append("\n".join(f"    {line}" for line in question.code.splitlines()))
            if question.choices:
                parts.append(lettered([choice.text for choice in question.choices])[1])
        return "\n".join([*parts, f"\n{self._how()}"])


def hint(question: Question) -> str:
    """Say in what form a question is answered, where its choices do not."""
    if question.kind == "several":
        return "(Choose all that are right.)"
    if question.kind == "order":
        return "(Put them in order.)"
    if question.kind == "number":
        unit = f" in {question.unit}" if question.unit else ""
        return f"(A number{unit}, to within {question.tolerance:g}.)"
    return ""


def question_html(number: int, question: Question) -> str:
    """Write a question's text, and its program if it has one."""
    code = f"<pre><code>{html.escape(question.code)}</code></pre>" if question.code else ""
    return f"<p><strong>{number}.</strong> {inline(f'{question.text} {hint(question)}')}</p>{code}"


def _judge(question: Question, answer: Any) -> tuple[str, Feedback]:
    if question.kind == "number":
        return _judge_number(question, answer)
    if question.kind == "order":
        return _judge_order(question, answer)
    texts = [choice.text for choice in question.choices]
    if question.kind == "choice":
        place = pick(answer, texts)
        choice = question.choices[place]
        return "abcdefghij"[place], Feedback(choice.right, f"{'Right.' if choice.right else 'Not yet.'} {choice.why}")
    chosen = {pick(one, texts) for one in _several(answer)}
    said = ", ".join("abcdefghij"[place] for place in sorted(chosen))
    wrong = [choice for place, choice in enumerate(question.choices) if place in chosen and not choice.right]
    missed = sum(choice.right and place not in chosen for place, choice in enumerate(question.choices))
    if wrong:
        return said, Feedback(False, f"Not yet. {plain(wrong[0].text)}: {wrong[0].why}")
    if missed:
        return said, Feedback(False, f"Not yet. What you chose is right, but {missed} more {_is(missed)} right too.")
    return said, Feedback(True, f"Right. {' '.join(choice.why for choice in question.choices if choice.right)}")


def _judge_order(question: Question, answer: Any) -> tuple[str, Feedback]:
    texts = [choice.text for choice in question.choices]
    given = [pick(one, texts) for one in _several(answer)]
    if sorted(given) != list(range(len(texts))):
        raise DataError(f"{len(texts)} steps are to be put in order, each once.", fix='Write for example "bca".')
    said = ", ".join("abcdefghij"[place] for place in given)
    for place, (mine, right) in enumerate(zip(given, question.order, strict=True)):
        if mine != right:
            before = f"The first {place} {_is(place)} in place. " if place else ""
            choice = question.choices[mine]
            return said, Feedback(False, f"Not yet. {before}{plain(choice.text)}: {choice.why}")
    return said, Feedback(True, f"Right. {' '.join(question.choices[place].why for place in given)}")


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _several(answer: Any) -> Iterable[str]:
    if not isinstance(answer, str):
        parts = list(answer)
    else:
        parts = [one for one in answer.replace(",", " ").replace(" and ", " ").split() if one]
        if len(parts) == 1 and parts[0].isalpha():
            parts = list(parts[0])
    if not parts:
        raise DataError("Nothing was chosen.", fix="Choose one at least.")
    return parts


def _judge_number(question: Question, answer: Any) -> tuple[str, Feedback]:
    try:
        value = float(str(answer).replace(",", "."))
    except ValueError:
        raise DataError(f"{answer!r} is no number.", fix="Write for example 0.25.") from None
    if abs(value - question.answer) <= question.tolerance:
        return f"{value:g}", Feedback(True, f"Right. {question.why}")
    why = next(why for when, why in question.wrong if not when or holds(when, value))
    return f"{value:g}", Feedback(False, f"Not yet. {why}")


def quiz(lesson: str, **facts: Any) -> Quiz:
    """Ask the quiz of a lesson; as the last line of a cell it shows itself.

    In a notebook each question has radio buttons, check boxes or a field, and a button that explains. Without widgets
    the questions are printed, and `Quiz.answer` takes the answers. Earlier attempts are kept while the kernel lives.

    Parameters
    ----------
    lesson : str
        Its number, such as ``"04"``.
    **facts : object
        What the lesson measured, by the names that the quiz uses: all of them, or none (then nothing is compared).

    Returns
    -------
    Quiz
        With ``answer``, ``attempts`` and ``score``.

    Raises
    ------
    UnknownNameError
        When there is no such quiz, or it uses no such fact.
    DataError
        When some facts are missing.
    ClaimError
        When a fact makes another answer right than the quiz expects, naming the question.

    Examples
    --------
    >>> q = quiz("04")
    >>> q.score()  # doctest: +ELLIPSIS
    'Answered right: ...
    """
    written = quiz_file.load(str(lesson))
    needed = written.facts()
    for name in facts:
        if name not in needed:
            raise unknown_name("fact", name, needed)
    if facts and needed - facts.keys():
        raise DataError(f"The quiz {lesson!r} also needs the facts {', '.join(sorted(needed - facts.keys()))}.")
    return Quiz(written, facts)
