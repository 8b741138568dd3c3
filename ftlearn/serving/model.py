"""A loaded classifier together with what it takes and what its classes are called."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ftlearn.errors import InputContractError

_AT_ONCE = 256  # how many inputs go through the network together


@dataclass
class ServedModel:
    """A classifier that checks its input, and can be asked from several threads.

    Attributes
    ----------
    network : keras.Model
        One input, one probability a class.
    name : str
        What it is called; the file's name, usually.
    classes : tuple of str
        In the order of the network's outputs.
    input_shape : tuple of int
        Of one input, without the batch.
    value_range : tuple of float, optional
        The least and the largest value of an input; None where nobody wrote it down.
    about : dict
        What else the file says: versions, the sum, a note.

    Examples
    --------
    >>> import keras
    >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax", kernel_initializer="zeros")])
    >>> model = ServedModel(network, "even", ("no", "yes"), (2,))
    >>> model.predict([[3.0, 4.0]]).tolist()
    [[0.5, 0.5]]
    >>> model.predict([[3.0, 4.0, 5.0]])
    Traceback (most recent call last):
        ...
    ftlearn.errors.InputContractError: 'even' takes inputs of shape 2 each; got 3.
    """

    network: Any = field(repr=False)
    name: str
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    value_range: tuple[float, float] | None = None
    about: dict[str, Any] = field(default_factory=dict, repr=False)
    _one_at_a_time: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def wanted(self) -> str:
        """What one input must be, in words."""
        values = "numbers" if self.value_range is None else "values from {:g} to {:g}".format(*self.value_range)
        return f"inputs of shape {shape_text(self.input_shape)}, {values}"

    def check(self, X: Any) -> np.ndarray:
        r"""Refuse, in words, inputs that the network was not made for.

        Parameters
        ----------
        X : array-like of shape (n, \*input_shape)
            The inputs.

        Returns
        -------
        ndarray of float32
            `X` as an array.

        Raises
        ------
        InputContractError
            For text, a wrong shape, values that are not finite or out of range. A hundredth of the range is tolerated.
        """
        try:
            X = np.asarray(X)
        except ValueError:
            raise InputContractError(
                f"{self.name!r} takes {self.wanted}; got inputs that are ragged: rows of different lengths."
            ) from None
        if X.dtype.kind not in "fiub":
            raise InputContractError(f"{self.name!r} takes {self.wanted}; got something that is not a number.")
        if X.shape[1:] != self.input_shape or not X.ndim:
            raise InputContractError(
                f"{self.name!r} takes inputs of shape {shape_text(self.input_shape)} each; "
                f"got {shape_text(X.shape[1:])}."
            )
        with np.errstate(over="ignore"):  # too large for float32 becomes infinite, and is refused as that
            X = X.astype("float32")
        if not np.isfinite(X).all():
            raise InputContractError(f"{self.name!r} takes finite numbers; got NaN or infinity, or one too large.")
        if self.value_range is not None and X.size:
            (low, high), least, most = self.value_range, float(X.min()), float(X.max())
            tolerated = 0.01 * (high - low)
            if least < low - tolerated or most > high + tolerated:
                raise InputContractError(
                    f"{self.name!r} takes values from {low:g} to {high:g}; got {least:g} to {most:g}."
                )
        return X

    def predict(self, X: Any) -> np.ndarray:
        r"""Give the probability of every class.

        Parameters
        ----------
        X : array-like of shape (n, \*input_shape)
            The inputs.

        Returns
        -------
        ndarray of shape (n, classes)
            Rows that add up to 1. One caller at a time: others wait.

        Raises
        ------
        InputContractError
            As `check`.
        """
        X = self.check(X)
        if not len(X):
            return np.zeros((0, len(self.classes)), "float32")
        with self._one_at_a_time:
            return np.concatenate([run(self.network, X[i : i + _AT_ONCE]) for i in range(0, len(X), _AT_ONCE)])


def run(network: Any, X: np.ndarray) -> np.ndarray:
    """Call a network in inference mode.

    Calling it costs a small network less than ``predict``, and compiles nothing: requests come in all batch sizes, and
    ``predict`` would compile again and again, with a warning.

    Parameters
    ----------
    network : keras.Model
        With one output.
    X : ndarray of shape (n, ...)
        One batch.

    Returns
    -------
    ndarray of shape (n, outputs)
        What it gives.

    Examples
    --------
    >>> run(lambda x, training: 2 * x, np.ones((1, 2))).tolist()
    [[2.0, 2.0]]
    """
    import keras

    return np.asarray(keras.ops.convert_to_numpy(network(X, training=False)))


def shape_text(shape: Sequence[int]) -> str:
    """Write a shape as people do.

    Parameters
    ----------
    shape : sequence of int
        Of one input.

    Returns
    -------
    str
        For a sentence.

    Examples
    --------
    >>> shape_text((8, 8, 1)), shape_text(())
    ('8 × 8 × 1', 'a single number')
    """
    return " × ".join(map(str, shape)) or "a single number"
