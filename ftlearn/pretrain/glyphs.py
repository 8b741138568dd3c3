"""Letters of many scripts, drawn the way scikit-learn's handwritten digits were made.

The digits were 32 x 32 black-and-white bitmaps of pen strokes, stretched to their box; each of their 8 x 8 values
counts the black pixels of a 4 x 4 block. Here a glyph of a font becomes a pen stroke (its skeleton) or keeps its
outline, is bent, slanted and redrawn with another thickness, sometimes with a broken line, stretched to its box, and
counted the same way.

Digits are left out on purpose: what a network learns here it must carry over to classes that it has never seen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ftlearn.errors import DataError, unknown_name
from ftlearn.pretrain.strokes import Masters, charmap

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#: Font files (without .ttf) of matplotlib whose glyphs the source networks are trained on.
TRAIN_FONTS = (
    "DejaVuSans", "DejaVuSans-Oblique", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Bold",
    "STIXGeneral", "STIXGeneralBol", "cmr10", "cmss10", "cmb10", "cmmi10",
)  # fmt: skip
#: Font files that no training ever sees: a typewriter face, two true italics of STIX and one of DejaVu Serif.
UNSEEN_FONTS = ("cmtt10", "STIXGeneralItalic", "STIXGeneralBolIta", "DejaVuSerif-Italic")

_SCRIPTS = {
    "latin": [(0x41, 0x5A), (0x61, 0x7A)],
    "greek": [(0x391, 0x3A9), (0x3B1, 0x3C9)],
    "cyrillic": [(0x402, 0x45F), (0x460, 0x481), (0x48A, 0x4FF)],
    "armenian": [(0x531, 0x556), (0x561, 0x586)],
    "georgian": [(0x10D0, 0x10FA), (0x10A0, 0x10C5)],
    "hebrew": [(0x5D0, 0x5EA)],
    "tifinagh": [(0x2D30, 0x2D65)],
    "lisu": [(0xA4D0, 0xA4F7)],
    "nko": [(0x7CA, 0x7EA)],
    "old italic": [(0x10300, 0x1031E)],
    "lao": [(0xE81, 0xEAE)],
    "latin extended": [(0x180, 0x24F), (0x250, 0x2AF)],
    "canadian": [(0x1401, 0x1676)],
}
SCRIPTS = tuple(_SCRIPTS)


def is_source_letter(character: str) -> bool:
    """Whether a character may stand in a source: a plain letter without accents and without any numeric value.

    Parameters
    ----------
    character : str
        One character.

    Returns
    -------
    bool
        False for digits of every script, for fractions and Roman numerals, and for letters that carry an accent.
    """
    if unicodedata.category(character)[0] != "L" or unicodedata.decomposition(character):
        return False
    return unicodedata.numeric(character, None) is None


def script_letters(scripts: Sequence[str] = SCRIPTS, *, font: str = "DejaVuSans") -> list[str]:
    """List the letters of some scripts that a font can draw.

    Parameters
    ----------
    scripts : sequence of str
        Names from `SCRIPTS`.
    font : str
        A font file of matplotlib, without ``.ttf``.

    Returns
    -------
    list of str
        Letters in the order of their scripts.
    """
    have = charmap(font)
    points = [p for s in scripts for low, high in _SCRIPTS[s] for p in range(low, high + 1)]
    return [chr(p) for p in points if p in have and is_source_letter(chr(p))]


def group_lookalikes(characters: Sequence[str], *, font: str = "DejaVuSans", threshold: float = 0.9) -> list[str]:
    """Join characters into one class when their strokes, stretched to their boxes, can hardly be told apart.

    Parameters
    ----------
    characters : sequence of str
        Single characters that `font` can draw.
    font : str
        A font file of matplotlib, without ``.ttf``.
    threshold : float
        Cosine similarity of blurred 16 x 16 strokes above which two characters are one class.

    Returns
    -------
    list of str
        One string of lookalike characters for each class, for example ``"Oo\u039f\u03bf\u041e"``.
    """
    masters = Masters(characters, [font])
    pictures = []
    for outline, stroke in zip(masters.outline_, masters.stroke_, strict=True):
        rows, columns = np.flatnonzero((outline < 0).any(1)), np.flatnonzero((outline < 0).any(0))
        pick = [np.linspace(side[0], side[-1], 16).round().astype(int) for side in (rows, columns)]
        pictures.append(np.exp(-((stroke[np.ix_(*pick)] / 16.0) ** 2)).ravel())
    flat = np.array(pictures) / np.linalg.norm(pictures, axis=1, keepdims=True)
    groups: list[list[int]] = []
    for i in range(len(characters)):
        home = next((group for group in groups if flat[i] @ flat[group[0]] > threshold), None)
        if home is None:
            groups.append([i])
        else:
            home.append(i)
    return ["".join(characters[i] for i in group) for group in groups]


def drawable(classes: Sequence[str], fonts: Sequence[str]) -> list[int]:
    """List the numbers of the classes of which at least one of the fonts can draw a member."""
    have = frozenset().union(*(charmap(font) for font in fonts))
    return [i for i, members in enumerate(classes) if any(ord(c) in have for c in members)]


@lru_cache(maxsize=4)
def masters(characters: tuple[str, ...], fonts: tuple[str, ...]) -> Masters:
    """Make (or reuse) the master pictures of some characters in some fonts."""
    return Masters(characters, fonts)


def render(
    n: int, *, characters: Sequence[str], fonts: Sequence[str] = TRAIN_FONTS, random_state: int = 0, size: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Render letters as if written by hand and scanned as the digits were.

    Parameters
    ----------
    n : int
        How many pictures; the classes come round in turn, so that they are as even as `n` allows, in random order.
    characters : sequence of str
        One class each; several characters in one string are lookalikes that share a class. Letters only.
    fonts : sequence of str
        Font files of matplotlib without ``.ttf``, from `TRAIN_FONTS` and `UNSEEN_FONTS`.
    random_state : int
        Seed of every choice.
    size : int
        Side of the pictures: 4, 8, 16 or 32.

    Returns
    -------
    X : ndarray of float32, shape (n, size, size, 1)
        Share of ink in each block, in [0, 1]; 0 is paper.
    y : ndarray of int64, shape (n,)
        Position in `characters`.

    Raises
    ------
    DataError
        For a character that is not a plain letter (a digit, say), one that no font can draw, or a size that does not
        divide 32.

    Examples
    --------
    >>> X, y = render(10, characters="AB", fonts=["DejaVuSans"])
    >>> X.shape, y.min(), y.max()
    ((10, 8, 8, 1), np.int64(0), np.int64(1))
    """
    for character in "".join(characters):
        if not is_source_letter(character):
            raise DataError(f"{character!r} is not a plain letter; digits and other numerals are kept out of sources.")
    rng = np.random.default_rng(random_state)
    y = rng.permutation(np.arange(n, dtype=np.int64) % len(characters))
    return masters(tuple(characters), tuple(fonts)).sample(y, rng, size=size), y


def letters(
    n: int, *, random_state: int = 0, fonts: str = "all", size: int = 8
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Render the capital letters A to Z.

    Parameters
    ----------
    n : int
        How many pictures.
    random_state : int
        Seed.
    fonts : {"all", "train", "unseen"}
        ``"unseen"``: only fonts that the shipped network has never been trained on.
    size : int
        Side of the pictures.

    Returns
    -------
    X : ndarray of float32, shape (n, size, size, 1)
        Share of ink in each block, in [0, 1].
    y : ndarray of int64, shape (n,)
        0 for A to 25 for Z.
    names : list of str
        The letters.

    Examples
    --------
    >>> X, y, names = letters(52, fonts="unseen")
    >>> X.shape, names[y.max()]
    ((52, 8, 8, 1), 'Z')
    """
    groups = {"all": TRAIN_FONTS + UNSEEN_FONTS, "train": TRAIN_FONTS, "unseen": UNSEEN_FONTS}
    if fonts not in groups:
        raise unknown_name("group of fonts", fonts, groups)
    X, y = render(n, characters=LATIN, fonts=groups[fonts], random_state=random_state, size=size)
    return X, y, list(LATIN)
