"""Messages to a shop's customer support, written for this course."""

from __future__ import annotations

import csv

import numpy as np

from ftlearn.assets import bundled
from ftlearn.datasets._texts import split_texts
from ftlearn.datasets.splits import Split
from ftlearn.errors import unknown_name

_CLASSES = {
    "intent": (
        "account_access", "billing", "delivery", "product_question", "return_or_refund", "technical_fault",
    ),
    "sentiment": ("negative", "neutral", "positive"),
}  # fmt: skip


def load_support_messages(
    target: str = "intent", *, train: int = 300, validation: int = 120, test: int | None = None, random_state: int = 0
) -> Split:
    """Load short messages to the customer support of an online shop, with what they want and how they feel.

    Parameters
    ----------
    target : {"intent", "sentiment"}
        What is to be told: one of six intents, or one of three sentiments.
    train, validation : int
        How many messages for fitting and for choosing.
    test : int, optional
        How many for the test part; all others if not given.
    random_state : int
        Seed of the split. With the same seed, both targets have the same messages in the same parts.

    Returns
    -------
    Split
        ``X`` is an array of str of shape (n,); ``y`` numbers the names in ``classes``. Each part has the intents and
        the sentiments in the proportions of the whole.

    Raises
    ------
    UnknownNameError
        When there is no such target.
    DataError
        When the parts do not fit into what there is, or are smaller than a message a class.

    Notes
    -----
    CC BY 4.0, as the course. The messages were written for this course, not collected from customers:
    ``ftlearn/bundled/README.md`` says by whom, by what rules they are labelled, and what they are not good for.

    Examples
    --------
    >>> messages = load_support_messages()
    >>> messages.train.X.shape, messages.validation.X.shape
    ((300,), (120,))
    >>> messages.classes[messages.train.y[0]] in messages.classes
    True
    >>> load_support_messages("sentiment").classes
    ('negative', 'neutral', 'positive')
    """
    if target not in _CLASSES:
        raise unknown_name("target", target, _CLASSES)
    with bundled("support_messages.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    labels = {name: np.array([classes.index(row[name]) for row in rows], "int64") for name, classes in _CLASSES.items()}
    return split_texts(
        f"support_messages, {target}", [row["message"] for row in rows], labels[target], classes=_CLASSES[target],
        train=train, validation=validation, test=test, random_state=random_state,
        strata=labels["intent"] * len(_CLASSES["sentiment"]) + labels["sentiment"],
    )  # fmt: skip
