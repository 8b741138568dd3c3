"""`cache()` comes after the augmentation: every epoch sees the same altered examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.pipelines import chain_of, draws_at_random
from ftlearn.doctor.rule import NotChecked, Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look for a random stage before a cache in the pipeline, and for equal examples in two passes."""
    part = case.part("train")
    if not hasattr(part.source, "element_spec"):
        raise NotChecked("the train data is no tf.data pipeline")
    chain = chain_of(part.source)
    if chain is None:
        raise NotChecked("this version of TensorFlow does not tell the stages of a pipeline")
    caches = [i for i, stage in enumerate(chain) if "Cache" in type(stage).__name__]
    if not caches:
        return
    if any(draws_at_random(stage) is None for stage in chain):
        raise NotChecked("this version of TensorFlow does not tell what a stage of the pipeline does")
    frozen = [stage for stage in chain[caches[0] + 1 :] if draws_at_random(stage) and _alters(stage, chain)]
    if not frozen or any(draws_at_random(stage) for stage in chain[: caches[0]]):
        return
    again = case.again("train")
    if not (part.whole and again.whole):
        raise NotChecked("the train data is too large to be read as a whole twice")
    same = _same(part.X, again.X)
    if same > 0.95 * len(part.X):
        yield (
            f"The pipeline draws random numbers before `cache()`, and {same} of {len(part.X)} train examples are the "
            "same in a second pass.",
            {"same": same, "of": len(part.X), "stages": [type(one).__name__.strip("_") for one in chain]},
        )


def _alters(stage: Any, chain: list[Any]) -> bool:
    """Tell augmentation (arrays in, floats out) from data that are made by chance."""
    before = chain[chain.index(stage) + 1 :]
    given = _first(getattr(before[0], "element_spec", None)) if before else None
    made = _first(getattr(stage, "element_spec", None))
    if (
        given is None
        or made is None
        or given.shape.rank is None
        or not (made.dtype.is_floating or made.dtype.is_integer)
    ):
        return False
    return given.dtype.name == "string" or (given.shape.rank == made.shape.rank and given.shape.rank >= 1)


def _first(spec: Any) -> Any:
    spec = spec[0] if isinstance(spec, tuple | list) and spec else spec
    return spec if hasattr(spec, "shape") and hasattr(spec, "dtype") else None


def _same(first: np.ndarray, second: np.ndarray) -> int:
    known = {row.tobytes() for row in first}
    return sum(row.tobytes() in known for row in second)


_PROGRAM = """import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
X, y = rng.random((64, 8, 8, 3)).astype("float32"), np.arange(64) % 4
flip = keras.layers.RandomTranslation(0.2, 0.2)
plain = tf.data.Dataset.from_tensor_slices((X, y)).batch(8)


def augment(image, label):
    return flip(image, training=True), label


train = plain.{stages}.prefetch(2)
model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(4)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=train)"""

VALID_MORE = (
    _PROGRAM.format(stages="cache().shuffle(8)"),
    """import keras
import tensorflow as tf

made = tf.data.Dataset.range(64).map(lambda i: (tf.random.normal((5,)), tf.cast(i % 2, tf.int32)))
train = made.cache().batch(16)
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=train)""",
)

RULE = Rule(
    name="augmentation-is-cached",
    family="data",
    what="Looks for operations that draw random numbers before a cache, and compares two passes over the train part.",
    why="Augmentation is worth its cost because no epoch is like another; cached, it is one fixed, altered data set.",
    reference="tf.data.Dataset.cache: the cached data set gives exactly the same elements in each pass.",
    known_problems="Python functions (tf.py_function) and datasets that are not tf.data are not looked into.",
    fix="train = plain.cache().shuffle(1000).batch(32).map(augment)  # cache first",
    check=check,
    invalid=_PROGRAM.format(stages="map(augment).cache()"),
    valid=_PROGRAM.format(stages="cache().map(augment)"),
    weight=6,
)
