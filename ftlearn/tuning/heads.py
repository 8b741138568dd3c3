"""Heads on cached features, trained epoch by epoch, each continued where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError

if TYPE_CHECKING:
    import keras_tuner

    from ftlearn.datasets import Part

_NAMES = ("learning_rate", "units", "weight_decay", "batch_size")


def head_space() -> keras_tuner.HyperParameters:
    """Make the space that the lesson searches: four hyperparameters of a head, each on a logarithmic scale.

    Returns
    -------
    keras_tuner.HyperParameters
        ``learning_rate`` 1e-5 to 1, ``units`` 8 to 128, ``weight_decay`` 1e-6 to 1, ``batch_size`` 4 to 64.

    Examples
    --------
    >>> [one.name for one in head_space().space]
    ['learning_rate', 'units', 'weight_decay', 'batch_size']
    """
    import keras_tuner

    space = keras_tuner.HyperParameters()
    space.Float("learning_rate", 1e-5, 1.0, sampling="log")
    space.Int("units", 8, 128, sampling="log")
    space.Float("weight_decay", 1e-6, 1.0, sampling="log")
    space.Int("batch_size", 4, 64, sampling="log")
    return space


class HeadTrainings:
    """Train heads (one hidden layer, softmax, Adam) on features, and remember each one.

    A head asked for again with more epochs goes on from where it stopped; only the new epochs are counted. All start
    from the same random state, so a configuration always gives the same numbers.

    Parameters
    ----------
    train, validation, test : Part
        Features of shape (n, features) with their classes. Nothing is chosen by `test`: its score is only kept.
    random_state : int
        Seed of first weights and order of batches.

    Attributes
    ----------
    spent : int
        Epochs trained so far, of all heads together.

    Notes
    -----
    The head is scikit-learn's `MLPClassifier`, which takes about a tenth of a second for 27 epochs of 100 examples.

    Examples
    --------
    >>> from ftlearn.datasets import Part
    >>> part = Part(np.eye(4, dtype="float32"), np.array([0, 1, 0, 1]))
    >>> heads = HeadTrainings(part, part, part)
    >>> config = {"learning_rate": 0.1, "units": 8, "weight_decay": 1e-4, "batch_size": 4}
    >>> heads.train(config, 20)
    (1.0, 1.0)
    >>> heads.train(config, 21), heads.spent
    ((1.0, 1.0), 21)
    """

    def __init__(self, train: Part, validation: Part, test: Part, *, random_state: int = 0):
        self.data, self.validation, self.test, self.random_state = train, validation, test, random_state
        self.spent = 0
        self._classes = np.unique(train.y)
        self._heads: dict[tuple, tuple[Any, int]] = {}

    def train(self, config: dict[str, Any], epochs: int) -> tuple[float, float]:
        """Train the head of `config` until it has had `epochs` epochs.

        Parameters
        ----------
        config : dict
            The values of `head_space`; other keys are left alone.
        epochs : int
            In all, those it had before included.

        Returns
        -------
        validation, test : float
            Shares of right answers.

        Raises
        ------
        DataError
            When a value is missing, or the head has had more epochs already.
        """
        missing = [name for name in _NAMES if name not in config]
        if missing:
            raise DataError(f"The configuration lacks {', '.join(missing)}.", fix=f"It needs {', '.join(_NAMES)}.")
        key = tuple(config[name] for name in _NAMES)
        head, had = self._heads.get(key) or (self._new(*key), 0)
        if epochs < max(had, 1):
            raise DataError(f"This head has had {had} epochs and cannot go back to {epochs}.")
        for _ in range(epochs - had):
            head.partial_fit(*self.data, classes=self._classes)
        self.spent += epochs - had
        self._heads[key] = (head, epochs)
        return head.score(*self.validation), head.score(*self.test)

    def epochs_of(self, config: dict[str, Any]) -> int:
        """Count the epochs that a configuration's head has had."""
        key = tuple(config.get(name) for name in _NAMES)
        return self._heads[key][1] if key in self._heads else 0

    def _new(self, learning_rate: float, units: int, weight_decay: float, batch_size: int) -> Any:
        from sklearn.neural_network import MLPClassifier

        return MLPClassifier(
            (units,), learning_rate_init=learning_rate, alpha=weight_decay,
            batch_size=min(batch_size, len(self.data.y)), random_state=self.random_state,
        )  # fmt: skip
