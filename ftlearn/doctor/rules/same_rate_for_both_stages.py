"""The base was thawed and trains on at the learning rate that was meant for the new head."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.initial import share_initial
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.rule import NotChecked, Rule

_LARGE = 5e-3
"""A step that changes kernels by half a per cent: Adam at 1e-3 makes about 2 %, at 5e-5 one in a thousand."""


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the rates of the two stages, and measure what a step does to the base now."""
    earlier = case.observed.get("earlier_stage")
    if not earlier:
        raise NotChecked("no earlier stage was seen (`ftlearn doctor PROGRAM` watches them)")
    rate, before = case.observed.get("learning_rate"), earlier.get("learning_rate")
    if not rate or not before:
        raise NotChecked("the learning rate of one of the two stages is not known")
    base = case.base
    inside = [one for one in layers_of(base) if not getattr(one, "layers", None)]
    thawed = [one for one in inside if one.name in set(earlier["thawed"])]
    if rate < before / 2 or not any(len(weight.shape) > 1 for one in thawed for weight in one.weights):
        return
    share, size, _ = share_initial(inside)
    if not size or share > 0.2:
        return  # not pretrained
    step = case.step
    ratio = step.middle(thawed)
    if step.first_rate >= step.rate / 4 and ratio is not None and ratio > _LARGE:
        yield (
            f"{len(thawed)} layers of `{base.name}` were thawed, and the learning rate is {rate:.2g} as in the stage "
            f"before ({before:.2g}); one step at it changes their kernels by {ratio:.1%} (median).",
            {"learning_rate": rate, "before": before, "ratio": ratio, "thawed": len(thawed), "limit": _LARGE},
        )


_PROGRAM = """import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
X = rng.normal(size=(64, 10)).astype("float32")
base = keras.Sequential(
    [keras.Input((10,)), keras.layers.Dense(64, "relu", name="one"), keras.layers.Dense(64, "relu", name="two")],
    name="base",
)
source = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(1)])
source.compile("adam", "mse")
source.fit(X, X.sum(1), epochs=2, verbose=0)  # pretrained
base.trainable = False
model = keras.Sequential([keras.Input((10,)), base, keras.layers.Dense(2)])
model.compile(keras.optimizers.Adam({head}), "mse")
model.fit(X, X[:, :2], epochs=2, verbose=0)
{thaw}
model.compile(keras.optimizers.Adam({tuning}), "mse")
earlier = {{"learning_rate": {head}, "line": "", "thawed": {thawed}}}
examined = dict(model=model, train=(X, X[:, :2]), observed={{"learning_rate": {tuning}, "earlier_stage": earlier}})"""

RULE = Rule(
    name="same-rate-for-both-stages",
    family="freezing",
    what="Sees that layers of the base were thawed between two stages whose learning rates are about equal, and "
    "measures how far one step moves them.",
    why="A rate that lets a new head settle in a few epochs takes from pretrained layers what they have learnt.",
    reference="The Keras guide on transfer learning (“a very low learning rate”); Howard and Ruder 2018 (arXiv "
    "1801.06146).",
    known_problems="Needs a program that is watched. Equal rates that are small (below 0.5 % a step) are let pass.",
    fix="base.trainable = True\nmodel.compile(keras.optimizers.Adam(1e-5), loss=...)  # 10 to 100 times smaller",
    check=check,
    invalid=_PROGRAM.format(head=1e-3, tuning=1e-3, thaw="base.trainable = True", thawed='["one", "two"]'),
    valid=_PROGRAM.format(head=1e-3, tuning=1e-5, thaw="base.trainable = True", thawed='["one", "two"]'),
    weight=8.2,
)

VALID_MORE = (
    _PROGRAM.format(head=2e-4, tuning=2e-4, thaw="base.trainable = True", thawed='["one", "two"]'),
    _PROGRAM.format(head=1e-3, tuning=1e-3, thaw="", thawed="[]"),
)
