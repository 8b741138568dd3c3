"""Errors that say what was got, what is allowed and what to type."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FtlearnError(Exception):
    """Base of every error that ftlearn raises on purpose.

    Parameters
    ----------
    message : str
        What was got and what is allowed, as a sentence.
    fix : str, optional
        What to do or to type about it, as a sentence.
    """

    def __init__(self, message: str, *, fix: str = ""):
        self.fix = fix
        super().__init__(f"{message} {fix}".strip())


class UnknownNameError(FtlearnError, KeyError):
    """A name that is not in a list of known names."""

    def __str__(self):
        return Exception.__str__(self)  # KeyError would print the quoted repr


class AssetError(FtlearnError):
    """An asset that could not be found, downloaded, verified or stored."""


class InputContractError(FtlearnError, ValueError):
    """Input that breaks what a backbone declares about size, channels or range."""


class DataError(FtlearnError, ValueError):
    """Data or a request about data that cannot be served."""


class ClaimError(FtlearnError, AssertionError):
    """A claim whose measurement does not bear it out."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Make the error for a name that is not known, with the nearest known one.

    Parameters
    ----------
    kind : str
        What the name should have named, for example ``"asset"``.
    name : object
        What was got.
    known : iterable of str
        The allowed names.

    Returns
    -------
    UnknownNameError
        To be raised by the caller.

    Examples
    --------
    >>> str(unknown_name("backbone", "leters", ["letters", "textures"]))
    "There is no backbone named 'leters'. Did you mean 'letters'? Known: letters, textures."
    """
    known = sorted(known)
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return UnknownNameError(f"There is no {kind} named {name!r}.", fix=f"{hint}Known: {', '.join(known)}.")
