"""The same example stands in two parts of the data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import Rule

_SHARE = 0.01


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare sums of the examples of every two parts."""
    sums = [(part, case.sums(part.name)) for part in case.parts(least=2)]
    for (one, first), (other, second) in combinations(sums, 2):
        if len(set(second)) < len(second) / 2:
            continue  # coarse data: most examples are equal to one another anyway
        known = set(first)
        shared = sum(key in known for key in second)
        if shared > _SHARE * len(second):
            yield (
                f"{shared} of {len(second)} examples of the {other.name} part stand in the {one.name} part too.",
                {"parts": [one.name, other.name], "shared": shared, "of": len(second)},
            )


RULE = Rule(
    name="same-example-in-two-parts",
    family="data",
    what="Compares the examples of every two parts byte by byte.",
    why="What the network has seen it need not generalise to: scores on copies promise more than new data will keep.",
    reference="IMDB as Keras ships it: 123 test texts stand in its training part (measured for this course).",
    known_problems="Coarse data (few small whole numbers) hold equal rows by chance; up to 1 % is let pass.",
    fix="keep = ~np.isin(rows(X_test), rows(X_train))  # or split by group before anything else",
    check=check,
    invalid="""import numpy as np

X = np.random.default_rng(0).normal(size=(200, 5))
examined = dict(model=None, train=(X[:150], X[:150, 0] > 0), validation=(X[100:], X[100:, 0] > 0))""",
    valid="""import numpy as np

X = np.random.default_rng(0).normal(size=(200, 5))
examined = dict(model=None, train=(X[:150], X[:150, 0] > 0), validation=(X[150:], X[150:, 0] > 0))""",
    weight=8,
)
