"""The classes that the labels of a part name, without a prediction of the model."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.doctor.case import Case, Part
from ftlearn.doctor.rule import NotChecked


def class_labels(case: Case, part: Part) -> np.ndarray:
    """Return the class of every example of a part, in order.

    Parameters
    ----------
    case : Case
        Its model's loss tells classes from amounts.
    part : Part
        With labels.

    Returns
    -------
    ndarray
        Shape (examples,): numbers or words. All of them for arrays, even where only a piece of the inputs was read.

    Raises
    ------
    NotChecked
        When the labels are not one class an example, or not all of them were read.
    """
    y = part.y
    if y is None:
        raise NotChecked(f"the {part.name} data has no labels")
    if not part.whole:
        if not isinstance(part.source, tuple | list):
            raise NotChecked(f"the {part.name} data is too large to be read as a whole")
        y = np.asarray(part.source[1])
    loss = _loss_name(case.model)
    if loss and "crossentropy" not in loss:
        raise NotChecked("the loss is not one of classes")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind in "fiub":
        if not (np.all((y == 0) | (y == 1)) and np.all(y.sum(1) == 1)):
            raise NotChecked("the labels are not one class an example")
        y = y.argmax(1)
    if y.ndim != 1 or y.dtype.kind not in "iubSUf" or (y.dtype.kind == "f" and (not loss or np.any(y != np.round(y)))):
        raise NotChecked("the labels are not one class an example")
    if len(np.unique(y)) > 200 or (not loss and len(np.unique(y)) > 20):
        raise NotChecked("the labels are many different numbers: amounts, or words of a vocabulary")
    return y


def _loss_name(model: Any) -> str:
    loss = getattr(model, "loss", None)
    if loss is None or isinstance(loss, dict | list | tuple):
        return ""
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")
    return str(name or type(loss).__name__).lower().replace("_", "") + type(loss).__name__.lower()
