"""Labels that are probably wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.errors import DataError


def likely_label_errors(y: Any, probabilities: Any) -> np.ndarray:
    """Find examples whose label is probably wrong, by confident learning.

    Parameters
    ----------
    y : array-like of shape (n,)
        The labels as given, from 0.
    probabilities : array-like of shape (n, classes)
        Of each class, from models that did not see the example: scikit-learn's
        ``cross_val_predict(..., method="predict_proba")``. From a model that was trained on it, they find nothing.

    Returns
    -------
    ndarray of shape (found,)
        Row numbers, the least believable label first.

    Raises
    ------
    DataError
        When shapes do not fit, a probability is not between 0 and 1, or a class has no example.

    Notes
    -----
    Northcutt, Jiang and Chuang (2021), *Confident Learning: Estimating Uncertainty in Dataset Labels*, JAIR 70, the
    off-diagonal of the confident joint. A class's threshold is the mean probability of that class among the examples
    that are labelled so: whoever reaches it is confidently of that class. An example is reported when the most likely
    of the classes it confidently belongs to is not its label.

    Examples
    --------
    >>> likely_label_errors([0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.4, 0.6]])
    array([1])
    """
    y, probabilities = np.asarray(y), np.asarray(probabilities, float)
    if y.ndim != 1 or probabilities.ndim != 2 or len(probabilities) != len(y):
        raise DataError(
            f"Labels have shape {y.shape}, probabilities {probabilities.shape}; they must be (n,) and (n, classes)."
        )
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise DataError("Probabilities must be between 0 and 1.", fix="Give predict_proba, or softmax's output.")
    classes = probabilities.shape[1]
    missing = sorted(set(range(classes)) - set(y.tolist()))
    if missing or y.min() < 0 or y.max() >= classes:
        raise DataError(
            f"Labels must be from 0 to {classes - 1}, each at least once; "
            + (f"there is no example of {missing[0]}." if missing else f"got {y.min()} to {y.max()}.")
        )
    threshold = np.array([probabilities[y == c, c].mean() for c in range(classes)])
    confident = np.where(probabilities >= threshold, probabilities, 0)
    found = np.flatnonzero((confident.max(axis=1) > 0) & (confident.argmax(axis=1) != y))
    return found[np.argsort(probabilities[found, y[found]], kind="stable")]
