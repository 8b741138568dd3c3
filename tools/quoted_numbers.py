"""Every measured number in a lesson's prose must stand in some output of that lesson, at the precision quoted.

What counts as measured: a number with decimals, or one before %, points, seconds, times, × or -fold. Not looked at:
code, mathematics, links, "Further reading", versions ("Keras 3.15") and the usual "95 % interval". A number that no
cell can compute (a setting, a figure from a paper) is listed with its reason in ``metadata.ftlearn.given``:
``[{"number": "57 %", "why": "Yosinski et al. 2014"}]``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from tools.notebooks import about

_UNIT = r"%|per\s?cent\b|(?:percentage\s)?points?\b|seconds?\b|ms\b|times\b|×|x\b|-?fold\b"
_VALUE = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_QUOTED = re.compile(
    rf"(?<![\w.,/-])[-−+]?(?P<value>{_VALUE})(?![\w]*\.\d)(?![eE][-−+]?\d)"
    rf"(?:[\s\u00a0\u202f]?(?P<unit>{_UNIT})|(?P<range>\s?[–-]\s?(?:{_VALUE})[\s\u00a0\u202f]?(?:{_UNIT}))|(?!\w))"
)
_COMPUTED = re.compile(rf"(?<![\w.])[-−+]?(?P<value>{_VALUE})(?:[eE](?P<exp>[-+]?\d+))?(?P<percent>\s?%)?")
_LEFT_OUT = (
    re.compile(r"```.*?```|~~~.*?~~~", re.S),
    re.compile(r"`[^`\n]*`"),
    re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.S),
    re.compile(r"<!--\s*links:begin\s*-->.*?<!--\s*links:end\s*-->", re.S),
    re.compile(r"<!--.*?-->|<[^>]+>", re.S),
    re.compile(r"!?\[[^\]]*\]\([^)]*\)|https?://\S+"),
    re.compile(
        r"\b(?:Keras|TensorFlow|Python|NumPy|scikit-learn|version|Section|Figure|Table|arXiv:?)\s+v?\d[\w.]*", re.I
    ),
    re.compile(r"\b95\s?%(?=[\s-]*(?:confidence[\s-]+)?(?:interval|band))"),
)


class Number(NamedTuple):
    """A number as it is written: its value, its decimals and what follows it."""

    value: float
    decimals: int
    unit: str
    text: str


def prose_of(source: str) -> str:
    """Return the part of a Markdown text that can quote a measurement."""
    for pattern in _LEFT_OUT:
        source = pattern.sub(" ", source)
    kept, skip = [], 0
    for line in source.splitlines():
        if heading := re.match(r"(#+)\s*(.*)", line):
            depth = len(heading[1])
            if skip and depth <= skip:
                skip = 0
            if re.match(r"further reading|references", heading[2], re.I):
                skip = depth
        if not skip:
            kept.append(line)
    return "\n".join(kept)


def _number(text: str, unit: str = "", exponent: int = 0, shown: str = "") -> Number:
    decimals = len(text.partition(".")[2])
    return Number(float(text.replace(",", "")) * 10**exponent, max(decimals - exponent, 0), unit, shown or text)


def quoted(source: str) -> list[Number]:
    """List the measured numbers that a Markdown text quotes."""
    found = []
    for hit in _QUOTED.finditer(prose_of(source)):
        unit = hit["unit"] or ""
        if unit or hit["range"] or "." in hit["value"]:
            if hit["range"]:
                unit = re.search(rf"(?:{_UNIT})$", hit["range"])[0]
            found.append(_number(hit["value"], unit, shown=f"{hit['value']} {unit}".strip()))
    return found


def computed(notebook: dict) -> list[Number]:
    """List the numbers in the outputs of a notebook's code cells, alternative texts and tables included."""
    found = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            alts = [about_image.get("alt", "") for about_image in output.get("metadata", {}).values() if about_image]
            for text in [output.get("text", ""), *map(_as_text, data.items()), *alts]:
                for hit in _COMPUTED.finditer(text):
                    percent = "%" if hit["percent"] else ""
                    found.append(_number(hit["value"], percent, int(hit["exp"] or 0)))
    return found


def _as_text(item: tuple[str, object]) -> str:
    """Return what a reader sees of one representation of an output."""
    mime, value = item
    if not mime.startswith("text/") or not isinstance(value, str):
        return ""
    if mime != "text/html":
        return value
    alts = " ".join(re.findall(r"\balt\s*=\s*\"([^\"]*)\"", value))
    labels = " ".join(re.findall(r"\baria-label\s*=\s*\"([^\"]*)\"", value))
    visible = re.sub(r"<(style|script)\b.*?</\1>", " ", value, flags=re.S)
    return html.unescape(f"{re.sub(r'<[^>]+>', ' ', visible)} {alts} {labels}")


def supports(output: Number, prose: Number) -> bool:
    """Tell whether a computed number, rounded, is the quoted one."""
    share = prose.unit == "%" or prose.unit.replace(" ", "").endswith(("cent", "point", "points"))
    readings = [(output.value, output.decimals)]
    if share and output.unit != "%" and output.decimals and output.value <= 1:
        readings = [(output.value * 100, output.decimals - 2), *readings]
    if output.unit == "%" and not share:
        readings.append((output.value / 100, output.decimals + 2))
    half = 0.5 * 10.0**-prose.decimals + 1e-9
    return any(digits >= prose.decimals and abs(value - prose.value) <= half for value, digits in readings)


def unsupported_numbers(notebook: dict) -> Iterator[tuple[int | None, str]]:
    """Yield ``(cell, what)`` for each quoted number without a computation, and for idle entries of ``given``."""
    given = {}
    for entry in about(notebook).get("given", []):
        given["".join(str(entry.get("number", "")).split())] = entry.get("why", "")
    used = set()
    outputs = computed(notebook)
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "markdown":
            continue
        for number in quoted(cell["source"]):
            names = {"".join(number.text.split()), number.text.split()[0]} & set(given)
            used |= names
            if not names and not any(supports(output, number) for output in outputs):
                yield index, f"quotes {number.text!r}, which no output of the notebook shows"
    for name, why in given.items():
        if not str(why).strip():
            yield None, f"excuses the number {name!r} in metadata.ftlearn.given without saying why"
        elif name not in used:
            yield None, f"lists {name!r} in metadata.ftlearn.given, which its prose does not quote"
