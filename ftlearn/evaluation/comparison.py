"""Two models on one test set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ftlearn.errors import DataError
from ftlearn.evaluation.checks import as_classes


@dataclass(frozen=True)
class McNemar:
    """Where two models differ, and how likely so lopsided a difference would be by chance.

    Attributes
    ----------
    only_a, only_b : int
        Examples that only the first, or only the second, gets right.
    both, neither : int
        Examples that tell the two apart in no way.
    p_value : float
        Of the exact test, two-sided.
    """

    only_a: int
    only_b: int
    both: int
    neither: int
    p_value: float

    def __str__(self) -> str:
        p = f"p = {self.p_value:.3f}" if self.p_value >= 0.001 else "p < 0.001"
        return f"only the first right: {self.only_a}, only the second: {self.only_b}, {p}"


def mcnemar(y: Any, a: Any, b: Any) -> McNemar:
    """Test whether two models are right equally often, on the same examples.

    Parameters
    ----------
    y : array-like of shape (n,)
        True classes.
    a, b : array-like of shape (n,)
        The classes that each model predicted, for the same examples in the same order.

    Returns
    -------
    McNemar
        The counts, and the exact p-value: a binomial test on the examples where just one of them is right.

    Raises
    ------
    DataError
        When the lengths differ, or something other than classes is given.

    Notes
    -----
    McNemar (1947), *Note on the sampling error of the difference between correlated proportions or percentages*,
    Psychometrika 12. It compares two trained models as they are; it cannot say what training again would bring.

    Examples
    --------
    >>> print(mcnemar([0] * 100, [0] * 90 + [1] * 10, [0] * 80 + [1] * 20))
    only the first right: 10, only the second: 0, p = 0.002
    """
    from scipy.stats import binomtest

    y, a, b = (as_classes(values, name) for values, name in ((y, "y"), (a, "a"), (b, "b")))
    if not len(y) == len(a) == len(b):
        raise DataError(
            f"The three must be of one length; got {len(y)}, {len(a)} and {len(b)}.",
            fix="Both models predict the same examples, in the same order.",
        )
    first, second = a == y, b == y
    only_a, only_b = int((first & ~second).sum()), int((second & ~first).sum())
    p_value = float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return McNemar(only_a, only_b, int((first & second).sum()), int((~first & ~second).sum()), p_value)
