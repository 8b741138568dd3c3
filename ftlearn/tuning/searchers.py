"""Five ways to search, each a function that asks for trainings until the budget is spent."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError

if TYPE_CHECKING:
    import keras_tuner

Train = Callable[[dict[str, Any], int], float]


def sample(space: keras_tuner.HyperParameters, rng: np.random.Generator) -> dict[str, Any]:
    """Draw one configuration, each value evenly over its own scale.

    Parameters
    ----------
    space : keras_tuner.HyperParameters
        What to draw from.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    dict
        A value for each name.

    Examples
    --------
    >>> from ftlearn.tuning import head_space
    >>> sorted(sample(head_space(), np.random.default_rng(0)))
    ['batch_size', 'learning_rate', 'units', 'weight_decay']
    """
    return {one.name: one.prob_to_value(rng.uniform()) for one in space.space}


def grid(space: keras_tuner.HyperParameters, levels: dict[str, int]) -> list[dict[str, Any]]:
    """Make a grid: each range is cut into equal parts on its own scale, and the middles are taken.

    Parameters
    ----------
    space : keras_tuner.HyperParameters
        What to cut.
    levels : dict of str to int
        How many values of each; a name that is left out keeps the middle of its range.

    Returns
    -------
    list of dict
        Every combination once.

    Raises
    ------
    DataError
        For a name that the space does not have, or fewer than one level.

    Examples
    --------
    >>> from ftlearn.tuning import head_space
    >>> cells = grid(head_space(), {"learning_rate": 2, "units": 2})
    >>> [(f"{c['learning_rate']:.2g}", c["units"], c["batch_size"]) for c in cells]
    [('0.00018', 16, 16), ('0.00018', 64, 16), ('0.056', 16, 16), ('0.056', 64, 16)]
    """
    names = [one.name for one in space.space]
    for name, number in levels.items():
        if name not in names or number < 1:
            raise DataError(f"The grid cannot have {number} levels of {name!r}.", fix=f"Names: {', '.join(names)}.")
    values = []
    for one in space.space:
        n = levels.get(one.name, 1)
        values.append(list(dict.fromkeys(one.prob_to_value((i + 0.5) / n) for i in range(n))))
    return [dict(zip(names, combination, strict=True)) for combination in itertools.product(*values)]


def grid_search(train: Train, space: keras_tuner.HyperParameters, max_epochs: int, random_state: int) -> None:
    """Train the cells of a 5 × 2 × 2 × 1 grid (the learning rate gets the five) in random order."""
    first, *others = [one.name for one in space.space]
    cells = grid(space, {first: 5} | dict.fromkeys(others[:2], 2))
    for i in np.random.default_rng(random_state).permutation(len(cells)):
        train(cells[i], max_epochs)


def random_search(train: Train, space: keras_tuner.HyperParameters, max_epochs: int, random_state: int) -> None:
    """Train random configurations in full, one after the other."""
    rng = np.random.default_rng(random_state)
    while True:
        train(sample(space, rng), max_epochs)


def successive_halving(train: Train, space: keras_tuner.HyperParameters, max_epochs: int, random_state: int) -> None:
    """Train many configurations for one epoch, the best third of them three times as long, and so on; then again."""
    rng = np.random.default_rng(random_state)
    rungs = [max_epochs]
    while rungs[0] >= 3:
        rungs.insert(0, rungs[0] // 3)
    while True:
        alive = [sample(space, rng) for _ in range(3 ** (len(rungs) - 1))]
        for epochs in rungs:
            scores = [train(config, epochs) for config in alive]
            best = np.argsort(scores, kind="stable")[::-1][: max(len(alive) // 3, 1)]
            alive = [alive[i] for i in best]


def bayesian_optimisation(train: Train, space: keras_tuner.HyperParameters, max_epochs: int, random_state: int) -> None:
    """Keras Tuner's Gaussian process: random at first, then where its upper confidence bound is highest."""
    import keras_tuner

    _ask(
        keras_tuner.oracles.BayesianOptimizationOracle(
            objective=_objective(), max_trials=100_000, seed=random_state + 1, hyperparameters=space
        ),
        train, max_epochs,
    )  # fmt: skip


def hyperband(train: Train, space: keras_tuner.HyperParameters, max_epochs: int, random_state: int) -> None:
    """Keras Tuner's Hyperband: successive halving that starts now with many short trainings, now with few long ones."""
    import keras_tuner

    _ask(
        keras_tuner.oracles.HyperbandOracle(
            objective=_objective(), max_epochs=max_epochs, factor=3, hyperband_iterations=100,
            seed=random_state + 1, hyperparameters=space,
        ),
        train, max_epochs,
    )  # fmt: skip


def _objective() -> keras_tuner.Objective:
    import keras_tuner

    return keras_tuner.Objective("score", "max")


def _ask(oracle: keras_tuner.Oracle, train: Train, max_epochs: int) -> None:
    """Run what one of Keras Tuner's oracles asks for; to an oracle a seed of 0 means any seed, hence the + 1 above."""
    import keras_tuner

    from ftlearn.tuning.racing import BudgetSpent

    class Runner(keras_tuner.Tuner):
        """Hands each trial to `train`."""

        spent: BudgetSpent | None = None

        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> dict[str, float]:
            values = trial.hyperparameters.values
            try:
                return {"score": train(values, values.get("tuner/epochs", max_epochs))}
            except BudgetSpent as spent:
                self.spent = spent
                raise keras_tuner.errors.FatalError(str(spent)) from spent

    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(oracle=oracle, directory=folder, project_name="race", overwrite=True)
        try:
            runner.search(verbose=0)
        except keras_tuner.errors.FatalError:
            if runner.spent is None:
                raise
            raise runner.spent from None


SEARCHERS: dict[str, Callable[..., None]] = {
    "grid": grid_search,
    "random": random_search,
    "successive halving": successive_halving,
    "Bayesian": bayesian_optimisation,
    "Hyperband": hyperband,
}
