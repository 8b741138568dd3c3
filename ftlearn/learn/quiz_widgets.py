"""A quiz laid out with widgets: all of it works by keyboard, and no answer is in it before it was given."""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from ftlearn.errors import FtlearnError
from ftlearn.learn.markup import STYLE, inline, lettered, plain, status

if TYPE_CHECKING:
    from ftlearn.learn.quizzing import Quiz


def build(quiz: Quiz) -> Any:
    """Lay out a quiz, without showing it.

    Parameters
    ----------
    quiz : Quiz
        What to ask; it judges the answers.

    Returns
    -------
    ipywidgets.VBox
        Heading, one box a question (text, input, button, feedback), score.
    """
    import ipywidgets as w

    score = w.HTML(status(quiz.score()))
    parts = [w.HTML(f"{STYLE}<h4>Quiz: {inline(quiz.title)}</h4>")]
    parts += [_question(quiz, number, score) for number in range(1, len(quiz.questions) + 1)]
    box = w.VBox([*parts, score])
    box.add_class("ftlearn-quiz")
    return box


def _question(quiz: Quiz, number: int, score: Any) -> Any:
    import ipywidgets as w

    from ftlearn.learn.quizzing import question_html

    question = quiz.questions[number - 1]
    asked = question_html(number, question)
    if question.kind == "order":
        asked += lettered([choice.text for choice in question.choices])[0]
    before = quiz.attempts(number)
    field, read = _input(question, before[-1].answer if before else "")
    field.add_class("ftlearn-choices")
    check = w.Button(description=f"Check {number}", tooltip=f"Check the answer to question {number}")
    check.add_class("ftlearn-choices")
    said = w.HTML(status(f"Your last answer was {'right' if before[-1].right else 'not right yet'}." if before else ""))

    def on_check(_: Any) -> None:
        try:
            given = read()
            text = quiz.answer(number, given).text if given not in (None, []) else "Choose an answer first."
        except FtlearnError as error:
            text = str(error)
        said.value = status(text)
        score.value = status(quiz.score())

    check.on_click(on_check)
    return w.VBox([w.HTML(asked), field, check, said], layout=w.Layout(margin="0 0 1em 0"))


def _input(question: Any, last: str) -> tuple[Any, Any]:
    """Make the input of a question with its last answer in it, and a function that reads it."""
    import ipywidgets as w

    wide = w.Layout(width="auto", max_width="46em")
    if question.kind in ("number", "order"):  # typed: JupyterLab keeps the arrow keys from a list to choose from
        label = f"Your answer{f', {question.unit}' if question.unit else ''}"
        label = "The letters in order" if question.kind == "order" else label
        style = {"description_width": "initial"}
        field = w.Text(
            value=last.replace(", ", "") if question.kind == "order" else last,
            description=label,
            style=style,
            layout=w.Layout(width="22em"),
        )
        return field, lambda: field.value.strip() or None
    texts = [plain(choice.text) for choice in question.choices]
    places = [ascii_lowercase.index(letter) for letter in last.split(", ") if letter]
    if question.kind == "choice":
        field = w.RadioButtons(options=texts, value=texts[places[0]] if places else None, layout=wide)
        return field, lambda: field.value
    boxes = [
        w.Checkbox(place in places, description=text, indent=False, layout=wide) for place, text in enumerate(texts)
    ]
    return w.VBox(boxes), lambda: [text for text, box in zip(texts, boxes, strict=True) if box.value]
