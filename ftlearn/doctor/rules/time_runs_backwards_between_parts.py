"""The train part lies after the part on which the model is judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case, Part
from ftlearn.doctor.rule import Rule
from ftlearn.doctor.windows import series_parts, sides


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """See on which side the parts touch, or compare a channel that counts time."""
    train, *others = series_parts(case)
    for part in others:
        after, before = sides(train, part)
        touching = int((before & ~after).sum())
        if touching >= 2 and not after.any():
            yield (
                f"The last steps of {touching} windows of the {part.name} part are the first steps of train windows: "
                f"the {part.name} part lies before the train part.",
                {"part": part.name, "touching": touching},
            )
            continue
        channel = _clock(train, part)
        if channel is not None:
            first, last = float(train.X[..., channel].min()), float(part.X[..., channel].max())
            yield (
                f"Channel {channel} counts time: train begins at {first:g}, after the {part.name} part has ended at "
                f"{last:g}.",
                {"part": part.name, "channel": channel, "train begins": first, "part ends": last},
            )


def _clock(train: Part, part: Part) -> int | None:
    """Return the channel that rises evenly in every window and is larger in train throughout; None without one."""
    if train.X.ndim != 3 or min(len(train.X), len(part.X)) < 10:
        return None
    for channel in range(train.X.shape[2]):
        both = np.concatenate([train.X[..., channel], part.X[..., channel]]).astype(float)
        rises = np.diff(both, axis=1)
        even = rises.min() > 0 and rises.max() - rises.min() <= 0.01 * rises.max() + 4e-7 * np.abs(both).max()
        if (
            even
            and len(np.unique(both[:, 0])) > 0.9 * len(both)
            and both[: len(train.X)].min() > both[len(train.X) :].max()
        ):
            return channel
    return None


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
    _PROGRAM.format(split="train, held = np.random.default_rng(1).permutation(280), slice(292, 380)"),
    """import numpy as np

rng = np.random.default_rng(0)  # time of day as a channel: it starts anew each day
X = rng.normal(size=(100, 24, 2)).astype("float32")
X[..., 1] = np.arange(24) / 24
examined = dict(model=None, train=(X[:70], X[:70, -1, 0]), validation=(X[70:], X[70:, -1, 0]))""",
)

RULE = Rule(
    name="time-runs-backwards-between-parts",
    family="data",
    what="Compares on which side the windows of the parts touch, and channels that count time.",
    why="A forecast of what was before the training data is none: the network knows what has changed since.",
    reference="scikit-learn, TimeSeriesSplit: test indices must be higher than those of train.",
    known_problems="Silent where the parts do not touch and no channel counts time.",
    fix="train, test = series[:cut], series[cut:]  # in the order of time, the oldest first",
    check=check,
    invalid=_PROGRAM.format(split="train, held = slice(100, 380), slice(0, 100)"),
    valid=_PROGRAM.format(split="train, held = slice(0, 280), slice(280, 380)"),
    weight=7,
)
