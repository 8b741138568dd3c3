"""What arrives at a pretrained network has another range than what it was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor import inputs
from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.doctor.rules.input_is_rescaled_twice import shrunk

_WANTED = {
    "caffe": "about -124 to 151, blue first",
    "tf": "-1 to 1",
    "torch": "about -2.1 to 2.6",
    "bytes": "0 to 255 (it scales them itself)",
    "unit": "0 to 1",
}


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run the model up to the pretrained network's first layer and look at the numbers there."""
    network = inputs.backbone(case)
    if network.mode != "unit" and not inputs.pretrained(network):
        raise NotChecked(f"the weights of this {network.kind} look random, and random weights want no particular range")
    _, seen = inputs.arrives_at(case, [network.gate])
    if len(seen) < 8 or seen.ndim != 4:
        raise NotChecked("fewer than 8 images of the data reach the network")
    if _adapted(case, network):
        raise NotChecked("a layer that learns stands before the network")
    if shrunk(case) is not None:
        return  # told by its own rule
    wrong = _wrong(network.mode, seen)
    if wrong:
        low, high = float(seen.min()), float(seen.max())
        yield (
            f"{network.kind} was trained on {_WANTED[network.mode]}; here {low:.4g} to {high:.4g} arrives at "
            f"`{network.gate.name}`: {wrong}.",
            {"network": network.kind, "mode": network.mode, "low": low, "high": high, "images": len(seen)},
        )


def _adapted(case: Case, network: inputs.Backbone) -> bool:
    first, _ = inputs.arrives_at(case, [*inputs.weighted_leaves(case), network.gate])
    return first is not network.gate and id(first) not in {id(one) for one in network.holder.layers}


def _wrong(mode: str, seen: np.ndarray) -> str:
    """Say what the range looks like when it is certainly not that of a mode; empty otherwise."""
    low, high = float(seen.min()), float(seen.max())
    if high - low < 1e-6:
        return ""
    small, unit = max(abs(low), abs(high)) < 5, low >= -1e-3 and high <= 1.001
    like = (
        "as if divided by 255" if unit else "as if scaled for another network" if small else "as if not scaled at all"
    )
    if mode == "caffe":
        if small:
            return like
        if high > 152.5 and low >= -0.5:
            return "as if not scaled at all"
        if seen.shape[-1] == 3 and -124 < low and seen[..., 0].min() < -104.5:
            return "red, green and blue stand in the wrong order"
        return ""
    if mode == "bytes":
        return like if small else "as if the mean was subtracted" if low < -10 and high < 200 else ""
    if mode == "unit":
        return "as if not scaled at all" if high > 5 else "as if scaled to -1 to 1" if low < -0.3 else ""
    if not small:
        return "as if the mean was subtracted" if low < -50 else "as if not scaled at all"
    if mode == "tf":
        return like if (unit and low < 0.05) or max(abs(low), abs(high)) > 1.2 else ""
    saturated = abs(low + 1) < 0.005 and abs(high - 1) < 0.005  # "torch"
    return like if (unit and low < 0.05) or saturated else ""


_PROGRAM = """import keras
import numpy as np

rng = np.random.default_rng(0)
size = dict(input_shape=(32, 32, 3), alpha=0.35)
base = keras.applications.MobileNetV2(**size, include_top=False, weights=None, pooling="avg")
for weight in base.weights:  # as if pretrained: heavy tails, settled statistics
    drawn = 0.05 * rng.standard_t(4, weight.shape)
    weight.assign(drawn if len(weight.shape) == 4 else np.abs(drawn) + 0.5)
base.trainable = False
X = rng.integers(0, 256, (40, 32, 32, 3)).astype("float32")
y = np.arange(40) % 2
pixels = keras.Input((32, 32, 3))
{middle}
model = keras.Model(pixels, keras.layers.Dense(2)(features))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
examined = dict(model=model, train=(X, y))"""

VALID_MORE = (
    _PROGRAM.format(middle="features = base(keras.layers.Rescaling(1 / 127.5, -1)(pixels), training=False)"),
    _PROGRAM.format(middle="features = base(pixels, training=False)\nX = X / 127.5 - 1"),
    """from ftlearn import backbones
import numpy as np

rng = np.random.default_rng(0)
base = backbones.load_backbone("letters")
base.trainable = False
model = backbones.attach_head(base, 2)
model.compile("adam", "sparse_categorical_crossentropy")
examined = dict(model=model, train=(rng.random((40, 8, 8, 1)).astype("float32"), np.arange(40) % 2))""",
)

RULE = Rule(
    name="input-range-is-not-the-backbones",
    family="data",
    what="Recognises the pretrained network by its layers and looks at the numbers that arrive at its first one.",
    why="A pretrained network reads pixels on the scale it was trained with; on another its features are noise.",
    reference="keras.applications, preprocess_input of each network; one report: ResNet50 98 %, rescaled 50 %.",
    known_problems="Told only where the range is impossible for it; silent when a layer that learns stands before.",
    fix="x = keras.applications.mobilenet_v2.preprocess_input(pixels)  # of the network's own module, on 0 to 255",
    check=check,
    invalid=_PROGRAM.format(middle="features = base(keras.layers.Rescaling(1 / 255)(pixels), training=False)"),
    valid=_PROGRAM.format(
        middle="features = base(keras.applications.mobilenet_v2.preprocess_input(pixels), training=False)"
    ),
    weight=8,
)
