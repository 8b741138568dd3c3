"""Windows of another part lie among the train windows and share their rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import Rule
from ftlearn.doctor.windows import series_parts, sides

_SHARE = 0.3


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look for windows that begin inside one train window and end inside another."""
    train, *others = series_parts(case)
    known = {row.tobytes() for row in train.X}
    for part in others:
        after, before = sides(train, part)
        copied = [row.tobytes() in known for row in part.X]  # a whole train window: its own rule's matter
        among = int((after & before & ~np.array(copied)).sum())
        if among >= 5 and among > _SHARE * len(part.X):
            yield (
                f"{among} of {len(part.X)} windows of the {part.name} part begin inside one train window and end "
                "inside another: their rows were trained on.",
                {"part": part.name, "among": among, "of": len(part.X)},
            )


_PROGRAM = """import keras
import numpy as np

rng = np.random.default_rng(0)
series = np.cumsum(rng.normal(size=(400, 2)), 0).astype("float32")
X = np.stack([series[i : i + 12] for i in range(380)])
y = series[12:392, :1]
{split}
model = keras.Sequential([keras.Input((12, 2)), keras.layers.LSTM(4), keras.layers.Dense(1)])
model.compile("adam", "mse")
examined = dict(model=model, train=(X[train], y[train]), test=(X[held], y[held]))"""

VALID_MORE = (
    _PROGRAM.format(split="train, held = slice(0, 280), slice(292, 380)"),
    """import numpy as np

rng = np.random.default_rng(0)  # separate recordings, some of them flat, split at random
X = rng.normal(size=(200, 20, 3)).astype("float32")
X[::4, 5:] = 0
order = rng.permutation(200)
examined = dict(model=None, train=(X[order[:150]], order[:150] % 2), validation=(X[order[150:]], order[150:] % 2))""",
)

RULE = Rule(
    name="windows-overlap-between-parts",
    family="data",
    what="Looks in the other parts for windows whose first and last steps both stand in train windows.",
    why="Windows cut before a random split share rows with their neighbours: the score measures memory.",
    reference="arXiv 2512.06932: leaking splits improved the error of forecasts by up to 20.5 %.",
    known_problems="Windows that were normalised one by one no longer agree, and are not recognised.",
    fix="X_train, X_test = windows(series[:cut]), windows(series[cut - steps :])  # split first, then cut windows",
    check=check,
    invalid=_PROGRAM.format(split="order = rng.permutation(380)\ntrain, held = order[:280], order[280:]"),
    valid=_PROGRAM.format(split="train, held = slice(0, 280), slice(280, 380)"),
    weight=9,
)
