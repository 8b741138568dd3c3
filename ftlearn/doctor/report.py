"""What the doctor says: findings with their evidence, and what it could not check; as text, JSON and a page."""

from __future__ import annotations

import json
import math
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FORMAT = 1
"""Which form the JSON has; a key that is taken away or means something else makes it the next."""

_WIDTH, _LONGEST, _LIST = 96, 400, 6


@dataclass(frozen=True)
class Finding:
    """A mistake that was found.

    Attributes
    ----------
    rule : str
        Its name, a sentence in kebab case.
    sentence : str
        What was measured.
    evidence : Mapping
        The numbers and names behind the sentence.
    why : str
        Why it matters.
    fix : str
        What to type.
    weight : float
        How much it explains: findings are listed by it.
    line : str
        ``file:line`` of the program, where it was observed.
    reference : str
        Where to read more.
    """

    rule: str
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    fix: str = ""
    weight: float = 1.0
    line: str = ""
    reference: str = ""

    def __str__(self) -> str:
        where = f"  ({visible(self.line)})" if self.line else ""
        measured = "; ".join(f"{name} {value}" for name, value in told(self.evidence))
        lines = [f"{visible(self.rule)}{where}", *_wrapped(self.sentence, "  ")]
        for name, said in (("Measured", measured), ("Why it matters", self.why)):
            lines += _wrapped(f"{name}: {said}", "  ", "    ") if said else []
        if self.fix:
            typed = [visible(one) for one in self.fix.splitlines()]
            lines += ["  What to type:", *(f"    {one}".rstrip() for one in typed)]
        return "\n".join([*lines, *(_wrapped(f"Read on: {self.reference}", "  ", "    ") if self.reference else [])])


@dataclass(frozen=True, repr=False)
class Report:
    """What an examination found.

    Attributes
    ----------
    findings : tuple of Finding
        What is wrong, what explains most first.
    unchecked : Mapping of str to str
        Rules that lacked an input, and which.
    passed : tuple of str
        Rules that found nothing.
    ignored : Mapping of str to str
        Rules that were left out, and the reason that was given.
    sampled : str
        How much of large data was looked at; empty when all of it was.

    Examples
    --------
    >>> print(Report(unchecked={"same-example-in-two-parts": "there is only one part"}))
    Nothing found. 0 rules passed, 1 was not checked.
    <BLANKLINE>
    Not checked,
      because there is only one part:
        same-example-in-two-parts
    """

    findings: tuple[Finding, ...] = ()
    unchecked: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    ignored: Mapping[str, str] = field(default_factory=dict)
    sampled: str = ""

    @property
    def names(self) -> list[str]:
        """The rules that found something, in order and once each."""
        return list(dict.fromkeys(one.rule for one in self.findings))

    @property
    def summary(self) -> str:
        """How many findings there are, and how much was looked at."""
        count, passed, open_ = len(self.findings), len(self.passed), len(self.unchecked)
        said = "Nothing found" if not count else "One finding" if count == 1 else f"{count} findings"
        return (
            f"{said}. {passed} rule{'s' * (passed != 1)} passed, {open_} {'was' if open_ == 1 else 'were'} not checked."
        )

    def by_reason(self) -> dict[str, list[str]]:
        """Return the rules that were not checked by what they lacked; what most of them lacked first.

        Examples
        --------
        >>> Report(unchecked={"a": "no data", "b": "no model", "c": "no data"}).by_reason()
        {'no data': ['a', 'c'], 'no model': ['b']}
        """
        found: dict[str, list[str]] = {}
        for name, reason in self.unchecked.items():
            found.setdefault(str(reason), []).append(name)
        return dict(sorted(found.items(), key=lambda one: -len(one[1])))

    def __str__(self) -> str:
        blocks = [self.summary]
        blocks += [str(one) for one in self.findings]
        rest = []
        for reason, names in self.by_reason().items():
            rest += [*_wrapped(f"because {reason}:", "  ", "  "), *_wrapped(", ".join(names), "    ")]
        blocks += ["\n".join(["Not checked,", *rest])] if rest else []
        left = [
            line for name, reason in self.ignored.items() for line in _wrapped(f"{name}: {reason}", "  ", "    ")
        ]  # fmt: skip
        blocks += ["\n".join(["Left out:", *left])] if left else []
        blocks += ["\n".join(_wrapped(self.sampled, ""))] if self.sampled else []
        return "\n\n".join(blocks)

    __repr__ = __str__  # what a prompt shows, and a notebook's text beside the page

    def as_json(self) -> str:
        """Return the report as JSON.

        Returns
        -------
        str
            An object with ``format`` (a whole number, now 1), ``findings`` (a list of objects with the attributes of
            `Finding`), ``unchecked`` and ``ignored`` (objects: rule, reason), ``passed`` (a list of rules) and
            ``sampled`` (text). Arrays are lists; numbers that JSON has no word for are the texts ``"nan"``, ``"inf"``
            and ``"-inf"``.

        Examples
        --------
        >>> import json
        >>> json.loads(Report(passed=("float16-output",)).as_json())["passed"]
        ['float16-output']
        """
        held = {
            "format": FORMAT, "findings": [vars(one) for one in self.findings], "unchecked": dict(self.unchecked),
            "passed": list(self.passed), "ignored": dict(self.ignored), "sampled": self.sampled,
        }  # fmt: skip
        return json.dumps(_plain(held), indent=1, ensure_ascii=False, allow_nan=False)

    def _repr_html_(self) -> str:
        from ftlearn.doctor.page import page_of

        return page_of(self)


def visible(text: Any) -> str:
    r"""Write out what a text hides: marks that turn the reading direction, control characters.

    Examples
    --------
    >>> visible("layer\u202e1\x1b[2J")
    'layer⟨U+202E⟩1⟨U+001B⟩[2J'
    """
    kept = (
        f"⟨U+{ord(one):04X}⟩"
        if one not in "\n\t" and (unicodedata.category(one)[0] == "C" or unicodedata.category(one) in ("Zl", "Zp"))
        else one
        for one in str(text)
    )
    return "".join(kept)


def told(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was measured as names and short texts.

    Examples
    --------
    >>> told({"balanced_accuracy": 0.51234, "of": 3000, "layers": ["a", "b"], "recall": {0: 1.0}})
    [('balanced accuracy', '0.5123'), ('of', '3,000'), ('layers', 'a, b'), ('recall', '0: 1')]
    """
    return [(visible(name).replace("_", " "), visible(_short(value))) for name, value in evidence.items()]


def _short(value: Any) -> str:
    value = _plain(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict | list):
        items = (
            [f"{k}: {_short(v)}" for k, v in value.items()] if isinstance(value, dict) else [_short(v) for v in value]
        )
        more = len(items) - _LIST
        return ", ".join(items[:_LIST]) + (f" and {more:,} more" if more > 0 else "") or "none"
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _wrapped(text: Any, indent: str, later: str | None = None) -> list[str]:
    return textwrap.wrap(
        visible(text), _WIDTH, initial_indent=indent, subsequent_indent=indent if later is None else later,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
