"""How much memory five networks take for one picture, and for a step of training: each in a fresh process.

What is counted is the peak of resident memory beyond what the process held before it built the network, so that
TensorFlow itself is left out. Weights are random: memory does not depend on what they are. A seed is a repetition.
"""

from __future__ import annotations

import sys
from typing import Any

from ftlearn.studies._processes import answer, in_a_fresh_process, started_tensorflow

SEEDS = 2
NETWORKS = ("ResNet50", "VGG16", "InceptionV3", "MobileNetV2", "EfficientNetB0")
BATCH = 16
KEYS = ["network", "task"]
CHECK = ("MobileNetV2",)
TOLERANCE = {"extra_mb": 250.0}


def measure(seed: int, part: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """Measure every network, or those of `part`, at both tasks."""
    return [
        {"seed": seed, "network": network, "task": task, "extra_mb": in_a_fresh_process("footprints", network, task)}
        for network in part or NETWORKS
        for task in ("use", "train")
    ]


def _extra_mb(network: str, task: str) -> float:
    """Build a network, use it once or train it for two steps, and give the growth of this process's peak."""
    import keras

    from ftlearn import environment

    tf = started_tensorflow()
    before = environment.peak_memory()
    side = 299 if network == "InceptionV3" else 224
    base = getattr(keras.applications, network)(
        weights=None, include_top=False, input_shape=(side, side, 3), pooling="avg"
    )
    if task == "use":
        tf.function(lambda image: base(image, training=False))(tf.zeros((1, side, side, 3)))
    else:
        model = keras.Sequential([base, keras.layers.Dense(10, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
        for _ in range(2):  # Adam makes its averages in the first step
            model.train_on_batch(tf.zeros((BATCH, side, side, 3)), tf.zeros((BATCH,)))
    return (environment.peak_memory() - before) * 2**30 / 1e6


if __name__ == "__main__":
    answer(round(_extra_mb(*sys.argv[1:]), 1))
