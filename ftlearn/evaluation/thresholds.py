"""From probabilities to decisions: what each threshold brings and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.evaluation.checks import as_zero_one, positive

if TYPE_CHECKING:
    import pandas as pd


def cost_threshold(cost_false_negative: float = 1, cost_false_positive: float = 1) -> float:
    """Compute the threshold with the lowest expected cost, for a model whose probabilities can be taken at their word.

    Parameters
    ----------
    cost_false_negative, cost_false_positive : float
        What a missed positive and a false alarm cost, in one unit; right answers cost nothing.

    Returns
    -------
    float
        Raise the alarm when the probability of class 1 is at least this.

    Raises
    ------
    DataError
        For a cost that is not above zero.

    Notes
    -----
    An alarm at probability p costs ``(1 - p) * cost_false_positive`` on average, silence ``p * cost_false_negative``;
    they are equal at ``cost_false_positive / (cost_false_negative + cost_false_positive)``. Elkan (2001), *The
    foundations of cost-sensitive learning*, IJCAI.

    Examples
    --------
    >>> cost_threshold(cost_false_negative=4)
    0.2
    """
    _check_costs(cost_false_negative, cost_false_positive)
    return cost_false_positive / (cost_false_negative + cost_false_positive)


def threshold_table(
    y: Any,
    p: Any,
    thresholds: Any = None,
    *,
    cost_false_negative: float = 1,
    cost_false_positive: float = 1,
    beta: float = 1,
) -> pd.DataFrame:
    """Work out every score of a two-class model at each threshold.

    Parameters
    ----------
    y : array-like of shape (n,)
        True classes, 1 for positive; both must occur.
    p : array-like of shape (n,)
        Probabilities of class 1. A threshold raises the alarm for ``p >= threshold``.
    thresholds : float or array-like, optional
        One or more; if not given, one for each decision that is possible: 0, the middle between any two neighbouring
        probabilities, and 1.
    cost_false_negative, cost_false_positive : float
        What a missed positive and a false alarm cost, in one unit.
    beta : float
        Recall counts `beta` times as much as precision in F.

    Returns
    -------
    DataFrame
        A row a threshold, in increasing order: ``threshold``; the counts ``tp``, ``fp``, ``tn``, ``fn``; ``accuracy``,
        ``balanced_accuracy``, ``precision`` (NaN where there is no alarm), ``recall``, ``specificity``, ``f1`` (named
        after `beta`), ``mcc`` (0 where it is undefined); ``cost``, the mean cost a case.

    Raises
    ------
    DataError
        When `y` is not 0 and 1, `p` not probabilities, their lengths differ, or a cost is not above zero.

    Notes
    -----
    The definitions are those of scikit-learn's functions for one threshold.

    Examples
    --------
    >>> table = threshold_table([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], [0.3, 0.7], cost_false_negative=10)
    >>> table[["threshold", "tp", "fp", "fn", "recall", "cost"]]
       threshold  tp  fp  fn  recall  cost
    0        0.3   2   1   0     1.0  0.25
    1        0.7   1   0   1     0.5  2.50
    """
    import pandas as pd

    _check_costs(cost_false_negative, cost_false_positive)
    if not beta > 0:
        raise DataError(f"beta must be above 0; got {beta!r}.")
    y, p = _checked(y, p)
    cuts = _decisions(p) if thresholds is None else np.sort(np.atleast_1d(np.asarray(thresholds, float)))
    if not np.isfinite(cuts).all() or cuts.ndim != 1:
        raise DataError(f"Thresholds must be finite numbers; got {thresholds!r}.")
    positives, negatives = np.sort(p[y == 1]), np.sort(p[y == 0])
    fn = np.searchsorted(positives, cuts)  # probabilities below the threshold
    tn = np.searchsorted(negatives, cuts)
    tp, fp = len(positives) - fn, len(negatives) - tn
    recall, specificity = tp / len(positives), tn / len(negatives)
    with np.errstate(invalid="ignore"):
        precision = tp / (tp + fp)
        root = np.sqrt(1.0 * (tp + fp) * (tn + fn) * len(positives) * len(negatives))
        mcc = np.where(root > 0, (1.0 * tp * tn - 1.0 * fp * fn) / root, 0.0)
    weight = beta**2
    return pd.DataFrame(
        {
            "threshold": cuts, "tp": tp, "fp": fp, "tn": tn, "fn": fn,
            "accuracy": (tp + tn) / len(y), "balanced_accuracy": (recall + specificity) / 2,
            "precision": precision, "recall": recall, "specificity": specificity,
            f"f{beta:g}": (1 + weight) * tp / ((1 + weight) * tp + weight * fn + fp),
            "mcc": mcc, "cost": (cost_false_negative * fn + cost_false_positive * fp) / len(y),
        }
    )  # fmt: skip


def best_threshold(y: Any, p: Any, *, cost_false_negative: float = 1, cost_false_positive: float = 1) -> float:
    """Choose the threshold that cost least on the examples given: use validation for it, never test.

    Parameters
    ----------
    y, p : array-like of shape (n,)
        As for `threshold_table`.
    cost_false_negative, cost_false_positive : float
        What a missed positive and a false alarm cost, in one unit.

    Returns
    -------
    float
        Of several that cost the same, the one nearest to `cost_threshold`.

    Raises
    ------
    DataError
        As `threshold_table`.

    Examples
    --------
    >>> round(best_threshold([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], cost_false_negative=10), 2)
    0.25
    """
    costs = {"cost_false_negative": cost_false_negative, "cost_false_positive": cost_false_positive}
    table = threshold_table(y, p, **costs)
    least = table.loc[np.isclose(table["cost"], table["cost"].min(), rtol=1e-12, atol=0), "threshold"]
    return float(least.iloc[(least - cost_threshold(**costs)).abs().argmin()])


def _decisions(p: np.ndarray) -> np.ndarray:
    """Return one threshold for every set of alarms that is possible."""
    each = np.unique(p)
    above = 1.0 if each[-1] < 1 else np.nextafter(1, 2)
    return np.concatenate([[0.0], (each[1:] + each[:-1]) / 2, [above]])


def _checked(y: Any, p: Any) -> tuple[np.ndarray, np.ndarray]:
    y = as_zero_one(y)
    return y, positive(p, len(y))


def _check_costs(false_negative: float, false_positive: float) -> None:
    for name, cost in (("cost_false_negative", false_negative), ("cost_false_positive", false_positive)):
        if not (np.isfinite(cost) and cost > 0):
            raise DataError(f"{name} must be a number above 0; got {cost!r}.")
