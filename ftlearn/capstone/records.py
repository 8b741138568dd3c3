"""What stages put down for the model card, and the pictures that it draws from that."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from ftlearn.capstone.bases import Base
    from ftlearn.capstone.folders import Findings
    from ftlearn.datasets import FolderSplit, Part

_SHOWN = 96  # pixels a side of a picture on the card


def record_of_checks(found: Findings, base: Base, split: FolderSplit) -> dict[str, Any]:
    """Put down what the card says of the data: JSON can hold it."""
    parts = {name: column.tolist() for name, column in split.counts.drop(columns="all").items()}
    return {"findings": found.as_dict(), "base": asdict(base), "classes": list(split.classes), "parts": parts}


def record_of_test(test: Part, answers: dict[str, np.ndarray], kept: str, looks: int) -> dict[str, Any]:
    """Put down what the card says of the test part, with the ten mistakes that the kept model was surest of.

    `looks` says how often a test part of these images has been opened, this time included.
    """
    from PIL import Image

    p = answers[kept.replace("-", "_")]
    surest = np.argsort(-p.max(axis=1), kind="stable")
    wrong = [int(i) for i in surest if p[i].argmax() != test.y[i]][:10]
    shown = [Image.fromarray((255 * test.X[i]).round().astype("uint8").squeeze()) for i in wrong]
    pictures = [np.asarray(one.convert("RGB").resize((_SHOWN, _SHOWN))) for one in shown]
    return {**{f"p_{name}": one for name, one in answers.items()}, "p_kept": p, "y": test.y,
            "wrong": wrong, "pictures": np.array(pictures), "looks": looks}  # fmt: skip


def accuracies(test: dict[str, Any], most: int, name: str) -> dict[str, Any]:
    """Give the test accuracy of each model with Wilson's interval, the simplest (always `name`, class `most`) first."""
    from ftlearn.evaluation import wilson_interval

    answers = {f"always {name}": np.full(len(test["y"]), most)}
    for model, key in (("tiny pictures", "p_pixels"), ("frozen", "p_frozen"), ("fine-tuned", "p_fine_tuned")):
        if key in test:
            answers[model] = test[key].argmax(axis=1)
    return {model: wilson_interval(int((said == test["y"]).sum()), len(said)) for model, said in answers.items()}


def versions() -> str:
    """Name the versions that results come from."""
    import platform
    from importlib.metadata import version

    import ftlearn

    named = {"keras": "Keras", "tensorflow": "TensorFlow", "scikit-learn": "scikit-learn", "numpy": "NumPy"}
    listed = ", ".join(f"{name} {version(package)}" for package, name in named.items())
    return f"ftlearn {ftlearn.__version__}, {listed}, Python {platform.python_version()}"


def percent(share: float) -> str:
    """Write a share in per cent; what is not exactly 0 or 1 is rounded to neither.

    Examples
    --------
    >>> percent(0.654), percent(299 / 300), percent(1), percent(0.99999), percent(0.001)
    ('65 %', '99.7 %', '100 %', 'over 99.9 %', '0.1 %')
    """
    share = round(float(share), 9)
    if f"{100 * share:.0f}" not in ("0", "100") or share in (0, 1):
        return f"{100 * share:.0f} %"
    if f"{100 * share:.1f}" in ("0.0", "100.0"):
        return "over 99.9 %" if share > 0.5 else "below 0.1 %"
    return f"{100 * share:.1f} %"


def class_scores(y: np.ndarray, p: np.ndarray, classes: tuple[str, ...]) -> pd.DataFrame:
    """Give precision and recall of each class, with Wilson's interval of the recall.

    Parameters
    ----------
    y : ndarray of shape (n,)
        True classes.
    p : ndarray of shape (n, classes)
        Probabilities; the highest counts.
    classes : tuple of str
        Their names.

    Returns
    -------
    DataFrame
        A row a class: ``precision`` (missing where the class was never named), ``recall``, ``from``, ``to``, ``n``.

    Examples
    --------
    >>> p = np.eye(2)[[0, 0, 1, 0]]
    >>> class_scores(np.array([0, 0, 1, 1]), p, ("cat", "dog"))[["precision", "recall", "n"]].round(2)
         precision  recall  n
    cat       0.67     1.0  2
    dog       1.00     0.5  2
    """
    import pandas as pd

    from ftlearn.evaluation import wilson_interval

    named, rows = p.argmax(axis=1), {}
    for number, name in enumerate(classes):
        right = int(((named == number) & (y == number)).sum())
        said, there = int((named == number).sum()), int((y == number).sum())
        recall = wilson_interval(right, there)
        precision = right / said if said else np.nan
        rows[name] = {"precision": precision, "recall": recall.mean, "from": recall.low, "to": recall.high, "n": there}
    return pd.DataFrame(rows).T.astype({"n": int})


def card_pictures(test: dict[str, Any], classes: tuple[str, ...]) -> list[Any]:
    """Draw the confusions, and the mistakes that the model was surest of."""
    import pandas as pd
    from sklearn.metrics import confusion_matrix

    from ftlearn.displays import HeatmapDisplay, MistakesDisplay

    y, p = test["y"], test["p_kept"]
    counts = pd.DataFrame(confusion_matrix(y, p.argmax(axis=1), labels=range(len(classes))), classes, classes)
    drawn = []
    if len(classes) <= 20:
        grid = HeatmapDisplay.from_table(
            counts, title="What it said for what was there", what="how many test pictures", form="{:.0f}",
            xlabel="said", ylabel="true class",
        )  # fmt: skip
        if len(classes) * max(map(len, classes)) > 70:  # names that would run into each other
            grid.ax_.tick_params(axis="x", labelrotation=90)
        drawn.append(grid)
    if len(test["wrong"]):
        drawn.append(MistakesDisplay.from_predictions(
            test["pictures"], [classes[y[i]] for i in test["wrong"]], p[test["wrong"]], classes))  # fmt: skip
    return drawn
