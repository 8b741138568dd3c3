"""Commands for those who teach: release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ftlearn.cli.app import app, say


@app.command()
def release(
    lesson: Annotated[str, typer.Argument(help="A lesson's number, for example 04; by default all.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Only tell: exit 1 if one is not current.")] = False,
    solutions: Annotated[Path, typer.Option(metavar="DIR", help="Where the sources are.")] = Path("solutions"),
    exercises: Annotated[Path, typer.Option(metavar="DIR", help="Where the exercises go.")] = Path("exercises"),
) -> None:
    """Make the exercises from their solutions: what students get, without answers and hidden tests.

    \b
    Examples:
      ftlearn release                                 all of them, into exercises/
      ftlearn release 04                              one
      ftlearn release --check                         is exercises/ what solutions/ makes?
      ftlearn release --solutions mine --exercises handed_out
    """  # noqa: D301
    from ftlearn.teach import release as making

    if check:
        wrong = making.differing(solutions, exercises, lesson)
        for one in wrong:
            say(one)
        if wrong:
            say("Type `ftlearn release`.")
            raise typer.Exit(1)
        typer.echo("The exercises are what their solutions make.")
        return
    for path, changed in making.release(solutions, exercises, lesson):
        typer.echo(f"{path}: {'written' if changed else 'unchanged'}")
