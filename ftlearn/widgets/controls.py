"""What an explorer lets one move, described before it is a widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftlearn.errors import FtlearnError


@dataclass(frozen=True)
class Control:
    """Something to move, before it is a widget.

    Attributes
    ----------
    kind : str
        ``"slider"`` or ``"choice"``.
    label : str
        What it sets, with its unit.
    options : tuple of (str, object)
        What is read, and the value that it stands for.
    default : object
        One of the values.
    """

    kind: str
    label: str
    options: tuple[tuple[str, Any], ...]
    default: Any

    def text(self, value: Any) -> str:
        """Give what is read for a value."""
        return next(text for text, one in self.options if one == value)


def slider(label: str, options: Sequence[Any], *, default: Any = None) -> Control:
    """Describe a slider over a few ordered values.

    Parameters
    ----------
    label : str
        What it sets.
    options : sequence or mapping
        Values in order, or a mapping from what is read to the value.
    default : object, optional
        The value at the start; the first one if not given.

    Returns
    -------
    Control
        For `ftlearn.widgets.explore`.

    Examples
    --------
    >>> slider("labels", [10, 20]).options
    (('10', 10), ('20', 20))
    """
    return _control("slider", label, options, default)


def choice(label: str, options: Sequence[Any] | Mapping[str, Any], *, default: Any = None) -> Control:
    """Describe one of several values to choose from, unordered.

    It becomes radio buttons, not a drop-down list: JupyterLab keeps the arrow keys of a list for itself.

    Parameters
    ----------
    label : str
        What it sets.
    options : sequence or mapping
        The values, or a mapping from what is read to the value.
    default : object, optional
        The value at the start; the first one if not given.

    Returns
    -------
    Control
        For `ftlearn.widgets.explore`.

    Examples
    --------
    >>> choice("compare with", {"everything": None, "scratch": "scratch"}).default is None
    True
    """
    return _control("choice", label, options, default)


def _control(kind: str, label: str, options: Any, default: Any) -> Control:
    pairs = tuple(options.items()) if isinstance(options, Mapping) else tuple((str(one), one) for one in options)
    if not pairs:
        raise FtlearnError(f"The {kind} {label!r} needs an option at least.")
    values = [value for _, value in pairs]
    default = values[0] if default is None else default
    if default not in values:
        raise FtlearnError(f"The {kind} {label!r} cannot start at {default!r}.", fix=f"Options: {values}.")
    return Control(kind, label, pairs, default)
