"""The model card: what a model is for, what it was made from, how well it does, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.capstone.markup import Figure, Section, Table, to_html, to_markdown
from ftlearn.capstone.records import card_pictures, class_scores, record_of_checks, record_of_test
from ftlearn.capstone.steps import replace_text

if TYPE_CHECKING:
    from ftlearn.capstone.bases import Base
    from ftlearn.capstone.folders import Findings
    from ftlearn.capstone.steps import Head
    from ftlearn.datasets import FolderSplit

_UNSAID = "Not stated yet."


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
        facts = _Facts(results, asked, licence, purpose)
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
        results = {
            "checks": record_of_checks(found, base, split),
            "baselines": {"tried": baseline.tried, "most": int(np.bincount(split.train.y).argmax())},
            "frozen": {"tried": frozen.tried},
            "fine_tuning": {"history": history, "best": best + 1, "kept": kept, "scores": scores},
            "test": record_of_test(split._test, answers, kept),
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


class _Facts:
    """What the sections need, worked out once."""

    def __init__(self, results: dict[str, dict[str, Any]], asked: dict[str, Any], licence: str, purpose: str):
        self.results, self.asked, self.licence, self.purpose = results, asked, licence, purpose
        self.found, self.base = results["checks"]["findings"], results["checks"]["base"]
        self.classes, self.parts = tuple(results["checks"]["classes"]), results["checks"]["parts"]
        self.name, self.tuned, self.test = self.found["name"], results["fine_tuning"], results["test"]
        self.y, self.p, self.kept = self.test["y"], self.test["p_kept"], self.tuned["kept"]
        self.table = class_scores(self.y, self.p, self.classes)

    def accuracies(self) -> dict[str, Any]:
        """Give the test accuracy of each model with Wilson's interval, the simplest first."""
        from ftlearn.evaluation import wilson_interval

        answers = {f"always {self.classes[self.results['baselines']['most']]}":
                   np.full(len(self.y), self.results["baselines"]["most"])}  # fmt: skip
        for name, key in (("small pixels", "p_pixels"), ("frozen", "p_frozen"), ("fine-tuned", "p_fine_tuned")):
            if key in self.test:
                answers[name] = self.test[key].argmax(axis=1)
        return {name: wilson_interval(int((said == self.y).sum()), len(self.y)) for name, said in answers.items()}

    def summary(self) -> str:
        one = self.accuracies()[self.kept]
        return (
            f"Names one of {len(self.classes)} classes for a picture. It was right for {_percent(one.mean)} of "
            f"{one.n} test pictures that it was neither trained nor chosen on (95 % interval {_percent(one.low)} to "
            f"{_percent(one.high)})."
        )

    def use(self) -> Section:
        listed = ", ".join(self.classes)
        return Section("What it is for", (
            f"Intended use: {self.purpose or _UNSAID + ' Whoever publishes this model fills this in.'}",
            f"It tells apart: {listed}. It knows nothing else, and names one of these for any picture whatever.",
        ))  # fmt: skip

    def data(self) -> Section:
        n, found = sum(self.found["counts"].values()), _found_table(self.found)
        total = {part: sum(counts) for part, counts in self.parts.items()}
        rows = [[name, *(str(self.parts[part][i]) for part in self.parts)] for i, name in enumerate(self.classes)]
        rows.append(["all", *(str(total[part]) for part in self.parts)])
        kept = "near-copies kept in one part together"
        content = f" (sum of names and contents: {self.asked['images']})" if self.asked["images"] else ""
        grouped = f", files with the same {self.asked['group_by']!r} too" if self.asked["group_by"] else ""
        return Section("Data", (
            f"{n:,} images from the folder {self.name!r}{content}. "
            f"Licence: {self.licence or _UNSAID + ' Fill this in before you share the model.'}",
            f"Split by files, {kept}{grouped}; random_state {self.asked['random_state']}.",
            Table(("class", *self.parts), rows), found, *([list(self.found["notes"])] if self.found["notes"] else []),
        ))  # fmt: skip

    def making(self) -> Section:
        frozen = min(self.results["frozen"]["tried"], key=lambda row: row["val_loss"])
        pixels = min(self.results["baselines"]["tried"], key=lambda row: row["val_loss"])
        tuned = self.tuned["scores"]
        rows = [
            ["small pixels", f"logistic regression, C = {pixels['C']:g}", _percent(pixels["val_accuracy"])],
            [
                "frozen",
                f"new head on frozen {self.base['name']}, C = {frozen['C']:g}",
                _percent(frozen["val_accuracy"]),
            ],
        ]
        if self.tuned["best"]:
            ran = len(self.tuned["history"]["loss"])
            which = f"epoch {self.tuned['best']} of {ran}"
            how = f"all layers, BatchNorm still, Adam {self.asked['learning_rate']:g}, {which}"
            rows.append(["fine-tuned", how, _percent(tuned["val_accuracy"])])
        seconds = sum(one.get("seconds", 0) for one in self.results.values())
        took = f"; all of it took {seconds:.0f} s" if seconds else ""
        why = "It was the best on the validation images." if self.kept == "fine-tuned" else (
            "Fine-tuning did not improve on it on the validation images." if self.tuned["best"]
            else "Fine-tuning was not asked for.")  # fmt: skip
        blocks: list[Any] = [
            f"{self.base['why']} Input: {self.base['size']} × {self.base['size']} pixels.",
            Table(("model", "how", "validation accuracy"), rows),
            f"Kept: the {self.kept} model. {why} Everything was chosen on validation images{took}. Seed of "
            f"split and order: {self.asked['random_state']}; one run.",
            f"Made with {_versions(self.asked['version'])}.",
        ]
        if self.tuned["best"]:
            from ftlearn.displays import LearningCurveDisplay

            title = f"Fine-tuning: loss by epoch, epoch {self.tuned['best']} kept"
            blocks.insert(2, Figure.of(LearningCurveDisplay.from_history(self.tuned["history"], title=title)))
        return Section("How it was made", tuple(blocks))

    def scores(self) -> Section:
        from ftlearn.displays import IntervalsDisplay
        from ftlearn.evaluation import calibration_error, mcnemar

        made = self.accuracies()
        rows = [
            [name, _percent(one.mean), f"{_percent(one.low)} to {_percent(one.high)}"] for name, one in made.items()
        ]
        title = f"Accuracy on {len(self.y)} test pictures"
        against = mcnemar(self.y, self.p.argmax(axis=1), self.test["p_pixels"].argmax(axis=1))
        p = "below 0.001" if against.p_value < 0.001 else f"{against.p_value:.3f}"
        blocks: list[Any] = [
            "The test part was opened once, after everything was decided.",
            Table(("model", "test accuracy", "95 % interval (Wilson)"), rows),
            Figure.of(IntervalsDisplay.from_intervals(made, title=title, xlabel="accuracy, %")),
            f"Against the baseline on small pixels: {against.only_a} pictures only this model gets right, "
            f"{against.only_b} only the baseline (exact McNemar test, p {'' if p[0] == 'b' else '= '}{p}).",
            f"How sure it is and how often it is right differ by {100 * calibration_error(self.y, self.p):.0f} points "
            "on average (expected calibration error, ten bins; never 0 on so few pictures).",
            Table(("class", "precision", "recall", "95 % interval of recall", "test pictures"), [
                [name, "never named" if np.isnan(row["precision"]) else _percent(row["precision"]),
                 _percent(row["recall"]), f"{_percent(row['from'])} to {_percent(row['to'])}", f"{row['n']:.0f}"]
                for name, row in self.table.iterrows()
            ]),
        ]  # fmt: skip
        blocks += [Figure.of(one) for one in card_pictures(self.test, self.classes)]
        return Section("Scores", tuple(blocks))

    def limits(self) -> Section:
        worst = self.table["recall"].idxmin()
        row, fewest = self.table.loc[worst], int(self.table["n"].min())
        said = [
            "It always names one of its classes, also for a picture that shows none of them.",
            "The scores hold for pictures like those in the folder. Other cameras, places or times: measure again.",
            f"Weakest class: {worst!r}, found in {_percent(row['recall'])} of {row['n']:.0f} test pictures "
            f"(95 % interval {_percent(row['from'])} to {_percent(row['to'])}).",
            f"The class with the fewest test pictures has {fewest}; scores of single classes are rough.",
            "One split and one run: another seed gives other numbers.",
            "Near-copies were looked for, but not cropped or brightened ones, nor pictures of one series.",
            "The network's earlier training data may hold biases; who is harmed by a wrong answer was not studied.",
        ]
        return Section("Limits", (said,))

    def calling(self) -> Section:
        blocks: list[Any] = [
            f"`model.keras` holds the model, `model.json` its classes and input: {self.base['size']} × "
            f"{self.base['size']} × {self.base['channels']}, values from 0 to {self.base['high']:g}.",
            '`ftlearn serve model.keras` answers over HTTP; `ftlearn.serving.load_model("model.keras")` in Python.',
        ]
        if asked := self.results.get("served", {}).get("asked"):
            answer = self.results["served"]["answer"]
            blocks.append(f"Tried once over a socket: for {asked} it answered {answer['class']!r}, "
                          f"{_percent(answer['probability'])} sure.")  # fmt: skip
        return Section("How to use it", tuple(blocks))


def _found_table(found: dict[str, Any]) -> Table:
    from ftlearn.capstone.folders import Findings

    return Table(("found", "how much"), Findings.from_dict(found).table().to_numpy().tolist())


def _versions(ftlearn_version: str) -> str:
    import platform
    from importlib.metadata import version

    named = {"keras": "Keras", "tensorflow": "TensorFlow", "scikit-learn": "scikit-learn"}
    listed = ", ".join(f"{name} {version(package)}" for package, name in named.items())
    return f"ftlearn {ftlearn_version}, {listed}, Python {platform.python_version()}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
