"""What only one who watched the program knows: facts for `examine(observed=…)`, and the parts of the data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from .data import Data
from .places import Places, says_test
from .stages import Model, Search, Stage
from .watcher import Watcher


def observed(watcher: Watcher, known: Model, stage: Stage) -> dict[str, Any]:
    """Return the facts about a stage.

    Parameters
    ----------
    watcher : Watcher
        Who saw the program.
    known : Model
        The model.
    stage : Stage
        One of its stages.

    Returns
    -------
    dict
        ``fits_since_compile``, ``called_fine_tuning``, ``last_stage``, ``scores_by_class`` always; where they are known
        ``validation_split`` (the row it cuts at), ``changed_since_compile`` (layers), ``learning_rate`` and
        ``earlier_stage`` (its learning rate, where it was compiled, the layers thawed since),
        ``validation_called_test`` (names and place), ``trainable_set`` and ``layers_sliced`` (what `Slices` noted).
    """
    facts: dict[str, Any] = {
        "fits_since_compile": stage.fits_before, "called_fine_tuning": stage.tuned,
        "last_stage": known.stages[-1] is stage, "scores_by_class": sorted(watcher.scores),
    }  # fmt: skip
    place = known.stages.index(stage)
    facts |= watcher.slices.between(known.model, known.stages[place - 1].order if place else 0, stage.order)
    if stage.cut is not None:
        facts["validation_split"] = stage.cut
    if stage.compiled is not None and stage.before is not None:
        then = stage.compiled.state.awake
        facts["changed_since_compile"] = [
            one.name for one, flag in stage.before.flags if one.weights and then.get(id(one), flag) != flag
        ]
    if stage.compiled is not None and stage.compiled.rate is not None:
        facts["learning_rate"] = stage.compiled.rate
        last = known.stages[place - 1] if place else None
        if last and last.compiled and last.compiled is not stage.compiled and stage.before:
            was = last.before.awake if last.before else {}
            facts["earlier_stage"] = {
                "learning_rate": last.compiled.rate,
                "line": watcher.places.line(last.compiled.place),
                "thawed": [
                    one.name for one, flag in stage.before.flags
                    if one.weights and not getattr(one, "layers", None) and flag and was.get(id(one)) is False
                ],
            }  # fmt: skip
    if told := _called_test(watcher.places, stage):
        facts["validation_called_test"] = told
    return facts


def _called_test(places: Places, stage: Stage) -> dict[str, Any] | None:
    """Return by which name the program knows its validation data, when it is that of test data judged afterwards."""
    held = stage.validation
    if held is None or not says_test(held.names):
        return None
    for _, data in stage.tests:
        if data.key == held.key or data.overlaps(held):
            return {"names": sorted(held.names), "judged": places.line(data.place), "place": data.place}
    return None


def parts(stage: Stage) -> tuple[dict[str, Any], list[str]]:
    """Return the data of a stage as `examine` takes it, and what of it cannot be used, in words.

    Parameters
    ----------
    stage : Stage
        With what its calls were given.

    Returns
    -------
    given : dict
        By part: train, validation, test; None where there is none.
    lacking : list of str
        Why a part is not among them.
    """
    given: dict[str, Any] = {"train": None, "validation": None, "test": None}
    lacking: list[str] = []
    for name, data in (("train", stage.train), ("validation", stage.validation), ("test", _test(stage))):
        if data is None:
            continue
        if data.changed:
            lacking.append(f"the program changed the {name} data in place after the call")
            continue
        given[name] = data.given
    return given, lacking


def _test(stage: Stage) -> Data | None:
    """Return the data that the model was judged on and that is neither train nor validation."""
    others = [one for one in (stage.train, stage.validation) if one is not None]
    found = []
    for kind, data in stage.tests:
        named = says_test(data.names)
        if any(data.key == one.key or data.overlaps(one) for one in others):
            continue
        if named or kind == "evaluate":
            found.append((named, _labelled(data), data))
    found.sort(key=lambda one: one[:2])
    if not found:
        return None
    named, _, data = found[-1]
    return data if named or not _same_rows(data, others) else None


def _labelled(data: Data) -> bool:
    return not isinstance(data.given, tuple) or len(data.pieces) > 1


def _same_rows(data: Data, others: list[Data]) -> bool:
    """Return whether most rows are those of train or validation: a part judged again, which nobody called test."""
    from ftlearn.doctor.parts import read
    from ftlearn.doctor.rule import NotChecked

    def rows(one: Data) -> set[bytes]:
        return {row.tobytes() for row in read("test", one.given).X[:2000]}

    try:
        own = rows(data)
        return any(len(own & rows(one)) > len(own) / 2 for one in others)
    except NotChecked:
        return False


def scaler(stage: Stage) -> tuple[Any, Any]:
    """Return the one scaler whose columns are those of the train data, and where it was fitted; else None twice."""
    shape = getattr(stage.train.pieces[0], "shape", ()) if stage.train and stage.train.pieces else ()
    fitting = [
        one for one in stage.scalers if len(shape) > 1 and getattr(one[0], "n_features_in_", None) == shape[-1]
    ]  # fmt: skip
    return fitting[0] if len({id(one) for one, _ in fitting}) == 1 else (None, None)


def histories(known: Model, stage: Stage) -> Any:
    """Return the history of a stage, after those of the stages before it."""
    place = known.stages.index(stage)
    held = [SimpleNamespace(history=one.history, params=one.params) for one in known.stages[: place + 1] if one.history]
    return held[0] if len(held) == 1 else held or None


def judged_later(watcher: Watcher, search: Search) -> Any:
    """Return what the program calls its test data and judges a model on after a search; None where there is none."""
    for known in watcher.models.values():
        for stage in known.stages:
            for _, data in stage.tests if stage.order > search.order else ():
                if says_test(data.names) and _labelled(data) and not data.changed:
                    return data.given
    return None


def searched(search: Search) -> dict[str, Any]:
    """Return the facts about a search."""
    names = search.validation.names if search.validation else set()
    return {
        "trials_before_search": search.trials_before, "validation_names": sorted(names),
        "validation_is_called_test": says_test(names),
    }  # fmt: skip
