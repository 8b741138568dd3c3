"""Where an asset is: in the mirror, in the cache, or at its public address."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ftlearn.assets import transfer
from ftlearn.assets.registry import ASSETS, Asset, asset_named
from ftlearn.errors import AssetError


@dataclass(frozen=True)
class Outcome:
    """What became of one asset when several were asked for."""

    name: str
    how: Literal["mirror", "cache", "already there", "copied", "downloaded", "skipped", "failed"]
    path: Path | None = None
    error: AssetError | None = None


def cache_folder() -> Path:
    """Return the folder of downloaded assets: ``FTLEARN_CACHE``, or the system's usual place."""
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
    if got == asset.sha256:
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
        A name in `ASSETS`.

    Returns
    -------
    pathlib.Path or None
        The verified file in the mirror or the cache; None when `fetch` would have to download it.

    Raises
    ------
    UnknownNameError
        No asset has this name.
    AssetError
        The mirror's copy is damaged, or ``FTLEARN_ASSETS`` names no folder.
    """
    asset_named(name)
    if path := in_mirror(name, mirror_folder()):
        return path
    path, difference = in_cache(name)
    return path if difference == "" else None


def download(name: str, target: Path) -> None:
    """Download an asset to `target` from the first of its addresses that serves the right bytes."""
    asset = ASSETS[name]
    if not asset.addresses:
        raise AssetError(
            f"{name} has no public address yet, and neither a mirror nor the cache has it.",
            fix=f"Set FTLEARN_ASSETS to a mirror, a folder that holds '{asset.path}'.",
        )
    for address in asset.addresses:
        try:
            with (
                transfer.disk_errors(target, f"storing {name} ({transfer.human_size(asset.size)})"),
                transfer.whole_file(target) as part,
            ):
                transfer.retrieve(name, address, part, asset.size)
                if difference := how_different(part, asset):
                    raise AssetError(
                        f"What {address} sent is not {name}, so it was thrown away: {difference}.",
                        fix="Try again; if it happens twice, something between you and the server changes the file.",
                    )
                set_aside(name, target)
            return
        except AssetError as error:
            if address == asset.addresses[-1] or _is_disk(error):
                raise


def _is_disk(error: AssetError) -> bool:
    """Tell a disk's failure, which another address would not cure, from a network's."""
    # What requests raises is an OSError too: only the built-in ones speak of files.
    return error.__cause__ is not None and type(error.__cause__).__module__ == "builtins"


def set_aside(name: str, target: Path) -> None:
    """Move a damaged file out of the way of its replacement, and say so."""
    if target.is_file() and (difference := how_different(target, ASSETS[name])):
        aside = target.with_name(target.name + ".damaged")
        os.replace(target, aside)
        warnings.warn(f"'{target}' was damaged ({difference}): replaced, and kept as '{aside.name}'.", stacklevel=5)


def _fetch(name: str) -> Outcome:
    """Fetch one asset and say from where."""
    asset_named(name)
    if path := in_mirror(name, mirror_folder()):
        return Outcome(name, "mirror", path)
    path, difference = in_cache(name)
    if difference == "":
        return Outcome(name, "cache", path)
    try:
        download(name, path)
    except AssetError as error:
        if difference is None:
            raise
        raise AssetError(f"The cached copy '{path}' is damaged ({difference}). {error}") from error
    return Outcome(name, "downloaded", path)


def fetch(name: str) -> Path:
    """Return the file of an asset: from the mirror, the cache, or its public address.

    Parameters
    ----------
    name : str
        A name in `ASSETS`.

    Returns
    -------
    pathlib.Path
        The verified file, to be read and not to be written.

    Raises
    ------
    UnknownNameError
        No asset has this name.
    AssetError
        It could not be found, downloaded, verified or stored. Nothing half-written is left behind.

    Warns
    -----
    UserWarning
        A damaged file in the cache was set aside and downloaded again.
    """
    path = _fetch(name).path
    assert path is not None
    return path


def each(names: Iterable[str], one: Callable[[str], Outcome], report: Callable[[Outcome], object] | None):
    """Apply `one` to each name, an error ending that name only."""
    outcomes = []
    for name in names:
        try:
            outcome = one(name)
        except AssetError as error:
            outcome = Outcome(name, "failed", error=error)
        outcomes.append(outcome)
        if report is not None:
            report(outcome)
    return outcomes


def fetch_all(
    names: Iterable[str] | None = None, *, report: Callable[[Outcome], object] | None = None
) -> list[Outcome]:
    """Fetch several assets; one that fails does not stop the others.

    Parameters
    ----------
    names : iterable of str, optional
        Names in `ASSETS`. By default all; those that neither this machine nor any address has are skipped.
    report : callable, optional
        Called with each `Outcome` as it happens.

    Returns
    -------
    list of Outcome
        One for each name, in order.

    Raises
    ------
    UnknownNameError
        One of the names is unknown; nothing was fetched.
    AssetError
        ``FTLEARN_ASSETS`` names no folder.
    """
    wanted = list(ASSETS) if names is None else list(dict.fromkeys(names))
    for name in wanted:
        asset_named(name)
    mirror_folder()

    def one(name: str) -> Outcome:
        if names is None and not ASSETS[name].addresses and find(name) is None:
            return Outcome(name, "skipped")
        return _fetch(name)

    return each(wanted, one, report)
