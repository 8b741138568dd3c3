"""The model card: what a model is for, what it was made from, how well it does, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.capstone.facts import Facts
from ftlearn.capstone.markup import Section, to_html, to_markdown
from ftlearn.capstone.records import record_of_checks, record_of_test
from ftlearn.capstone.steps import replace_text

if TYPE_CHECKING:
    from ftlearn.capstone.bases import Base
    from ftlearn.capstone.folders import Findings
    from ftlearn.capstone.steps import Head
    from ftlearn.datasets import FolderSplit


@dataclass(frozen=True, repr=False)
class ModelCard:
    """A model card, after Mitchell and others (2019): a title, a sentence, sections.

    Attributes
    ----------
    title : str
        Its heading.
    summary : str
        What the model does and how well, in two sentences.
    sections : tuple of Section
        Paragraphs, lists, tables and figures.
    """

    title: str
    summary: str
    sections: tuple[Section, ...]

    @classmethod
    def from_results(
        cls, results: dict[str, dict[str, Any]], asked: dict[str, Any], *, licence: str = "", purpose: str = ""
    ) -> ModelCard:
        """Write the card of a run from the results of its stages, and from nothing else.

        Parameters
        ----------
        results : dict of str to dict
            By stage, as `Run.stage` gives them.
        asked : dict of str to object
            Settings, version, and the sum of the images.
        licence, purpose : str
            What only you can say.

        Returns
        -------
        ModelCard
            To be turned into Markdown or HTML.
        """
        facts = Facts(results, asked, licence, purpose)
        sections = (facts.use(), facts.data(), facts.making(), facts.scores(), facts.limits(), facts.calling())
        return cls(f"Model card: {facts.name}", facts.summary(), sections)

    @classmethod
    def from_models(
        cls,
        found: Findings,
        base: Base,
        split: FolderSplit,
        *,
        baseline: Head,
        frozen: Head,
        history: dict[str, list[float]],
        kept: str,
        answers: dict[str, np.ndarray],
        learning_rate: float,
        licence: str = "",
        purpose: str = "",
    ) -> ModelCard:
        """Write the card from what a lesson or a program of your own has at hand.

        Parameters
        ----------
        found, base, split : Findings, Base, FolderSplit
            From `examine`, `choose_base` and `read`. The test part's classes are read, not its images' answers.
        baseline, frozen : Head
            From `fit_head`, on small pixels and on the base's features.
        history : dict of str to list of float
            Of fine-tuning; the epoch with the lowest validation loss counts.
        kept : {"frozen", "fine-tuned"}
            Which one validation preferred.
        answers : dict of str to ndarray of shape (n, classes)
            Probabilities for the test part, for ``"pixels"``, ``"frozen"`` and ``"fine_tuned"``.
        learning_rate : float
            Of fine-tuning.
        licence, purpose : str
            What only you can say.

        Returns
        -------
        ModelCard
            To be turned into Markdown or HTML.
        """
        import ftlearn

        best = int(np.argmin(history["val_loss"]))
        scores = {key: history[key][best] for key in ("val_loss", "val_accuracy")}
        most = int(np.bincount(split.train.y).argmax())
        results = {
            "checks": record_of_checks(found, base, split),
            "baselines": {
                "tried": baseline.tried,
                "most": most,
                "majority": float((split.validation.y == most).mean()),
            },
            "frozen": {"tried": frozen.tried},
            "fine_tuning": {"history": history, "best": best + 1, "kept": kept, "scores": scores},
            "test": record_of_test(split._test, answers, kept, max(1, split.test_looks)),
        }
        asked = {
            "images": "", "group_by": None, "learning_rate": learning_rate, "random_state": split.random_state,
            "version": ftlearn.__version__,
        }  # fmt: skip
        return cls.from_results(results, asked, licence=licence, purpose=purpose)

    def markdown(self) -> str:
        """Give the card as Markdown; a figure is represented by its alternative text."""
        return to_markdown(self.title, self.summary, self.sections)

    def html(self) -> str:
        """Give the card as one HTML page that needs nothing else: figures are inside, with alternative text."""
        return to_html(self.title, self.summary, self.sections)

    def __repr__(self) -> str:
        return f"{self.title}. {self.summary}"

    def _repr_markdown_(self) -> str:
        return self.markdown()


def write_card(card: ModelCard, out: Path) -> Path:
    """Write a card into a folder, as ``model_card.md`` and as ``model_card.html``.

    Parameters
    ----------
    card : ModelCard
        What to write.
    out : Path
        The folder; it is made.

    Returns
    -------
    Path
        The HTML file.

    Examples
    --------
    >>> import tempfile
    >>> write_card(ModelCard("Model card: pets", "Tells cats from dogs.", ()), Path(tempfile.mkdtemp())).name
    'model_card.html'
    """
    replace_text(out / "model_card.md", card.markdown())
    replace_text(out / "model_card.html", card.html())
    return out / "model_card.html"
