"""Whole files or none: moving bytes to disk, with every failure put into one sentence."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ftlearn.errors import AssetError

TIMEOUT = 30  # seconds without a byte before a server counts as silent
_STALE = 24 * 3600  # seconds after which a part file can only be what a killed process left
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_AGAIN = "Try again in a while"
_MIRROR = "set FTLEARN_ASSETS to a folder that `ftlearn fetch --mirror DIR` filled on a connected machine"


def sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def human_size(size: float) -> str:
    """Return a number of bytes as a person would say it.

    Examples
    --------
    >>> human_size(2165), human_size(41246720)
    ('2.2 kB', '41 MB')
    """
    for unit in ("bytes", "kB", "MB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


@contextlib.contextmanager
def disk_errors(path: Path, doing: str) -> Iterator[None]:
    """Turn what the operating system says about a file into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            message = f"The disk is full, so {doing} stopped and nothing was kept: no room in '{path.parent}'."
            fix = "Free some space, or set FTLEARN_CACHE to a folder on a larger disk, and try again."
        else:
            message = f"{doing[0].upper()}{doing[1:]} failed at '{path}': {error.strerror or error}."
            fix = "Check the folder's permissions, or set FTLEARN_CACHE to a folder that you can write to."
        raise AssetError(message, fix=fix) from error


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Lend a part file beside `target` and move it there when all went well; else remove it.

    Each process has a part file of its own and the move is atomic, so two processes that write the same
    target at once both succeed and no reader sees half a file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in target.parent.glob(f".{target.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _STALE:
                old.unlink()
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        yield part
        os.replace(part, target)
    finally:  # also after Ctrl-C
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def copy(source: Path, part: Path) -> None:
    """Copy bytes only: a mirror is often read-only and its copy should not be."""
    with source.open("rb") as read, part.open("xb") as write:
        shutil.copyfileobj(read, write, 1 << 20)


def _bar(name: str, size: int | None):
    """Make a progress bar, silent where nobody would see it move."""
    from tqdm import tqdm

    class Bar(tqdm):
        """A bar that pooch moves also where the server does not say how much will come."""

        def __bool__(self) -> bool:
            return True

    watched = sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
    return Bar(desc=name, total=size, unit="B", unit_scale=True, ncols=79, leave=False, disable=not watched)


def retrieve(name: str, address: str, part: Path, size: int | None) -> None:
    """Download `address` into `part`, with a progress bar; `size` is None where the server alone knows it.

    Raises
    ------
    AssetError
        No network, a silent server, a refusal, or a download that broke off.
    """
    import requests
    from pooch import HTTPDownloader

    host = urlsplit(address).netloc
    wanted = f"{name} ({human_size(size)})" if size else name
    # The sum is over the file's own bytes and the bar counts them: ask for no compression on the way.
    options = {"timeout": TIMEOUT, "headers": {"Accept-Encoding": "identity"}}
    try:
        # An open file rather than a path, so that a full disk shows here when it is closed.
        with part.open("xb") as file, _bar(name, size) as bar:
            HTTPDownloader(progressbar=bar, chunk_size=1 << 16, **options)(address, file, None)
    except requests.HTTPError as error:
        status = error.response.status_code
        fix = f"{_AGAIN}, or {_MIRROR}." if status >= 500 or status == 429 else f"It may have moved; {_MIRROR}."
        raise AssetError(
            f"{host} answered {status} {error.response.reason} for {wanted} at {address}.", fix=fix
        ) from error
    except requests.RequestException as error:
        got = part.stat().st_size if part.exists() else 0
        if got:
            message = f"The download of {wanted} broke off after {got:,}{f' of {size:,}' if size else ''} bytes."
        elif isinstance(error, requests.exceptions.SSLError):
            message = f"{host} showed no certificate that this machine trusts, so {wanted} was not downloaded."
        elif isinstance(error, requests.Timeout):
            message = f"{host} did not answer within {TIMEOUT} seconds, so {wanted} was not downloaded."
        else:
            message = f"No connection to {host}, so {wanted} was not downloaded."
        fix = f"{_AGAIN}, or {_MIRROR}." if got else f"Check the network and try again, or {_MIRROR}."
        raise AssetError(message, fix=fix) from error


def read_sums(path: Path) -> dict[str, str]:
    """Read a list in sha256sum's format: name to sum."""
    lines = (line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {name.strip().removeprefix("*"): digest for digest, name in lines}
