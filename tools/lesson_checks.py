"""What a committed lesson must be: run, quiet, readable without its pictures, with its numbers computed.

Each check takes a notebook (as `tools.notebooks.read` gives it) and yields ``(cell, what)``: the index of the
cell, or None for the notebook as a whole, and what is wrong with it as a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.notebooks import about, read, tags
from tools.quoted_numbers import unsupported_numbers

WARN_LINES, MAX_LINES = 15, 30

_NOISE = (
    ("a traceback", re.compile(r"^Traceback \(most recent call last\)", re.M)),
    ("a warning", re.compile(r"^\S.*:\d+: \w*Warning: ", re.M)),
    ("a TensorFlow log line", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWEF] ", re.M)),
    ("a TensorFlow log line", re.compile(r"^[IWEF]\d{4} \d\d:\d\d:\d\d", re.M)),
    ("an object's address (end the cell's last line so that it shows nothing)", re.compile(r"<[^<>]* at 0x[0-9a-f]+>")),
    ("a logged warning", re.compile(r"^(WARNING|ERROR):(tensorflow|absl|root)", re.M)),
)
_PATHS = re.compile(r"/(?:home|Users)/\w+|/root/|/tmp/|/work/|[A-Z]:\\Users")
_HABITS = (
    ("warnings.filterwarnings hides a mess: remove its cause", re.compile(r"filterwarnings|simplefilter\(\s*.ignore")),
    ("%%time is not for lessons: time it in code and show the result", re.compile(r"^%%?time", re.M)),
)
Finding = tuple[int | None, str]


def output_problems(output: dict, cell_tags: set[str]) -> Iterator[str]:
    """Say what one output shows that no learner should see."""
    raises = "raises-exception" in cell_tags
    kind = output["output_type"]
    if kind == "error":
        if not raises:
            yield f"shows an error ({output['ename']}: {output['evalue'][:120]})"
        return
    text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
    if kind == "stream" and output["name"] == "stderr":
        yield f"writes to stderr: {text.strip()[:120]!r}"
    for what, pattern in _NOISE:
        hit = pattern.search(text)
        if hit and not (raises and what == "a traceback"):
            yield f"prints {what}: {text[hit.start() :].splitlines()[0][:120]!r}"
    html = output.get("data", {}).get("text/html", "")
    for shown in (text, re.sub(r"data:[^\"']+", "", html)):
        if hit := _PATHS.search(shown):
            yield f"shows a path of the machine that ran it: {shown[hit.start() :][:60]!r}"


def check_outputs(notebook: dict) -> Iterator[Finding]:
    """Errors, warnings, log lines and machine paths in committed outputs."""
    for index, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            for what in output_problems(output, tags(cell)):
                yield index, what


def check_order(notebook: dict) -> Iterator[Finding]:
    """Cells that were not run, or not once from top to bottom."""
    expected = 0
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code" or not cell["source"].strip() or "nbval-skip" in tags(cell):
            continue
        expected += 1
        count = cell.get("execution_count")
        if count is None:
            yield index, "was committed without having been run; type: make notebooks"
        elif count != expected:
            yield index, f"was run as number {count} instead of {expected}; type: make notebooks"
            return


def _images_without_alt(html: str) -> int:
    imgs = re.findall(r"<img\b[^>]*>", html, re.I)
    bad = sum(not re.search(r"\balt\s*=\s*(\"[^\"]*\w[^\"]*\"|'[^']*\w[^']*')", img, re.I) for img in imgs)
    for svg in re.findall(r"<svg\b.*?</svg>", html, re.I | re.S):
        bad += not re.search(r"aria-label(ledby)?\s*=|aria-hidden=.true|<title\b[^>]*>\s*\w", svg, re.I)
    return bad


def check_alt(notebook: dict) -> Iterator[Finding]:
    """Pictures without alternative text, in outputs and in prose."""
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            prose = re.sub(r"```.*?```|`[^`]*`", "", cell["source"], flags=re.S)
            if re.search(r"!\[\s*\]\(", prose) or _images_without_alt(prose):
                yield index, "shows a picture without alternative text"
        for output in cell.get("outputs", []):
            data, metadata = output.get("data", {}), output.get("metadata", {})
            html = data.get("text/html", "")
            if _images_without_alt(html):
                yield index, "has an output with an <img> or <svg> without alternative text"
            described = re.search(r"<img\b[^>]*\balt=", html) and not _images_without_alt(html)
            for mime in data:
                if mime.startswith("image/") and not described and not metadata.get(mime, {}).get("alt", "").strip():
                    yield index, f"has a picture ({mime}) without alternative text"


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[*_`$\\]", "", text).split()).rstrip(".").lower()


def check_opening(notebook: dict, name: str) -> Iterator[Finding]:
    """Title, objectives, minutes and prerequisites: in the metadata, and in the first cell for the reader."""
    facts = about(notebook)
    for key in ("lesson", "title", "minutes", "objectives"):
        if not facts.get(key):
            yield None, f"has no metadata.ftlearn.{key}"
    if facts.get("lesson") and not name.startswith(f"{facts['lesson']}_"):
        yield None, f"says in its metadata that it is lesson {facts['lesson']}"
    cells = notebook["cells"]
    opening = cells[0]["source"] if cells and cells[0]["cell_type"] == "markdown" else ""
    if not opening:
        yield 0, "is the first cell and not Markdown: a lesson opens with its title"
        return
    if not re.match(r"#\s+\S", opening) or _plain(facts.get("title") or "") not in _plain(opening.splitlines()[0]):
        yield 0, "does not open with the lesson's title as its heading"
    if not re.search(r"you will be able to.*?^\s*(?:[-*+]|\d+\.)\s+\S", opening, re.I | re.S | re.M):
        yield 0, 'lacks objectives: "**You will be able to**" and a list'
    for objective in facts.get("objectives") or []:
        if _plain(objective) not in _plain(opening):
            yield 0, f"does not show the objective of the metadata: {objective!r}"
    minutes = re.search(r"\*\*Minutes:?\*\*:?\s*(\d+)", opening)
    if not minutes:
        yield 0, 'lacks minutes: "**Minutes:** 25"'
    elif facts.get("minutes") and int(minutes[1]) != facts["minutes"]:
        yield 0, f"says {minutes[1]} minutes, the metadata {facts['minutes']}"
    if not re.search(r"prerequisites?\b|you need\b", opening, re.I):
        yield 0, 'lacks prerequisites: "**Prerequisites:** ..."'


def check_code(notebook: dict) -> Iterator[Finding]:
    """Cells that are too long to read, and habits that hide something."""
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        lines = len(cell["source"].strip().splitlines())
        if lines > MAX_LINES:
            yield index, f"has {lines} lines of code; at most {MAX_LINES} (better {WARN_LINES})"
        for what, pattern in _HABITS:
            if pattern.search(cell["source"]):
                yield index, what


def long_cells(notebook: dict) -> Iterator[Finding]:
    """Cells over the length that a lesson aims at: worth a warning."""
    for index, cell in enumerate(notebook["cells"]):
        lines = len(cell["source"].strip().splitlines())
        if cell["cell_type"] == "code" and WARN_LINES < lines <= MAX_LINES:
            yield index, f"has {lines} lines of code; a lesson aims at {WARN_LINES}"


def check_numbers(notebook: dict, name: str = "") -> Iterator[Finding]:
    """Numbers in prose that no cell computes."""
    yield from unsupported_numbers(notebook)


def label(notebook: dict, name: str, index: int | None) -> str:
    """Name a notebook and one of its cells so that a person finds it."""
    if index is None or index >= len(notebook["cells"]):
        return name
    cell = notebook["cells"][index]
    run = f"In [{cell['execution_count']}], " if cell.get("execution_count") else ""
    start = next((line.strip() for line in cell["source"].splitlines() if line.strip()), "")[:50]
    return f"{name}, cell {index + 1} ({run}{cell['cell_type']}, {start!r})"


CHECKS = {
    "opening": check_opening,
    "order": lambda notebook, name: check_order(notebook),
    "outputs": lambda notebook, name: check_outputs(notebook),
    "alt text": lambda notebook, name: check_alt(notebook),
    "code": lambda notebook, name: check_code(notebook),
    "numbers": check_numbers,
}


def problems(path: Path, check: str) -> list[str]:
    """Run one check on a notebook file; each finding names the notebook and the cell."""
    notebook = read(path)
    return [f"{label(notebook, path.name, cell)} {what}" for cell, what in CHECKS[check](notebook, path.name)]
