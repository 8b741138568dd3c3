"""A class of one part does not occur in another, and chance does not explain it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.labels import class_labels
from ftlearn.doctor.rule import Rule

_EXPECTED = 12
"""So many examples of a class would be expected before its absence is told: by chance it happens once in 160,000."""


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Count the classes of train and of each other part."""
    parts = case.parts(least=2)
    if parts[0].name != "train":
        case.part("train")
    train = class_labels(case, parts[0])
    classes, counts = np.unique(train, return_counts=True)
    for part in parts[1:]:
        there, found = np.unique(class_labels(case, part), return_counts=True)
        total = int(found.sum())
        shares = dict(zip(classes.tolist(), counts / len(train), strict=True))
        lacking = [one for one, share in shares.items() if one not in there and share * total >= _EXPECTED]
        if lacking:
            awaited = round(sum(shares[one] for one in lacking) * total)
            yield (
                f"{_named(lacking)} of the train part {_do(lacking)} not occur among the {total} examples of the "
                f"{part.name} part, where about {awaited} would be expected.",
                {"part": part.name, "missing": lacking, "expected": awaited},
            )
        unknown = [
            one for one, n in zip(there.tolist(), found.tolist(), strict=True)
            if one not in shares and n >= max(5, 0.02 * total) and n / total * len(train) >= _EXPECTED
        ]  # fmt: skip
        if unknown:
            yield (
                f"{_named(unknown)} of the {part.name} part {_do(unknown)} not occur among the {len(train)} train "
                "examples.",
                {"part": "train", "missing": unknown, "of": len(train)},
            )


def _named(classes: list[Any]) -> str:
    told = ", ".join(map(str, classes[:5])) + ", …" * (len(classes) > 5)
    return f"{'Class' if len(classes) == 1 else f'{len(classes)} classes:'} {told}"


def _do(classes: list[Any]) -> str:
    return "does" if len(classes) == 1 else "do"


_PROGRAM = """import keras
import numpy as np

rng = np.random.default_rng(0)
y = np.sort(rng.integers(0, 4, 300))
X = rng.normal(size=(300, 5)) + y[:, None]
{split}
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=(X[train], y[train]), validation=(X[held], y[held]))"""

VALID_MORE = (
    """import numpy as np

rng = np.random.default_rng(0)  # few examples: a rare class is missing by chance
y = rng.choice(5, 60, p=[0.4, 0.3, 0.2, 0.06, 0.04])
X = rng.normal(size=(60, 5))
examined = dict(model=None, train=(X[:45], y[:45]), validation=(X[45:], y[45:]))""",
    """import keras
import numpy as np

rng = np.random.default_rng(0)  # ages in whole years
X = rng.normal(size=(200, 3))
y = np.round(40 + 10 * X[:, 0]).astype(int)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("adam", "mae")
examined = dict(model=model, train=(X[:150], y[:150]), validation=(X[150:], y[150:]))""",
)

RULE = Rule(
    name="class-is-missing-from-a-part",
    family="data",
    what="Counts the classes of train and of each other part.",
    why="A class that was never trained is never predicted; one that is never tested may be wrong unnoticed.",
    reference="keras-team/keras#8346: a split without shuffling of files sorted by class.",
    known_problems=f"Told only where at least {_EXPECTED} examples of the class would be expected.",
    fix="train_test_split(X, y, stratify=y, random_state=0)",
    check=check,
    invalid=_PROGRAM.format(split="train, held = slice(0, 210), slice(210, 300)"),
    valid=_PROGRAM.format(split="order = rng.permutation(300)\ntrain, held = order[:210], order[210:]"),
    weight=7,
)
