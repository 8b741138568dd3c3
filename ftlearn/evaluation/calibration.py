"""Whether "80 % sure" means right in 80 of 100 cases, and one number that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.evaluation.checks import as_probabilities, as_rows_of_classes, as_zero_one

if TYPE_CHECKING:
    import pandas as pd


def calibration_table(y: Any, p: Any, *, n_bins: int = 10) -> pd.DataFrame:
    """Compare how sure a model is with how often it is right, in bins of equal width.

    Parameters
    ----------
    y : array-like of shape (n,)
        True classes: 0 and 1 where `p` is flat, column numbers of `p` otherwise.
    p : array-like of shape (n,) or (n, k)
        Probabilities of class 1; or of each of k classes, of which the highest is looked at, and whether it is right.
    n_bins : int
        How many bins from 0 to 1.

    Returns
    -------
    DataFrame
        A row a bin that is not empty: ``sure`` (mean probability), ``right`` (share that was so), ``n``.

    Raises
    ------
    DataError
        When `y` and `p` do not fit together, or are not what they should be.

    Examples
    --------
    >>> calibration_table([0, 1, 1, 1], [0.4, 0.4, 0.9, 0.9], n_bins=2)
       sure  right  n
    0   0.4    0.5  2
    1   0.9    1.0  2
    """
    import pandas as pd

    if not isinstance(n_bins, int | np.integer) or n_bins < 1:
        raise DataError(f"n_bins must be a whole number from 1; got {n_bins!r}.")
    sure, right = _sure_and_right(y, p)
    bins = np.minimum((sure * n_bins).astype(int), n_bins - 1)
    grouped = pd.DataFrame({"sure": sure, "right": right}).groupby(bins)
    table = grouped.mean()
    table["n"] = grouped.size()
    return table.reset_index(drop=True)


def _sure_and_right(y: Any, p: Any) -> tuple[np.ndarray, np.ndarray]:
    p = as_probabilities(p, len(np.asarray(y)))
    if p.ndim == 1:
        return p, as_zero_one(y, both=False).astype(float)
    y = as_rows_of_classes(y, p)
    return p.max(axis=1), (p.argmax(axis=1) == y).astype(float)


def calibration_error(y: Any, p: Any, *, n_bins: int = 10) -> float:
    """Compute the expected calibration error: how far *sure* and *right* are apart, averaged over examples.

    Parameters
    ----------
    y, p, n_bins : array-like, array-like, int
        As for `calibration_table`.

    Returns
    -------
    float
        Between 0 and 1. On few examples even a perfectly calibrated model does not reach 0, because the shares in
        the bins scatter.

    Raises
    ------
    DataError
        As `calibration_table`.

    Notes
    -----
    Naeini, Cooper, Hauskrecht (2015), *Obtaining well calibrated probabilities using Bayesian binning*, AAAI; for
    several classes as in Guo and others (2017), *On calibration of modern neural networks*, ICML.

    Examples
    --------
    >>> round(calibration_error([0, 1, 1, 1], [0.4, 0.4, 0.9, 0.9], n_bins=2), 3)
    0.1
    """
    table = calibration_table(y, p, n_bins=n_bins)
    return float(np.average((table["sure"] - table["right"]).abs(), weights=table["n"]))


@dataclass(frozen=True)
class Temperature:
    """A number that logits are divided by: above 1 it makes a model less sure, below 1 surer.

    Attributes
    ----------
    value : float
        The temperature T.
    loss_before, loss_after : float
        Log loss on the examples that it was fitted to.
    n : int
        How many these were.
    from_logits : bool
        Whether it was fitted to logits, and is to be applied to logits.
    """

    value: float
    loss_before: float
    loss_after: float
    n: int
    from_logits: bool = False

    def apply(self, p: Any) -> np.ndarray:
        """Give calibrated probabilities for others that the same model made (of the shape of `p`)."""
        from scipy.special import expit, softmax

        z = _logits(p, len(np.asarray(p)), self.from_logits) / self.value
        return expit(z) if z.ndim == 1 else softmax(z, axis=1)

    def __str__(self) -> str:
        return (
            f"T = {self.value:.2f} (log loss {self.loss_before:.3f} before, {self.loss_after:.3f} after, n = {self.n})"
        )


def fit_temperature(p: Any, y: Any, *, from_logits: bool = False) -> Temperature:
    """Find the temperature with the lowest log loss on examples that the model was not trained on.

    Dividing logits by one number changes how sure the model is, and never which class it finds most likely.

    Parameters
    ----------
    p : array-like of shape (n,) or (n, k)
        The model's probabilities of class 1, or of each class, on validation examples; or their logits.
    y : array-like of shape (n,)
        True classes.
    from_logits : bool
        Whether `p` are logits. `Temperature.apply` then takes logits too.

    Returns
    -------
    Temperature
        Its ``apply`` calibrates other predictions of the same model.

    Raises
    ------
    DataError
        When `y` and `p` do not fit together; when every answer is right, or the scores are no better than chance,
        because then no finite temperature is best.

    Notes
    -----
    Guo, Pleiss, Sun, Weinberger (2017), *On calibration of modern neural networks*, ICML (arXiv 1706.04599).

    Examples
    --------
    >>> p = np.repeat([[0.99, 0.01]], 100, axis=0)
    >>> y = np.repeat([0, 1], [80, 20])
    >>> temperature = fit_temperature(p, y)
    >>> temperature.apply(p[:1]).round(2)
    array([[0.8, 0.2]])
    """
    from scipy.optimize import brentq
    from scipy.special import softmax

    logits = _logits(p, len(np.asarray(y)), from_logits)
    y = as_zero_one(y, both=False) if logits.ndim == 1 else as_rows_of_classes(y, logits)
    wide = np.stack([0 * logits, logits], axis=1) if logits.ndim == 1 else logits
    true = wide[np.arange(len(y)), y]

    def slope(inverse: float) -> float:
        """Return the derivative of the log loss by 1 / T, in which the loss is convex."""
        return float(((softmax(inverse * wide, axis=1) * wide).sum(axis=1) - true).mean())

    if slope(0.0) >= 0:
        raise DataError(
            "These scores are no better than chance: no finite T is best.",
            fix="Are the classes coded the other way round, or rows in another order?",
        )
    largest = 1.0
    while slope(largest) < 0:
        largest *= 2
        if (wide.max(axis=1) == true).all() or largest > 1e6:
            raise DataError(
                f"All {len(y)} answers are right, so the loss falls for ever as T nears 0.",
                fix="Fit the temperature on more examples, that the model was not trained on.",
            )
    value = 1 / brentq(slope, 0.0, largest, xtol=1e-12)
    return Temperature(value, _log_loss(logits, y), _log_loss(logits / value, y), len(y), from_logits)


def _logits(p: Any, n: int, from_logits: bool) -> np.ndarray:
    """Turn probabilities into logits (up to a constant a row), or check logits."""
    if not from_logits:
        p = as_probabilities(p, n)
        tiny = np.finfo("float32").tiny
        if p.ndim == 1:
            return np.log(p.clip(tiny, None)) - np.log1p(-p.clip(None, 1 - 1e-16))
        return np.log(p.clip(tiny, None))
    z = np.asarray(p, float)
    z = z[:, 0] if z.ndim == 2 and z.shape[1] == 1 else z
    if z.ndim not in (1, 2) or len(z) != n:
        raise DataError(f"There are {n} classes in y; the logits have shape {z.shape}.")
    if not np.isfinite(z).all():
        raise DataError(f"There are {int((~np.isfinite(z)).sum())} logits that are not finite.")
    return z


def _log_loss(z: np.ndarray, y: np.ndarray) -> float:
    from scipy.special import log_softmax

    if z.ndim == 1:
        return float(np.logaddexp(0, np.where(y == 1, -z, z)).mean())
    return float(-log_softmax(z, axis=1)[np.arange(len(y)), y].mean())
