"""Where an asset is: in the mirror, in the cache, or at its public address."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ftlearn.assets import made, transfer
from ftlearn.assets.registry import ASSETS, GROUPS, Asset, asset_named, members
from ftlearn.errors import AssetError


@dataclass(frozen=True)
class Outcome:
    """What became of one asset when several were asked for."""

    name: str
    how: Literal["mirror", "cache", "already there", "copied", "downloaded", "skipped", "failed"]
    path: Path | None = None
    error: AssetError | None = None


def cache_folder() -> Path:
    """Return the folder of downloaded assets: ``FTLEARN_CACHE``, or the system's usual place.

    Returns
    -------
    pathlib.Path
        It need not exist yet.

    Examples
    --------
    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", FTLEARN_CACHE="downloads"):
    ...     cache_folder().name
    'downloads'
    """
    if named := os.environ.get("FTLEARN_CACHE"):
        return Path(named).expanduser()
    import pooch

    return Path(pooch.os_cache("ftlearn"))


def mirror_folder() -> Path | None:
    """Return the mirror that ``FTLEARN_ASSETS`` names, or None when it names none.

    Raises
    ------
    AssetError
        It names a folder that does not exist.

    Examples
    --------
    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", FTLEARN_ASSETS="."):
    ...     mirror_folder().is_dir()
    True
    """
    if not (named := os.environ.get("FTLEARN_ASSETS")):
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise AssetError(
            f"FTLEARN_ASSETS names '{folder}', and there is no such folder.",
            fix="Correct it, or clear it (`unset FTLEARN_ASSETS`; Windows: `set FTLEARN_ASSETS=`).",
        )
    return folder


def how_different(path: Path, asset: Asset) -> str:
    """Return how a file differs from its asset, in words; empty when it does not."""
    with transfer.disk_errors(path, "reading a file"):
        size = path.stat().st_size
        got = transfer.sha256(path)
    if got == asset.sha256 or (asset.content and made.content(path) == asset.content):
        return ""
    sizes = "" if size == asset.size else f" and {size:,} bytes instead of {asset.size:,}"
    return f"expected sha256 {asset.sha256[:16]}…, got {got[:16]}…{sizes}"


def verify(name: str, path: str | os.PathLike[str]) -> Path:
    """Check that a file is the named asset, byte for byte.

    Parameters
    ----------
    name : str
        A name in `ASSETS`.
    path : path-like
        The file, wherever it lies.

    Returns
    -------
    pathlib.Path
        The same file.

    Raises
    ------
    AssetError
        The file is missing, unreadable, or has other bytes.

    Examples
    --------
    >>> verify("air_passengers", __file__)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ftlearn.errors.AssetError: '...' is not air_passengers: expected sha256 062d172e9b4f694d…, got ...
    """
    path = Path(path)
    if difference := how_different(path, asset_named(name)):
        raise AssetError(f"'{path}' is not {name}: {difference}.", fix=f"Remove it and type `ftlearn fetch {name}`.")
    return path


def in_mirror(name: str, folder: Path | None) -> Path | None:
    """Return the mirror's copy; a damaged one is the mirror owner's to mend, so it is an error."""
    if folder is None or not (path := folder / ASSETS[name].path).is_file():
        return None
    if difference := how_different(path, ASSETS[name]):
        raise AssetError(
            f"The mirror's copy of {name}, '{path}', is damaged: {difference}.",
            fix=f"Type `ftlearn fetch {name} --mirror '{folder}'` to replace it.",
        )
    return path


def in_cache(name: str) -> tuple[Path, str | None]:
    """Return the place in the cache and how the file there differs; None when there is none."""
    path = cache_folder() / ASSETS[name].path
    return path, how_different(path, ASSETS[name]) if path.is_file() else None


def find(name: str) -> Path | None:
    """Return where an asset lies on this machine, without any network.

    Parameters
    ----------
    name : str
        A name in `ASSETS`, or one in `GROUPS`, whose files lie in one folder.

    Returns
    -------
    pathlib.Path or None
        The verified file in the mirror or the cache, the folder for a group; None when `fetch` would have to
        download it.

    Raises
    ------
    UnknownNameError
        No asset has this name.
    AssetError
        The mirror's copy is damaged, or ``FTLEARN_ASSETS`` names no folder.

    Examples
    --------
    >>> path = find("air_passengers")
    >>> path is None or path.is_file()
    True
    """
    if name in GROUPS:
        return _find_group(name)
    asset_named(name)
    if path := in_mirror(name, mirror_folder()):
        return path
    path, difference = in_cache(name)
    return path if difference == "" else None


def _find_group(name: str) -> Path | None:
    """Return the folder that holds all of a group's files, right to the byte."""
    mirror = mirror_folder()
    found = [in_mirror(one, mirror) for one in members(name)]
    if all(found):
        return found[0].parent
    cached = [in_cache(one) for one in members(name)]
    return cached[0][0].parent if all(difference == "" for _, difference in cached) else None


def available(*names: str, part: str) -> bool:
    """Tell whether a part of a lesson can run, and say by name what is skipped when it cannot.

    Parameters
    ----------
    *names : str
        Names in `ASSETS` or `GROUPS` that the part needs.
    part : str
        What the part is called, for the sentence.

    Returns
    -------
    bool
        True when all of them lie on this machine. Nothing is downloaded.

    Raises
    ------
    UnknownNameError
        For a name that is neither an asset nor a group.
    AssetError
        As `find`.

    Examples
    --------
    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", FTLEARN_ASSETS="", FTLEARN_CACHE="nowhere"):
    ...     ready = available("clothing", "mobilenet_v2_0.35", part="Now with ImageNet")
    Skipped: "Now with ImageNet" needs clothing and mobilenet_v2_0.35, which are not on this machine. \
To enable it, type `ftlearn fetch clothing mobilenet_v2_0.35` in a terminal with a network and run this lesson again.
    >>> ready
    False
    """
    missing = [name for name in names if find(name) is None]
    if not missing:
        return True
    import html

    from ftlearn.figures import show_html

    which = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
    are = "are" if len(missing) > 1 else "is"
    first = f'"{part}" needs {which}, which {are} not on this machine. To enable it, type '
    command = f"ftlearn fetch {' '.join(missing)}"
    last = " in a terminal with a network and run this lesson again."
    show_html(
        f'<div role="note" style="border-left:4px solid #0072B2;padding:.3em .8em;margin:.4em 0"><strong>Skipped:'
        f"</strong> {html.escape(first)}<code>{html.escape(command)}</code>{last}</div>",
        f"Skipped: {first}`{command}`{last}",
    )
    return False
