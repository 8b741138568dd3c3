"""The process in which the program runs: watched, then examined, its report left in a file."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from .examining import Examination, Outcome
from .running import Ended, chdir_for, note_of, run


def main(order: str) -> int:
    """Run a program as its parent ordered, and write what was found.

    Parameters
    ----------
    order : str
        JSON: the program, its arguments, the seconds, what to ignore, where to write.

    Returns
    -------
    int
        The exit status of this process; the parent goes by the file.
    """
    asked = json.loads(order)
    out, mine = Path(asked["out"]), os.getpid()
    program = chdir_for(Path(asked["program"]))
    watcher, ended = run(program, asked["arguments"])
    if os.getpid() != mine:  # a fork of the program, which came to its end here
        sys.stdout.flush()
        os._exit(0 if ended.status == "finished" else 1)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C ends the examination from here on
    if asked["say"]:
        sys.stdout.flush()
        sys.stderr.write(f"{asked['say']}\n")
        sys.stderr.flush()
    write(out, ended, Examination(watcher, asked["seconds"], asked["ignore"]).run())
    return 0


def write(out: Path, ended: Ended, outcome: Outcome) -> None:
    """Leave the report, whole or not at all."""
    held = {**note_of(ended), **outcome.as_dict()}
    half = out.with_suffix(".half")
    half.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
    half.replace(out)
