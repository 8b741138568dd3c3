"""Commands for those who teach: release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ftlearn.cli.app import app, say
from ftlearn.errors import FtlearnError


@app.command()
def release(
    lesson: Annotated[str, typer.Argument(help="A lesson's number, for example 04; by default all.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Only tell: exit 1 if one is not current.")] = False,
    solutions: Annotated[Path, typer.Option(metavar="DIR", help="Where the sources are.")] = Path("solutions"),
    exercises: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where they go: by default exercises, with --students handed_out."),
    ] = None,
    students: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A copy for each: a name a line, or a CSV with a column student."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The course's key, from which a student's seeds are derived.")
    ] = None,
) -> None:
    """Make the exercises from their solutions: what students get, without answers and hidden tests.

    \b
    Examples:
      ftlearn release                                 all of them, into exercises/
      ftlearn release 04                              one
      ftlearn release --check                         is exercises/ what solutions/ makes?
      ftlearn release --solutions mine --exercises handed_out
      ftlearn release 04 --students roster.txt --key course.key
    """  # noqa: D301
    from ftlearn.teach import release as making

    if students or key:
        _release_variants(lesson, solutions, exercises or Path("handed_out"), students, key, check=check)
        return
    exercises = exercises or Path("exercises")
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


def _release_variants(
    lesson: str, solutions: Path, exercises: Path, students: Path | None, key: Path | None, *, check: bool
) -> None:
    from ftlearn.teach.grading.seeds import read_key
    from ftlearn.teach.release import release_variants
    from ftlearn.teach.roster import read_roster

    if students is None or key is None or check:
        raise FtlearnError(
            "A copy for each student takes a roster and the course's key, and there is no --check for it.",
            fix="Type --students FILE --key FILE.",
        )
    for path, changed in release_variants(solutions, exercises, read_roster(students), read_key(key), lesson):
        typer.echo(f"{path}: {'written' if changed else 'unchanged'}")
