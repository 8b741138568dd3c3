"""A race of searchers in which every epoch is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ftlearn.errors import DataError, FtlearnError, unknown_name
from ftlearn.tuning.searchers import SEARCHERS

if TYPE_CHECKING:
    import keras_tuner
    import pandas as pd

    from ftlearn.tuning.heads import HeadTrainings


class BudgetSpent(FtlearnError):
    """Raised inside a searcher when the last epoch of its budget has been trained."""


def race(
    searcher: str | Callable[..., Any],
    heads: HeadTrainings,
    space: keras_tuner.HyperParameters,
    *,
    budget: int,
    max_epochs: int = 27,
    random_state: int = 0,
) -> pd.DataFrame:
    """Let a searcher spend a budget of epochs, and keep what it tried.

    Parameters
    ----------
    searcher : str or callable
        A name in `SEARCHERS`, or a function ``search(train, space, max_epochs, random_state)`` that asks for
        trainings with ``train(config, epochs)`` and gets the validation accuracy back.
    heads : HeadTrainings
        Fresh ones: they keep what they have learnt.
    space : keras_tuner.HyperParameters
        What to search.
    budget : int
        Epochs in all. A training that would go beyond it is cut short.
    max_epochs : int
        What counts as a full training.
    random_state : int
        Seed of the searcher.

    Returns
    -------
    DataFrame
        A row a request: ``spent`` (epochs so far), ``epochs`` (of this head), ``validation``, ``test``, then the
        configuration.

    Raises
    ------
    DataError
        When `budget` is below `max_epochs`, or `heads` have been trained before.
    UnknownNameError
        For a searcher that is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from ftlearn.datasets import Part
    >>> from ftlearn.tuning import HeadTrainings, head_space
    >>> part = Part(np.eye(4, dtype="float32"), np.array([0, 1, 0, 1]))
    >>> tried = race("random", HeadTrainings(part, part, part), head_space(), budget=20, max_epochs=8)
    >>> tried["spent"].tolist(), tried["epochs"].tolist()
    ([8, 16, 20], [8, 8, 4])
    """
    import pandas as pd
    from threadpoolctl import threadpool_limits

    if isinstance(searcher, str):
        if searcher not in SEARCHERS:
            raise unknown_name("searcher", searcher, SEARCHERS)
        searcher = SEARCHERS[searcher]
    if budget < max_epochs:
        raise DataError(f"A budget of {budget} epochs does not pay for one training of {max_epochs}.")
    if heads.spent:
        raise DataError(f"These heads have been trained for {heads.spent} epochs.", fix="Make new HeadTrainings.")
    rows: list[dict[str, Any]] = []

    def train(config: dict[str, Any], epochs: int) -> float:
        left = budget - heads.spent
        if left <= 0:
            raise BudgetSpent(f"The budget of {budget} epochs is spent.")
        epochs = min(epochs, heads.epochs_of(config) + left)
        validation, test = heads.train(config, epochs)
        scores = {"spent": heads.spent, "epochs": epochs, "validation": validation, "test": test}
        rows.append(scores | {one.name: config[one.name] for one in space.space})
        return validation

    try:
        with threadpool_limits(1, "blas"):  # small matrices: more threads would only wait for each other
            searcher(train, space, max_epochs, random_state)
    except BudgetSpent:
        pass
    return pd.DataFrame(rows)


def best_so_far(tried: pd.DataFrame, spent: int) -> pd.Series:
    """Find what a searcher would hand over if it were stopped.

    Parameters
    ----------
    tried : DataFrame
        From `race`.
    spent : int
        Epochs after which it is stopped; a training that has not ended by then does not count.

    Returns
    -------
    Series
        The row with the best validation score; among equals the one trained longest, then the first.

    Raises
    ------
    DataError
        When no training has ended by then.

    Examples
    --------
    >>> import pandas as pd
    >>> tried = pd.DataFrame({"spent": [9, 18, 27], "epochs": [9, 9, 9], "validation": [0.5, 0.7, 0.8]})
    >>> int(best_so_far(tried, 20).spent)
    18
    """
    ended = tried[tried["spent"] <= spent]
    if not len(ended):
        raise DataError(f"No training has ended after {spent} epochs.", fix=f"The first took {tried['spent'].iloc[0]}.")
    return ended.sort_values(["validation", "epochs"], ascending=False, kind="stable").iloc[0]
