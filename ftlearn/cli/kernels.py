"""Commands about the warm kernel: kernel install, kernel remove, kernel stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ftlearn.cli.app import app
from ftlearn.errors import FtlearnError

kernel = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(kernel, name="kernel")

_Name = Annotated[str, typer.Option(metavar="NAME", help="The kernel's name in Jupyter.")]
_NAME = "ftlearn-warm"


@kernel.callback()
def _kernel() -> None:
    """Manage a kernel that starts with TensorFlow imported, because it is a fork of a process that has it.

    \b
    Examples:
      ftlearn kernel install                          then choose "Python 3 (ftlearn, warm)" in JupyterLab
      pytest --nbval --nbval-kernel-name ftlearn-warm my.ipynb
      ftlearn kernel stop                             give back what the waiting process holds
    """  # noqa: D301


@kernel.command()
def install(
    user: Annotated[bool, typer.Option("--user", help="For this user, whatever the environment.")] = False,
    sys_prefix: Annotated[bool, typer.Option("--sys-prefix", help="Into this Python's environment (default).")] = False,
    prefix: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Into another environment.", show_default=False)
    ] = None,
    name: _Name = _NAME,
) -> None:
    """Install the warm kernel for JupyterLab, nbval, nbclient, nbgrader.

    \b
    Examples:
      ftlearn kernel install            into this Python's environment
      ftlearn kernel install --user     for this user, in JupyterLab of any environment
    """  # noqa: D301
    if user + sys_prefix + (prefix is not None) > 1:
        raise FtlearnError("--user, --sys-prefix and --prefix name three places.", fix="Give one of them.")
    from ftlearn.warm import specs

    typer.echo(f"Installed the kernel {name} in {specs.install(name, user=user, prefix=prefix)}.")


@kernel.command()
def remove(name: _Name = _NAME) -> None:
    """Remove the warm kernel from Jupyter.

    \b
    Examples:
      ftlearn kernel remove
    """  # noqa: D301
    from ftlearn.warm import specs

    typer.echo(f"Removed {specs.remove(name)}.")


@kernel.command()
def stop() -> None:
    """End the waiting process (it ends by itself after 10 minutes without a kernel); kernels that run go on.

    \b
    Examples:
      ftlearn kernel stop
    """  # noqa: D301
    from ftlearn.warm import specs

    stopped = specs.stop()
    if not stopped:
        typer.echo("No warm process was waiting.")
    for kernels in stopped:
        typer.echo(f"Ends when its {kernels} running kernels have." if kernels else "Ended a warm process.")
