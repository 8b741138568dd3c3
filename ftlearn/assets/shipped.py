"""Files that ship inside the package, compared with their sums before they are used."""

from __future__ import annotations

import functools
from pathlib import Path

from ftlearn.assets import transfer
from ftlearn.errors import AssetError, unknown_name

BUNDLED = Path(__file__).parents[1] / "bundled"
_RESTORE = "Type `git checkout -- ftlearn/bundled` in a clone of the course, or install the package again."


def bundled(name: str) -> Path:
    """Return a file that ships in ``ftlearn/bundled``.

    Parameters
    ----------
    name : str
        Its file name, as listed in ``ftlearn/bundled/SHA256SUMS``.

    Returns
    -------
    pathlib.Path
        The file, compared with its sum once a process.

    Raises
    ------
    UnknownNameError
        No such file ships.
    AssetError
        The file or the list of sums is missing, or the file has other bytes.

    Examples
    --------
    >>> bundled("letters.json").is_file()
    True
    """
    return _checked(BUNDLED, name)


@functools.cache
def _checked(folder: Path, name: str) -> Path:
    """Check one file; a failure is not remembered, so that mending it helps at once."""
    sums, path = folder / "SHA256SUMS", folder / name
    if not sums.is_file():
        raise AssetError(f"The list of the package's files, '{sums}', is missing.", fix=_RESTORE)
    with transfer.disk_errors(sums, "reading a list of sums"):
        expected = transfer.read_sums(sums)
    if name not in expected:
        raise unknown_name("bundled file", name, expected)
    if not path.is_file():
        raise AssetError(f"The package's file '{path}' is missing.", fix=_RESTORE)
    with transfer.disk_errors(path, "reading a file of the package"):
        got = transfer.sha256(path)
    if got != expected[name]:
        raise AssetError(
            f"The package's file '{path}' is damaged: expected sha256 {expected[name][:16]}…, got {got[:16]}….",
            fix=_RESTORE,
        )
    return path
