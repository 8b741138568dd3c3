"""Training and saving a source network: what the recipes share."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.assets.transfer import read_sums, sha256

BATCH = 256
LABEL_SMOOTHING = 0.1
PEAK_RATE = 3e-3


def train(
    network: Callable[[], Any],
    X: np.ndarray,
    y: np.ndarray,
    classes: int,
    *,
    epochs: int,
    random_state: int,
    progress: Callable[[str], None],
) -> tuple[Any, Any, dict[str, Any]]:
    """Train a headless network with a classifier on top, which is then set apart.

    AdamW, its learning rate warmed up over a tenth of the steps and then decayed by a cosine; label smoothing.

    Parameters
    ----------
    network : callable
        Makes the headless network.
    X, y : ndarray
        Images (n, 8, 8, 1) and classes (n,).
    classes : int
        How many classes there are.
    epochs : int
        How often to go through the images.
    random_state : int
        Seed of the initial weights, the order and dropout.
    progress : callable
        Called with a line an epoch.

    Returns
    -------
    base, head : keras.Model, keras.Layer
        The trained network and the dense layer (logits) that stood on it.
    record : dict
        Seconds, steps and the last epoch's accuracy.
    """
    import keras

    keras.utils.set_random_seed(random_state)
    base = network()
    head = keras.layers.Dense(classes, name="source_head")
    model = keras.Model(base.inputs, head(base.outputs[0]))
    steps = epochs * -(-len(X) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 10, warmup_target=PEAK_RATE, warmup_steps=steps // 10
    )

    def smoothed(labels: Any, logits: Any) -> Any:
        """Cross-entropy with smoothed labels, without building one-hot rows for every image."""
        log = keras.ops.log_softmax(logits)
        right = keras.ops.take_along_axis(log, keras.ops.reshape(keras.ops.cast(labels, "int32"), (-1, 1)), axis=-1)
        return -(1 - LABEL_SMOOTHING) * right[:, 0] - LABEL_SMOOTHING * keras.ops.mean(log, axis=-1)

    class Lines(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            logs = logs or {}
            progress(
                f"Epoch {epoch + 1} of {epochs}: loss {logs['loss']:.3f}, accuracy {logs['accuracy']:.3f}, "
                f"{time.perf_counter() - start:.0f} s"
            )

    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=0.01), loss=smoothed, metrics=["accuracy"], jit_compile=False
    )
    progress(f"Training {base.count_params():,} parameters on {len(X):,} images of {classes} classes")
    start = time.perf_counter()
    history = model.fit(X, y, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[Lines()])
    record = {
        "seconds": round(time.perf_counter() - start),
        "training_accuracy": round(history.history["accuracy"][-1], 4),
    }
    return base, head, record


def name_classes(base: Any, head: Any, X: np.ndarray) -> np.ndarray:
    """Give the class that a trained network and its classifier name for each image."""
    return head(base.predict(X, batch_size=512, verbose=0)).numpy().argmax(1)


def save(base: Any, record: dict[str, Any], out_dir: str | Path, *, progress: Callable[[str], None]) -> dict[str, Any]:
    """Write weights, record and sum; an interruption leaves the old files or the new ones, never half of one.

    Parameters
    ----------
    base : keras.Model
        The trained network; its name names the files.
    record : dict
        What to say about it.
    out_dir : path-like
        Folder, made when missing. Its ``SHA256SUMS`` gets (or replaces) the lines of these files.
    progress : callable
        Called with a closing line.

    Returns
    -------
    dict
        The record as written, with sum, versions and date.
    """
    import keras
    import tensorflow as tf

    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".half-") as half:
        weights = Path(half) / f"{base.name}.weights.h5"
        base.save_weights(weights)
        record = {
            "name": base.name,
            **record,
            "parameters": base.count_params(),
            "features": int(base.output_shape[-1]),
            "file": weights.name,
            "bytes": weights.stat().st_size,
            "sha256": sha256(weights),
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "date": datetime.now(UTC).date().isoformat(),
        }
        about = Path(half) / f"{base.name}.json"
        about.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        listed = out / "SHA256SUMS"
        sums = read_sums(listed) if listed.exists() else {}
        sums |= {file.name: sha256(file) for file in (weights, about)}
        listing = Path(half) / "SHA256SUMS"
        listing.write_text("".join(f"{value}  {name}\n" for name, value in sorted(sums.items())), encoding="utf-8")
        for file in (weights, about, listing):
            os.replace(file, out / file.name)
    progress(f"Wrote {out / f'{base.name}.weights.h5'}, {record['bytes'] / 1e6:.2f} MB, sha256 {record['sha256']}")
    return record
