"""Commands for a model of one's own: finetune, serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ftlearn.cli.app import app, say


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
    options = {"licence": licence, "purpose": purpose, "fresh": fresh, "say": (lambda _: None) if quiet else say}
    try:
        outcome = capstone.finetune_folder(folder, out, settings=asked, **options)
    except KeyboardInterrupt:
        again = "the same command without --fresh" if fresh else "the same command"
        say(f"\nInterrupted: what was finished is in {out}, and {again} goes on from there.")
        raise typer.Exit(130) from None
    typer.echo(f"{outcome}\nModel: {outcome.model}\nModel card: {outcome.card}")
