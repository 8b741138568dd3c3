"""Commands that make again what the course rests on: pretrain, study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ftlearn.cli.app import app, say
from ftlearn.errors import unknown_name

PRETRAINED = {
    "letters": ("ftlearn.pretrain.letters", "pretrain_letters"),
    "series": ("ftlearn.pretrain.series", "pretrain_series"),
    "textures": ("ftlearn.pretrain.textures", "pretrain_textures"),
}


@app.command()
def pretrain(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(PRETRAINED)}.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write to.")] = Path("pretrained"),
    random_state: Annotated[int, typer.Option(help="The seed.")] = 0,
) -> None:
    """Make shipped weights again, from nothing but the dependencies. The shipped file itself stays.

    \b
    Examples:
      ftlearn pretrain letters                      into ./pretrained
      ftlearn pretrain textures --out /tmp/weights
    """  # noqa: D301
    import importlib

    from ftlearn import environment

    if name not in PRETRAINED:
        raise unknown_name("recipe", name, PRETRAINED)
    module, function = PRETRAINED[name]
    environment.start_tensorflow()
    result = getattr(importlib.import_module(module), function)(out, random_state=random_state, progress=typer.echo)
    for key, value in result.items():
        typer.echo(f"{key}: {value}")
    typer.echo(f"Written to {out}.")


@app.command()
def study(
    name: Annotated[str, typer.Argument(help="The study's name.")],
    check: Annotated[
        bool, typer.Option("--check", help="Rerun a small part and compare; exit 1 if it differs.")
    ] = False,
    seeds: Annotated[
        int | None, typer.Option(help="How many seeds; by default the study's.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The CSV; by default the study's own.", show_default=False)
    ] = None,
    jobs: Annotated[int, typer.Option(help="How many seeds at a time, each on one core with 1 GB.")] = 1,
) -> None:
    """Rerun the study behind a lesson's claims; an interrupted one goes on where it stopped.

    \b
    Examples:
      ftlearn study label_budget --check               do the committed results still stand?
      ftlearn study label_budget --seeds 3 --out mine.csv
      ftlearn study freezing --jobs 4                  all of its seeds, four at a time
    """  # noqa: D301
    from ftlearn import studies

    try:
        result = studies.run(name, check=check, seeds=seeds, out=out, jobs=jobs, progress=typer.echo)
    except KeyboardInterrupt:
        say(f"\nInterrupted: finished seeds are kept, and `ftlearn study {name}` goes on from there.")
        raise typer.Exit(130) from None
    if not check:
        typer.echo(f"{len(result.rows)} measurements written to {result.path}.")
        return
    for problem in result.problems:
        say(problem)
    if not result.stands:
        say(f"{result.path.name} no longer stands. Type `ftlearn study {name}` to measure it again.")
        raise typer.Exit(1)
    typer.echo(f"{result.path.name} still stands.")
