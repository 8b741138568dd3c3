"""Names and moments as people and platforms write them, made comparable."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime

_YEARS = range(1971, 2200)  # what every machine can reckon with


def plain(name: str) -> str:
    """Return a name as it is compared: platforms and file systems write the same accents in two ways.

    Examples
    --------
    >>> plain("Zoe\u0308 ") == plain("Zo\u00eb")
    True
    """
    return unicodedata.normalize("NFC", name).strip()


def moment(value: object) -> datetime:
    """Read a moment in time.

    Parameters
    ----------
    value : str or datetime or date
        ISO 8601, or what TOML makes of it. Without an offset it is this machine's local time, and of two moments that
        the clock shows alike when summer time ends, the later one; a date alone means the end of that day.

    Returns
    -------
    datetime
        With its offset.

    Raises
    ------
    ValueError
        When it is none.

    Examples
    --------
    >>> moment("2026-11-20T23:59:00+01:00").isoformat()
    '2026-11-20T23:59:00+01:00'
    """
    if isinstance(value, str):
        text = value.strip()
        try:
            value = date.fromisoformat(text)
        except ValueError:
            value = datetime.fromisoformat(text)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, 23, 59, 59)
    if not isinstance(value, datetime) or value.year not in _YEARS:
        raise ValueError(f"{value!r} is no date of a course")
    if value.utcoffset() is None:
        return max(value.replace(fold=fold).astimezone() for fold in (0, 1))
    return value
