"""A folder with the assets, for a classroom without internet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ftlearn.assets import fetching, lookup, transfer
from ftlearn.assets.lookup import Outcome, mirror_folder, verify
from ftlearn.assets.registry import ASSETS

_TITLE = "# A mirror of ftlearn's assets"


def build_mirror(
    folder: str | os.PathLike[str],
    names: Iterable[str] | None = None,
    *,
    report: Callable[[Outcome], object] | None = None,
) -> list[Outcome]:
    """Fill a folder that ``FTLEARN_ASSETS`` can name on machines without internet.

    Files that are there and right stay, damaged ones are replaced, missing ones are copied from the mirror or
    the cache, or downloaded. ``SHA256SUMS`` and ``README.md`` are written beside them.

    Parameters
    ----------
    folder : path-like
        The mirror, made when missing.
    names : iterable of str, optional
        Names in `ASSETS` or `GROUPS`. By default all; those that neither this machine nor any address has are skipped.
    report : callable, optional
        Called with each `Outcome` as it happens.

    Returns
    -------
    list of Outcome
        One for each name, in order.

    Examples
    --------
    >>> build_mirror("/media/stick/ftlearn", ["air_passengers"])[0].how  # doctest: +SKIP
    'downloaded'

    Without files it is a list of sums and a README:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = build_mirror(folder, [])
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['README.md', 'SHA256SUMS']
    """
    folder = Path(folder).expanduser().resolve()
    wanted = fetching.each_named(names)
    named = os.environ.get("FTLEARN_ASSETS")
    # The mirror that is being built cannot be a source of itself, and may not exist yet.
    source = None if named and Path(named).expanduser().resolve() == folder else mirror_folder()

    def one(name: str) -> Outcome:
        asset, target = ASSETS[name], folder / ASSETS[name].path
        if target.is_file() and not lookup.how_different(target, asset):
            return Outcome(name, "already there", target)
        have = lookup.in_mirror(name, source)
        if have is None:
            have, difference = lookup.in_cache(name)
            have = have if difference == "" else None
        if have is None:
            if names is None and not asset.addresses:
                return Outcome(name, "skipped")
            fetching.download(name, target)
            return Outcome(name, "downloaded", target)
        with transfer.disk_errors(target, f"copying {name}"), transfer.whole_file(target) as part:
            transfer.copy(have, part)
            verify(name, part)
            fetching.set_aside(name, target)
        return Outcome(name, "copied", target)

    outcomes = fetching.each(wanted, one, report)
    with transfer.disk_errors(folder / "SHA256SUMS", "writing the mirror's list"):
        _write_lists(folder)
    return outcomes


def _write_lists(folder: Path) -> None:
    """Write the sums and the README, keeping lines and files that are not ours."""
    sums = folder / "SHA256SUMS"
    listed = transfer.read_sums(sums) if sums.is_file() else {}
    present = {name: asset for name, asset in ASSETS.items() if (folder / asset.path).is_file()}
    listed |= {asset.path: transfer.sha256(folder / asset.path) for asset in present.values()}
    _write(sums, "".join(f"{listed[path]}  {path}\n" for path in sorted(listed)))
    readme = folder / "README.md"
    if readme.is_file() and not readme.read_text(encoding="utf-8").startswith(_TITLE):
        return  # somebody else's
    rows = (f"- `{a.path}`: {a.what}. {a.licence}. {a.credit}.\n" for _, a in sorted(present.items()))
    use = "Set the environment variable FTLEARN_ASSETS to this folder; check it with `sha256sum -c SHA256SUMS`.\n"
    _write(readme, f"{_TITLE}\n\n{use}\n{''.join(rows)}")


def _write(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with transfer.whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
