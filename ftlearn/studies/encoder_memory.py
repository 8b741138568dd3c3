"""How much memory, and a processor's seconds, it takes to use or to train the sentence encoder: in fresh processes.

Memory is the peak of the whole process, TensorFlow and the loaded encoder with it, in a batch of 16 messages of 32
word pieces each; the seconds are those of one batch. A seed is a repetition.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from ftlearn.studies._processes import answer, in_a_fresh_process

SEEDS = 2
WAYS = ("frozen", "top two blocks", "LoRA", "all layers")
BATCH, LENGTH, RANK, REPEATS = 16, 32, 4, 5
KEYS = ["way"]
CHECK = ("frozen",)
TOLERANCE = {"peak_mb": 250.0}


def measure(seed: int, part: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """Measure every way, or those of `part`."""
    return [{"seed": seed, "way": way, **in_a_fresh_process("encoder_memory", way)} for way in part or WAYS]


def _cost(way: str) -> dict[str, float]:
    """Load the encoder, take a few batches, and give this process's peak of memory and the seconds of a batch."""
    import keras
    import numpy as np

    from ftlearn import environment, text
    from ftlearn.weights import numbers_in

    environment.start_tensorflow()
    encoder = text.load_encoder()
    if way == "LoRA":
        encoder.enable_lora(RANK)
    pooling = keras.layers.GlobalAveragePooling1D()
    pooled = pooling(encoder.output["sequence_output"], mask=encoder.input["padding_mask"])
    model = keras.Model(encoder.input, keras.layers.Dense(6, activation="softmax", kernel_initializer="zeros")(pooled))
    if way in ("frozen", "top two blocks"):
        opened = ("transformer_layer_4", "transformer_layer_5") if way == "top two blocks" else ()
        for layer in encoder.layers:
            layer.trainable = layer.name in opened
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", jit_compile=False)
    rng, shape = np.random.default_rng(0), (BATCH * REPEATS, LENGTH)
    ones = np.ones(shape, "int32")
    x = {"token_ids": rng.integers(1000, 20000, shape), "segment_ids": 0 * ones, "padding_mask": ones}
    y = rng.integers(0, 6, BATCH * REPEATS)

    def run() -> None:
        if way == "frozen":
            model.predict(x, batch_size=BATCH, verbose=0)
        else:
            model.fit(x, y, batch_size=BATCH, verbose=0)

    run()  # traces the graph; Adam makes its averages
    began = time.process_time()
    run()
    seconds = (time.process_time() - began) / REPEATS
    trained = 0 if way == "frozen" else numbers_in(model.trainable_variables)
    peak = environment.peak_memory() * 2**30 / 1e6
    return {"trained": trained, "peak_mb": round(peak, 1), "seconds": round(seconds, 3)}


if __name__ == "__main__":
    answer(_cost(*sys.argv[1:]))
