"""A student's values as plain data, and in words."""

from __future__ import annotations

import traceback
from collections.abc import ItemsView, KeysView, ValuesView
from typing import Any

import numpy as np

from ftlearn.learn.outcomes import Unchecked


def plain(held: Any, name: str) -> Any:
    """Turn a value into plain data, or say why it cannot be looked at.

    Parameters
    ----------
    held : object
        A student's value.
    name : str
        For the sentence.

    Returns
    -------
    object
        Copies where the original could change.

    Raises
    ------
    Unchecked
        For an object that cannot be turned into plain data.

    Examples
    --------
    >>> plain((1, 2.5), "pair")
    [1, 2.5]
    """
    if held is None or type(held) in (bool, int, float, str):
        return held
    if isinstance(held, np.generic):
        return held.item()
    if isinstance(held, np.ndarray):
        return np.array(held)
    if isinstance(held, list | tuple | set | frozenset | range | KeysView | ValuesView | ItemsView):
        return [plain(one, name) for one in (sorted(held, key=repr) if isinstance(held, set | frozenset) else held)]
    if isinstance(held, dict):
        return {str(key): plain(value, name) for key, value in held.items()}
    if hasattr(held, "history") and isinstance(held.history, dict):  # what fit returned
        return plain(held.history, name)
    if hasattr(held, "to_dict") and hasattr(held, "index"):  # pandas
        if held.ndim == 1 and type(held.index).__name__ == "RangeIndex":  # numbered rows are no names
            return plain(held.to_numpy(), name)
        return plain(held.to_dict("list") if held.ndim == 2 else held.to_dict(), name)
    if hasattr(held, "numpy"):
        return np.array(held.numpy())
    if isinstance(held, int | float | str):  # of a class derived from these
        return {int: int, float: float, str: str}[next(t for t in (int, float, str) if isinstance(held, t))](held)
    raise Unchecked(f"`{name}` is {described(held)}, which cannot be looked into.")


def described(held: Any) -> str:
    """Say in a few words what a value is, with itself when it is short.

    Examples
    --------
    >>> described([1, 2]), described("a"), described(None)
    ('a list of 2', "the text 'a'", 'nothing (None)')
    """
    if held is None:
        return "nothing (None)"
    if isinstance(held, str):
        return f"the text {held[:40]!r}"
    if isinstance(held, bool | np.bool_):
        return str(bool(held))
    if isinstance(held, int | float | np.number):
        return f"the number {held}"
    if isinstance(held, np.ndarray):
        return f"an array of shape {held.shape}"
    if isinstance(held, list | tuple):
        return f"a {type(held).__name__} of {len(held)}"
    if isinstance(held, dict):
        return f"a dict of {len(held)}"
    kind = type(held).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def raised(name: str, error: BaseException) -> str:
    """Say which error a student's code raised, and in which of its lines.

    Parameters
    ----------
    name : str
        What was called.
    error : Exception
        What it raised.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> raised("f", ValueError("no"))
    '`f` raised ValueError: no.'
    """
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "ipykernel" in frame.filename or frame.filename.startswith("<"):
            where = f" in line {frame.lineno} of its cell" + (f" (`{frame.line}`)" if frame.line else "")
    text = str(error).strip().split("\n")[0][:200].rstrip(".")
    return f"`{name}` raised {type(error).__name__}{f': {text}' if text else ''}{where}."
