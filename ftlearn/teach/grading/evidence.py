"""The page of near-identical work: what two students wrote, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from ftlearn.teach.grading import pages
from ftlearn.teach.grading.alike import Pair, Shared
from ftlearn.teach.grading.pages import many, name, safe, sentence
from ftlearn.teach.grading.settings import Settings

_SHOWN = 6_000  # characters of each answer


def page(pairs: Sequence[Pair], settings: Settings) -> str:
    """Write the page of near-identical work.

    Parameters
    ----------
    pairs : sequence of Pair
        From `alike.pairs`.
    settings : Settings
        The course's.

    Returns
    -------
    str
        A whole HTML page.

    Examples
    --------
    >>> "No two submissions are near-identical." in page([], Settings())
    True
    """
    parts = [
        "<h1>Near-identical work</h1>\n",
        f'<p class="quiet">{name(settings.title)}</p>\n' if settings.title else "",
        '<p><a href="index.html">Back to the class</a></p>\n',
    ]
    if pairs:
        parts.append(
            "<p>To look at, not a verdict: two may have worked together as they were allowed to, or used the same "
            "source. No points were changed, and no student's page speaks of it. Marked lines are the same on both "
            "sides; names that were changed count as the same in the likeness, but are not marked.</p>\n"
        )
    else:
        parts.append("<p>No two submissions are near-identical.</p>\n")
    parts += [_pair(pair) for pair in pairs]
    return pages.page("Near-identical work", "".join(parts))


def _pair(pair: Pair) -> str:
    first, second = map(name, pair.students)
    parts = [
        f"<h2>Lesson {safe(pair.lesson)}: {first} and {second}</h2>\n",
        f"<p>{100 * pair.likeness:.0f} % alike in {many(len(pair.tasks), 'task')}.</p>\n",
        f"<p>{sentence(pair.remark)}</p>\n" if pair.remark else "",
    ]
    for shared in pair.evidence:
        lines = {line.strip() for line in shared.left.splitlines()} & {
            line.strip() for line in shared.right.splitlines()
        }
        parts.append(
            f'<h3><code>{safe(shared.task)}</code>, {100 * shared.likeness:.0f} %</h3>\n<div class="pair">\n'
            + "".join(
                f"<div><h4>{name(student)}</h4>{_marked(text, lines - {''}, f'{student}: {shared.task}')}</div>\n"
                for student, text in zip(pair.students, _sides(shared), strict=True)
            )
            + "</div>\n"
        )
    return "".join(parts)


def _sides(shared: Shared) -> tuple[str, str]:
    return shared.left, shared.right


def _marked(text: str, same: set[str], label: str) -> str:
    """Show code, the lines that both have marked."""
    kept, more = text[:_SHOWN], len(text) - _SHOWN
    lines = [
        f"<mark>{safe(line, _SHOWN)}</mark>" if line.strip() in same else safe(line, _SHOWN)
        for line in kept.splitlines()
    ]
    if more > 0:
        lines.append(f"… ({more:,} more characters)")
    code = "\n".join(lines)
    return f'<pre tabindex="0" role="region" aria-label="{safe(label)}"><code>{code}</code></pre>'
