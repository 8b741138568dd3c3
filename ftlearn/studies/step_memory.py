"""How much memory a training step takes, by batch size and by what people do about it: each in a fresh process.

MobileNetV2 at 96 x 96 pixels with random weights (memory does not depend on what they are), trained for four steps.
Counted is the peak of resident memory beyond what the process held before it built the network. A seed is a
repetition.
"""

from __future__ import annotations

import sys
from typing import Any

from ftlearn.studies._processes import answer, in_a_fresh_process, started_tensorflow

SEEDS = 2
SIDE = 96
SETTINGS = (
    ("plain", 8), ("plain", 32), ("plain", 128), ("four steps of 32 gathered", 128), ("mixed_bfloat16", 128),
    ("base frozen", 128),
)  # fmt: skip
KEYS = ["setting", "batch"]
CHECK = (("plain", 32),)
TOLERANCE = {"extra_mb": 250.0}


def measure(seed: int, part: tuple[tuple[str, int], ...] | None = None) -> list[dict[str, Any]]:
    """Measure every setting, or those of `part`."""
    return [
        {
            "seed": seed,
            "setting": setting,
            "batch": batch,
            "extra_mb": in_a_fresh_process("step_memory", setting, str(batch)),
        }
        for setting, batch in part or SETTINGS
    ]


def _extra_mb(setting: str, batch: int) -> float:
    """Build the network, train it, and give the growth of this process's peak, in millions of bytes."""
    import keras

    from ftlearn import environment

    tf = started_tensorflow()
    before = environment.peak_memory()
    gathered = 4 if "gathered" in setting else None
    if setting.startswith("mixed"):
        keras.config.set_dtype_policy(setting)
    base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3), pooling="avg")
    base.trainable = setting != "base frozen"
    model = keras.Sequential([base, keras.layers.Dense(10, activation="softmax", dtype="float32")])
    optimizer = keras.optimizers.Adam(gradient_accumulation_steps=gathered)
    model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=False)
    share = batch // (gathered or 1)
    for _ in range(4):
        model.train_on_batch(tf.zeros((share, SIDE, SIDE, 3)), tf.zeros((share,)))
    return (environment.peak_memory() - before) * 2**30 / 1e6


if __name__ == "__main__":
    answer(round(_extra_mb(sys.argv[1], int(sys.argv[2])), 1))
