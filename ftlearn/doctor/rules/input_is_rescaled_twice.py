"""The inputs are divided twice: once before the model, once inside, or twice before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor import inputs
from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule

_TINY = 0.02


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the inputs with what arrives at the first layer that has weights."""
    found = shrunk(case)
    if found is not None:
        before, after, layer = found
        spread = before[1] - before[0]
        how = (
            "and are scaled twice inside the model" if spread >= 30
            else "and are scaled again inside the model" if spread > 0.5 else "as if they had been divided twice"
        )  # fmt: skip
        yield (
            f"The inputs lie between {before[0]:.4g} and {before[1]:.4g} {how}: between {after[0]:.6g} and "
            f"{after[1]:.6g} arrives at `{layer}`.",
            {"given": before, "arrives": after, "layer": layer},
        )


def shrunk(case: Case) -> tuple[tuple[float, float], tuple[float, float], str] | None:
    """Return the range of the inputs, the range that arrives and where, if that was divided twice; None otherwise.

    Raises
    ------
    NotChecked
        When it cannot be measured.
    """
    X = inputs.examples(case)
    if X.ndim < 3 or X.dtype.kind not in "fiu" or not np.isfinite(X).all():
        raise NotChecked("the inputs are no images or windows of finite numbers")
    if len(X) < 8:
        raise NotChecked("fewer than 8 examples were given")
    gates = inputs.weighted_leaves(case)
    if not gates:
        raise NotChecked("no layer of the model has weights")
    network_gate = []
    try:
        network_gate = [inputs.backbone(case).gate]  # its own scaling is its own matter
    except NotChecked:
        pass
    layer, seen = inputs.arrives_at(case, [*gates, *network_gate])
    before, after = (float(X.min()), float(X.max())), (float(seen.min()), float(seen.max()))
    spread, arriving = before[1] - before[0], after[1] - after[0]
    scaled = X.dtype.kind == "f" and max(map(abs, before)) <= 5 and bool((X != np.round(X)).any())
    inside = scaled and spread >= 0.5 and 0 < arriving <= _TINY and 60 <= spread / arriving <= 300
    spans = ((0, 1 / 255), (-1, -1 + 2 / 255), (-1 - 2 / 255, -1 + 2 / 255))
    image = X.ndim == 4 and X.dtype.kind == "f" and X.shape[-1] in (1, 3, 4)
    outside = image and 0 < arriving <= _TINY and any(_near(before, *one) for one in spans)
    raw = spread >= 30 and 0 < arriving <= _TINY and spread / arriving >= 3000  # once is a factor of 127.5 or 255
    return (before, after, layer.name) if inside or outside or raw else None


def _near(span: tuple[float, float], low: float, high: float) -> bool:
    """Return whether values fill a narrow span without leaving it."""
    room = high - low
    return low - 0.02 * room <= span[0] and span[1] <= high + 0.02 * room and span[1] - span[0] >= 0.7 * room


_PROGRAM = """import keras
import numpy as np

rng = np.random.default_rng(0)
X = rng.integers(0, 256, (60, 8, 8, 3)).astype("float32")
y = (X.mean((1, 2, 3)) > 127).astype(int)
{scaling}
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=(X, y))"""

_MODEL = """model = keras.Sequential(
    [
        keras.Input((8, 8, 3)),{first}
        keras.layers.Conv2D(4, 3),
        keras.layers.Flatten(),
        keras.layers.Dense(2),
    ]
)"""

_LINE = "\n        "
_ONE = f"{_LINE}keras.layers.Rescaling(1 / 255),"
_TWO = 2 * f"{_LINE}keras.layers.Rescaling(1 / 127.5, -1),"
INVALID_MORE = (
    _PROGRAM.format(scaling=_MODEL.format(first=_TWO)),
    _PROGRAM.format(scaling="X = X / 255 / 255\n" + _MODEL.format(first="")),
)

VALID_MORE = (
    _PROGRAM.format(scaling="X = X / 127.5 - 1\n" + _MODEL.format(first="")),
    _PROGRAM.format(
        scaling="X = X / 255 / 255\nscale = keras.layers.Normalization(axis=None)\nscale.adapt(X)\n"
        + _MODEL.format(first=f"{_LINE}scale,")
    ),
    """import keras
import numpy as np

rng = np.random.default_rng(0)
X = (rng.random((60, 12, 2)) * 1e-3).astype("float32")  # returns of shares: small by nature
model = keras.Sequential([keras.Input((12, 2)), keras.layers.LSTM(4), keras.layers.Dense(1)])
model.compile("adam", "mse")
examined = dict(model=model, train=(X, X[:, -1, :1]))""",
)

RULE = Rule(
    name="input-is-rescaled-twice",
    family="data",
    what="Compares the range of the inputs with the range that arrives at the first layer with weights.",
    why="Divided by 255 twice, every image is the same grey to the network: it learns slowly or not at all.",
    reference="keras-team/keras-io#1549.",
    known_problems="Inputs that are small by nature are known only from images.",
    fix="keras.layers.Rescaling(1 / 255)  # in the model or in the data, not in both",
    check=check,
    invalid=_PROGRAM.format(scaling="X = X / 255\n" + _MODEL.format(first=_ONE)),
    valid=_PROGRAM.format(scaling=_MODEL.format(first=_ONE)),
    weight=8.5,
)
