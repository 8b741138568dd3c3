"""`trainable` was changed after `compile`: training goes on as if it had not been."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import layers_of, trainable_at_compile, trained_by_fit
from ftlearn.doctor.rule import NotChecked, Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the weights that the compiled training function changes with those that are marked trainable now."""
    model = case.compiled
    trained = trained_by_fit(model)
    if trained is None:
        raise NotChecked("the model has no compiled training function yet: until its first fit, the flags of now hold")
    now = {id(one) for one in model.trainable_variables}
    if not now or trained == now:
        return  # nothing is to be trained any more, or all is as it should be
    flags = trainable_at_compile(model)
    if flags is not None and all(flags.get(id(one), one.trainable) == one.trainable for one in case.layers):
        return  # the optimiser was built for other weights before this compile, which is another matter
    changed = [one for one in case.layers if _own(one) & (trained ^ now) and not list(layers_of(one))]
    if changed:
        count, names = len(changed), [one.name for one in changed]
        still = sum(bool(_own(one) & trained) for one in changed)
        what = f"{still} of them train on" if still else "`fit` leaves them as they are"
        yield (
            f"`trainable` of {count} layer{'s' * (count != 1)} ({', '.join(names[:3])}{', …' * (count > 3)}) was "
            f"changed after `fit` had begun: {what}.",
            {"layers": names, "frozen in vain": still, "thawed in vain": count - still},
        )


def _own(layer: Any) -> set[int]:
    return {id(one) for one in layer.weights}


RULE = Rule(
    name="trainable-changed-after-compile",
    family="freezing",
    what="Compares the weights that the compiled training function changes with those that are marked trainable now.",
    why="`fit` goes on with the flags of its first run: a layer thawed since stays frozen, one frozen since trains on.",
    reference="keras-team/keras#22413; Keras guide on transfer learning: compile() again after changing trainable.",
    fix="model.compile(optimizer=keras.optimizers.Adam(1e-5), loss=..., metrics=...)  # after changing `trainable`",
    known_problems="Silent before the first fit, when Keras still uses the flags as they stand, and where all is "
    "frozen. A discriminator frozen on purpose inside a GAN is named: ignore the rule with that reason.",
    check=check,
    invalid="""import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="base"), keras.layers.Dense(2)])
model.layers[0].trainable = False
model.compile("adam", "mse")
model.fit(X, X[:, :2], verbose=0)
model.layers[0].trainable = True
examined = dict(model=model)""",
    valid="""import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="base"), keras.layers.Dense(2)])
model.layers[0].trainable = False
model.compile("adam", "mse")
model.layers[0].trainable = True
model.compile("adam", "mse")
examined = dict(model=model)""",
    weight=10,
)

_BASE = """import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="base"), keras.layers.Dense(2)])
model.compile("adam", "mse")
"""

VALID_MORE = (
    _BASE
    + """model.layers[0].trainable = False
model.fit(X, X[:, :2], verbose=0)  # Keras takes the flags when it first trains, so this froze the base
examined = dict(model=model)""",
    _BASE
    + """model.fit(X, X[:, :2], verbose=0)
model.trainable = False  # done: it becomes the base of another model
examined = dict(model=model)""",
)
