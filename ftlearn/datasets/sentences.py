"""Sentences that say yes or no: film reviews."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ftlearn.assets import fetch
from ftlearn.datasets._texts import split_texts
from ftlearn.datasets.splits import Split
from ftlearn.errors import DataError

_CLASSES = ("negative", "positive")
_EACH = 5331
# The file is UTF-8, made by somebody who took Windows-1252 for Latin-1: its dashes and quotes are control characters.
_MENDED = {code: bytes([code]).decode("cp1252") for code in (0x91, 0x96, 0x97)} | {0xA0: " "}


def fetch_sentence_polarity(
    *, train: int = 6000, validation: int = 1500, test: int | None = None, random_state: int = 0
) -> Split:
    """Fetch 5,331 positive and 5,331 negative sentences from film reviews.

    Parameters
    ----------
    train, validation : int
        How many sentences for fitting and for choosing.
    test : int, optional
        How many for the test part; all others if not given.
    random_state : int
        Seed of the split.

    Returns
    -------
    Split
        ``X`` is an array of str of shape (n,), ``y`` is 0 for "negative" and 1 for "positive", evenly in each part.
        Two sentences occur twice (apart from punctuation); both copies are in the same part.

    Raises
    ------
    DataError
        When the parts do not fit into 10,662 sentences, or are smaller than a sentence a class.
    AssetError
        When the file is neither on this machine nor to be downloaded, or has other bytes than it should.

    Notes
    -----
    Pang and Lee (2005), "Seeing stars: Exploiting class relationships for sentiment categorization with respect to
    rating scales", *Proceedings of the ACL*, 115–124 (CC BY 4.0), as the NLTK project distributes it. Sentences
    come from reviews marked "fresh" or "rotten" on a review site and took their label from the mark, so some words
    disagree with it. They are in lower case, punctuation set apart by spaces; a few are Spanish or Portuguese.
    The dashes and quotation marks that the file holds as control characters are put right.

    Examples
    --------
    >>> films = fetch_sentence_polarity()  # doctest: +SKIP
    >>> films  # doctest: +SKIP
    Split 'sentence_polarity': train 6,000, validation 1,500, test 3,162 (opened 0 times), 2 classes
    >>> films.train.X.shape, films.classes  # doctest: +SKIP
    ((6000,), ('negative', 'positive'))
    """
    negative, positive = _read(fetch("sentence_polarity"))
    y = np.repeat(np.arange(2, dtype="int64"), _EACH)
    return split_texts(
        "sentence_polarity", negative + positive, y, classes=_CLASSES, train=train, validation=validation, test=test,
        random_state=random_state,
    )  # fmt: skip


def _read(path: Path) -> list[list[str]]:
    """Read the negative and the positive sentences out of the archive."""
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            for part in ("neg", "pos"):
                raw = archive.read(f"sentence_polarity/rt-polarity.{part}").decode("utf-8")
                # not splitlines: a character of the file's wrong encoding could count as the end of a line
                lines = [" ".join(line.translate(_MENDED).split()) for line in raw.split("\n")]
                found.append([line for line in lines if line])
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, OSError) as error:
        raise DataError(f"'{path.name}' cannot be read as the archive of sentences: {error}.", fix=_AGAIN) from error
    if [len(lines) for lines in found] != [_EACH, _EACH]:
        got = " and ".join(f"{len(lines):,}" for lines in found)
        raise DataError(f"'{path.name}' holds {got} sentences instead of twice {_EACH:,}.", fix=_AGAIN)
    return found


_AGAIN = "Remove it and type `ftlearn fetch sentence_polarity`."
