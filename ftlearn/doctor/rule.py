"""A rule of the doctor: one file each in ``rules/``, with its reasons and the programs that prove it."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

FAMILIES = ("freezing", "data", "training", "claims", "tuning", "saving")


class NotChecked(Exception):
    """A rule lacks something that it needs; its text ends the sentence "not checked, because …"."""


@contextlib.contextmanager
def running(what: str = "the model does not run on the data") -> Iterator[None]:
    """Tell what raises inside as the reason why a rule was not checked."""
    try:
        yield
    except NotChecked:
        raise
    except Exception as error:
        raise NotChecked(f"{what} ({in_words(error)})") from error


def in_words(error: Exception) -> str:
    r"""Return what an error says, on one line and without what Keras and TensorFlow put around it.

    Examples
    --------
    >>> in_words(ValueError("Exception encountered when calling A.call().\n\n\x1b[1mno such axis\x1b[0m\n\nArgs …"))
    'ValueError: no such axis'
    """
    lines = [re.sub(r"\x1b\[\d+m|\{\{.*?\}\}", "", one).strip() for one in str(error).splitlines()]
    said = next((one for one in lines if one and not one.startswith(("Exception encountered", "in user code"))), "")
    return f"{type(error).__name__}{': ' * bool(said)}{said[:100]}"


@dataclass(frozen=True)
class Rule:
    """What a rule is, without its code.

    Attributes
    ----------
    name : str
        A sentence in kebab case.
    family : str
        One of `FAMILIES`.
    what : str
        What it does.
    why : str
        Why that is bad.
    reference : str
        Where it is shown.
    known_problems : str
        Where it errs or stays silent; empty when nothing is known.
    fix : str
        What to type.
    weight : float
        Causes weigh more than the symptoms that follow from them.
    check : callable
        Takes a `Case`; gives a sentence and its evidence for each mistake, or raises `NotChecked`.
    invalid, valid : str
        A bad and a good program; each leaves ``examined``, the arguments of `examine`.
    """

    name: str
    family: str
    what: str
    why: str
    reference: str
    fix: str
    check: Callable[[Any], Iterator[tuple[str, dict[str, Any]]]]
    invalid: str
    valid: str
    known_problems: str = ""
    weight: float = 1.0


@cache
def catalogue() -> dict[str, Rule]:
    """Return every rule by its name.

    Examples
    --------
    >>> "test-used-as-validation" in catalogue()
    True
    """
    from ftlearn.doctor import rules as package

    found = {}
    for module in sorted(one.name for one in pkgutil.iter_modules(package.__path__)):
        rule = importlib.import_module(f"{package.__name__}.{module}").RULE
        found[rule.name] = rule
    return found
