"""Pictures that come with the dependencies, or are drawn from their fonts."""

from __future__ import annotations

from ftlearn.datasets.splits import Split, make_split
from ftlearn.errors import DataError


def load_digits(*, random_state: int = 0) -> Split:
    """Load scikit-learn's 1,797 real handwritten digits as 8 × 8 images.

    Parameters
    ----------
    random_state : int
        Seed of the split.

    Returns
    -------
    Split
        1,000 for training, 300 for validation, 497 for test; values from 0 to 1.

    Notes
    -----
    Alpaydin and Kaynak (1998), *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository
    (CC BY 4.0), the copy that scikit-learn ships. People wrote on forms; each digit was scanned to 32 × 32 black and
    white and counted in blocks of 4 × 4, so a pixel is a number of sixteenths.

    Examples
    --------
    >>> load_digits().train.X.shape
    (1000, 8, 8, 1)
    """
    from sklearn import datasets

    raw = datasets.load_digits()
    X = (raw.images / 16.0).astype("float32")[..., None]
    classes = tuple(str(i) for i in range(10))
    return make_split(
        "digits", X, raw.target.astype("int64"), classes=classes, validation=300, test=497, random_state=random_state
    )


def load_letters(*, n: int = 2600, random_state: int = 0) -> Split:
    """Render capital letters A to Z from matplotlib's fonts, drawn as if by hand, as 8 × 8 images.

    Parameters
    ----------
    n : int
        How many images in all; a tenth goes to validation, a fifth to test.
    random_state : int
        Seed of the drawing and of the split.

    Returns
    -------
    Split
        Values from 0 to 1; classes "A" to "Z".

    Examples
    --------
    >>> load_letters(n=520).classes[:3]
    ('A', 'B', 'C')
    """
    from ftlearn.pretrain import glyphs

    if n < 520:
        raise DataError(f"load_letters needs n of at least 520 (20 for each of 26 letters); got {n}.")
    X, y, names = glyphs.letters(n, random_state=random_state)
    return make_split("letters", X, y, classes=tuple(names), validation=n // 10, test=n // 5, random_state=random_state)
