"""Reading an examined folder for a pretrained network, with what belongs together in one part."""

from __future__ import annotations

import hashlib
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ftlearn.assets.transfer import sha256
from ftlearn.capstone.folders import COPIES_KEPT, Findings, find
from ftlearn.datasets import FolderSplit, _dealing, from_directory
from ftlearn.errors import DataError

if TYPE_CHECKING:
    from ftlearn.capstone.bases import Base

_COPIES_TORN = "So many images nearly agree that no split keeps them together; only exact copies were."


def fingerprint(folder: Path) -> str:
    """Sum names and contents of a folder's images up in one short text: another text, another folder."""
    total = hashlib.sha256()
    for name in find(folder).names:
        total.update(f"{name}\0{sha256(folder / name)}".encode())
    return total.hexdigest()[:16]


def read(
    folder: str | Path,
    found: Findings,
    base: Base,
    *,
    group_by: str | None = None,
    random_state: int = 0,
    max_memory: float = 1.0,
) -> FolderSplit:
    """Read an examined folder for a base, and split it 60 : 20 : 20 with near-copies in one part.

    Parameters
    ----------
    folder : str or Path
        The folder.
    found : Findings
        What `examine` said about it.
    base : Base
        Says the size and channels that are wanted.
    group_by : str, optional
        A regular expression, searched for in each path such as ``"cat/anna_01.png"``. What it finds (or its first
        bracket) names who or what the image comes from; images of one name stay in one part.
    random_state : int
        Seed of the split.
    max_memory : float
        In gigabytes; see `from_directory`.

    Returns
    -------
    FolderSplit
        Values from 0 to 1. Should the near-copies allow no split, only exact copies are kept together, and
        ``found.notes`` and ``found.copies_kept`` say so.

    Raises
    ------
    DataError
        When a path does not match `group_by`, or too few groups are left for three parts.

    Examples
    --------
    >>> import tempfile
    >>> from ftlearn.capstone import choose_base, examine, example_folder
    >>> folder = example_folder(tempfile.mkdtemp(), images=50)
    >>> found = examine(folder)
    >>> read(folder, found, choose_base(found))
    Split 'digits': train 30, validation 10, test 10 (opened 0 times), 10 classes
    """
    folder = Path(folder).expanduser()
    options = {"size": base.size, "channels": base.channels, "random_state": random_state, "max_memory": max_memory}
    names, number = find(folder).names, _set_numbers(found)
    alone = [number.get(name, f"alone {name}") for name in names]
    with warnings.catch_warnings():
        from PIL import Image

        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `examine` has noted it
        if group_by is not None:
            belongs = _dealing.together(alone, [_group(group_by, name) for name in names])
            return from_directory(folder, groups=dict(zip(names, belongs.tolist(), strict=True)), **options)
        if not found.copies:
            return from_directory(folder, **options)
        try:
            return from_directory(folder, groups=dict(zip(names, alone, strict=True)), **options)
        except _dealing.GroupsError:
            found.copies_kept = False
            found.notes = [note for note in found.notes if note not in (COPIES_KEPT, _COPIES_TORN)] + [_COPIES_TORN]
            return from_directory(folder, **options)


def _set_numbers(found: Findings) -> dict[str, str]:
    return {name: f"set {number}" for number, same in enumerate(found.copies) for name in same}


def _group(pattern: str, name: str) -> str:
    try:
        match = re.search(pattern, name)
    except re.error as error:
        raise DataError(f"{pattern!r} is no regular expression: {error}.", fix="For example '([a-z]+)_'.") from error
    if match is None:
        raise DataError(
            f"{pattern!r} finds nothing in {name!r}.", fix="It must find the group in every path, CLASS/FILE."
        )
    return match.group(1) if match.groups() else match.group(0)
