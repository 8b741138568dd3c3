"""What makes a fork of the warm server the kernel that its stand-in would have been."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import tempfile
import time
import warnings
from typing import Any

from ftlearn.warm.launching import launch

_PR_SET_PDEATHSIG = 1


def become_kernel(request: dict[str, Any], files: list[int], server: int) -> None:
    """Take over a stand-in's streams, folder, environment and arguments, and be its kernel.

    Parameters
    ----------
    request : dict
        ``environment``, ``umask`` and ``arguments`` of the stand-in.
    files : list of int
        Its standard input, output and error, and its folder.
    server : int
        The process that has forked; the kernel dies with it.
    """
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(1)
    *streams, folder = files
    for number, one in enumerate(streams):
        os.dup2(one, number)
    os.fchdir(folder)
    for one in files:
        os.close(one)
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    tempfile.tempdir = None  # TMPDIR may be another
    _open_streams()
    _read_matplotlib_settings()
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()  # Python's own generator does this by itself
    launch(request["arguments"])


def _open_streams() -> None:
    """Make Python's standard streams as its start does, for what the descriptors are now."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        first = getattr(sys, f"__{name}__")
        stream = open(number, mode, encoding=first.encoding, errors=first.errors, closefd=False)
        if mode == "w":
            lines = name == "stderr" or stream.isatty()
            stream.reconfigure(line_buffering=lines and not first.write_through, write_through=first.write_through)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _read_matplotlib_settings() -> None:
    """Read Matplotlib's settings again: the folder may have some, and the kernel chooses how figures are shown."""
    if not os.environ.get("MPLBACKEND"):
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as the kernel will
    if "matplotlib" in sys.modules:
        import matplotlib

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = matplotlib.rc_params()
            found = {name: read[name] for name in read if name != "backend"}
            matplotlib.rcParamsOrig.update(found)
            matplotlib.rcParams.update(found, backend=os.environ["MPLBACKEND"])
