"""The command `ftlearn`: each function in these files is a subcommand, and printing happens only here."""

from __future__ import annotations

import sys
import warnings

from ftlearn.cli import doctor, files, grading, kernels, lessons, measuring, models, teaching
from ftlearn.cli.app import app, say
from ftlearn.cli.measuring import PRETRAINED

__all__ = [
    "PRETRAINED", "app", "doctor", "files", "grading", "kernels", "lessons", "main", "measuring", "models", "teaching",
]  # fmt: skip


def main() -> None:
    """Run the command line."""
    warnings.showwarning = lambda message, *_: say(message)
    try:
        app(prog_name="ftlearn")
    except KeyboardInterrupt:  # before a command had begun
        sys.exit(130)
