"""Which epoch's weights a model holds, by its history and by what it scores on the validation data now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.losses import loss_of, loss_value
from ftlearn.doctor.outputs import predicted
from ftlearn.doctor.rule import NotChecked

_SAME = 0.1


@dataclass(frozen=True)
class Past:
    """How far past its best epoch a model is.

    Attributes
    ----------
    best, epochs : int
        The epoch with the least validation loss, from 1, and how many there were.
    least, last, now : float
        The validation loss in that epoch, in the last one, and of the model as it is.
    train_then, train_last : float
        The training loss in these two epochs.
    """

    best: int
    epochs: int
    least: float
    last: float
    now: float
    train_then: float
    train_last: float


def past_the_best(case: Case) -> Past | None:
    """Return how far past its best epoch a model is; None where it holds the weights of its best epoch, or nearly.

    Parameters
    ----------
    case : Case
        With a history and the validation data that it was measured on.

    Returns
    -------
    Past or None
        Measured once.

    Raises
    ------
    NotChecked
        When one of them is missing, or the model is neither that of the best epoch nor that of the last.
    """
    return case.once("past", lambda: _measured(case))


def _measured(case: Case) -> Past | None:
    history = case.history
    if "val_loss" not in history or "loss" not in history:
        raise NotChecked("the history holds no validation loss")
    held, train = np.array(history["val_loss"]), np.array(history["loss"])
    if len(held) < 2:
        raise NotChecked("the history holds fewer than two epochs")
    if len(held) != len(train) or not np.isfinite(held).all() or held.min() <= 0:
        raise NotChecked("the history's validation losses are not one positive number an epoch")
    part = case.part("validation")
    if isinstance(part.source, tuple | list) and len(part.source) > 2:
        raise NotChecked("the validation data are weighted")
    loss = loss_of(case)
    best, last = int(held.argmin()), float(held[-1])
    if best == len(held) - 1:
        return None
    _, y, p = predicted(case, "validation")
    now = loss_value(loss.given, y, p)
    penalty = float(sum(np.asarray(one).sum() for one in case.model.losses)) if case.model.losses else 0.0
    for value in (now, now + penalty):
        if abs(value - held[best]) <= _SAME * held[best]:
            return None
    for value in (now, now + penalty):
        if abs(value - last) <= _SAME * last:
            return Past(best + 1, len(held), float(held[best]), last, value, float(train[best]), float(train[-1]))
    raise NotChecked("the validation loss is now neither that of the best epoch nor that of the last")
