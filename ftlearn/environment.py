"""What this machine is, and a quiet start for TensorFlow."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from ftlearn.figures import show_html

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # as glibc's malloc.h numbers them

# What TensorFlow writes at import on a machine without a GPU, whatever TF_CPP_MIN_LOG_LEVEL says.
_CHATTER = re.compile(
    r"^(WARNING: All log messages before|[IW]\d{4} |\d{4}-\d\d-\d\d .*: [IW] |To enable the following)"
)

_lesson = ""


@contextlib.contextmanager
def without_chatter(chatter: str | re.Pattern = _CHATTER) -> Iterator[None]:
    """Hold back what C++ code writes to standard error, and pass on whatever is not known as chatter.

    Parameters
    ----------
    chatter : str or compiled pattern
        What to drop, as a regular expression that a line begins with; TensorFlow's start-up lines if not given.

    Examples
    --------
    >>> with without_chatter():
    ...     total = 1 + 1
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            lines = held.read().decode(errors="replace").splitlines()
            said = [line for line in lines if line.strip() and not re.match(chatter, line)]
            if said:
                sys.stderr.write("\n".join(said) + "\n")


def start_tensorflow() -> Any:
    """Import TensorFlow without its start-up chatter.

    Returns
    -------
    module
        ``tensorflow``.

    Examples
    --------
    >>> start_tensorflow().__name__
    'tensorflow'
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with without_chatter():
        import tensorflow as tf

        tf.config.list_physical_devices("GPU")
    return tf


def setup(*, random_state: int = 0, lesson: str = "") -> None:
    """Start TensorFlow quietly, seed everything, and show in one line what will run the lesson.

    Parameters
    ----------
    random_state : int
        Seed of Python, NumPy and Keras.
    lesson : str
        Its number, such as ``"04"``: what `ftlearn.learn.progress` books guesses under.

    Notes
    -----
    Importing TensorFlow takes 5 to 15 seconds, once for each kernel.

    Examples
    --------
    >>> setup()  # doctest: +ELLIPSIS
    Ready: Python ...
    """
    global _lesson
    _lesson = lesson
    _give_memory_back()
    tf = start_tensorflow()
    import keras

    gpus = len(tf.config.list_physical_devices("GPU"))
    keras.utils.set_random_seed(random_state)
    device = f"{gpus} GPU" if gpus else "no GPU (none is needed)"
    line = (
        f"Ready: Python {platform.python_version()}, Keras {keras.__version__}, TensorFlow {tf.__version__}, "
        f"{_cores()} cores, {device}."
    )
    show_html(f"<p>{line}</p>", line)


def _give_memory_back() -> None:
    """Have the C library return large blocks to the system once they are free, and keep few pools of small ones.

    Lesson 13 then holds 90 MB less at its peak. Libraries other than glibc are left as they are.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, 4 << 20)
        mallopt(_ARENA_MAX, 2)


def current_lesson() -> str:
    """Return the number of the lesson that `setup` has begun in this kernel; empty when it was not said.

    Returns
    -------
    str
        Such as ``"04"``.

    Examples
    --------
    >>> current_lesson()
    ''
    """
    return _lesson


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict[str, str]:
    """Describe this machine: versions, cores, memory, graphics.

    Returns
    -------
    dict of str to str
        Ready to show as a table.

    Examples
    --------
    >>> list(machine())
    ['Python', 'Keras', 'TensorFlow', 'scikit-learn', 'system', 'cores', 'memory', 'GPU']
    """
    from importlib.metadata import version

    import psutil

    gpus = start_tensorflow().config.list_physical_devices("GPU")
    memory = psutil.virtual_memory()
    return {
        "Python": platform.python_version(),
        "Keras": version("keras"),
        "TensorFlow": version("tensorflow"),
        "scikit-learn": version("scikit-learn"),
        "system": f"{platform.system()} on {platform.machine()}",
        "cores": str(_cores()),
        "memory": f"{memory.total / 2**30:.1f} GB, {memory.available / 2**30:.1f} GB free",
        "GPU": ", ".join(gpu.name for gpu in gpus) or "none; the course needs none",
    }


def peak_memory() -> float:
    """Tell the most memory that this process has held so far.

    Returns
    -------
    float
        Resident memory in GB (2**30 bytes); the present figure where the system does not keep the peak.

    Examples
    --------
    >>> peak_memory() > 0
    True
    """
    try:
        import resource
    except ImportError:  # Windows keeps the peak in psutil's memory_info
        import psutil

        return psutil.Process().memory_info().peak_wset / 2**30
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)
