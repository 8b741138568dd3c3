"""The command's frame: errors in a sentence, Ctrl-C without a traceback, the version."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ftlearn import __version__
from ftlearn.errors import FtlearnError


def say(sentence: object) -> None:
    """Print to stderr."""
    typer.echo(str(sentence), err=True)


_ORDER = ("lab", "fetch", "finetune", "doctor", "serve", "release", "grade", "kernel", "study", "pretrain")


class _Group(TyperGroup):
    """Commands in the order in which they are met, whose errors are one sentence, not a traceback."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands for --help."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except FtlearnError as error:
            say(error)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            say("\nInterrupted; no half-written file was kept.")
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=_Group,
    rich_markup_mode=None,  # rich would double the time that --help takes
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"ftlearn {__version__}")
        raise typer.Exit


@app.callback()
def _ftlearn(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Open the lessons, fetch their files, remake what they rest on.

    \b
    Examples:
      ftlearn lab            JupyterLab on the first lesson
      ftlearn fetch --list   what can be fetched, and what is here
    """  # noqa: D301
