"""Dealing images out to three parts, so that nothing that belongs together is torn apart."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ftlearn.errors import DataError

PARTS = ("train", "validation", "test")
_TRIES = 25


class GroupsError(DataError):
    """Groups that allow no three parts."""


def together(*labels: Sequence) -> np.ndarray:
    """Give one number to all images that share a label, directly or through others."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n, columns, offset = len(labels[0]), [], 0
    for one in labels:
        known = {value: place for place, value in enumerate(dict.fromkeys(one))}
        columns.append(np.array([known[value] for value in one]) + offset)
        offset += len(known)
    rows = np.tile(np.arange(n), len(labels))
    links = coo_matrix((np.ones(len(rows)), (rows, n + np.concatenate(columns))), (n + offset, n + offset))
    return np.unique(connected_components(links, directed=False)[1][:n], return_inverse=True)[1]


def stratified(
    y: np.ndarray, unit: np.ndarray, classes: Sequence[str], *, validation: float, test: float, seed: int
) -> np.ndarray:
    """Deal units (a picture and its copies) out by class; returns each image's part as 0, 1 or 2."""
    rng = np.random.default_rng(seed)
    first = np.unique(unit, return_index=True)[1]
    kind = y[first]  # a unit's class
    counts = np.bincount(kind, minlength=len(classes))
    for name, count in zip(classes, counts, strict=True):
        if count < 3:
            raise DataError(
                f"Class {name!r} has {count} different image{'' if count == 1 else 's'}; three parts need at least 3.",
                fix="Add images, or leave the class out.",
            )
    for_test = quota(counts, test)
    for_validation = np.minimum(quota(counts, validation), counts - for_test - 1)
    part = np.zeros(len(first), int)
    for c in range(len(classes)):
        mine = rng.permutation(np.flatnonzero(kind == c))
        part[mine[: for_test[c]]] = 2
        part[mine[for_test[c] : for_test[c] + for_validation[c]]] = 1
    return part[unit]


def quota(counts: np.ndarray, share: float) -> np.ndarray:
    """Give each class its share, rounded so that the total is right; one at least, all but two at most."""
    exact = share * counts
    given = np.floor(exact).astype(int)
    left = round(share * counts.sum()) - given.sum()
    given[np.argsort(given - exact, kind="stable")[:left]] += 1
    return given.clip(1, counts - 2)


def grouped(
    y: np.ndarray, unit: np.ndarray, classes: Sequence[str], *, validation: float, test: float, seed: int
) -> np.ndarray:
    """Deal whole groups out, as stratified as they allow; returns each image's part as 0, 1 or 2."""
    for c, name in enumerate(classes):
        count = len(np.unique(unit[y == c]))
        if count < 3:
            raise GroupsError(
                f"Class {name!r} comes from {count} group{'' if count == 1 else 's'}; three parts need at least 3.",
                fix="Collect it from more groups, leave the class out, or check what groups= gives for its files.",
            )
    for attempt in range(_TRIES):
        part = np.zeros(len(y), int)
        part[_draw(y, unit, test, seed + 7919 * attempt)] = 2
        rest = np.flatnonzero(part == 0)
        part[rest[_draw(y[rest], unit[rest], validation / (1 - test), seed + 7919 * attempt)]] = 1
        lacking = [name for c, name in enumerate(classes) if len(np.unique(part[y == c])) < 3]
        if not lacking:
            return part
    raise GroupsError(
        f"No split of {len(np.unique(unit))} groups was found that has {lacking[0]!r} in all three parts.",
        fix="Collect more groups of it, or change the shares or random_state.",
    )


def _draw(y: np.ndarray, unit: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Draw about `share` of the images, in whole groups: some folds of scikit-learn's."""
    from sklearn.model_selection import StratifiedGroupKFold

    wanted = Fraction(share).limit_denominator(10)
    folds = min(max(wanted.denominator, 2), len(np.unique(unit)))
    take = min(max(round(share * folds), 1), folds - 1)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "The least populated class"
        )  # a class small in images is checked by `grouped`
        split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed % 2**32).split(y, y, unit)
        return np.concatenate([drawn for _, drawn in list(split)[:take]])
