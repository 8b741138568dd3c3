"""Scores of one model on one set."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.errors import DataError


def accuracy(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Compute the share of right answers of a Keras or scikit-learn classifier.

    Parameters
    ----------
    model : keras.Model or object with ``predict``
        Predicts classes, or one score a class (the highest counts).
    X : ndarray of shape (n, ...)
        Inputs.
    y : ndarray of shape (n,)
        True classes as integers.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    DataError
        When predictions and `y` are not as many, so that NumPy cannot broadcast a mistake into a number.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> X, y = np.zeros((4, 1)), np.array([0, 0, 0, 1])
    >>> accuracy(DummyClassifier().fit(X, y), X, y)
    0.75
    """
    is_keras = any(base.__module__.startswith("keras.") for base in type(model).__mro__)
    predicted = np.asarray(model.predict(X, verbose=0) if is_keras else model.predict(X))
    if predicted.ndim == 2 and predicted.shape[1] > 1:
        predicted = predicted.argmax(axis=1)
    y = np.asarray(y)
    if predicted.shape != y.shape:
        raise DataError(f"Predictions have shape {predicted.shape}, the true classes {y.shape}; they must agree.")
    return float((predicted == y).mean())
