"""A base is frozen, or its head was trained first, though its weights are as the initialisers made them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.initial import share_initial
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.rule import NotChecked, Rule

_SHARE, _LEAST = 0.8, 1000


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the base's kernels with a fresh draw of their initialisers, and look whether anything left 0 and 1."""
    model, base = case.built, case.base
    train = {id(one) for one in model.trainable_variables}
    inside = list(layers_of(base))
    frozen = sum(int(np.prod(one.shape)) for one in base.weights if id(one) not in train)
    before = case.before if case.given_before else {}
    if frozen < base.count_params() / 2 and not before:
        return  # a base that trains may start from scratch

    def value(variable: Any) -> np.ndarray:
        return before.get(id(variable), np.array(variable))

    twins = [one for one in case.layers if getattr(one, "layers", None) and one.count_params() == base.count_params()]
    if len(twins) > 1:
        return  # a network and its frozen copy, as in self-supervised learning
    held = {id(one) for one in base.weights}
    order = [any(id(one) in held for one in layer.weights) for layer in getattr(model, "layers", ())]
    after = model.layers[max((i for i, holds in enumerate(order) if holds), default=-1) + 1 :]
    heads = [one for one in after if any(id(w) in train for w in one.weights)]
    if not heads:
        return  # nothing is trained on top of it: a network in a network, as in a GAN
    if frozen < base.count_params() / 2:
        share, size, _ = share_initial((one for top in heads for one in (top, *layers_of(top))), value)
        if not size or share > 0:
            return  # head and base were both new: from scratch, as it may be meant
    share, size, count = share_initial(inside, value)
    if size < _LEAST:
        raise NotChecked(
            f"the base has {size} weights that can be compared with their initialisers; {_LEAST:,} are needed"
        )
    if share >= _SHARE:
        yield (
            f"{share:.0%} of the {size:,} kernel weights of `{base.name}` that can be judged ({count} layers) look "
            "as their "
            "initialisers make them, with biases and statistics at exactly 0 and 1.",
            {"base": base.name, "share": share, "weights": size, "layers": count},
        )


RULE = Rule(
    name="base-was-never-pretrained",
    family="freezing",
    what="Compares the kernels of a frozen base with a fresh draw of their own initialisers and looks whether biases "
    "and "
    "statistics have left 0 and 1.",
    why="Frozen random features carry nothing over from another task: the head learns on noise, and unfreezing "
    "starts from "
    "scratch.",
    reference="keras-team/keras#19899, #20833 (weights that silently did not load); Yosinski et al. 2014 (arXiv "
    "1411.1792).",
    known_problems="A frozen random part that is meant (random features, a reservoir) is named too; a small base is "
    "not judged.",
    fix='base = keras.applications.MobileNetV2(weights="imagenet", include_top=False, ...)\n'
    'base.load_weights("base.weights.h5")  # without skip_mismatch',
    check=check,
    invalid="""import keras
import numpy as np

base = keras.Sequential(
    [keras.Input((16,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")], name="base"
)
base.trainable = False
model = keras.Sequential([keras.Input((16,)), base, keras.layers.Dense(1)])
model.compile("adam", "mse")
X = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
model.fit(X, X.sum(1, keepdims=True), epochs=1, verbose=0)
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)))""",
    valid="""import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
base = keras.Sequential(
    [keras.Input((16,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")], name="base"
)
source = keras.Sequential([keras.Input((16,)), base, keras.layers.Dense(2)])
source.compile("adam", "mse")
source.fit(X, X[:, :2], epochs=1, verbose=0)  # pretrained
base.trainable = False
model = keras.Sequential([keras.Input((16,)), base, keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(X, X.sum(1, keepdims=True), epochs=1, verbose=0)
examined = dict(model=model, train=(X, X.sum(1, keepdims=True)))""",
    weight=9.8,
)

VALID_MORE = (
    """import keras
import numpy as np

maker = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(16)], name="maker")
critic = keras.Sequential(
    [
        keras.Input((16,)),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(1, "sigmoid"),
    ],
    name="critic",
)
critic.trainable = False
model = keras.Sequential([keras.Input((4,)), maker, critic])
model.compile(keras.optimizers.Adam(2e-4), "binary_crossentropy")
rng = np.random.default_rng(0)
examined = dict(model=model, train=(rng.normal(size=(40, 4)).astype("float32"), np.ones((40, 1))))""",
    """import keras
import numpy as np

base = keras.Sequential(
    [
        keras.Input((12, 12, 1)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
    ],
    name="base",
)
image = keras.Input((12, 12, 1))
model = keras.Model(image, keras.layers.Dense(3, "softmax")(base(keras.layers.Rescaling(2.0, -1.0)(image))))
model.compile("adam", "sparse_categorical_crossentropy")
rng = np.random.default_rng(0)
X, y = rng.uniform(size=(30, 12, 12, 1)).astype("float32"), np.arange(30) % 3
before = model.get_weights()
model.fit(X, y, epochs=1, verbose=0)
examined = dict(model=model, train=(X, y), before=before)""",
)
