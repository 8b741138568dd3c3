"""A card's blocks, and how they become Markdown or one accessible HTML page."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_STYLE = """
body { font: 16px/1.55 system-ui, sans-serif; color: #111; background: #fff;
       max-width: 50rem; margin: 0 auto; padding: 1.5rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #bbb; }
.summary { font-size: 1.15rem; } .wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .25rem .8rem; border-bottom: 1px solid #ccc; }
figure { margin: 1rem 0; } img { max-width: 100%; height: auto; } code { background: #f0f0f0; padding: 0 .2em; }
"""


@dataclass(frozen=True)
class Table:
    """A table: names of columns, and rows of text. The first cell of a row names it."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figure:
    """A picture as an ``<img>`` with its content inside, and its alternative text."""

    image: str
    alt: str

    @classmethod
    def of(cls, display: Any) -> Figure:
        """Take the figure of one of `ftlearn.displays`."""
        from ftlearn.figures import figure_html

        return cls(figure_html(display.figure_, display.alt), display.alt)


@dataclass(frozen=True)
class Section:
    """A heading and its blocks: text (a paragraph), a list of text, a `Table`, a `Figure`."""

    heading: str
    blocks: tuple[Any, ...]


def to_markdown(title: str, summary: str, sections: Sequence[Section]) -> str:
    """Write a card as Markdown.

    Parameters
    ----------
    title, summary : str
        Heading and first paragraph.
    sections : sequence of Section
        The rest.

    Returns
    -------
    str
        Text that ends with a line break.

    Examples
    --------
    >>> print(to_markdown("Card", "Short.", [Section("Data", (["one", "two"],))]))
    # Card
    <BLANKLINE>
    Short.
    <BLANKLINE>
    ## Data
    <BLANKLINE>
    - one
    - two
    <BLANKLINE>
    """
    blocks = [f"# {_plain(title)}", _plain(summary)]
    for section in sections:
        blocks += [f"## {section.heading}", *map(_markdown_block, section.blocks)]
    return "\n\n".join(blocks) + "\n"


def to_html(title: str, summary: str, sections: Sequence[Section]) -> str:
    """Write a card as an HTML page that needs no other file.

    Parameters
    ----------
    title, summary, sections : str, str, sequence of Section
        As for `to_markdown`.

    Returns
    -------
    str
        The page: language, title and headings in order, header cells with their scope, alternative texts.

    Examples
    --------
    >>> page = to_html("Card", "Short.", [Section("Data", ("<b>",))])
    >>> "<p>&lt;b&gt;</p>" in page
    True
    """
    body = [f"<h1>{html.escape(title)}</h1>", f'<p class="summary">{_html_text(summary)}</p>']
    for section in sections:
        body += [f"<h2>{html.escape(section.heading)}</h2>", *map(_html_block, section.blocks)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _markdown_block(block: Any) -> str:
    if isinstance(block, Table):
        head = [f"| {' | '.join(map(_cell, block.columns))} |", "|" + "---|" * len(block.columns)]
        return "\n".join([*head, *(f"| {' | '.join(map(_cell, row))} |" for row in block.rows)])
    if isinstance(block, Figure):
        return f"*Figure (in the HTML card): {_plain(block.alt)}*"
    if isinstance(block, list):
        return "\n".join(f"- {_plain(item)}" for item in block)
    return _plain(block)


def _html_block(block: Any) -> str:
    if isinstance(block, Table):
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in block.columns)
        rows = "".join(
            f'<tr><th scope="row">{html.escape(first)}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in rest)
            + "</tr>"
            for first, *rest in block.rows
        )
        return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    if isinstance(block, Figure):
        return f"<figure>{block.image}</figure>"
    if isinstance(block, list):
        return "<ul>" + "".join(f"<li>{_html_text(item)}</li>" for item in block) + "</ul>"
    return f"<p>{_html_text(block)}</p>"


def _html_text(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _plain(text: str) -> str:
    """Keep what users wrote (names of classes and files) from being read as Markdown, code between backticks apart."""
    pieces = re.split(r"(`[^`]+`)", str(text).replace("\n", " "))
    return "".join(one if i % 2 else re.sub(r"([\\*_<\[#|])", r"\\\1", one) for i, one in enumerate(pieces))


def _cell(text: str) -> str:
    return _plain(text)
