"""Photographs of clothes, taken by many people with many cameras."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.assets import fetch
from ftlearn.assets.made import photographs
from ftlearn.datasets.splits import Part, Split
from ftlearn.errors import DataError, unknown_name

CLASSES = ("dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts", "skirt", "t-shirt")
_PARTS = {"train": 3068, "validation": 341, "test": 372}
_AGAIN = "Remove it and type `ftlearn fetch clothing`."


def fetch_clothing(
    *, size: int = 96, per_class: int | None = None, classes: Iterable[str] | None = None, random_state: int = 0
) -> Split:
    """Fetch 3,781 photographs of clothes in ten classes, in the three parts that their makers gave them.

    Parameters
    ----------
    size : int
        Height and width in pixels, from 8 to 160. Each photograph's central square is cut out and resized to it
        (bilinear), so that a sleeve keeps its shape and the ends of the longer side are lost.
    per_class : int, optional
        At most so many training photographs of each class, drawn by `random_state`; validation and test stay whole.
    classes : iterable of str, optional
        Only these classes, in this order; all ten, in alphabetical order, if not given.
    random_state : int
        Seed of the draw, and of later label budgets.

    Returns
    -------
    Split
        ``X`` is uint8 of shape (n, size, size, 3), raw pixels from 0 to 255, which is what the ImageNet networks of
        `load_backbone` take; ``y`` is int64. Train, validation and test have 3,068, 341 and 372 photographs; the
        rarest class has 112 in train (skirt), the commonest 795 (t-shirt). At 96 pixels all of them are 105 MB.

    Raises
    ------
    DataError
        For a size, a number or classes that cannot be.
    AssetError
        When the photographs are neither on this machine nor to be downloaded, or others than they should be.

    Notes
    -----
    Alexey Grigorev and contributors, "Clothing dataset (subset)", CC0 1.0: photographs of single pieces, most of
    them lying on a floor or a bed. The parts are the makers' own and not alike: a fifth of the test part are shoes,
    of the training part a sixteenth.

    Examples
    --------
    >>> clothes = fetch_clothing()  # doctest: +SKIP
    >>> clothes  # doctest: +SKIP
    Split 'clothing': train 3,068, validation 341, test 372 (opened 0 times), 10 classes
    >>> fetch_clothing(classes=["hat", "sock"])
    Traceback (most recent call last):
        ...
    ftlearn.errors.UnknownNameError: There is no class of clothes named 'sock'. Known: dress, hat, longsleeve, \
outwear, pants, shirt, shoes, shorts, skirt, t-shirt.
    """
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or not 8 <= size <= 160:
        raise DataError(f"size is one number of pixels from 8 to 160; got {size!r}.", fix="For example size=96.")
    wanted = _wanted(classes, 2)
    chosen = _chosen(wanted, per_class, random_state)
    parts = []
    for part in _PARTS:
        mine = [one for one in chosen if one[0] == part]
        X, y = np.empty((len(mine), size, size, 3), "uint8"), np.empty(len(mine), "int64")
        for i, (_, name, _, body) in enumerate(mine):
            X[i], y[i] = _square(body, int(size)), wanted.index(name)
        parts.append(Part(X, y))
    return Split("clothing", *parts, classes=wanted, random_state=random_state)


def extract_clothing(
    folder: str | Path,
    *,
    part: str = "train",
    classes: Iterable[str] | None = None,
    per_class: int | None = None,
    random_state: int = 0,
) -> Path:
    """Write photographs of clothes into a folder, one subfolder a class, as one's own photographs would lie.

    Parameters
    ----------
    folder : str or Path
        Made when missing; what is in it stays.
    part : {"train", "validation", "test"}
        Which part.
    classes : iterable of str, optional
        Only these classes.
    per_class : int, optional
        At most so many of each class of the training part, drawn by `random_state`.
    random_state : int
        Seed of the draw.

    Returns
    -------
    Path
        `folder`; its files are JPEG, their shorter side 160 pixels long.

    Raises
    ------
    DataError
        For a number, a part or classes that cannot be.
    AssetError
        As `fetch_clothing`.

    Examples
    --------
    >>> extract_clothing("clothes", part="validation", classes=["hat", "shoes"])  # doctest: +SKIP
    PosixPath('clothes')
    >>> extract_clothing("clothes", part="holdout")
    Traceback (most recent call last):
        ...
    ftlearn.errors.UnknownNameError: There is no part named 'holdout'. Known: test, train, validation.
    """
    if part not in _PARTS:
        raise unknown_name("part", part, _PARTS)
    folder = Path(folder)
    for of, name, file, body in _chosen(_wanted(classes, 1), per_class, random_state):
        if of == part:
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / file).write_bytes(body)
    return folder


def _wanted(classes: Iterable[str] | None, least: int) -> tuple[str, ...]:
    if classes is None:
        return CLASSES
    wanted = (classes,) if isinstance(classes, str) else tuple(dict.fromkeys(classes))
    for name in wanted:
        if name not in CLASSES:
            raise unknown_name("class of clothes", name, CLASSES)
    if len(wanted) < least:
        raise DataError(f"classes= names {len(wanted)} of the ten classes; at least {least} are needed.")
    return wanted


def _chosen(wanted: tuple[str, ...], per_class: int | None, random_state: int) -> list[tuple[str, str, str, bytes]]:
    """List the photographs that are wanted: part, class, file name, bytes (JPEG: 11 kB each)."""
    if per_class is not None and (isinstance(per_class, bool) or not per_class >= 1 or int(per_class) != per_class):
        raise DataError(f"per_class is a whole number from 1; got {per_class!r}.", fix="Leave it out for all.")
    path = fetch("clothing")
    found: dict[tuple[str, str], list[str]] = {}
    for short, _ in photographs(path):
        part, name, file_name = short.split("/")
        found.setdefault((part, name), []).append(file_name)
    counts = Counter(part for (part, _), names in found.items() for _ in names)
    if counts != _PARTS:
        raise DataError(f"'{path.name}' holds {dict(counts)} photographs instead of {_PARTS}.", fix=_AGAIN)
    rng, chosen = np.random.default_rng(random_state), []
    for part in _PARTS:
        mine = [(part, name, one) for name in CLASSES for one in _some(found, part, name, per_class, rng)]
        chosen += [mine[place] for place in rng.permutation(len(mine)) if mine[place][1] in wanted]
    bodies = dict.fromkeys("/".join(one) for one in chosen)
    for short, file in photographs(path):
        if short in bodies:
            bodies[short] = file.read()
    return [(*one, bodies["/".join(one)]) for one in chosen]


def _some(found: dict, part: str, name: str, per_class: int | None, rng: np.random.Generator) -> list:
    """Draw photographs of one class, sorted by name first: the order in the tar has no influence."""
    mine = sorted(found.get((part, name), []))
    if part != "train" or per_class is None or per_class >= len(mine):
        return mine
    return [mine[i] for i in rng.choice(len(mine), int(per_class), replace=False)]


def _square(body: bytes, size: int) -> Any:
    """Cut out a photograph's central square and resize it."""
    from PIL import Image

    with Image.open(io.BytesIO(body)) as raw:
        image = raw.convert("RGB")
    width, height = image.size
    half = min(image.size) / 2
    box = (width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box=box))
