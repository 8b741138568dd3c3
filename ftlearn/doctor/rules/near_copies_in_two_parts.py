"""Almost the same example stands in two parts: with a little noise, another brightness, mirrored or compressed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case, Part
from ftlearn.doctor.rule import NotChecked, Rule

_RATIO, _SHARE, _LEAST, _NEIGHBOUR, _ROWS = 0.12, 0.03, 5, 4, 1024


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare each example's nearest train example with its fourth nearest, in normalised pixels or columns."""
    case.part("train")
    train, *others = case.parts(least=2)
    if train.X.dtype.kind not in "fui" or (train.X.dtype.kind != "f" and train.X.ndim != 4):
        raise NotChecked("the inputs are neither images nor measurements")
    numbers = int(np.prod(train.X.shape[1:]))
    if numbers < 16 or len(train.X) < 40:
        raise NotChecked("with fewer than 16 numbers an example, or 40 train examples, near is not told from chance")
    exact = set(case.sums("train"))
    for part in others:
        if part.X.shape[1:] != train.X.shape[1:] or part.X.dtype.kind not in "fui":
            continue
        places = np.unique(np.linspace(0, len(part.X) - 1, min(_ROWS, len(part.X))).astype(int))
        rows, sums = part.X[places], case.sums(part.name)
        fresh = np.array([sums[place] not in exact for place in places])
        near, ratio = _near(train, rows[fresh])
        if near >= _LEAST and near > _SHARE * len(rows):
            yield (
                f"{near} of {len(rows)} examples of the {part.name} part lie {1 / _RATIO:.0f} times as close to "
                f"one train example as to the fourth nearest (median {ratio:.2g} of that distance): near copies.",
                {"parts": ["train", part.name], "near": near, "of": len(rows), "ratio": ratio},
            )


def _near(train: Part, rows: np.ndarray) -> tuple[int, float]:
    if not len(rows):
        return 0, 1.0
    small = _blocks(train.X)
    known, flat = _features(small, train.X)
    found, dull = _features(_blocks(rows), train.X)
    if flat.all() or dull.all():
        return 0, 1.0
    known, found = known[~flat], found[~dull]
    views = [known]
    if train.X.ndim == 4:
        views.append(_features(small[:, :, ::-1], train.X)[0][~flat])  # the same, mirrored
    squares = [_squares(found, one) for one in views]
    least = np.minimum.reduce(squares)
    if least.shape[1] < 10 * _NEIGHBOUR:
        return 0, 1.0
    least = np.partition(least, _NEIGHBOUR - 1, axis=1)
    ratio = np.sqrt(least[:, :_NEIGHBOUR].min(1) / np.maximum(least[:, _NEIGHBOUR - 1], 1e-12))
    near = (ratio < _RATIO) & (least[:, _NEIGHBOUR - 1] > 1e-4)
    return int(near.sum()), float(np.median(ratio[near])) if near.any() else 1.0


def _squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T, 0)


def _blocks(X: np.ndarray) -> np.ndarray:
    """Return images as means of blocks, about 16 by 16, cut to whole blocks around the middle; tables as they are."""
    if X.ndim != 4:
        return X
    step = max(1, min(X.shape[1:3]) // 16)
    top, left = X.shape[1] % step // 2, X.shape[2] % step // 2
    high, wide = X.shape[1] // step, X.shape[2] // step
    total = np.zeros((len(X), high, wide, X.shape[3]), np.float32)
    for down in range(step):
        for across in range(step):
            total += X[:, top + down :: step, left + across :: step][:, :high, :wide]
    return total / step**2


def _features(X: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors that brightness and contrast do not change (tables: standardised columns), and which are flat."""
    rows = np.nan_to_num(X.reshape(len(X), -1).astype(np.float32))
    if train.ndim == 2:
        table = np.nan_to_num(train.astype(np.float32))
        spread = table.std(0)
        rows = np.clip((rows - table.mean(0)) / np.where(spread > 0, spread, 1), -4, 4)
        return rows / np.sqrt(rows.shape[1]), np.zeros(len(rows), bool)
    rows = rows - rows.mean(1, keepdims=True)
    length = np.linalg.norm(rows, axis=1)
    flat = length <= 1e-3 * max(float(np.median(length)), 1e-12)
    return rows / np.where(flat, 1, length)[:, None], flat


_PROGRAM = """import numpy as np
from sklearn.datasets import load_digits

rng = np.random.default_rng(0)
digits = load_digits()
order = rng.permutation(len(digits.images))
X, y = digits.images[order, ..., None].astype("float32"), digits.target[order]
{held}
examined = dict(model=None, train=(X[:1200], y[:1200]), validation=(held, labels))"""

VALID_MORE = (
    """import numpy as np

rng = np.random.default_rng(0)  # few tight groups: many are close, none is a copy
centres = rng.normal(size=(8, 30))
y = rng.integers(0, 8, 600)
X = (centres[y] + 0.02 * rng.normal(size=(600, 30))).astype("float32")
examined = dict(model=None, train=(X[:450], y[:450]), test=(X[450:], y[450:]))""",
    """import numpy as np

rng = np.random.default_rng(0)  # a smooth series, cut into windows after the split
series = np.convolve(rng.normal(size=2100), np.hanning(60), "valid")[:2000].astype("float32")
X = np.stack([series[i : i + 24, None] for i in range(1960)])
examined = dict(model=None, train=(X[:1400], X[:1400, -1]), validation=(X[1430:], X[1430:, -1]))""",
)

RULE = Rule(
    name="near-copies-in-two-parts",
    family="data",
    what="Compares, in normalised pixels or columns, how close the nearest train example is with the fourth nearest.",
    why="An altered copy of a train example tests memory; scores on copies promise more than new data will keep.",
    reference="Barz and Denzler 2020, arXiv 1902.00423: up to 10 % of the CIFAR test images have near copies.",
    known_problems="Shifted or rotated copies, and more than three alike, are not found; exact ones have their rule.",
    fix="GroupShuffleSplit().split(X, groups=origin)  # split by origin first, augment afterwards and in train only",
    check=check,
    invalid=_PROGRAM.format(
        held='held = (1.1 * X[:300] + rng.normal(0, 0.15, X[:300].shape)).astype("float32")\nlabels = y[:300]'
    ),
    valid=_PROGRAM.format(held="held, labels = X[1200:], y[1200:]"),
    weight=6,
)
