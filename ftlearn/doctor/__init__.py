"""The doctor: look at a model, its data and its history, and name the fine-tuning mistake in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.parts import random_states_kept
from ftlearn.doctor.report import Finding, Report
from ftlearn.doctor.rule import NotChecked, catalogue, in_words
from ftlearn.errors import unknown_name

__all__ = ["Finding", "Report", "catalogue", "examine"]


def examine(
    model: Any, *, train: Any = None, validation: Any = None, test: Any = None, history: Any = None,
    callbacks: Any = None, scores: Mapping[str, Any] | None = None, scaler: Any = None,
    base: Any = None, before: Any = None, tuner: Any = None, observed: Mapping[str, Any] | None = None,
    ignore: Mapping[str, str] | None = None,
) -> Report:  # fmt: skip
    """Look for mistakes in a model, its data and its history; nothing is changed.

    Parameters
    ----------
    model : keras.Model
        Compiled and trained, as far as it is.
    train, validation, test : optional
        Each a pair of arrays, a tf.data dataset or a PyDataset.
    history : optional
        What `fit` returned; a list of them for several stages.
    callbacks : optional
        Those that `fit` was given: one, or a list.
    scores : Mapping of str to list of float, optional
        For each method its scores, a seed each in the same order; what the others are compared with comes first.
    scaler : optional
        A fitted scaler of scikit-learn through which the data went.
    base : keras.Model, optional
        What was pretrained, where it is not a model inside this one.
    before : optional
        The weights before fine-tuning: what `get_weights` of the model or of its base gave, or a model with them.
    tuner : keras_tuner.Tuner, optional
        That which searched for the model's settings.
    observed : Mapping, optional
        What only somebody who watched the program can know; `ftlearn doctor PROGRAM` gives it.
    ignore : Mapping of str to str, optional
        Rules to leave out, each with the reason.

    Returns
    -------
    Report
        Findings with their evidence; rules that could not be checked say what they lacked.

    Raises
    ------
    UnknownNameError
        When `ignore` names no rule.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> examine(None, train=(X[:80], X[:80, 0]), test=(X[60:], X[60:, 0])).names
    ['same-example-in-two-parts']
    """
    ignored = dict(ignore or {})
    for name in ignored:
        if name not in catalogue():
            raise unknown_name("rule", name, catalogue())
    given = {"train": train, "validation": validation, "test": test}
    case = Case(
        model, given, history, observed, callbacks=callbacks, scores=scores, scaler=scaler, base=base, before=before,
        tuner=tuner,
    )  # fmt: skip
    findings, unchecked, passed = [], {}, []
    with random_states_kept():
        for name, rule in catalogue().items():
            if name in ignored:
                continue
            try:
                found = [
                    Finding(name, sentence, evidence, rule.why, rule.fix, rule.weight, reference=rule.reference)
                    for sentence, evidence in rule.check(case)
                ]
            except NotChecked as reason:
                unchecked[name] = str(reason)
            except Exception as error:  # a model or data that nobody thought of: said, never raised
                unchecked[name] = f"looking raised {in_words(error)}"
            else:
                findings += found
                if not found:
                    passed.append(name)
    findings.sort(key=lambda one: -one.weight)
    return Report(tuple(findings), unchecked, tuple(passed), ignored, case.sampled)
