"""Data in three parts, of which the test part is opened once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from ftlearn.errors import DataError


class Part(NamedTuple):
    """One part of a split.

    Attributes
    ----------
    X : ndarray of shape (n, height, width, channels), float32, or of shape (n,), str
        Inputs: images with values from 0 to 1, or texts.
    y : ndarray of shape (n,), int64
        Classes, from 0.
    """

    X: np.ndarray
    y: np.ndarray


class TestSetWarning(UserWarning):
    """The test part was opened more than once."""

    __test__ = False  # the name starts with "Test", but pytest should not collect it


@dataclass
class _Looks:
    count: int = 0


@dataclass(repr=False)
class Split:
    """A data set in three parts: train and validation freely, the test part counted.

    Parameters
    ----------
    name : str
        What the data are.
    train, validation : Part
        For fitting and for choosing.
    classes : tuple of str
        Names of the classes, in the order of their numbers.
    random_state : int
        The seed that made the split.

    Examples
    --------
    >>> from ftlearn.datasets import load_digits
    >>> digits = load_digits(random_state=0)
    >>> digits
    Split 'digits': train 1,000, validation 300, test 497 (opened 0 times), 10 classes
    >>> digits.label_budget(20).train.X.shape
    (20, 8, 8, 1)
    """

    name: str
    train: Part
    validation: Part
    _test: Part
    classes: tuple[str, ...]
    random_state: int = 0
    _looks: _Looks = field(default_factory=_Looks)

    @property
    def test(self) -> Part:
        """The test part. Each access is counted; from the second on, a warning says so."""
        self._looks.count += 1
        if self._looks.count > 1:
            warnings.warn(
                f"The test part of {self.name!r} has now been opened {self._looks.count} times. A test score is "
                "honest once: choose with the validation part, and open test when everything is decided.",
                TestSetWarning,
                stacklevel=2,
            )
        return self._test

    @property
    def test_looks(self) -> int:
        """How often the test part was opened, by this split or by a label budget taken from it."""
        return self._looks.count

    def label_budget(self, n: int, *, random_state: int | None = None) -> Split:
        """Keep only `n` labelled training examples, the classes as evenly represented as `n` allows.

        Budgets are nested: with one seed, the examples of a smaller budget are among those of a larger one.

        Parameters
        ----------
        n : int
            How many, from one a class up to all of them.
        random_state : int, optional
            Seed of the draw; the split's own if not given.

        Returns
        -------
        Split
            With the smaller train part; validation and the (counted) test part are the same.

        Raises
        ------
        DataError
            When `n` is below the number of classes or above what there is.

        Examples
        --------
        >>> from ftlearn.datasets import load_digits
        >>> load_digits().label_budget(20).train.y.shape
        (20,)
        """
        k, total = len(self.classes), len(self.train.y)
        if not isinstance(n, int | np.integer) or not k <= n <= total:
            raise DataError(
                f"A label budget of {self.name!r} is a whole number from {k} (one a class) to {total}; got {n!r}."
            )
        seed = self.random_state if random_state is None else random_state
        shuffled = np.random.default_rng(seed).permutation(total)
        rank = np.empty(total, int)  # an image's place within its class: sorting by it deals the classes round
        for c in range(k):
            mine = shuffled[self.train.y[shuffled] == c]
            rank[mine] = np.arange(len(mine))
        keep = shuffled[np.argsort(rank[shuffled], kind="stable")[:n]]
        return replace(self, train=Part(self.train.X[keep], self.train.y[keep]))

    def __repr__(self) -> str:
        return (
            f"Split {self.name!r}: train {len(self.train.y):,}, validation {len(self.validation.y):,}, "
            f"test {len(self._test.y):,} (opened {self.test_looks} times), {len(self.classes)} classes"
        )


def make_split(
    name: str, X: np.ndarray, y: np.ndarray, *, classes: tuple[str, ...], validation: int, test: int, random_state: int
) -> Split:
    """Split arrays in three, stratified by class.

    Parameters
    ----------
    name : str
        What the data are.
    X : ndarray of shape (n, ...)
        Inputs.
    y : ndarray of shape (n,)
        Classes from 0.
    classes : tuple of str
        Their names.
    validation, test : int
        How many images go to these parts; the rest is for training.
    random_state : int
        Seed of the split.

    Returns
    -------
    Split
        Every image in exactly one part.

    Raises
    ------
    DataError
        When X and y differ in length, or too few images are left for training.

    Examples
    --------
    >>> X, y = np.zeros((60, 8, 8, 1), "float32"), np.arange(60) % 2
    >>> make_split("blank", X, y, classes=("a", "b"), validation=10, test=20, random_state=0)
    Split 'blank': train 30, validation 10, test 20 (opened 0 times), 2 classes
    """
    from sklearn.model_selection import train_test_split

    if len(X) != len(y):
        raise DataError(f"X and y must be as many; got {len(X)} inputs and {len(y)} classes.")
    if len(y) - validation - test < len(classes):
        raise DataError(f"{len(y)} images cannot give {validation} for validation, {test} for test and train the rest.")
    rest, for_test = train_test_split(np.arange(len(y)), test_size=test, stratify=y, random_state=random_state)
    train, for_validation = train_test_split(rest, test_size=validation, stratify=y[rest], random_state=random_state)
    parts = [Part(X[i], y[i]) for i in (train, for_validation, for_test)]
    return Split(name, *parts, classes=classes, random_state=random_state)
