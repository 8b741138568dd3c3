"""How far a model card can be believed: the capstone's stages on folders of 60 to 300 digits, against all other digits.

Each seed draws a folder from scikit-learn's 1,797 handwritten digits and splits it 60 : 20 : 20. The stages choose by
validation, as `ftlearn finetune` does; the digits outside the folder say afterwards how good each model really is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn import backbones, finetune
from ftlearn.capstone.stages import better
from ftlearn.capstone.steps import fine_tune, fit_head, small_pixels
from ftlearn.datasets import Part, make_split
from ftlearn.evaluation import wilson_interval

SEEDS = 15
IMAGES = (60, 150, 300)
KEYS = ["images"]
CHECK = (150,)
TOLERANCE = {"frozen": 0.02, "fine_tuned": 0.06, "pixels": 0.01}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Run the stages on one folder of each size; every share that is not of validation or test is of other digits."""
    import keras
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    data = load_digits()
    X, y = (data.images[..., None] / 16).astype("float32"), data.target.astype("int64")
    rows = []
    for images in part or IMAGES:
        keras.backend.clear_session()
        ours, others = train_test_split(np.arange(len(y)), train_size=images, stratify=y, random_state=seed)
        fifth, classes = images // 5, tuple(map(str, range(10)))
        split = make_split("folder", X[ours], y[ours], classes=classes, validation=fifth, test=fifth, random_state=seed)
        rows.append({"seed": seed, "images": images, **_stages(split, Part(X[others], y[others]), seed)})
    return rows


def _stages(split: Any, others: Part, seed: int) -> dict[str, Any]:
    train, validation, test = split.train, split.validation, split.test
    pixels = fit_head(*(Part(small_pixels(part.X), part.y) for part in (train, validation)))
    base = finetune.freeze(backbones.load_backbone("letters"))
    cached = [Part(finetune.cache_features(base, part.X), part.y) for part in (train, validation)]
    head = fit_head(*cached)
    frozen = head.predict(finetune.cache_features(base, others.X))
    frozen_test = head.predict(finetune.cache_features(base, test.X))

    model = backbones.attach_head(base, 10)
    model.get_layer("head").set_weights([head.kernel, head.bias])
    finetune.unfreeze(base)
    history = fine_tune(model, train, validation, random_state=seed)
    best = int(np.argmin(history["val_loss"]))
    scores = {"val_loss": history["val_loss"][best], "val_accuracy": history["val_accuracy"][best]}
    tuned, tuned_test = (model.predict(part.X, verbose=0) for part in (others, test))

    keep_tuned = better(scores, head.chosen)
    p, p_test, kept = (tuned, tuned_test, scores) if keep_tuned else (frozen, frozen_test, head.chosen)
    right = int((p_test.argmax(axis=1) == test.y).sum())
    interval = wilson_interval(right, len(test.y))
    return {
        "pixels": _share(pixels.predict(small_pixels(others.X)), others.y), "frozen": _share(frozen, others.y),
        "fine_tuned": _share(tuned, others.y), "kept": "fine-tuned" if keep_tuned else "frozen",
        "kept_others": _share(p, others.y), "validation": kept["val_accuracy"], "test": interval.mean,
        "low": interval.low, "high": interval.high, "epoch": best + 1,
    }  # fmt: skip


def _share(p: np.ndarray, y: np.ndarray) -> float:
    return float((p.argmax(axis=1) == y).mean())
