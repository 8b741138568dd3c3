"""Splitting texts in three, so that copies of a text stay in one part."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ftlearn.datasets._dealing import together
from ftlearn.datasets.splits import Part, Split
from ftlearn.errors import DataError


def normalised(text: str) -> str:
    """Keep a text's words only, in lower case: what two copies have in common."""
    return " ".join(re.findall(r"\w+", text.lower()))


def split_texts(
    name: str, texts: Sequence[str], y: np.ndarray, *, classes: tuple[str, ...], train: int, validation: int,
    test: int | None, random_state: int, strata: np.ndarray | None = None,
) -> Split:  # fmt: skip
    """Split texts in three parts of these sizes, stratified; copies go to one part, what is not asked for to none."""
    sizes = {"train": train, "validation": validation, **({} if test is None else {"test": test})}
    for size, count in sizes.items():
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < len(classes):
            raise DataError(f"{size}= is a whole number from {len(classes)} (one a class); got {count!r}.")
    left = len(texts) - sum(sizes.values())
    if left < (len(classes) if test is None else 0):
        asked = " + ".join(f"{count:,}" for count in sizes.values())
        raise DataError(
            f"{name} has {len(texts):,} texts; {asked} ({', '.join(sizes)}) leaves {left:,}.",
            fix="Ask for smaller parts." if test is not None else "Leave some for the test part: ask for fewer.",
        )
    counts = (train, validation, left if test is None else test)
    part = _deal(y if strata is None else strata, together([normalised(text) for text in texts]), counts, random_state)
    X = np.array(texts, dtype=str)
    parts = [Part(X[part == i], y[part == i]) for i in range(3)]
    return Split(name, *parts, classes=classes, random_state=random_state)


def _deal(strata: np.ndarray, unit: np.ndarray, counts: Sequence[int], seed: int) -> np.ndarray:
    """Return each text's part as 0, 1 or 2, or -1: `counts` in all, each stratum in proportion, units whole."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(unit.max() + 1)
    sizes = np.bincount(unit)
    kind = strata[np.unique(unit, return_index=True)[1]]  # a unit's stratum: that of its first text
    free = np.bincount(kind, weights=sizes).astype(int)
    dealt = np.full(len(sizes), -1)
    for number, count in enumerate(counts):
        for stratum, wanted in enumerate(_quota(free, count)):
            for one in order[(kind[order] == stratum) & (dealt[order] < 0)]:
                if wanted == 0:
                    break
                if sizes[one] <= wanted:
                    dealt[one] = number
                    wanted -= sizes[one]
                    free[stratum] -= sizes[one]
    return dealt[unit]


def _quota(free: np.ndarray, count: int) -> np.ndarray:
    """Share `count` out in proportion to `free`, the largest remainders rounded up."""
    exact = count * free / free.sum()
    given = np.floor(exact).astype(int)
    given[np.argsort(given - exact, kind="stable")[: count - given.sum()]] += 1
    return given
