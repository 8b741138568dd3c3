"""Commands about files: fetch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ftlearn.cli.app import app, say
from ftlearn.errors import AssetError


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
                say(outcome.error)
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
