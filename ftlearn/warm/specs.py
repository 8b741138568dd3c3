"""The kernelspec by which Jupyter finds the warm kernel."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import tempfile
from pathlib import Path

from ftlearn.errors import FtlearnError
from ftlearn.warm import wire
from ftlearn.warm.places import folders, is_private

NAME = "ftlearn-warm"
_ARGUMENTS = [sys.executable, "-m", "ftlearn.warm.client", "-f", "{connection_file}"]


def install(name: str = NAME, *, user: bool = False, prefix: str | Path | None = None) -> Path:
    """Install the kernelspec.

    Parameters
    ----------
    name : str
        Of the kernel, as ``--kernel`` options take it.
    user : bool
        For this user, in every environment of theirs.
    prefix : str or Path, optional
        An environment's folder; this Python's if not given.

    Returns
    -------
    Path
        The folder that was written.

    Raises
    ------
    FtlearnError
        The name cannot be one, or the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     install(prefix=folder).name
    'ftlearn-warm'
    """
    from ipykernel.kernelspec import write_kernel_spec
    from jupyter_client.kernelspec import KernelSpecManager

    about = {"argv": _ARGUMENTS, "display_name": "Python 3 (ftlearn, warm)"}
    with tempfile.TemporaryDirectory(prefix="ftlearn-kernel-") as folder:
        made = write_kernel_spec(Path(folder, "spec"), about)
        try:
            place = KernelSpecManager().install_kernel_spec(
                made, kernel_name=name, user=user, prefix=None if user else str(prefix or sys.prefix)
            )
        except ValueError:
            raise FtlearnError(
                f"A kernel cannot be named {name!r}.", fix="Use letters, digits, '-', '.' and '_' only."
            ) from None
        except OSError as error:
            raise FtlearnError(
                f"The kernelspec could not be written: {error}.",
                fix="Choose another place with --user or --prefix DIR.",
            ) from None
    return Path(place)


def remove(name: str = NAME) -> Path:
    """Remove the kernelspec from where Jupyter finds it.

    Parameters
    ----------
    name : str
        Under which it was installed.

    Returns
    -------
    Path
        The folder that is gone.

    Raises
    ------
    FtlearnError
        There is no such kernel, it is none of ftlearn's, or the folder cannot be removed.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    try:
        spec = manager.get_kernel_spec(name)
    except (NoSuchKernel, ValueError, json.JSONDecodeError):
        raise FtlearnError(
            f"Jupyter knows no kernel named {name!r}.", fix="`jupyter kernelspec list` names those that it knows."
        ) from None
    if _ARGUMENTS[2] not in spec.argv:
        raise FtlearnError(f"The kernel {name!r} is not ftlearn's.", fix="It stays; remove it with jupyter kernelspec.")
    try:
        return Path(manager.remove_kernel_spec(name))
    except OSError as error:
        raise FtlearnError(f"The kernelspec could not be removed: {error}.") from None


def stop() -> list[int]:
    """Tell this user's warm servers to end, each as soon as the last of its kernels has.

    Returns
    -------
    list of int
        For each server the number of kernels that still run.

    Examples
    --------
    >>> running = stop()  # doctest: +SKIP
    """
    if sys.platform != "linux":
        return []
    stopped = []
    for folder in dict.fromkeys(folders()):
        for path in sorted(folder.glob("*.sock")) if is_private(folder) else ():
            with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError, EOFError):
                connection.settimeout(60)  # one that has just been started answers when it has imported
                connection.connect(str(path))
                wire.send(connection, {"do": "stop"})
                stopped.append(wire.receive(connection).get("kernels", 0))
    return stopped
