"""Claims are executed: a sentence, its measurement, its verdict."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.errors import ClaimError
from ftlearn.figures import show_html

_LEDGER: dict[str, Claim] = {}


@dataclass(frozen=True)
class Claim:
    """A sentence of the lesson and what was measured for it.

    Attributes
    ----------
    sentence : str
        What is claimed.
    holds : bool
        The verdict.
    measured : str
        The measurement as it is shown.
    """

    sentence: str
    holds: bool
    measured: str

    @property
    def verdict(self) -> str:
        """``"Holds"`` or ``"Does not hold"``."""
        return "Holds" if self.holds else "Does not hold"

    def __str__(self) -> str:
        return f"{self.verdict}: {self.sentence}" + (f" Measured: {self.measured}." if self.measured else "")


def as_text(value: Any) -> str:
    """Write a measurement with the digits that it deserves.

    Parameters
    ----------
    value : object
        A number, an Interval, a dict or list of these, or anything with ``str``.

    Returns
    -------
    str
        For a claim or a table.

    Examples
    --------
    >>> as_text({"frozen": 0.91873, "weights moved": 0})
    'frozen 0.919, weights moved 0'
    """
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key} {as_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(as_text(item) for item in value)
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, float | np.floating):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:,.4g}"
    return str(value)


def claim(sentence: str, holds: bool, *, measured: Any = None) -> None:
    """State a claim, show what was measured for it, and stop the notebook when it is false.

    Parameters
    ----------
    sentence : str
        What is claimed, as a full sentence. It identifies the claim: stated again, it replaces the earlier one.
    holds : bool
        The comparison that decides, computed from the measurement.
    measured : object, optional
        What was measured: a number, an `Interval`, a dict of these.

    Raises
    ------
    ClaimError
        When `holds` is false.
    TypeError
        When `holds` is not a truth value (a whole array, say).

    Examples
    --------
    >>> claim("Two is more than one.", 2 > 1, measured=2)
    Holds: Two is more than one. Measured: 2.
    """
    if not isinstance(holds, bool | np.bool_):
        raise TypeError(f"holds must be True or False, got {type(holds).__name__}: compare, then reduce with all().")
    sentence = sentence.strip() if sentence.strip().endswith((".", "!", "?")) else sentence.strip() + "."
    made = Claim(sentence, bool(holds), as_text(measured))
    _LEDGER[made.sentence] = made
    colour = "#006B4F" if made.holds else "#A63A00"
    markup = (
        f'<div role="note" style="border-left:4px solid {colour};padding:.3em .8em;margin:.4em 0">'
        f'<strong style="color:{colour}">{made.verdict}.</strong> {html.escape(made.sentence)}'
        + (f"<br><small>Measured: {html.escape(made.measured)}.</small>" if made.measured else "")
        + "</div>"
    )
    show_html(markup, str(made))
    if not made.holds:
        raise ClaimError(
            f"The measurement does not bear out this claim: {made.sentence} Measured: {made.measured or 'not given'}."
        )


def ledger() -> list[Claim]:
    """List the claims made so far in this process, in the order in which they were first made.

    Returns
    -------
    list of Claim
        A copy: changing it changes nothing.

    Examples
    --------
    >>> claim("Three is odd.", 3 % 2 == 1)
    Holds: Three is odd.
    >>> ledger()[-1].verdict
    'Holds'
    """
    return list(_LEDGER.values())


def claims_table() -> None:
    """Show every claim of the lesson so far with its measurement, for the end of a lesson.

    Examples
    --------
    >>> claim("Four is even.", 4 % 2 == 0)
    Holds: Four is even.
    >>> print("Said so far:"); claims_table()  # doctest: +ELLIPSIS
    Said so far:
    ...Holds: Four is even.
    """
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:normal">{html.escape(c.sentence)}</th>'
        f'<td style="text-align:left">{html.escape(c.measured)}</td><td style="text-align:left">{c.verdict}</td></tr>'
        for c in ledger()
    )
    markup = (
        "<table><caption>What this lesson claimed, and measured</caption><thead><tr>"
        + "".join(f'<th scope="col" style="text-align:left">{t}</th>' for t in ("claim", "measured", "verdict"))
        + f"</tr></thead><tbody>{rows}</tbody></table>"
    )
    show_html(markup, "\n".join(str(c) for c in ledger()))
