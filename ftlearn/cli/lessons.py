"""The command that opens the lessons: lab."""

from __future__ import annotations

from typing import Annotated

import typer

from ftlearn.cli.app import app


@app.command()
def lab(
    lesson: Annotated[str | None, typer.Argument(help="A lesson's number, for example 04.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port; by default a free one.", show_default=False)
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    ip: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 in a container.")] = "127.0.0.1",
) -> None:
    """Open JupyterLab on a lesson; without a screen, print its address.

    \b
    Examples:
      ftlearn lab                      the first lesson
      ftlearn lab 04                   lesson 04
      ftlearn lab --no-browser         print the address only
      ftlearn lab --ip 0.0.0.0         in a container whose port is published
    """  # noqa: D301
    from ftlearn import laboratory

    laboratory.serve(lesson, port=port, browser=not no_browser, ip=ip, say=typer.echo)
