"""Small pieces of accessible HTML shared by guesses and quizzes."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

from ftlearn.errors import FtlearnError

# ipywidgets gives a radio button's label one line of fixed height; a sentence needs to wrap, and the focus must show.
STYLE = """<style>
.ftlearn-choices .widget-radio-box label, .ftlearn-choices .widget-label-basic, .ftlearn-choices label {
  white-space: normal; height: auto; line-height: 1.45; max-width: 46em; margin-bottom: .2em; align-items: flex-start; }
.ftlearn-choices .widget-radio-box label { display: flex; flex-direction: row-reverse; justify-content: flex-end;
  gap: .5em; }
.ftlearn-choices .widget-radio-box label input { flex: none; margin: -.05em 0 0 0; position: static; }
.ftlearn-choices .widget-radio-box { padding: .3em; }
.ftlearn-quiz .widget-html-content { line-height: 1.5; }
.ftlearn-quiz p { margin: .2em 0; }
.ftlearn-quiz pre { margin: .4em 0 .4em 1.5em; }
.ftlearn-choices input:focus-visible, button.ftlearn-choices:focus-visible {
  outline: 3px solid #0072B2 !important; outline-offset: 2px; }
</style>"""


def inline(text: str) -> str:
    """Escape a text for HTML; what stands between backticks becomes code.

    Parameters
    ----------
    text : str
        Plain text, with blank lines between paragraphs if there are several.

    Returns
    -------
    str
        HTML without a paragraph around it.

    Examples
    --------
    >>> inline("`a < b` is true")
    '<code>a &lt; b</code> is true'
    """
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text.strip(), quote=False))
    return re.sub(r"\n\s*\n", "<br><br>", escaped)


def plain(text: str) -> str:
    """Take the backticks out, for labels that can show plain text only."""
    return text.strip().replace("`", "")


def status(text: str) -> str:
    """Make a message that a screen reader announces when it changes (empty text: an empty, waiting one)."""
    body = ""
    if text:
        head, dot, tail = text.partition(". ")
        body = f"<strong>{inline(head + dot)}</strong>{inline(tail)}" if dot else f"<strong>{inline(text)}</strong>"
        if dot:
            body = body.replace("</strong>", "</strong> ", 1)
    return (
        f'<div role="status" aria-live="polite" style="line-height:1.5;max-width:46em;white-space:normal">{body}</div>'
    )


def lettered(choices: Sequence[str]) -> tuple[str, str]:
    """Write choices as an HTML list and as text, each after its letter."""
    items = "".join(f"<li>{inline(choice)}</li>" for choice in choices)
    lines = "\n".join(f"  {letter}. {plain(choice)}" for letter, choice in zip(ascii_lowercase, choices, strict=False))
    return f'<ol type="a" style="margin:.3em 0">{items}</ol>', lines


def pick(answer: Any, choices: Sequence[str]) -> int:
    """Find the choice that an answer names by its letter or by its text.

    Parameters
    ----------
    answer : str
        A letter such as ``"b"``, or the choice's own words.
    choices : sequence of str
        What may be chosen.

    Returns
    -------
    int
        Its position, from 0.

    Raises
    ------
    FtlearnError
        When it names none of them.

    Examples
    --------
    >>> pick("b", ["none", "all"])
    1
    """
    said = str(answer).strip()
    texts = [plain(choice) for choice in choices]
    if plain(said) in texts:
        return texts.index(plain(said))
    letter = said.lower().rstrip(".)")
    if len(letter) == 1 and letter in ascii_lowercase[: len(choices)]:
        return ascii_lowercase.index(letter)
    raise FtlearnError(
        f"{answer!r} is none of the choices.",
        fix=f"Answer with a letter from a to {ascii_lowercase[len(choices) - 1]}.",
    )
