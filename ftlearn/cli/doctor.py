"""The command that watches a program and names what is wrong in it: doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ftlearn.cli.app import app, say
from ftlearn.errors import FtlearnError, unknown_name


@app.command()
def doctor(
    program: Annotated[Path, typer.Argument(metavar="PROGRAM", help="A Python script or a notebook that uses Keras.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- ARGS]", help="What the program is given.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON; what the program prints goes to stderr.")] = (
        False
    ),
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE=REASON", help="Leave a rule out; may be repeated.", show_default=False),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="How long to examine, once the program is over.")] = 60,
) -> None:
    """Run a program as `python PROGRAM` would, and name the mistakes that are seen, each with its line.

    Every model it compiles, fits, evaluates or uses is watched; nothing of it is changed.
    Exit status: 0 nothing found, 1 something is wrong, 2 the program failed or is not there, 130 interrupted.

    \b
    Examples:
      ftlearn doctor train.py
      ftlearn doctor lesson.ipynb
      ftlearn doctor --json train.py -- --epochs 3 > report.json
      ftlearn doctor --ignore "cannot-overfit-one-batch=labels are noisy on purpose" train.py
    """  # noqa: D301
    from ftlearn.doctor.observing import launching

    try:
        ignored = _ignored(ignore or [])
        watched = launching.watch(program, arguments or [], seconds=seconds, ignore=ignored, quiet_stdout=as_json)
    except FtlearnError as error:
        say(error)
        raise typer.Exit(2) from None
    typer.echo(watched.as_json() if as_json else watched)
    raise typer.Exit(watched.exit_status)


def _ignored(given: list[str]) -> dict[str, str]:
    from ftlearn.doctor import catalogue

    found = {}
    for one in given:
        name, stands, reason = (part.strip() for part in one.partition("="))
        if not stands or not reason:
            fix = f'Type --ignore "{name}=why it may be ignored".'
            raise FtlearnError(f"--ignore {one!r} gives no reason.", fix=fix)
        if name not in catalogue():
            raise unknown_name("rule", name, catalogue())
        found[name] = reason
    return found
