"""What a model card says: sections made from the results of a run's stages."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.capstone.markup import Figure, Section, Table
from ftlearn.capstone.records import accuracies, card_pictures, class_scores, percent, versions

_UNSAID = "Not stated yet."


class Facts:
    """The sections of a model card, and what they need, worked out once.

    Parameters
    ----------
    results : dict of str to dict
        By stage, as `Run.stage` gives them.
    asked : dict of str to object
        Settings, version, and the sum of the images.
    licence, purpose : str
        What only you can say.
    """

    def __init__(self, results: dict[str, dict[str, Any]], asked: dict[str, Any], licence: str, purpose: str):
        self.results, self.asked, self.licence, self.purpose = results, asked, licence, purpose
        self.found, self.base = results["checks"]["findings"], results["checks"]["base"]
        self.classes, self.parts = tuple(results["checks"]["classes"]), results["checks"]["parts"]
        self.name, self.tuned, self.test = self.found["name"], results["fine_tuning"], results["test"]
        self.y, self.p, self.kept = self.test["y"], self.test["p_kept"], self.tuned["kept"]
        self.table = class_scores(self.y, self.p, self.classes)
        most = results["baselines"]["most"]
        self.accuracies = accuracies(self.test, most, self.classes[most])
        self.scored = self.tuned["scores"]["val_accuracy"] if self.kept == "fine-tuned" else _best(results["frozen"])

    def summary(self) -> str:
        """Say what the model does and how well."""
        one = self.accuracies[self.kept]
        alone = self.test["looks"] == 1 and self.found["copies_kept"]
        unseen = " that this run neither trained nor chose on" if alone else "; read below how far they were unseen"
        return (
            f"Names one of {len(self.classes)} classes for a picture. It was right for {round(one.mean * one.n)} of "
            f"{one.n} test pictures{unseen}: {percent(one.mean)} (95 % interval {percent(one.low)} to "
            f"{percent(one.high)})."
        )

    def use(self) -> Section:
        """Say what it is for."""
        listed = ", ".join(self.classes)
        return Section("What it is for", (
            f"Intended use: {self.purpose or _UNSAID + ' Whoever publishes this model fills this in.'}",
            f"It tells apart: {listed}. It knows nothing else, and names one of these for any picture whatever.",
        ))  # fmt: skip

    def data(self) -> Section:
        """Describe the images and the split."""
        n, found = sum(self.found["counts"].values()), _found_table(self.found)
        total = {part: sum(counts) for part, counts in self.parts.items()}
        rows = [[name, *(str(self.parts[part][i]) for part in self.parts)] for i, name in enumerate(self.classes)]
        rows.append(["all", *(str(total[part]) for part in self.parts)])
        kept = "near-copies that were found kept in one part together"
        if not self.found["copies_kept"]:
            kept = "exact copies kept in one part together, near-copies not: some may be trained on and tested on"
        content = f" (sum of names and contents: {self.asked['images']})" if self.asked["images"] else ""
        grouped = f", files with the same {self.asked['group_by']!r} too" if self.asked["group_by"] else ""
        return Section("Data", (
            f"{n:,} images from the folder {self.name!r}{content}. "
            f"Licence: {self.licence or _UNSAID + ' Fill this in before you share the model.'}",
            f"Split by files, {kept}{grouped}; random_state {self.asked['random_state']}.",
            Table(("class", *self.parts), rows), found, *([list(self.found["notes"])] if self.found["notes"] else []),
        ))  # fmt: skip

    def making(self) -> Section:
        """Tell how the model was made and chosen."""
        frozen = min(self.results["frozen"]["tried"], key=lambda row: row["val_loss"])
        pixels = min(self.results["baselines"]["tried"], key=lambda row: row["val_loss"])
        tuned = self.tuned["scores"]
        rows = [
            ["tiny pictures", f"logistic regression, C = {pixels['C']:g}", percent(pixels["val_accuracy"])],
            [
                "frozen",
                f"new head on frozen {self.base['name']}, C = {frozen['C']:g}",
                percent(frozen["val_accuracy"]),
            ],
        ]
        if self.tuned["best"]:
            ran = len(self.tuned["history"]["loss"])
            which = f"epoch {self.tuned['best']} of {ran}"
            how = f"all layers, BatchNorm still, Adam {self.asked['learning_rate']:g}, {which}"
            rows.append(["fine-tuned", how, percent(tuned["val_accuracy"])])
        seconds = sum(one.get("seconds", 0) + one.get("earlier", 0) for one in self.results.values())
        took = f"; all of it took {seconds:.0f} s" if seconds else ""
        if self.kept == "fine-tuned":
            tie = tuned["val_accuracy"] - _best(self.results["frozen"]) < 1e-5
            why = f"On the validation images it beat the frozen one{', by its loss alone: a weak reason' * tie}."
        else:
            asked = "Fine-tuning did not improve on it on the validation images."
            why = asked if self.tuned["best"] else "Fine-tuning was not asked for."
        made = list(dict.fromkeys(one["versions"] for one in self.results.values() if "versions" in one))
        blocks: list[Any] = [
            f"{self.base['why']} Input: {self.base['size']} × {self.base['size']} pixels.",
            Table(("model", "how", "validation accuracy"), rows),
            f"Kept: the {self.kept} model. {why} Everything was chosen on validation images{took}. Seed of "
            f"split and order: {self.asked['random_state']}; one run.",
            f"Made with {'; then '.join(made) or versions()}.",
        ]
        if self.tuned["best"]:
            from ftlearn.displays import LearningCurveDisplay

            title = f"Fine-tuning: loss by epoch, epoch {self.tuned['best']} kept"
            blocks.insert(2, Figure.of(LearningCurveDisplay.from_history(self.tuned["history"], title=title)))
        return Section("How it was made", tuple(blocks))

    def scores(self) -> Section:
        """Give the scores on the test part."""
        from ftlearn.displays import IntervalsDisplay
        from ftlearn.evaluation import calibration_error, mcnemar

        made, looks = self.accuracies, self.test["looks"]
        rows = [
            [
                name,
                f"{percent(one.mean)} ({round(one.mean * one.n)} of {one.n})",
                f"{percent(one.low)} to {percent(one.high)}",
            ]
            for name, one in made.items()
        ]
        title = f"Accuracy on {len(self.y)} test pictures"
        against = mcnemar(self.y, self.p.argmax(axis=1), self.test["p_pixels"].argmax(axis=1))
        p = "below 0.001" if against.p_value < 0.001 else f"{against.p_value:.3f}"
        blocks: list[Any] = [
            "The test part was opened once by this run, after everything was decided; other runs on these images are "
            "not known to it." if looks == 1 else f"A test part of these images has been opened {looks} times here: "
            "earlier scores may have steered the settings, and this one may flatter.",
            Table(("model", "test accuracy", "95 % interval (Wilson)"), rows),
            Figure.of(IntervalsDisplay.from_intervals(made, title=title, xlabel="accuracy, %")),
            f"Against the baseline on tiny pictures: {against.only_a} pictures only this model gets right, "
            f"{against.only_b} only the baseline (exact McNemar test, p {'' if p[0] == 'b' else '= '}{p}).",
            f"How sure it is and how often it is right differ by {100 * calibration_error(self.y, self.p):.0f} points "
            "on average (expected calibration error, ten bins; on few pictures seldom 0 even for a model that knows).",
            Table(("class", "precision", "recall", "95 % interval of recall", "test pictures"), [
                [name, "never named" if np.isnan(row["precision"]) else percent(row["precision"]),
                 percent(row["recall"]), f"{percent(row['from'])} to {percent(row['to'])}", f"{row['n']:.0f}"]
                for name, row in self.table.iterrows()
            ]),
        ]  # fmt: skip
        blocks += [Figure.of(one) for one in card_pictures(self.test, self.classes)]
        return Section("Scores", tuple(blocks))

    def limits(self) -> Section:
        """Say where it ends."""
        worst = self.table["recall"].idxmin()
        row, fewest = self.table.loc[worst], int(self.table["n"].min())
        said = [
            "It always names one of its classes, also for a picture that shows none of them.",
            "The scores hold for pictures like those in the folder. Other cameras, places or times: measure again.",
            f"Weakest class: {worst!r}, found in {percent(row['recall'])} of {row['n']:.0f} test pictures "
            f"(95 % interval {percent(row['from'])} to {percent(row['to'])}).",
            f"The class with the fewest test pictures has {fewest}; scores of single classes are rough.",
            "One split and one run: another seed gives other numbers; the intervals cover the choice of test pictures, "
            "not that of the training run.",
            "Near-copies were looked for, but not cropped or brightened ones, nor pictures of one series.",
            "The network's earlier training data may hold biases; who is harmed by a wrong answer was not studied.",
        ]
        if self.scored <= max(_best(self.results["baselines"]), self.results["baselines"]["majority"]):
            said.insert(0, "On validation a baseline was as good or better: the network earns nothing here.")
        if self.test["wrong"]:
            said.append("The HTML page shows pictures of the folder: ask whether you may share them.")
        return Section("Limits", (said,))

    def calling(self) -> Section:
        """Say how to call it."""
        blocks: list[Any] = [
            f"`model.keras` holds the model, `model.json` its classes and input: {self.base['size']} × "
            f"{self.base['size']} × {self.base['channels']}, values from 0 to {self.base['high']:g}.",
            '`ftlearn serve model.keras` answers over HTTP; `ftlearn.serving.load_model("model.keras")` in Python.',
        ]
        if asked := self.results.get("served", {}).get("asked"):
            answer = self.results["served"]["answer"]
            blocks.append(f"Tried once over a socket: for {asked} it answered {answer['class']!r}, "
                          f"{percent(answer['probability'])} sure.")  # fmt: skip
        return Section("How to use it", tuple(blocks))


def _best(tried: dict[str, Any]) -> float:
    """Give the validation accuracy of the row that was taken."""
    return min(tried["tried"], key=lambda row: row["val_loss"])["val_accuracy"]


def _found_table(found: dict[str, Any]) -> Table:
    from ftlearn.capstone.folders import Findings

    return Table(("found", "how much"), Findings.from_dict(found).table().to_numpy().tolist())
