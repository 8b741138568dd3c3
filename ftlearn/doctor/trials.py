"""What a search for settings left: its trials, and models built again with the weights that a trial kept."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case, Part
from ftlearn.doctor.private import seeds_kept
from ftlearn.doctor.rule import NotChecked


@dataclass(frozen=True)
class Rebuilt:
    """A trial's model, built anew with the weights that the trial kept.

    Attributes
    ----------
    trial : keras_tuner trial
        Which.
    model : keras.Model or None
        None where the weights do not fit.
    asked : tuple of str
        Settings that the model asks for today and that the trial had no value for.
    """

    trial: Any
    model: Any
    asked: tuple[str, ...]


def trials_of(case: Case) -> list[Any]:
    """Return the trials of a tuner, in the order in which they started.

    Raises
    ------
    NotChecked
        When no tuner was given, or it has none.
    """
    trials = getattr(getattr(case.extra("tuner"), "oracle", None), "trials", None)
    if not isinstance(trials, Mapping):
        raise NotChecked("what was given as tuner has no trials: it is no tuner of Keras Tuner")
    if not trials:
        raise NotChecked("the tuner has no trials yet")
    order = {name: place for place, name in enumerate(getattr(case.extra("tuner").oracle, "start_order", ()))}
    return sorted(trials.values(), key=lambda one: order.get(one.trial_id, len(order)))


def status_of(trial: Any) -> str:
    """Return a trial's status as a word in capitals."""
    return str(getattr(trial.status, "name", trial.status)).upper()


def completed(case: Case) -> list[Any]:
    """Return the trials with a score, the best first.

    Raises
    ------
    NotChecked
        When there is none.
    """
    done = [one for one in trials_of(case) if status_of(one) == "COMPLETED"]
    done = [one for one in done if one.score is not None and np.isfinite(one.score)]
    if not done:
        raise NotChecked("no trial has a score")
    upwards = case.extra("tuner").oracle.objective.direction == "max"
    return sorted(done, key=lambda one: -one.score if upwards else one.score)


def recorded(trial: Any) -> dict[str, float]:
    """Return what a trial recorded about its validation data at its best epoch, by the metric's own name."""
    found = {}
    for name in trial.metrics.metrics:
        at = [one for one in trial.metrics.get_history(name) if one.step == trial.best_step]
        if name.startswith("val_") and at and np.isfinite(at[0].mean()):
            found[name.removeprefix("val_")] = float(at[0].mean())
    return found


def rebuilt(case: Case, place: int = 0) -> Rebuilt:
    """Build the model of one of the best trials anew and load the weights that the trial kept.

    Parameters
    ----------
    case : Case
        With a tuner.
    place : int
        0 for the best trial.

    Returns
    -------
    Rebuilt
        Built once; the tuner, its folder and Keras's state stay as they are.

    Raises
    ------
    NotChecked
        When the search trained in a way of its own, or its files are gone.
    """
    return case.once(("rebuilt", place), lambda: _rebuilt(case.extra("tuner"), completed(case)[place]))


def _rebuilt(tuner: Any, trial: Any) -> Rebuilt:
    import keras
    import keras_tuner

    own = type(tuner).run_trial.__module__.split(".")[0] != "keras_tuner"
    if own or type(tuner.hypermodel).fit is not keras_tuner.HyperModel.fit:
        raise NotChecked("the search trains its models in a way of its own")
    if getattr(tuner, "executions_per_trial", 1) != 1:
        raise NotChecked("each score is the average of several models, of which one was kept")
    folder = Path(os.path.join(str(tuner.directory), tuner.project_name, f"trial_{trial.trial_id}"))
    files = sorted(folder.glob("*.weights.h5"))
    if len(files) != 1:
        raise NotChecked("the weights of the best trial are no longer in the tuner's folder")
    settings = trial.hyperparameters.copy()
    known = set(settings.values)
    with seeds_kept(), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimiser's variables are not loaded, and not needed
        try:
            model = tuner.hypermodel.build(settings)
        except Exception as error:
            raise NotChecked(f"building the best trial's model again raised {type(error).__name__}") from error
        if not isinstance(model, keras.Model) or not model.built:
            raise NotChecked("the best trial's model has no weights until it is trained")
        asked = tuple(sorted(set(settings.values) - known))
        given = {name: getattr(tuner, name, None) for name in ("optimizer", "loss", "metrics")}
        if any(given.values()) or not getattr(model, "compiled", False):
            raise NotChecked("the tuner compiles the models, not the function that builds them")
        try:
            model.load_weights(files[0])
        except ValueError:
            return Rebuilt(trial, None, asked)
        except Exception as error:
            raise NotChecked(f"reading the best trial's weights raised {type(error).__name__}") from error
    return Rebuilt(trial, model, asked)


def scores(model: Any, part: Part, rows: Any = slice(None), labels: Any = None) -> dict[str, float]:
    """Return the loss and the metrics of a model that nobody else uses on a part of the data.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    part : Part
        With labels.
    rows : slice or ndarray
        Which examples.
    labels : ndarray, optional
        Others in place of the part's own.

    Raises
    ------
    NotChecked
        When the model does not take the data.
    """
    if part.y is None:
        raise NotChecked(f"the {part.name} data has no labels")
    y = part.y if labels is None else labels
    with seeds_kept():
        try:
            found = model.evaluate(part.X[rows], y[rows], verbose=0, return_dict=True)
        except Exception as error:
            raise NotChecked(
                f"the best trial's model does not take the {part.name} data ({type(error).__name__})"
            ) from error
    return {name: float(value) for name, value in found.items() if np.ndim(value) == 0}


def in_other_order(y: np.ndarray) -> np.ndarray:
    """Return labels in another order, the same each time: what a model scores on them it owes to nothing it knows."""
    return y[np.random.default_rng(0).permutation(len(y))]


def numbers_of(case: Case) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
    """Give each setting that is a number, with its values and the scores of the trials, higher being better.

    Parameters
    ----------
    case : Case
        With a tuner.

    Yields
    ------
    setting : keras_tuner hyperparameter
        A Float, an Int, or a Choice of numbers.
    values, scores : ndarray
        Of the trials that had it, the best first. Of Hyperband, those with as many epochs as the best.
    """
    done = completed(case)
    epochs = done[0].hyperparameters.values.get("tuner/epochs")
    done = [one for one in done if one.hyperparameters.values.get("tuner/epochs") == epochs]
    sign = 1 if case.extra("tuner").oracle.objective.direction == "max" else -1
    for setting in case.extra("tuner").oracle.get_space().space:
        if type(setting).__name__ not in ("Float", "Int", "Choice"):
            continue
        having = [one for one in done if setting.name in one.hyperparameters.values]
        values = [one.hyperparameters.values[setting.name] for one in having]
        if not having or having[0] is not done[0]:
            continue  # the best trial does not use it
        if any(isinstance(one, str | bool) or not np.isfinite(one) for one in values):
            continue
        yield setting, np.asarray(values, float), sign * np.asarray([one.score for one in having], float)
