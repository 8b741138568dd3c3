"""What is noted down while the program runs: cheap, silent, and never in its way."""

from __future__ import annotations

import functools
import inspect
import threading
import weakref
from collections.abc import Callable
from typing import Any

from .data import Data, data_of, split
from .places import Places, argument, bound, written
from .slices import Slices
from .stages import Compile, Model, Search, Site, Stage, State

_KEPT = 400


class Watcher:
    """Notes of one program.

    Parameters
    ----------
    places : Places
        Which code is the program's.
    """

    def __init__(self, places: Places):
        self.places = places
        self.models: dict[int, Model] = {}
        self.searches: list[Search] = []
        self.missing: list[str] = []
        self.scores: set[str] = set()
        self.counts = {"compile": 0, "fit": 0, "evaluate": 0, "predict": 0, "search": 0}
        self.dropped = 0  # stages that repeat another's lines
        self._scalers: list[tuple[Any, Site]] = []
        self._made: weakref.WeakKeyDictionary[Any, Site] = weakref.WeakKeyDictionary()
        self._bases: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self._local = threading.local()
        self._lock = threading.RLock()
        self._order = 0
        self.slices = Slices(places, lambda: self._order)

    # -- the frame of every note

    def safely(self, note: Callable[..., Any], *given: Any) -> Any:
        """Take a note; what goes wrong with it is written down and stays here."""
        try:
            with self._lock:
                return note(*given)
        except Exception as error:
            self.missed(f"a call of {getattr(note, '__name__', 'a function')} could not be noted", error)
            return None

    def missed(self, what: str, error: BaseException) -> None:
        """Write down what was not observed, and why."""
        said = f"{what}, because of {type(error).__name__}: {str(error).strip().partition(chr(10))[0][:120]}"
        if said not in self.missing:
            self.missing.append(said)

    def deeper(self, by: int) -> None:
        """Enter or leave a call of Keras: what it calls itself is not the program's call."""
        self._local.depth = self._depth + by

    @property
    def _depth(self) -> int:
        return getattr(self._local, "depth", 0)

    def nothing(self, *_: Any) -> None:
        """Note nothing."""

    # -- models

    def made(self, model: Any) -> None:
        """Note where a model is made."""
        self._made[model] = self.places.site()

    def joined(self, model: Any) -> None:
        """Note which model stands in a functional one, layer by layer."""
        own = {id(one) for one in model.layers if one.weights}
        best, most = None, 0
        for other in list(self._made):
            if other is model or not getattr(other, "built", False):
                continue
            if type(other).__name__ not in ("Functional", "Sequential"):
                continue
            inside = [one for one in other.layers if one.weights]
            if len(inside) > most and len(inside) < len(own) and all(id(one) in own for one in inside):
                best, most = other, len(inside)
        if best is not None:
            self._bases[model] = best

    def _model(self, model: Any) -> Model:
        known = self.models.get(id(model))
        if known is None:
            known = self.models[id(model)] = Model(model, self._made.get(model, ()), self._bases.get(model))
        return known

    # -- compile

    def compiling(self, original: Any, model: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Keep the state that ends here."""
        if self._depth:
            return None
        self._close(model)
        return _bound(original, model, given, named)

    def compiled(self, model: Any, arguments: Any, _: Any, error: BaseException | None) -> None:
        """Note what a model was compiled with."""
        if arguments is None or error is not None:
            return
        self.counts["compile"] += 1
        optimizer = getattr(model, "optimizer", None)
        self._model(model).compiled = Compile(
            self.places.site(), arguments, State.of(model, copy=False), optimizer, _rate(optimizer)
        )

    def _close(self, model: Any) -> None:
        known = self.models.get(id(model))
        if known is not None and known.stage is not None and known.stage.after is None:
            known.stage.after = State.of(model)
            if known.compiled is not None:
                known.compiled.function = getattr(model, "train_function", None)

    # -- fit

    def fitting(self, original: Any, model: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Stage | None:
        """Note that training begins, and with what."""
        if self._depth:
            return None
        arguments = _bound(original, model, given, named)
        self.counts["fit"] += 1
        frames, place = self.places.frames(), self.places.site()
        known = self._model(model)
        last = known.stage
        if last is not None and last.place == place and last.compiled is known.compiled and last.trained:
            last.after = None  # again from the same line: a loop of epochs
            return self._given(last, arguments, frames)
        self._close(model)
        stage = Stage(place, known.compiled, before=State.of(model), scalers=list(self._scalers), order=self._next())
        stage.fits_before = known.compiled.fits if known.compiled else 0
        names = [one.f_code.co_name for one in frames]
        stage.tuned = bool(known.stages) and self.places.called_tuning(known.stages[-1].place, place, names)
        self._given(stage, arguments, frames)
        known.stages.append(stage)
        self._thin(known, stage)
        return stage

    def _given(self, stage: Stage, arguments: dict[str, Any], frames: list[Any]) -> Stage:
        x, y, weight = (arguments.get(one) for one in ("x", "y", "sample_weight"))
        call = self._written(frames)
        told = {"place": stage.place}
        share, held = arguments.get("validation_split") or 0.0, arguments.get("validation_data")
        cut = split(x, y, float(share)) if share and held is None else None
        if cut:
            stage.train, stage.validation, stage.cut = Data(cut[0], **told), Data(cut[1], **told), cut[2]
        else:
            stage.train = data_of(x, y, weight, **told)
        if held is not None:
            things = list(held) if isinstance(held, tuple | list) else [held]
            names = bound(frames, [*things, held]) | argument(call, "validation_data", None)
            stage.validation = data_of(tuple(held) if isinstance(held, list) else held, names=names, **told)
        stage.callbacks = list(_listed(arguments.get("callbacks")))
        return stage

    def fitted(self, model: Any, stage: Stage | None, result: Any, error: BaseException | None) -> None:
        """Note that training is over, or broke off."""
        if stage is None:
            return
        history = result if result is not None else getattr(model, "history", None)
        for name, values in (getattr(history, "history", None) or {}).items():
            stage.history.setdefault(str(name), []).extend(values)
        stage.params = dict(getattr(history, "params", None) or {})
        if error is None:
            stage.trained, stage.fitted = True, frozenset(map(id, model.weights))
            if stage.compiled is not None:
                stage.compiled.fits += 1

    def _thin(self, known: Model, stage: Stage) -> None:
        """Of stages from the same lines keep the first and the last; a model without stages is let go."""
        alike = [
            (owner, one) for owner in self.models.values() for one in owner.stages
            if one.place == stage.place and _place(one) == _place(stage)
        ]  # fmt: skip
        alike.sort(key=lambda pair: pair[1].order)
        for owner, one in alike[1:-1]:
            owner.stages.remove(one)
            self.dropped += 1
            if not owner.stages and owner is not known:
                self.models.pop(id(owner.model), None)
        if len(self.models) > _KEPT:
            for key in [key for key, owner in self.models.items() if not owner.stages][: _KEPT // 2]:
                del self.models[key]

    # -- evaluate and predict

    def evaluating(self, original: Any, model: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Note on what a model is judged."""
        self._used("evaluate", original, model, given, named)

    def predicting(self, original: Any, model: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Note on what a model answers."""
        self._used("predict", original, model, given, named)

    def _used(self, kind: str, original: Any, model: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        if self._depth:
            return
        arguments = _bound(original, model, given, named)
        self.counts[kind] += 1
        frames, place = self.places.frames(), self.places.site()
        x, y = arguments.get("x"), arguments.get("y")
        names = bound(frames, [x, y]) | argument(self._written(frames), "x", 0)
        data = data_of(x, y if y is not None else _labels(frames, names, x), names=names, place=place)
        if data is None:
            return
        known = self._model(model)
        if known.stage is None:
            known.stages.append(Stage(place, known.compiled, order=self._next(), scalers=list(self._scalers)))
            self._thin(known, known.stages[-1])
        if known.stages:
            known.stages[-1].tests[:] = [*known.stages[-1].tests[-9:], (kind, data)]

    # -- others

    def searching(self, original: Any, tuner: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Note what a tuner searches with."""
        self.counts["search"] += 1
        frames, place = self.places.frames(), self.places.site()
        arguments = dict(zip(("x", "y"), given, strict=False)) | named
        stage = self._given(Stage(place), arguments, frames)
        before = len(getattr(tuner.oracle, "trials", ()))
        self.searches.append(Search(tuner, place, stage.train, stage.validation, before, self._next()))
        del self.searches[1:-1]

    def scaled(self, scaler: Any) -> None:
        """Note a scaler of scikit-learn."""
        if not self._depth:
            self._scalers[:] = [*self._scalers[-7:], (scaler, self.places.site())]

    def scored(self, name: str, caller: str) -> None:
        """Note a metric of scikit-learn that tells more than accuracy, when the program itself asks for it."""
        if self.places.own(caller):
            self.scores.add(name)

    def _written(self, frames: list[Any]) -> Any:
        return written(frames[0], self.places.lines(frames[0].f_code.co_filename)) if frames else None

    def _next(self) -> int:
        self._order += 1
        return self._order


def _place(stage: Stage) -> Site:
    return stage.compiled.place if stage.compiled else ()


def _bound(original: Any, model: Any, given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    found = dict(_signature(original).bind(model, *given, **named).arguments)
    found.pop("self", None)
    return found


@functools.cache
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


def _rate(optimizer: Any) -> float | None:
    if optimizer is None:
        return None
    from ftlearn.doctor.stepping import rates

    return rates(optimizer)[0]


def _listed(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    held = callbacks if isinstance(callbacks, list | tuple) else getattr(callbacks, "callbacks", [callbacks])
    return list(held)


def _labels(frames: list[Any], names: set[str], x: Any) -> Any:
    """Return what the program calls the labels of ``X_test``, when it gives `predict` that: ``y_test``."""
    for name in names:
        for old, new in (("X", "y"), ("x", "y"), ("images", "labels"), ("features", "labels")):
            if not name.startswith(old) and not name.endswith(old):
                continue
            other = name.replace(old, new, 1)
            for frame in frames:
                for space in (frame.f_locals, frame.f_globals):
                    value = space.get(other)
                    if value is not None and hasattr(x, "shape") and getattr(value, "shape", (0,))[:1] == x.shape[:1]:
                        return value
    return None
