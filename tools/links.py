"""Write what is generated into README.md and the lessons: ``python -m tools.links [--check]``.

Binder and Colab links come from one setting, ``[tool.ftlearn] repository`` in pyproject.toml; the README's table of
lessons from the lessons' own metadata and ``notebooks/bench.csv``.
"""

from __future__ import annotations

import csv
import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote, urlsplit

from tools.notebooks import ROOT, about, read, write

START = "notebooks/00_start_here.ipynb"
UNSET = (
    "Binder and Colab links are not available yet: the address of this repository is not set "
    "(`repository` under `[tool.ftlearn]` in `pyproject.toml`, then `make links`)."
)


def repository(root: Path = ROOT) -> str:
    """Return the repository's public address, or "" while it is not set."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    address = settings["tool"]["ftlearn"]["repository"].strip().rstrip("/").removesuffix(".git")
    if address and not re.fullmatch(r"https://[\w.-]+(/[\w.~-]+){2,}", address):
        raise SystemExit(
            f"[tool.ftlearn] repository in pyproject.toml is {address!r}; "
            "expected the like of https://github.com/OWNER/NAME."
        )
    return address


def binder(address: str, notebook: str) -> str:
    """Return the address that opens a notebook on Binder."""
    parts = urlsplit(address)
    path = parts.path.strip("/")
    provider = {"github.com": f"gh/{path}", "gitlab.com": f"gl/{quote(path, safe='')}"}.get(
        parts.netloc, f"git/{quote(address, safe='')}"
    )
    return f"https://mybinder.org/v2/{provider}/main?labpath={quote(notebook, safe='')}"


def colab(address: str, notebook: str) -> str:
    """Return the address that opens a notebook in Colab, or "" where Colab cannot read the repository."""
    parts = urlsplit(address)
    if parts.netloc != "github.com":
        return ""
    return f"https://colab.research.google.com/github/{parts.path.strip('/')}/blob/main/{notebook}"


def links(address: str, notebook: str) -> str:
    """Return the Markdown of a notebook's links, or the sentence that there are none yet."""
    if not address:
        return UNSET
    line = f"[Open on Binder]({binder(address, notebook)})"
    if elsewhere := colab(address, notebook):
        line += f" · [Open in Colab]({elsewhere}) (there, first run `%pip install git+{address}` in a cell of its own)"
    return line


def lessons_table(root: Path = ROOT) -> str:
    """Return the README's table of lessons."""
    measured = {}
    if (root / "notebooks/bench.csv").exists():
        with (root / "notebooks/bench.csv").open(encoding="utf-8") as file:
            measured = {row["lesson"]: row for row in csv.DictReader(file)}
    columns = ("#", "lesson", "minutes", "what carries it", "Run All", "claims", "checked cells")
    rows = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        facts = about(read(path))
        number = facts.get("lesson", path.name[:2])
        took = measured.get(number)
        cost = f"{float(took['seconds']):.0f} s, {int(took['peak_mb']) / 1000:.1f} GB" if took else "not measured yet"
        counted = f"{took['claims']} | {took['checked_cells']}" if took else " | "
        carries = facts.get("carries") or (facts.get("objectives") or [""])[0]
        title = facts.get("title", path.stem)
        lesson = f"[{title}](notebooks/{path.name})"
        rows.append(f"| {number} | {lesson} | {facts.get('minutes', '')} | {carries} | {cost} | {counted} |")
    return "\n".join(rows)


def between(text: str, name: str, content: str) -> str:
    """Put `content` between the markers called `name`, which must be in the text once."""
    pattern = re.compile(rf"(<!-- {name}:begin -->\n).*?(\n?<!-- {name}:end -->)", re.S)
    if len(pattern.findall(text)) != 1:
        raise SystemExit(f"Expected <!-- {name}:begin --> and <!-- {name}:end --> once each.")
    return pattern.sub(lambda hit: f"{hit[1]}{content}\n<!-- {name}:end -->", text)


def with_links(opening: str, content: str) -> str:
    """Put the links into a lesson's first cell, below its title where it has no markers yet."""
    if "<!-- links:begin -->" not in opening:
        title, _, rest = opening.partition("\n")
        opening = f"{title}\n\n<!-- links:begin -->\n<!-- links:end -->\n\n{rest.lstrip()}"
    return between(opening, "links", content)


def stale(root: Path = ROOT, *, fix: bool) -> list[str]:
    """List the files whose generated parts are out of date, and bring them up to date when `fix` is true."""
    address = repository(root)
    found = []
    readme = root / "README.md"
    before = readme.read_text(encoding="utf-8")
    after = between(between(before, "links", links(address, START)), "lessons", lessons_table(root))
    if after != before:
        found.append("README.md")
        if fix:
            readme.write_text(after, encoding="utf-8")
    for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        notebook = read(path)
        opening = notebook["cells"][0]["source"]
        wanted = with_links(opening, links(address, f"notebooks/{path.name}"))
        if wanted != opening:
            found.append(f"notebooks/{path.name}")
            if fix:
                notebook["cells"][0]["source"] = wanted
                write(path, notebook)
    return found


def main(arguments: list[str]) -> None:
    """Write the generated parts, or with ``--check`` fail when one is out of date."""
    check = "--check" in arguments
    found = stale(fix=not check)
    if check and found:
        raise SystemExit(f"Out of date: {', '.join(found)}. Type: make links")
    for name in found:
        print(f"wrote {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
