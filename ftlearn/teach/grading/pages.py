"""What every page after grading is made of: one way to escape, one shell, one look.

Whatever students write (names, answers, messages) comes through `plain` and `safe`, and is harmless after them. Pages
hold no script, load nothing, and say so to the browser as well.
"""

from __future__ import annotations

import html
import re
import unicodedata

from ftlearn.teach.grading.look import INKS, SHAPES, STYLE
from ftlearn.teach.grading.results import Result

NAME, SENTENCE, ANSWER = 120, 2_000, 20_000
"""Characters of a name, of a sentence and of an answer that are shown."""

_JOINERS = "\u200c\u200d"  # without them Persian names and many emoji fall apart
_MARKS = 4  # accents on one letter; more of them climb over the lines above
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def plain(text: object, limit: int = SENTENCE) -> str:
    r"""Make a text harmless to show anywhere: what cannot be seen is written out, what is too long is cut.

    Parameters
    ----------
    text : object
        Anything, also from a student.
    limit : int
        How many characters are kept.

    Returns
    -------
    str
        Without control characters other than line ends, without marks that turn the reading direction, without halves
        of characters.

    Examples
    --------
    >>> plain("Ada\u202e gnp.exe")
    'Ada⟨U+202E⟩ gnp.exe'
    >>> plain("x" * 30, 20)
    'xxxxxxxxxxxxxxxxxxxx… (10 more characters)'
    """
    text = str(text)
    more = len(text) - limit
    kept, marks = [], 0
    for one in text[:limit].replace("\r\n", "\n").expandtabs(4):
        kind = unicodedata.category(one)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if (kind[0] == "C" and one not in _JOINERS and one != "\n") or kind in ("Zl", "Zp"):
            kept.append(f"⟨U+{ord(one):04X}⟩")
        elif marks <= _MARKS:
            kept.append(one)
    return "".join(kept) + (f"… ({more:,} more characters)" if more > 0 else "")


def one_line(text: object, limit: int = NAME) -> str:
    r"""Make a text plain, on one line.

    Examples
    --------
    >>> one_line(" Ada\n Lovelace ")
    'Ada Lovelace'
    """
    return " ".join(plain(" ".join(str(text)[: 2 * limit].split()), limit).split())


def safe(text: object, limit: int = SENTENCE) -> str:
    """Escape a text for HTML, in content and in attributes alike.

    Examples
    --------
    >>> safe("<b title='x'>")
    '&lt;b title=&#x27;x&#x27;&gt;'
    """
    return html.escape(plain(text, limit), quote=True)


def name(text: object) -> str:
    """Escape a name, which may be written from right to left, on one line."""
    return f"<bdi>{html.escape(one_line(text), quote=True)}</bdi>"


def sentence(text: object) -> str:
    """Escape a sentence; what stands between backticks becomes code.

    Examples
    --------
    >>> sentence("`a < b` is true")
    '<code>a &lt; b</code> is true'
    """
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", safe(text))


def number(value: float) -> str:
    """Write points, without zeros that say nothing.

    Examples
    --------
    >>> number(2.0), number(1 / 3), number(-0.0)
    ('2', '0.33', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def points(value: float, possible: float) -> str:
    """Write points of how many.

    Examples
    --------
    >>> points(0.5, 1), points(2, 3)
    ('0.5 of 1 point', '2 of 3 points')
    """
    return f"{number(value)} of {number(possible)} point{'' if possible == 1 else 's'}"


def many(count: int, what: str, plural: str = "") -> str:
    """Write how many there are of something.

    Examples
    --------
    >>> many(1, "student"), many(2, "student"), many(2, "person", "people")
    ('1 student', '2 students', '2 people')
    """
    return f"{count:,} {what if count == 1 else plural or what + 's'}"


def stem(result: Result) -> str:
    """Return a notebook's name without its ending, on one line."""
    return one_line(result.notebook.removesuffix(".ipynb"), 80)


def lesson_title(result: Result) -> str:
    """Write which lesson a notebook belongs to.

    Examples
    --------
    >>> lesson_title(Result("Ada", "04", "04_freezing_and_unfreezing.ipynb"))
    'Lesson 04: freezing and unfreezing'
    """
    topic = re.sub(r"^\d\d(?!\d)", "", stem(result)).replace("_", " ").strip(" -")
    return f"Lesson {one_line(result.lesson, 20)}" + (f": {topic}" if topic else "")


def kind(outcome: str) -> str:
    """Show an outcome by its words, a shape and a colour."""
    ink, ground = INKS[outcome]
    return (
        f'<span class="kind" style="color:{ink};background:{ground}"><svg viewBox="0 0 16 16" fill="none" '
        f'stroke="currentColor" stroke-width="1.6" aria-hidden="true" focusable="false">{SHAPES[outcome]}</svg>'
        f"{outcome[0].upper()}{outcome[1:]}</span>"
    )


def table(caption: str, heads: list[str], rows: list[list[str]], classes: str = "") -> str:
    """Make a table whose first column names the rows.

    Parameters
    ----------
    caption : str
        What it shows; text.
    heads : list of str
        HTML of the columns' heads.
    rows : list of list of str
        HTML of the cells.
    classes : str
        A class for each column, separated by blanks: ``n`` for numbers, ``name``, ``text`` or ``-``.

    Returns
    -------
    str
        HTML; a wide table scrolls by itself, with the keyboard too.
    """
    styles = [f' class="{one}"' if one != "-" else "" for one in classes.split()] or [""] * len(heads)
    top = "".join(f'<th scope="col"{style}>{head}</th>' for head, style in zip(heads, styles, strict=True))
    body = "".join(
        f'<tr><th scope="row"{styles[0]}>{row[0]}</th>'
        + "".join(f"<td{style}>{cell}</td>" for cell, style in zip(row[1:], styles[1:], strict=True))
        + "</tr>\n"
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{safe(caption)}"><table><caption>{safe(caption)}'
        f"</caption>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def code(text: str, label: str, limit: int = ANSWER) -> str:
    """Show code as it was written."""
    return f'<pre tabindex="0" role="region" aria-label="{safe(label)}"><code>{safe(text, limit)}</code></pre>\n'


def page(title: str, body: str) -> str:
    """Put a page together.

    Parameters
    ----------
    title : str
        Text for the window.
    body : str
        HTML.

    Returns
    -------
    str
        The whole file, which loads nothing and runs nothing.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{html.escape(one_line(title, 200))}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
