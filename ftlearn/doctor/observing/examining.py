"""When the program is over: each stage is put back as it was and examined, and all is told together."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import facts
from .stages import Model, Search, Stage, State
from .watcher import Watcher

_AT_COMPILE = {
    "labels-do-not-fit-the-loss", "logits-without-from-logits", "probabilities-called-logits", "logits-cut-at-one-half",
    "optimizer-belongs-to-other-weights", "slice-counts-outer-layers", "slice-reaches-the-head-only",
    "update-too-large-for-pretrained-weights", "update-too-small-to-matter", "same-rate-for-both-stages",
    "parent-frozen-children-alive",
}  # fmt: skip
_AT_MAKING = {
    "head-on-class-scores", "softmax-of-one-unit", "float16-output", "lambda-does-not-load",
    "dropout-alive-in-a-frozen-base", "base-was-never-pretrained", "inference-mode-was-ignored",
}  # fmt: skip
_AT_TEST = {
    "accuracy-hides-imbalance", "no-better-than-the-majority", "evaluation-order-is-shuffled",
    "forecast-no-better-than-the-last-value", "shapes-broadcast-in-the-error",
}  # fmt: skip
_OF_THE_END = {
    "accuracy-hides-imbalance", "no-better-than-the-majority", "forecast-no-better-than-the-last-value",
    "best-weights-not-restored", "overfitting-past-the-best-epoch", "shapes-broadcast-in-the-error",
    "reloads-to-other-predictions", "lambda-does-not-load", "cannot-overfit-one-batch", "update-too-small-to-matter",
}  # fmt: skip
_OF_USE = {"input-range-is-not-the-backbones", "input-is-rescaled-twice"}
"""Rules about what goes in: all that is asked of a model that only answers."""


@dataclass
class Outcome:
    """What is told of a program.

    Attributes
    ----------
    report : Report
        Findings with their lines, and all else that `examine` says.
    seen : dict
        How many calls there were; how many stages were examined.
    notes : list of str
        What was not observed or not examined, each with the reason.
    seconds : float
        What the examinations took.
    """

    report: Any
    seen: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        held = json.loads(self.report.as_json())
        return {**held, "seen": self.seen, "notes": self.notes, "seconds": round(self.seconds, 2)}


class Examination:
    """All that a watcher has noted down, examined within a budget of time.

    Parameters
    ----------
    watcher : Watcher
        After the program is over.
    seconds : float
        After which no further stage is begun.
    ignore : Mapping of str to str
        As in `examine`.
    """

    def __init__(self, watcher: Watcher, seconds: float, ignore: Mapping[str, str]):
        self.watcher, self.budget, self.ignore = watcher, seconds, dict(ignore)
        self.notes = [f"Not observed: {one}." for one in watcher.missing]
        self.findings: list[Any] = []
        self.unchecked: dict[str, str] = {}
        self.passed: set[str] = set()
        self.sampled: dict[str, None] = {}
        self.done = 0
        self._told: set[tuple[str, Any]] = set()
        self._began = time.monotonic()

    def run(self) -> Outcome:
        """Examine stage after stage, until all are done, time is up, or Ctrl-C."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the program's own have been shown
            return self._run()

    def _run(self) -> Outcome:
        work = self._work()
        try:
            for place, (_, line, examine) in enumerate(work):
                if place and time.monotonic() - self._began > self.budget:
                    left = [one[1] for one in work[place:]]
                    self.notes.append(
                        f"{len(left)} of {len(work)} stages were not examined ({', '.join(left[:5])}"
                        f"{', …' * (len(left) > 5)}), because the {self.budget:g} seconds for examining were over; "
                        "--seconds gives more."
                    )
                    break
                try:
                    examine()
                    self.done += 1
                except Exception as error:
                    said = str(error).strip().partition("\n")[0][:120]
                    self.notes.append(f"{line} was not examined, because of {type(error).__name__}: {said}.")
        except KeyboardInterrupt:
            self.notes.append("Examining was interrupted.")
        return self._outcome()

    def _work(self) -> list[tuple[Any, str, Callable[[], None]]]:
        found: list[tuple[Any, str, Callable[[], None]]] = []
        places = self.watcher.places
        for known in list(self.watcher.models.values()):
            if known.stage is not None:
                known.stage.after = State.of(known.model)
            for stage in known.stages:
                found.append((stage.order, places.line(stage.place), lambda k=known, s=stage: self._stage(k, s)))
        for search in self.watcher.searches:
            found.append((search.order, places.line(search.place), lambda s=search: self._search(s)))
        return sorted(found, key=lambda one: one[0])

    def _stage(self, known: Model, stage: Stage) -> None:
        from ftlearn.doctor import catalogue, examine

        line = self.watcher.places.line(stage.place)
        then = stage.before.variables if stage.before else frozenset()  # empty where `fit` built the model
        later = {id(one) for one in known.model.trainable_variables} - stage.fitted if stage.fitted else set()
        if later or (then and stage is not known.stages[-1] and then != known.stages[-1].after.variables):
            self.notes.append(
                f"{line} was not examined, because the model has got other weights since (such as LoRA's)."
            )
            return
        self._as_then(known, stage)
        given, lacking = facts.parts(stage)
        self.notes += [f"{line}: not checked with it, because {one}." for one in lacking]
        skipped = {name for name in _OF_THE_END if known.stages[-1] is not stage}
        if stage.train is None:
            if stage.compiled is None or known.model.loss is None:
                skipped = set(catalogue()) - _OF_USE
            if given["test"] is None:
                given["test"] = stage.tests[-1][1].given if stage.tests else None
        scaler, fitted = facts.scaler(stage)
        before = [value for _, value in stage.before.values] if stage.before and stage.before.values else None
        told = facts.observed(self.watcher, known, stage)
        ignore = {**{name: "" for name in skipped & set(catalogue())}, **self.ignore}
        report = examine(
            known.model, **given, history=facts.histories(known, stage), callbacks=stage.callbacks or None,
            scaler=scaler, base=known.base, before=before or None, observed=told, ignore=ignore,
        )  # fmt: skip
        self._take(report, lambda name: self._place(name, known, stage, fitted, told), id(known.model))

    def _as_then(self, known: Model, stage: Stage) -> None:
        """Give the model the state in which the stage left it: flags, what it was compiled with, weights."""
        import keras

        model, compiled = known.model, stage.compiled
        if compiled is not None and compiled is not known.compiled:
            compiled.state.put_back()
            arguments = {**compiled.arguments, "optimizer": compiled.optimizer}
            keras.Model.compile(model, **arguments)
            model.train_function = compiled.function  # it trains what was trainable then
            known.compiled = compiled
        flags = stage.before or stage.after
        if stage.after is not None:
            stage.after.put_back()
        if flags is not None:
            flags.put_back(weights=False)

    def _place(self, name: str, known: Model, stage: Stage, fitted: Any, told: dict[str, Any]) -> str:
        line = self.watcher.places.line
        if name == "test-used-as-validation" or not (stage.train or stage.tests):
            return line(stage.place)
        if name in _AT_COMPILE and stage.compiled:
            return line(stage.compiled.place)
        if name in _AT_MAKING and known.made:
            return line(known.made)
        if name in _AT_TEST and stage.tests:
            return line(stage.tests[-1][1].place)
        if name == "scaler-saw-everything" and fitted:
            return line(fitted)
        return line(stage.place)

    def _search(self, search: Search) -> None:
        from ftlearn.doctor import examine

        given: dict[str, Any] = {"train": None, "validation": None}
        for name, data in (("train", search.train), ("validation", search.validation)):
            if data is not None and not data.changed:
                given[name] = data.given
        told = facts.searched(search)
        if given["validation"] is not None:
            told["search_validation"] = given["validation"]
        test = facts.judged_later(self.watcher, search)
        report = examine(None, **given, test=test, tuner=search.tuner, observed=told, ignore=self.ignore)
        self._take(report, lambda _: self.watcher.places.line(search.place), id(search.tuner))

    def _take(self, report: Any, place: Callable[[str], str], owner: int) -> None:
        for one in report.findings:
            found = replace(one, line=place(one.rule))
            marks = {(one.rule, owner), (one.rule, found.line)}
            if not marks & self._told:
                self.findings.append(found)
            self._told |= marks
        self.passed |= set(report.passed)
        self.unchecked.update(report.unchecked)
        if report.sampled:
            self.sampled[report.sampled] = None

    def _outcome(self) -> Outcome:
        from ftlearn.doctor.report import Report

        findings = tuple(sorted(self.findings, key=lambda one: -one.weight))
        named = {one.rule for one in findings}
        passed = tuple(sorted(self.passed - named))
        unchecked = {
            name: reason for name, reason in self.unchecked.items() if name not in named and name not in self.passed
        }
        report = Report(findings, unchecked, passed, dict(self.ignore), " ".join(self.sampled))
        if self.watcher.dropped:
            self.notes.append(
                f"{self.watcher.dropped} repetitions of the same lines were not examined, only the first and the last."
            )
        seen = {**self.watcher.counts, "models": len(self.watcher.models), "examined": self.done}
        return Outcome(report, seen, self.notes, time.monotonic() - self._began)
