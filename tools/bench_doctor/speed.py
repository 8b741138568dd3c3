"""How long an examination takes beside one forward pass: ``python -m tools.bench_doctor.speed``.

MobileNetV2 0.35 at 96 pixels, 3,000 images (random numbers: the price is that of photographs), the passes and the
examinations in turn, so that whatever else the machine does slows both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def seconds(work: Callable[[], Any]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def fine_tuned(images: int = 3000) -> tuple[Any, dict[str, Any]]:
    """Return a model on a frozen MobileNetV2 0.35, trained a little, and what `examine` is given.

    Parameters
    ----------
    images : int, optional
        In all parts together.
    """
    import keras

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    size = dict(input_shape=(96, 96, 3), alpha=0.35, pooling="avg")
    base = keras.applications.MobileNetV2(**size, include_top=False, weights=None)
    base.trainable = False
    pixels = keras.Input((96, 96, 3))
    features = base(keras.applications.mobilenet_v2.preprocess_input(pixels), training=False)
    model = keras.Model(pixels, keras.layers.Dense(10, activation="softmax")(features))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    X = rng.integers(0, 256, (images, 96, 96, 3)).astype("float32")
    y = rng.integers(0, 10, images)
    first, second = int(0.7 * images), int(0.85 * images)
    parts = {"train": slice(0, first), "validation": slice(first, second), "test": slice(second, None)}
    data = {name: (X[rows], y[rows]) for name, rows in parts.items()}
    history = model.fit(X[:256], y[:256], validation_data=data["validation"], epochs=2, verbose=0)
    return model, {**data, "history": history}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both, a line a round, and what the examination adds to a pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args(arguments).rounds

    from ftlearn import environment

    environment.start_tensorflow()
    from ftlearn.doctor import examine

    model, given = fine_tuned()
    X = np.concatenate([given[name][0] for name in ("train", "validation", "test")])
    model.predict(X[:64], verbose=0)  # what is compiled once is not part of a pass
    added = []
    for at in range(1, rounds + 1):
        one = seconds(lambda: model.predict(X, verbose=0))
        look = seconds(lambda: examine(model, **given))
        added.append(look - one)
        print(f"round {at}: a forward pass {one:.2f} s, an examination {look:.2f} s ({look / one:.2f} times)")
    print(f"beyond one forward pass over {len(X):,} images: {np.median(added):.2f} s (median of {rounds})")


if __name__ == "__main__":
    main()
