"""The stages of a run: what each does, and what it leaves for the next."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import ftlearn
from ftlearn.capstone.asking import ask_once
from ftlearn.capstone.bases import Base, choose_base
from ftlearn.capstone.folders import Findings, examine
from ftlearn.capstone.reading import read
from ftlearn.capstone.records import percent, record_of_checks, record_of_test
from ftlearn.capstone.runs import Run
from ftlearn.capstone.steps import Head, answers, fine_tune, fit_head, small_pixels
from ftlearn.datasets import FolderSplit, Part
from ftlearn.errors import DataError, FtlearnError

NAMES = ("checks", "baselines", "frozen", "fine_tuning", "test", "model", "served")


@dataclass(frozen=True)
class Settings:
    """What a run can be asked for.

    Attributes
    ----------
    backbone : str, optional
        A pretrained network; if not given, `choose_base` chooses.
    size : int, optional
        Height and width in pixels that images are resized to, where the network leaves a choice.
    epochs : int
        Of fine-tuning, at most; 0 leaves the base frozen.
    learning_rate : float
        Of fine-tuning.
    group_by : str, optional
        A regular expression that finds in each path what must stay in one part; see `read`.
    random_state : int
        Seed of the split and of the order of images.
    """

    backbone: str | None = None
    size: int | None = None
    epochs: int = 12
    learning_rate: float = 3e-4
    group_by: str | None = None
    random_state: int = 0


def better(scores: dict[str, float], than: dict[str, float]) -> bool:
    """Tell whether validation prefers one model to another: by accuracy, and where that is equal by loss.

    Parameters
    ----------
    scores, than : dict of str to float
        With ``val_accuracy`` and ``val_loss``.

    Returns
    -------
    bool
        Equal in both is not better.

    Examples
    --------
    >>> better({"val_accuracy": 0.9, "val_loss": 0.5}, {"val_accuracy": 0.9, "val_loss": 0.6})
    True
    """
    one, other = ((round(row["val_accuracy"], 5), -row["val_loss"]) for row in (scores, than))  # Keras's are float32
    return one > other


class Stages:
    """The stages of one run, a method each; what several need is made when the first of them does.

    Parameters
    ----------
    folder : Path
        The images.
    settings : Settings
        What was asked for.
    run : Run
        Where finished stages are kept.
    say : callable
        Told what each stage found.
    """

    def __init__(self, folder: Path, settings: Settings, run: Run, say: Callable[[str], None]):
        self.folder, self.settings, self.run, self.say = folder, settings, run, say

    @functools.cached_property
    def base(self) -> Base:
        """The base that the checks chose."""
        return Base(**self.run.result("checks")["base"])

    @functools.cached_property
    def split(self) -> FolderSplit:
        """The images in their three parts: always the same for the same folder and seed."""
        kept = self.run.result("checks")
        split = self._read(Findings.from_dict(kept["findings"]), self.base)
        if self._sum(split) != kept["split"]:
            raise DataError(
                "The images are split in another way than when this run began: its test images may have been "
                "trained on. Other versions of NumPy or scikit-learn can be the cause.",
                fix="Go back to the earlier versions, or add --fresh (fresh=True in Python) to start over.",
            )
        return split

    def _sum(self, split: FolderSplit) -> str:
        """Sum up which image is in which part."""
        listed = {part: [path.relative_to(self.folder).as_posix() for path in at] for part, at in split.paths.items()}
        return hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:16]

    def _read(self, found: Findings, base: Base) -> FolderSplit:
        options = {"group_by": self.settings.group_by, "random_state": self.settings.random_state}
        return read(self.folder, found, base, **options)

    def _network(self, which: str) -> Any:
        """Make the ``"frozen"`` or the ``"fine-tuned"`` network from what their stages left."""
        from ftlearn.backbones import attach_head

        model = attach_head(self.base.load(), len(self.split.classes), random_state=self.settings.random_state)
        if which == "fine-tuned":
            model.load_weights(self.run.path("fine_tuned.weights.h5"))
        else:
            frozen = self.run.result("frozen")
            model.get_layer("head").set_weights([frozen["kernel"], frozen["bias"]])
        return model

    def _pixels(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        return part.X * np.float32(self.base.high), part.y

    def checks(self) -> dict[str, Any]:
        """Look through the folder, choose the base, split."""
        found = examine(self.folder)
        base = choose_base(found, self.settings.backbone, size=self.settings.size)
        base.load()  # weights that cannot be had are said now, not after the baselines
        self.split = split = self._read(found, base)
        self.say(f"checks: {sum(found.counts.values()):,} images, {len(found.counts)} classes. {base.why}")
        for note in found.notes:
            self.say(f"  note: {note}")
        return {**record_of_checks(found, base, split), "split": self._sum(split)}

    def baselines(self) -> dict[str, Any]:
        """Score the largest class, and a logistic regression on small pixels."""
        train, validation = (Part(small_pixels(p.X), p.y) for p in (self.split.train, self.split.validation))
        head = fit_head(train, validation)
        most = int(np.bincount(train.y).argmax())
        alone = float((validation.y == most).mean())
        self.say(
            f"baselines: always {self.split.classes[most]!r} is right for {percent(alone)} of the validation images, "
            f"a logistic regression on small pixels for {percent(head.chosen['val_accuracy'])}"
        )
        return {"kernel": head.kernel, "bias": head.bias, "tried": head.tried, "most": most, "majority": alone}

    def frozen(self) -> dict[str, Any]:
        """Put a head on the frozen base."""
        from ftlearn.finetune import freeze

        base = freeze(self.base.load())
        parts = [self._pixels(part) for part in (self.split.train, self.split.validation)]
        head = fit_head(*(Part(answers(base, X), y) for X, y in parts))
        self.say(f"frozen: a new head on {self.base.name} is right for {percent(head.chosen['val_accuracy'])}")
        return {"kernel": head.kernel, "bias": head.bias, "tried": head.tried}

    def fine_tuning(self) -> dict[str, Any]:
        """Unfreeze, train on, and say which of the two models validation prefers."""
        frozen = min(self.run.result("frozen")["tried"], key=lambda row: row["val_loss"])
        if not self.settings.epochs:
            return {"history": {}, "best": 0, "kept": "frozen", "scores": frozen}
        from ftlearn.finetune import unfreeze

        model = self._network("frozen")
        unfreeze(model.get_layer(self.base.name))
        progress = self.run.path("fine_tuning") / "progress.json"
        earlier = json.loads(progress.read_text(encoding="utf-8"))["seconds"] if progress.exists() else 0
        history = fine_tune(
            model, self._pixels(self.split.train), self._pixels(self.split.validation), epochs=self.settings.epochs,
            learning_rate=self.settings.learning_rate, random_state=self.settings.random_state,
            keep=self.run.path("fine_tuning"), report=self._epoch,
        )  # fmt: skip
        best = int(np.argmin(history["val_loss"]))
        scores = {key: history[key][best] for key in ("val_loss", "val_accuracy")}
        kept = "fine-tuned" if better(scores, frozen) else "frozen"
        was, now = percent(frozen["val_accuracy"]), percent(scores["val_accuracy"])
        self.say(f"fine tuning: {now} after epoch {best + 1}, {was} frozen; the {kept} model is kept")
        part = self.run.path("fine_tuned.part.weights.h5")
        model.save_weights(part)
        os.replace(part, self.run.path("fine_tuned.weights.h5"))
        return {"history": history, "best": best + 1, "kept": kept, "scores": scores, "earlier": earlier}

    def _epoch(self, now: dict[str, float]) -> None:
        left = (now["epochs"] - now["epoch"]) * now["seconds"]
        self.say(
            f"fine tuning: epoch {now['epoch']} of at most {now['epochs']}, validation loss {now['val_loss']:.3f} "
            f"(best in epoch {now['best']}), accuracy {percent(now['val_accuracy'])}; at most {left:.0f} s left"
        )

    def test(self) -> dict[str, Any]:
        """Open the test part, once, and ask every model."""
        baselines, tuned = self.run.result("baselines"), self.run.result("fine_tuning")
        looks = self.run.count_look(self.run.asked["images"])
        part = self.split.test
        X, y = self._pixels(part)
        given = {"pixels": Head(baselines["kernel"], baselines["bias"], []).predict(small_pixels(part.X))}
        for which in ("frozen", "fine-tuned") if tuned["best"] else ("frozen",):
            given[which.replace("-", "_")] = answers(self._network(which), X)
        right = int((given[tuned["kept"].replace("-", "_")].argmax(axis=1) == y).sum())
        before = "" if looks == 1 else f" A test part of these images has now been opened {looks} times here."
        self.say(f"test: {right} of {len(y)} images right by the {tuned['kept']} model.{before}")
        files = [path.relative_to(self.folder).as_posix() for path in self.split.paths["test"]]
        return {**record_of_test(part, given, tuned["kept"], looks), "files": files}

    def model(self) -> dict[str, Any]:
        """Save the model that validation preferred."""
        from ftlearn.serving import save_model

        path, name = self.run.out / "model.keras", self.run.result("checks")["findings"]["name"]
        note = f"Made by ftlearn {ftlearn.__version__} from {name}; see model_card.md."
        network = self._network(self.run.result("fine_tuning")["kept"])
        save_model(network, path, classes=self.split.classes, note=note)
        self.say(f"model: saved as {path}")
        return {"made": {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}}

    def served(self) -> dict[str, Any] | None:
        """Ask the saved model for one picture, over a socket, as any client would; None when that is not possible."""
        picture = self.run.result("test")["files"][0]
        try:
            answer = ask_once(self.run.out / "model.keras", self.folder / picture)
        except (FtlearnError, OSError) as error:
            self.say(f"served: skipped, and tried again by the next run. {error}")
            return None
        self.say(f"served: asked over a socket, {picture} is {answer['class']!r}")
        return {"asked": picture, "answer": answer}
