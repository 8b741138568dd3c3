"""Start IPython's kernel in this process, as ``python -m ipykernel_launcher`` does."""

from __future__ import annotations

import runpy
import sys


def launch(arguments: list[str]) -> None:
    """Be a kernel until it is shut down.

    Parameters
    ----------
    arguments : list of str
        Of the launcher, such as ``["-f", "kernel-1.json"]``.
    """
    sys.argv = ["-m", *arguments]
    sys.orig_argv = [sys.executable, "-m", "ipykernel_launcher", *arguments]
    if not sys.flags.safe_path:
        sys.path.insert(0, "")  # as -m does; the launcher takes it out again
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
