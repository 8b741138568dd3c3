"""What makes a fork of the warm server the kernel that its stand-in would have been.

One thing cannot be made anew: the seed of Python's hashes of texts, which all forks of a server share.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import tempfile
import time
import warnings
from typing import Any, NamedTuple

from ftlearn.warm.launching import launch

_PR_SET_PDEATHSIG = 1


class Order(NamedTuple):
    """What a fork is to become: its stand-in's request and open files, and the server that has forked."""

    request: dict[str, Any]
    files: list[int]
    server: int


def become_kernel(order: Order, added: dict[str, str]) -> None:
    """Take over a stand-in's streams, folder, environment and arguments, and be its kernel.

    Parameters
    ----------
    order : Order
        ``environment``, ``umask`` and ``arguments`` of the stand-in; its standard input, output and error, its folder.
        With the server's end the kernel ends too.
    added : dict of str to str
        Variables that imports have set, as they would have in the kernel.
    """
    request, files, server = order
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
    os.environ.update(added | request["environment"])
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
