"""From a folder of images to a model that is judged, described, saved and served; each finished stage is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import ftlearn
from ftlearn import environment
from ftlearn.capstone.card import ModelCard, write_card
from ftlearn.capstone.reading import fingerprint
from ftlearn.capstone.runs import Run
from ftlearn.capstone.stages import NAMES, Settings, Stages
from ftlearn.errors import DataError


@dataclass(frozen=True)
class Outcome:
    """What a run ended with.

    Attributes
    ----------
    model, card : Path
        The saved model, and the model card as HTML; its Markdown lies beside it.
    kept : str
        ``"frozen"`` or ``"fine-tuned"``: which one validation chose.
    correct, tested : int
        How many test images were right, of how many.
    made, taken : list of str
        Stages that ran now, and those that an earlier run had finished.
    """

    model: Path
    card: Path
    kept: str
    correct: int
    tested: int
    made: list[str]
    taken: list[str]

    def __str__(self) -> str:
        from ftlearn.evaluation import wilson_interval

        return f"Test accuracy of the {self.kept} model: {wilson_interval(self.correct, self.tested)}"


def finetune_folder(
    folder: str | Path,
    out: str | Path,
    *,
    settings: Settings | None = None,
    licence: str = "",
    purpose: str = "",
    fresh: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Run every stage that is not finished: checks, baselines, frozen, fine-tuning, test, model, served; and the card.

    Parameters
    ----------
    folder : str or Path
        One subfolder of images a class.
    out : str or Path
        Where results go: a new or empty folder, or that of an interrupted run, which then goes on.
    settings : Settings, optional
        What is asked for.
    licence, purpose : str
        The licence of the images and what the model is for, for the card.
    fresh : bool
        Whether to start over.
    say : callable
        Told about the progress, a line at a time.

    Returns
    -------
    Outcome
        Where model and card are, and what the test said.

    Raises
    ------
    DataError
        For a folder that cannot be used, or an `out` that holds something else or was asked for something else.
    AssetError
        When the weights of the pretrained network cannot be had.

    Examples
    --------
    >>> finetune_folder("no/such/folder", "out")
    Traceback (most recent call last):
    ...
    ftlearn.errors.DataError: no/such/folder does not exist. Give the folder that holds one subfolder a class.
    """
    folder, out, settings = Path(folder).expanduser(), Path(out).expanduser(), settings or Settings()
    if folder.is_dir() and out.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"{out} lies inside {folder}: it would count as a class.", fix="Give a folder elsewhere.")
    if settings.epochs < 0 or not settings.learning_rate > 0:
        raise DataError(
            f"epochs is 0 or more, learning_rate above 0; got {settings.epochs} and {settings.learning_rate:g}."
        )
    asked = {"images": fingerprint(folder), **asdict(settings), "version": ftlearn.__version__}
    run = Run(out, asked, fresh=fresh)
    environment.start_tensorflow()
    stages = Stages(folder, settings, run, say)
    results, card = {}, None
    for name in NAMES:
        if name == "served" and not run.has(name):  # a model that cannot be asked here has its card all the same
            card = write_card(ModelCard.from_results(results, asked, licence=licence, purpose=purpose), out)
        results[name] = run.stage(name, getattr(stages, name), say=say)
    test = results["test"]
    if results["served"] or card is None:
        card = write_card(ModelCard.from_results(results, asked, licence=licence, purpose=purpose), out)
    correct = int((test["p_kept"].argmax(axis=1) == test["y"]).sum())
    kept = results["fine_tuning"]["kept"]
    return Outcome(out / "model.keras", card, kept, correct, len(test["y"]), run.made, run.taken)
