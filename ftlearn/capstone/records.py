"""What stages put down for the model card, and the pictures that it draws from that."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ftlearn.capstone.bases import Base
    from ftlearn.capstone.folders import Findings
    from ftlearn.datasets import FolderSplit, Part

_SHOWN = 96  # pixels a side of a picture on the card


def check_record(found: Findings, base: Base, split: FolderSplit) -> dict[str, Any]:
    """Put down what the card says of the data: JSON can hold it."""
    parts = {name: column.tolist() for name, column in split.counts.drop(columns="all").items()}
    return {"findings": found.as_dict(), "base": asdict(base), "classes": list(split.classes), "parts": parts}


def test_record(test: Part, answers: dict[str, np.ndarray], kept: str) -> dict[str, Any]:
    """Put down what the card says of the test part, with the ten mistakes that the kept model was surest of."""
    from PIL import Image

    p = answers[kept.replace("-", "_")]
    surest = np.argsort(-p.max(axis=1), kind="stable")
    wrong = [int(i) for i in surest if p[i].argmax() != test.y[i]][:10]
    shown = [Image.fromarray((255 * test.X[i]).round().astype("uint8").squeeze()) for i in wrong]
    pictures = [np.asarray(one.convert("RGB").resize((_SHOWN, _SHOWN))) for one in shown]
    return {**{f"p_{name}": one for name, one in answers.items()}, "p_kept": p, "y": test.y,
            "wrong": wrong, "pictures": np.array(pictures)}  # fmt: skip


def card_pictures(test: dict[str, Any], classes: tuple[str, ...]) -> list[Any]:
    """Draw the confusions, and the mistakes that the model was surest of."""
    import pandas as pd
    from sklearn.metrics import confusion_matrix

    from ftlearn.displays import HeatmapDisplay, MistakesDisplay

    y, p = test["y"], test["p_kept"]
    counts = pd.DataFrame(confusion_matrix(y, p.argmax(axis=1), labels=range(len(classes))), classes, classes)
    drawn = []
    if len(classes) <= 20:
        drawn.append(HeatmapDisplay.from_table(
            counts, title="What it said for what was there", what="how many test pictures", form="{:.0f}",
            xlabel="said", ylabel="true class"))  # fmt: skip
    if len(test["wrong"]):
        drawn.append(MistakesDisplay.from_predictions(
            test["pictures"], [classes[y[i]] for i in test["wrong"]], p[test["wrong"]], classes))  # fmt: skip
    return drawn
