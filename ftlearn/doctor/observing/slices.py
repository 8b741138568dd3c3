"""Which of a model's outer layers the program takes by a slice, and on which layers it sets `trainable`."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .places import Places
from .stages import Site

_KEPT = 5000


class _Layers(list):
    """What `model.layers` gives the program: a list that tells when a slice of it is taken."""

    def __init__(self, layers: list[Any], note: Callable[[slice], None]):
        super().__init__(layers)
        self._note = note

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            with contextlib.suppress(Exception):  # a note that fails is none of the program's business
                self._note(key)
        return super().__getitem__(key)


class Slices:
    """Notes of the slices that the program takes of layers, and of the flags that it sets.

    Parameters
    ----------
    places : Places
        Which code is the program's: what libraries do is not noted.
    now : callable
        Gives the number of the stage of training that comes next.
    """

    def __init__(self, places: Places, now: Callable[[], int]):
        self.places, self.now = places, now
        self._taken: list[tuple[int, int, dict[str, Any]]] = []
        self._set: list[tuple[int, int, str, bool, Site]] = []

    def given(self, model: Any, layers: list[Any]) -> list[Any]:
        """Return a model's layers; to the program itself as a list that tells of slices."""
        if not self._own(sys._getframe(2)):
            return layers
        return _Layers(layers, lambda key: self._took(model, len(layers), key))

    def flagged(self, layer: Any, value: Any) -> None:
        """Note that `trainable` of a layer is set, when the program itself does it."""
        frame = sys._getframe(2)
        while frame.f_code.co_name == "__setattr__" and frame.f_back is not None:
            frame = frame.f_back  # a class's own, between the program and the layer
        if self._own(frame) and len(self._set) < _KEPT:
            self._set.append((self.now(), id(layer), layer.name, bool(value), self.places.site()))

    def between(self, model: Any, first: int, last: int) -> dict[str, Any]:
        """Return what was noted between two stages of training, as facts for `examine`.

        Parameters
        ----------
        model : keras.Model
            The model that was trained.
        first, last : int
            The numbers of the stage before, and of this one.

        Returns
        -------
        dict
            ``trainable_set``: layer, value, and how often that line set a flag; ``layers_sliced``: start, stop, and how
            many layers the sliced model has.
        """
        made = [one for one in self._set if first <= one[0] < last]
        lines = [one[4] for one in made]
        return {
            "trainable_set": [(name, value, lines.count(site)) for _, _, name, value, site in made],
            "layers_sliced": [told for at, owner, told in self._taken if owner == id(model) and first <= at < last],
        }

    def _took(self, model: Any, count: int, key: slice) -> None:
        plain = all(isinstance(one, int | None) for one in (key.start, key.stop))
        if plain and self._own(sys._getframe(3)) and len(self._taken) < _KEPT:
            self._taken.append((self.now(), id(model), {"start": key.start, "stop": key.stop, "of": count}))

    def _own(self, frame: FrameType) -> bool:
        return self.places.own(frame.f_code.co_filename)


def put_around(keras: Any, slices: Slices, put: Callable[[Any, str, Any], None]) -> None:
    """Watch `layers` of models, and who sets `trainable` of layers.

    Parameters
    ----------
    keras : module
        As imported.
    slices : Slices
        Who is told.
    put : callable
        Takes an owner, a name and what to put there.
    """
    owners = {one for kind in (keras.Model, keras.Sequential, _functional()) if kind for one in kind.__mro__}
    for owner in owners:
        held = vars(owner).get("layers")
        if isinstance(held, property):
            put(owner, "layers", property(_giving(held.fget, slices), held.fset, held.fdel, held.__doc__))
    put(keras.Layer, "__setattr__", _setting(vars(keras.Layer)["__setattr__"], slices))


def _giving(original: Any, slices: Slices) -> Any:
    def layers(this: Any) -> Any:
        held = original(this)
        if type(held) is list:
            with contextlib.suppress(Exception):
                return slices.given(this, held)
        return held

    return layers


def _setting(original: Any, slices: Slices) -> Any:
    """Return what sets an attribute; a flag that is so already does not get as far as the property."""

    @functools.wraps(original)
    def __setattr__(this: Any, name: str, value: Any) -> None:
        if name == "trainable":
            with contextlib.suppress(Exception):
                slices.flagged(this, value)
        original(this, name, value)

    return __setattr__


def _functional() -> Any:
    module = sys.modules.get("keras.src.models.functional")
    return getattr(module, "Functional", None)
