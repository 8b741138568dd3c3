"""What the lessons cost: ``python -m tools.bench [04] [--write]``.

For each lesson the seconds and the peak memory of a run from a fresh kernel, its claims and its checked cells. Then
the price of training a head through the frozen network, against training it on features that were computed once.
"""

from __future__ import annotations

import csv
import datetime
import os
import platform
import re
import sys
from collections.abc import Callable

from tools.execute import run
from tools.notebooks import FOLDER, about, code_cells, lessons, tags

TABLE = FOLDER / "bench.csv"
FIELDS = ("lesson", "seconds", "peak_mb", "claims", "checked_cells", "cores", "python", "date")


def counts(notebook: dict) -> dict[str, int]:
    """Count a lesson's claims, and the cells whose output must come out the same anywhere."""
    cells = code_cells(notebook)
    return {
        "claims": sum(len(re.findall(r"\bclaim\(", cell["source"])) for cell in cells),
        "checked_cells": sum("nbval-check-output" in tags(cell) for cell in cells),
    }


def lesson_row(path) -> dict[str, object]:
    """Run one lesson and measure it."""
    done = run(path)
    return {
        "lesson": about(done.notebook).get("lesson", path.name[:2]),
        "seconds": round(done.seconds, 1),
        "peak_mb": round(done.peak_mb),
        **counts(done.notebook),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "date": datetime.date.today().isoformat(),
    }


def head_seconds(*, repeats: int = 5, images: int = 1000, backbone: str = "letters") -> dict[str, float]:
    """Time one epoch of a head through the frozen network and on cached features, turn by turn.

    Both train the same dense layer on the same images. The passes alternate, so that whatever else the machine does
    falls on both; the median of `repeats` passes counts. ``cache`` is the one-off price of computing the features.
    """
    from ftlearn.environment import start_tensorflow

    start_tensorflow()
    import keras
    import numpy as np

    from ftlearn.backbones import attach_head, load_backbone
    from ftlearn.compute import side_by_side
    from ftlearn.finetune import cache_features, freeze

    rng = np.random.default_rng(0)
    base = freeze(load_backbone(backbone))
    X = rng.random((images, *base.input_shape[1:]), dtype="float32")
    y = rng.integers(0, 10, images)
    whole = attach_head(base, 10)
    head = keras.Sequential([keras.Input(base.output_shape[1:]), keras.layers.Dense(10, activation="softmax")])
    for model in (whole, head):
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    features = cache_features(base, X)

    passes: dict[str, Callable[[], object]] = {
        "through": lambda: whole.fit(X, y, batch_size=32, verbose=0),
        "cached": lambda: head.fit(features, y, batch_size=32, verbose=0),
        "cache": lambda: cache_features(base, X),
    }
    return side_by_side(passes, repeats=repeats).median().to_dict()


def main(arguments: list[str]) -> None:
    """Measure, print, and with ``--write`` keep the lessons' table for the README."""
    only = [argument for argument in arguments if not argument.startswith("-")]
    print(f"{'lesson':<8}{'seconds':>9}{'peak MB':>9}{'claims':>8}{'checked cells':>15}")
    rows = []
    for path in [path for start in only or [""] for path in lessons(start)]:
        row = lesson_row(path)
        rows.append(row)
        shown = (f"{row['seconds']:9.1f}", f"{row['peak_mb']:9,}", f"{row['claims']:8}", f"{row['checked_cells']:15}")
        print(f"{row['lesson']:<8}" + "".join(shown), flush=True)
    if "--write" in arguments:
        kept = []
        if TABLE.exists():
            with TABLE.open(encoding="utf-8") as file:
                kept = [row for row in csv.DictReader(file) if row["lesson"] not in {r["lesson"] for r in rows}]
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted([*kept, *rows], key=lambda row: row["lesson"]))
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    took = head_seconds()
    print(
        f"\nA head's epoch on 1,000 images: {took['through']:.3f} s through the frozen network, "
        f"{took['cached']:.3f} s on cached features: {took['through'] / took['cached']:.1f} times as long.\n"
        f"Computing the features once took {took['cache']:.3f} s."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
