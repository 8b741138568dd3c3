"""The doctor's report as a page for a notebook: readable in light and dark, with the keyboard and when printed."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from ftlearn.doctor.report import told, visible

if TYPE_CHECKING:
    from ftlearn.doctor.report import Finding, Report

# Text has the colour of the notebook's theme; the few colours of our own stand out from white and from black alike.
_RULES = """
.ftlearn-doctor { max-width: 52em; line-height: 1.5; overflow-wrap: anywhere; }
.ftlearn-doctor > ol { list-style: none; margin: 0; padding: 0; }
.ftlearn-doctor article { border: 1px solid #8888; border-left: 5px solid #C4581E; border-radius: 4px;
  padding: .6em 1em .7em; margin: .8em 0; }
.ftlearn-doctor p { margin: .45em 0; }
.ftlearn-doctor strong { font-weight: 600; }
.ftlearn-doctor .sentence { font-size: 1.08em; margin: 0 0 .2em; }
.ftlearn-doctor .rule { margin: 0 0 .5em; }
.ftlearn-doctor .label { display: block; margin-top: .55em; }
.ftlearn-doctor code, .ftlearn-doctor pre { background: rgba(128, 128, 128, .16); color: inherit; border-radius: 3px;
  font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: .93em; }
.ftlearn-doctor code { padding: .08em .3em; }
.ftlearn-doctor pre { padding: .5em .7em; margin: .2em 0; white-space: pre-wrap; word-break: normal; }
.ftlearn-doctor summary:focus-visible, .ftlearn-doctor a:focus-visible { outline: 3px solid #3B8BD4; }
.ftlearn-doctor details code, .ftlearn-doctor .rule code { display: inline-block; max-width: 100%; }
.ftlearn-doctor table { border-collapse: collapse; margin: .3em 0; font-size: 1em; border: 0;
  font-variant-numeric: tabular-nums; }
.ftlearn-doctor caption { text-align: left; caption-side: top; padding: 0; color: inherit; }
.ftlearn-doctor th, .ftlearn-doctor td { text-align: left; vertical-align: top; padding: .15em 1.2em .15em 0;
  border: 0; border-bottom: 1px solid #8886; background: none; color: inherit; white-space: normal; max-width: none; }
.ftlearn-doctor tbody tr:nth-child(n) { background: none; }
.ftlearn-doctor th { font-weight: 400; white-space: nowrap; }
.ftlearn-doctor td { font-weight: 600; }
.ftlearn-doctor details { margin: .5em 0; }
.ftlearn-doctor details p { margin: .4em 0 .4em 1.4em; }
.ftlearn-doctor summary { cursor: pointer; padding: .15em .4em; outline-offset: -3px; }
"""
# Said three times, our name outweighs what JupyterLab says of tables, lists and code in any output.
_STYLE = f"<style>{_RULES.replace('.ftlearn-doctor', 3 * '.ftlearn-doctor')}</style>"
_LINE = 76  # characters of code beside each other in a report of its full width

_ISSUE = re.compile(r"(?:\b(?:([\w.-]+)/)?([\w.-]*\w))?#(\d+)\b")
_ARXIV = re.compile(r"\barXiv[: ]*(\d{4}\.\d{4,5})\b|\b(\d{4}\.\d{5})\b", re.I)
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;)]")


def page_of(report: Report) -> str:
    """Return a report as HTML without anything from outside.

    Parameters
    ----------
    report : Report
        What an examination found.

    Returns
    -------
    str
        A section with its own style; nothing in it depends on the theme's colours.

    Examples
    --------
    >>> from ftlearn.doctor.report import Report
    >>> "Nothing found" in page_of(Report())
    True
    """
    findings = "".join(f"<li>{_finding(one)}</li>" for one in report.findings)
    left_out = [f"{_codes([name])}: {_text(reason)}" for name, reason in report.ignored.items()]
    head, dot, rest = report.summary.partition(". ")
    parts = [
        f"<p><strong>{head}{dot.strip()}</strong> {rest}</p>",
        f"<ol>{findings}</ol>" if findings else "",
        _unchecked(report),
        _folded("passed", [_codes(report.passed)], len(report.passed)),
        _folded("left out", left_out, len(report.ignored)),
        f"<p>{_text(report.sampled)}</p>" if report.sampled else "",
    ]
    return f'<section class="ftlearn-doctor" aria-label="Report of the doctor">{_STYLE}{"".join(parts)}</section>'


def _finding(one: Finding) -> str:
    where = f" in <code>{_safe(one.line)}</code>" if one.line else ""
    rows = "".join(
        f'<tr><th scope="row">{_safe(name)}</th><td>{_safe(value)}</td></tr>' for name, value in told(one.evidence)
    )
    parts = [
        f'<div class="sentence" role="heading" aria-level="3"><strong>{_text(one.sentence)}</strong></div>',
        f'<p class="rule"><code>{_safe(one.rule)}</code>{where}</p>',
        f"<table><caption><strong>Measured</strong></caption><tbody>{rows}</tbody></table>" if rows else "",
        f'<p><strong class="label">Why it matters</strong> {_text(one.why)}</p>' if one.why else "",
        f'<strong class="label">What to type</strong><pre>{_safe(_typed(one.fix))}</pre>' if one.fix else "",
        f'<p><strong class="label">Read on</strong> {_linked(one.reference)}</p>' if one.reference else "",
    ]
    return f"<article>{''.join(parts)}</article>"


def _typed(code: str) -> str:
    """Give a comment that makes its line too long a line of its own: when wrapped, half of it would look like code."""
    lines = []
    for line in code.splitlines():
        does, mark, comment = line.partition("  # ")
        if mark and len(line) > _LINE:
            alone = f"{does[: len(does) - len(does.lstrip())]}# {comment}"
            lines += [does, alone] if comment.startswith(("or ", "then ")) else [alone, does]
        else:
            lines.append(line)
    return "\n".join(lines)


def _unchecked(report: Report) -> str:
    lacked = [
        f"<strong>because {_text(reason)}:</strong> {_codes(names)}" for reason, names in report.by_reason().items()
    ]
    return _folded("not checked", lacked, len(report.unchecked))


def _folded(what: str, inside: list[str], count: int) -> str:
    """Fold paragraphs under how many rules they tell of; plain ones, for JupyterLab squeezes lists of terms."""
    body = "".join(f"<p>{one}</p>" for one in inside)
    return f"<details><summary>{count} rule{'s' * (count != 1)} {what}</summary>{body}</details>" if count else ""


def _codes(names: Any) -> str:
    return ", ".join(f"<code>{_safe(name)}</code>" for name in names)


def _safe(text: Any) -> str:
    return html.escape(visible(text))


def _text(text: Any) -> str:
    """Escape a text; what stands between backticks becomes code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _safe(text))


def _linked(text: str) -> str:
    """Escape a reference; addresses, issues on GitHub and papers on arXiv become links."""
    found = [(*one.span(), one[0]) for one in _ADDRESS.finditer(text)]
    found += [(*one.span(), f"https://arxiv.org/abs/{one[1] or one[2]}") for one in _ARXIV.finditer(text)]
    repository = "keras-team/keras"
    for one in _ISSUE.finditer(text):
        if one[2]:  # a number alone belongs to the repository before it
            repository = f"{one[1] or 'keras-team'}/{one[2]}"
        found.append((*one.span(), f"https://github.com/{repository}/issues/{one[3]}"))
    parts, at = [], 0
    for start, end, address in sorted(found):
        if start >= at:
            parts += [_text(text[at:start]), f'<a href="{html.escape(address)}">{_safe(text[start:end])}</a>']
            at = end
    return "".join([*parts, _text(text[at:])])
