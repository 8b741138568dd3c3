"""Pages read as a browser's parser reads them, and what makes one harmless."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pytest

TAGS = set(
    "html head meta title style body main h1 h2 h3 h4 p ul ol li b strong bdi code pre a span svg circle path div "
    "table caption thead tbody tr th td br article details summary figure img dl dt dd mark".split()
)
VOID = {"meta", "br", "img"}
LINKS = re.compile(r"#lesson-\w*|(feedback/[a-z0-9-]+|index|alike)\.html|grades\.csv|export/(canvas|moodle_\d\d)\.csv")


class Read(HTMLParser):
    """A page as a browser's parser sees it: tags and attributes, and that they close."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words, self._open = [], []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] != ["style"]:
            self.words.append(data)

    def handle_comment(self, data):
        pytest.fail(f"a comment: {data[:60]!r}")

    @property
    def text(self) -> str:
        return "".join(self.words)


def harmless(text: str) -> Read:
    """Fail unless a page is what we wrote: known tags, no handlers, no addresses, nothing that turns text around."""
    page = Read(text)
    for tag, held in page.tags:
        assert tag in TAGS
        assert not [one for one in held if one.startswith("on")]
        assert tag == "img" or "src" not in held
        assert held.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
        assert LINKS.fullmatch(held.get("href", "index.html")), held
        assert "url(" not in held.get("style", "")
        assert held.get("http-equiv", "Content-Security-Policy") == "Content-Security-Policy"
    text.encode()  # no half characters
    strange = {one for one in text if unicodedata.category(one)[0] == "C"} - set("\n\u200c\u200d")
    assert not strange
    return page
