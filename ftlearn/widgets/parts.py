"""What the explorers' pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ftlearn.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def checked(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return `table` if it has `columns` and a row; say what is missing if not.

    Parameters
    ----------
    table : DataFrame
        What was measured.
    columns : tuple of str
        What it needs.

    Returns
    -------
    DataFrame
        The same one.

    Raises
    ------
    DataError
        Naming the columns that are missing.
    """
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(f"The table lacks {', '.join(missing)}.", fix=f"It needs the columns {', '.join(columns)}.")
    if not len(table):
        raise DataError("The table is empty.")
    return table


def points(difference: float) -> str:
    """Write a difference of shares in points, with one decimal where it is small."""
    value = abs(100 * difference)
    return f"{value:.0f} points" if value >= 9.95 else f"{value:.1f} points"


def halo() -> Any:
    """Make a white edge for a number that a line or a bar may pass behind."""
    from matplotlib.patheffects import withStroke

    return withStroke(linewidth=3, foreground="white")
