"""The metric cuts a logit at 0.5, where it should be cut at 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.losses import last_activation, loss_of
from ftlearn.doctor.outputs import first_predicted
from ftlearn.doctor.private import metrics_given
from ftlearn.doctor.rule import NotChecked, Rule

_CUTS = {"BinaryAccuracy": "threshold", "Precision": "thresholds", "Recall": "thresholds"}


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look at the metrics of a model of one logit; count how many examples lie between 0 and 0.5."""
    loss = loss_of(case)
    if loss.name not in ("binary_crossentropy", "binary_focal_crossentropy"):
        raise NotChecked("the loss is not a binary cross-entropy")
    if not loss.from_logits or last_activation(case)[0] in ("sigmoid", "softmax"):
        return
    if last_activation(case)[0] != "linear":
        raise NotChecked("the last activation cannot be told")
    metrics = metrics_given(case.model)
    if metrics is None:
        raise NotChecked("it cannot be told which metrics the model was compiled with")
    wrong = [name for name in map(_cut_at_half, metrics) if name]
    if not wrong:
        return
    sentence = f"The output is a logit, and {', '.join(wrong)} cuts it at 0.5"
    evidence: dict[str, Any] = {"metrics": wrong}
    try:
        name, _, y, p = first_predicted(case, "validation", "test", "train")
    except NotChecked:
        yield f"{sentence}, which is a probability of 0.62.", evidence
        return
    flat, labels = p.reshape(-1), y.reshape(-1)
    between = float(np.mean((flat > 0) & (flat <= 0.5)))
    if len(flat) == len(labels):
        half, zero = (float(np.mean((flat > cut) == (labels > 0.5))) for cut in (0.5, 0.0))
        sentence += f": accuracy on the {name} part is {half:.3f}, cut at 0 it is {zero:.3f}"
        evidence |= {"accuracy at 0.5": half, "accuracy at 0": zero}
    yield f"{sentence}; {between:.0%} of the examples lie in between.", evidence


def _cut_at_half(metric: Any) -> str:
    if isinstance(metric, str):
        return metric if metric.lower() in ("accuracy", "acc", "binary_accuracy", "binaryaccuracy") else ""
    kind = type(metric).__name__
    if kind not in _CUTS or not type(metric).__module__.startswith("keras"):
        return ""
    cut = metric.get_config().get(_CUTS[kind])
    cut = 0.5 if cut is None else cut
    return f"{kind}()" if np.ndim(cut) == 0 and cut == 0.5 else ""


RULE = Rule(
    name="logits-cut-at-one-half",
    family="training",
    what="Looks at a model of one logit for metrics that cut it at 0.5, and counts what that changes.",
    why="A probability of 0.5 is a logit of 0: all positives that are less sure than 0.62 count as wrong.",
    reference="Measured for this course: six right answers of six scored 0.333; a guide on keras.io does it.",
    fix="model.compile(..., metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])",
    check=check,
    invalid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
model.set_weights([np.eye(4, 1), np.zeros(1)])
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, (X[:, 0] > 0).astype(int)))""",
    valid="""import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), [keras.metrics.BinaryAccuracy(threshold=0.0)])
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
examined = dict(model=model, train=(X, (X[:, 0] > 0).astype(int)))""",
    weight=5,
)

VALID_MORE = (
    """import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
examined = dict(model=model)""",
    """import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
examined = dict(model=model)""",
)
