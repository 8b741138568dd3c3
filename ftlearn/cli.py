"""The command `ftlearn`: each function here is a subcommand, and printing happens only here."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ftlearn import __version__
from ftlearn.errors import AssetError, FtlearnError, unknown_name

PRETRAINED = {
    "letters": ("ftlearn.pretrain.letters", "pretrain_letters"),
    "series": ("ftlearn.pretrain.series", "pretrain_series"),
    "textures": ("ftlearn.pretrain.textures", "pretrain_textures"),
}


def _say(sentence: object) -> None:
    """Print to stderr."""
    typer.echo(str(sentence), err=True)


class _Group(TyperGroup):
    """Commands whose errors are one sentence, not a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except FtlearnError as error:
            _say(error)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            _say("\nInterrupted; no half-written file was kept.")
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


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Names of assets; by default all.")] = None,
    mirror: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Fill this folder as a mirror.", show_default=False)
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Only list the assets and where they are.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing of what is already here.")] = False,
) -> None:
    """Fetch the files that lessons use, or build a mirror for a room without internet.

    \b
    Examples:
      ftlearn fetch                              everything that has an address
      ftlearn fetch sentence_polarity            one file
      ftlearn fetch minilm                       the sentence encoder of lesson 08
      ftlearn fetch --mirror /media/usb/assets   a mirror on a stick
      ftlearn fetch --list                       names, sizes, licences, places
    """  # noqa: D301
    from ftlearn import assets

    if listing:
        _list_assets(assets.each_named(names or None))
        return

    said = set()

    def report(outcome: assets.Outcome) -> None:
        if outcome.how == "failed":
            if str(outcome.error) not in said:  # the files of one wheel fail alike
                _say(outcome.error)
            said.add(str(outcome.error))
        elif outcome.how == "skipped":
            typer.echo(f"{outcome.name}: skipped, no public address yet (only a mirror has it)")
        elif not (quiet and outcome.how in ("mirror", "cache", "already there")):
            typer.echo(f"{outcome.name}: {outcome.how}, {outcome.path}")

    if mirror is None:
        outcomes = assets.fetch_all(names or None, report=report)
    else:
        outcomes = assets.build_mirror(mirror, names or None, report=report)
    counts: dict[str, int] = {"fetched": 0, "already there": 0, "skipped": 0, "failed": 0}
    for outcome in outcomes:
        kind = {"copied": "fetched", "downloaded": "fetched", "mirror": "already there", "cache": "already there"}
        counts[kind.get(outcome.how, outcome.how)] += 1
    if not quiet:
        typer.echo(", ".join(f"{count} {kind}" for kind, count in counts.items()) + ".")
    if counts["failed"]:
        raise typer.Exit(1)


def _list_assets(names: list[str]) -> None:
    """Print a table of assets."""
    from ftlearn import assets
    from ftlearn.assets.transfer import human_size

    rows = [("NAME", "SIZE", "LICENCE", "WHERE")]
    for name in names:
        try:
            place = assets.find(name)
        except AssetError as error:
            place = error
        asset = assets.ASSETS[name]
        where = str(place or ("to download" if asset.addresses else "not here; only a mirror has it"))
        rows.append((name, human_size(asset.size), asset.licence, where))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        typer.echo("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]))


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
        _say(f"\nInterrupted: finished seeds are kept, and `ftlearn study {name}` goes on from there.")
        raise typer.Exit(130) from None
    if not check:
        typer.echo(f"{len(result.rows)} measurements written to {result.path}.")
        return
    for problem in result.problems:
        _say(problem)
    if not result.stands:
        _say(f"{result.path.name} no longer stands. Type `ftlearn study {name}` to measure it again.")
        raise typer.Exit(1)
    typer.echo(f"{result.path.name} still stands.")


@app.command()
def serve(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .keras file, best one with its .json beside it.")],
    host: Annotated[str, typer.Option(help="Where to listen; others than this machine only if you say so.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any free one.")] = 8000,
    max_batch: Annotated[int, typer.Option(min=1, help="The most instances a request.")] = 64,
) -> None:
    """Serve a saved classifier over HTTP until Ctrl-C: GET /health, POST /predict. There are no passwords.

    \b
    Examples:
      ftlearn serve digits.keras                 at http://127.0.0.1:8000, a page to try it
      ftlearn serve digits.keras --port 0        at any free port
      curl --data-binary @seven.png -H "Content-Type: image/png" http://127.0.0.1:8000/predict
    """  # noqa: D301
    from ftlearn import serving

    serving.serve(model, host, port, say=typer.echo, max_batch=max_batch)


@app.command()
def finetune(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Images, one subfolder a class.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where results go; an interrupted run goes on there.")],
    backbone: Annotated[str | None, typer.Option(help="A pretrained network instead of the rule's.")] = None,
    size: Annotated[int | None, typer.Option(min=8, help="Pixels a side, where the network leaves a choice.")] = None,
    epochs: Annotated[int, typer.Option(min=0, help="Of fine-tuning, at most; 0 for none.")] = 12,
    learning_rate: Annotated[float, typer.Option(help="Of fine-tuning.")] = 3e-4,
    group_by: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Files in which it finds the same stay together.")
    ] = None,
    random_state: Annotated[int, typer.Option(help="The seed.")] = 0,
    licence: Annotated[str, typer.Option(help="Of the images, for the model card.")] = "",
    purpose: Annotated[str, typer.Option(help="What the model is for, for the model card.")] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget what is in DIR, and start over. Leave it out to go on.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but the outcome.")] = False,
) -> None:
    """From a folder of images to a tested model with a model card. Run again, it goes on where it was interrupted.

    Small grey pictures (no side over 32 pixels) get the network `letters`, all others mobilenet_v2_0.35.

    \b
    Examples:
      ftlearn finetune pets --out pets_model --licence CC0-1.0
      ftlearn finetune scans --out scans_model --group-by "patient([0-9]+)"
      ftlearn serve pets_model/model.keras
    """  # noqa: D301
    from ftlearn import capstone

    asked = capstone.Settings(backbone, size, epochs, learning_rate, group_by, random_state)
    options = {"licence": licence, "purpose": purpose, "fresh": fresh, "say": (lambda _: None) if quiet else _say}
    try:
        outcome = capstone.finetune_folder(folder, out, settings=asked, **options)
    except KeyboardInterrupt:
        again = "the same command without --fresh" if fresh else "the same command"
        _say(f"\nInterrupted: what was finished is in {out}, and {again} goes on from there.")
        raise typer.Exit(130) from None
    typer.echo(f"{outcome}\nModel: {outcome.model}\nModel card: {outcome.card}")


def main() -> None:
    """Run the command line."""
    warnings.showwarning = lambda message, *_: _say(message)
    try:
        app(prog_name="ftlearn")
    except KeyboardInterrupt:  # before a command had begun
        sys.exit(130)


if __name__ == "__main__":
    main()
