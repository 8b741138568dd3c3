"""Where a warm server listens, and which server may serve whom: only one that is as a fresh process would be."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

# What interpreters and packages read when they start or are imported; a fork cannot read it again.
_READ_AT_IMPORT = (
    "ABSL_", "BLIS_", "CUDA_", "GLIBC_", "GOTO_", "HIP_", "HOME", "JAX_", "KERAS_", "KMP_", "LANG", "LC_", "LD_",
    "MALLOC_", "MATPLOTLIB", "MKL_", "MPL", "NPY_", "NUMEXPR_", "NUMPY_", "NVIDIA_", "OMP_", "ONEDNN_", "OPENBLAS_",
    "PANDAS_", "PROTOCOL_BUFFERS_", "PYTHON", "SCIPY_", "SKLEARN_", "TF_", "TF2_", "TPU_", "XDG_C", "XLA_",
)  # fmt: skip
_STATUS = ("Uid", "Gid", "Groups", "Cap", "NoNewPrivs", "Seccomp", "Cpus_allowed", "Mems_allowed")
_LONGEST = 107  # bytes of a socket's path
_PACKAGE = Path(__file__).resolve().parents[1]


def folders() -> Iterator[Path]:
    """Yield the private folders where sockets may be, the best first; none is made here."""
    import platformdirs

    number = os.getuid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that XDG_RUNTIME_DIR is not set
        yield Path(platformdirs.user_runtime_dir("ftlearn", appauthor=False))
    yield Path(tempfile.gettempdir(), f"ftlearn-{number}")
    yield Path("/tmp", f"ftlearn-{number}")


def is_private(folder: Path) -> bool:
    """Tell whether a folder is this user's, and nobody else may look into it."""
    with contextlib.suppress(OSError):
        status = folder.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return False


def socket_path(key: str) -> Path:
    """Return where the server of a key listens, in a private folder that is made when missing.

    Raises
    ------
    OSError
        No such folder can be had.
    """
    for folder in folders():
        path = folder / f"{key}.sock"
        if len(os.fsencode(path)) > _LONGEST:
            continue
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_private(folder) and os.access(folder, os.W_OK):
            return path
    raise OSError("there is no private folder for its socket")


def surroundings(pid: int) -> str:
    """Describe what a process gives on to its forks: user, rights, namespaces, limits, cores.

    Parameters
    ----------
    pid : int
        Of any process of this user.
    """
    place = Path("/proc", str(pid))
    spaces = [os.readlink(place / "ns" / name) for name in sorted(os.listdir(place / "ns"))]
    status = [line for line in (place / "status").read_text().splitlines() if line.startswith(_STATUS)]
    texts = [(place / name).read_text() for name in ("cgroup", "limits", "oom_score_adj")]
    order = (os.getpriority(os.PRIO_PROCESS, pid), os.sched_getscheduler(pid), os.readlink(place / "root"))
    return repr((spaces, status, texts, order))


def _state(path: str | Path) -> tuple:
    with contextlib.suppress(OSError):
        status = os.stat(path)
        return str(path), status.st_mtime_ns, status.st_size, status.st_ino
    return (str(path),)


def files_digest(path: list[str]) -> str:
    """Return a name for the files that a warm process is made of: Python, what is installed, ftlearn, Keras's settings.

    Parameters
    ----------
    path : list of str
        ``sys.path`` before anything has changed it.
    """
    installed = [one for one in path if os.path.basename(one) in ("site-packages", "dist-packages")]
    settings = os.path.join(os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras"), "keras.json")
    sources = sorted(_PACKAGE.rglob("*.py"))
    return _digest([_state(one) for one in (os.path.realpath(sys.executable), settings, *installed, *sources)])


def server_key() -> str:
    """Return a name for what a warm process of this user, started here and now, would be.

    Returns
    -------
    str
        The same only for the same interpreter, packages, sources, rights, limits, and settings read at import.
    """
    settings = sorted((name, value) for name, value in os.environ.items() if name.startswith(_READ_AT_IMPORT))
    about = (sys.executable, sys.version, sys.path, settings, surroundings(os.getpid()), files_digest(sys.path))
    return _digest(about)[:16]


def _digest(described: object) -> str:
    return hashlib.sha256(repr(described).encode(errors="surrogateescape")).hexdigest()
