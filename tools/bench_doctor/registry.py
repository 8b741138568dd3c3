"""Mutants by rule: each gives what `examine` is given, and whether its mistake really harms or really differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.bench_doctor.programs import Correct


@dataclass(frozen=True)
class Tried:
    """A mutant that has run.

    Attributes
    ----------
    examined : dict
        What `examine` is given.
    counts : bool
        Whether the mistake harms or differs, measured without the doctor.
    measured : str
        By what.
    """

    examined: dict[str, Any]
    counts: bool
    measured: str


@dataclass(frozen=True)
class Mutant:
    """A mistake that can be made in some programs.

    Attributes
    ----------
    rule : str
        The name that should come first.
    programs : tuple of str
        Where it is made.
    make : callable
        Takes the correct program, gives a `Tried`.
    """

    rule: str
    programs: tuple[str, ...]
    make: Callable[[Correct], Tried]


MUTANTS: list[Mutant] = []


def mutant(rule: str, *programs: str) -> Callable[[Callable[[Correct], Tried]], Callable[[Correct], Tried]]:
    """Enter a mutant.

    Parameters
    ----------
    rule : str
        Whose mistake it is.
    *programs : str
        Correct programs, or variants, in which it is made.
    """

    def enter(make: Callable[[Correct], Tried]) -> Callable[[Correct], Tried]:
        MUTANTS.append(Mutant(rule, programs, make))
        return make

    return enter
