"""What is examined: a model, its data, its history, each looked at once and only when a rule asks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ftlearn.doctor.parts import LIMIT, Part, read
from ftlearn.doctor.pipelines import chain_of, draws_at_random, reshuffles
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.probes import statistics_that_move
from ftlearn.doctor.rule import NotChecked
from ftlearn.doctor.stepping import Step, one_step, weights_before

__all__ = ["LIMIT", "Case", "Part"]


class Case:
    """A model with its data and history, for rules to look at.

    Parameters
    ----------
    model : keras.Model
        Any.
    data : Mapping of str to object
        By part: an array pair, a tf.data dataset, a PyDataset; what is missing is not there.
    history : object, optional
        What `fit` returned, or a mapping of its lists; a list of them for several stages.
    observed : Mapping, optional
        Facts of one who watched the program.
    **extra
        Further arguments of `examine`, for `extra`.
    """

    def __init__(
        self, model: Any, data: Mapping[str, Any], history: Any = None, observed: Any = None, **extra: Any
    ):  # fmt: skip
        self.observed = dict(observed or {})
        self.model, self._data, self._history = model, dict(data), history
        self._parts: dict[str, Part] = {}
        self._extra = extra
        self.sampled_parts: dict[str, str] = {}
        self._measured: dict[Any, Any] = {}

    def once(self, key: Any, measure: Callable[[], Any]) -> Any:
        """Measure something that rules share when the first of them asks, and give the others the same.

        Parameters
        ----------
        key : hashable
            What it is.
        measure : callable
            Makes it.

        Raises
        ------
        NotChecked
            Each time, where the first measurement did.
        """
        if key not in self._measured:
            try:
                self._measured[key] = measure()
            except NotChecked as reason:
                self._measured[key] = reason
        if isinstance(self._measured[key], NotChecked):
            raise self._measured[key]
        return self._measured[key]

    def part(self, name: str) -> Part:
        """Return a part of the data.

        Raises
        ------
        NotChecked
            When it was not given, or cannot be read as arrays.
        """
        if name not in self._data or self._data[name] is None:
            raise NotChecked(f"no {name} data was given")
        self._parts[name] = self.once(("part", name), lambda: read(name, self._data[name], self._rank))
        return self._parts[name]

    def again(self, name: str) -> Part:
        """Return a part as a second pass over it gives it; the same for arrays, which cannot change.

        Raises
        ------
        NotChecked
            When it was not given, or cannot be read as arrays.
        """
        part = self.part(name)
        if isinstance(part.source, tuple | list | np.ndarray):
            return part
        return self.once(("again", name), lambda: self._second_pass(part))

    def _second_pass(self, part: Part) -> Part:
        source = part.source
        if part.whole and part.batches and any(map(draws_at_random, chain_of(source) or ())):
            # Under a global seed each iterator draws the same numbers anew; only a longer one goes on drawing.
            source = source.repeat(2).skip(part.batches)
        return replace(read(part.name, source, self._rank), source=part.source)

    def sums(self, name: str) -> list[bytes]:
        """Return a sum for every example of a part that equal inputs share, in order.

        Raises
        ------
        NotChecked
            When it was not given, or cannot be read as arrays.
        """
        return self.once(("sums", name), lambda: _sums(self.part(name).X))

    @property
    def sampled(self) -> str:
        """Of which parts only a piece was looked at, as a sentence; empty when all was."""
        cut = [one for one in self._parts.values() if not one.whole]
        told = [
            f"the first {len(one.X):,} of {f'{one.total:,}' if one.total else 'more'} {one.name} examples"
            for one in cut
        ]
        told = [f"looked at {', '.join(told)}"] * bool(told) + list(self.sampled_parts.values())
        said = ", ".join(told)
        turned = [one.name for one in self._parts.values() if reshuffles(one.source)]
        moved = f" Reading moved the shuffling of {', '.join(turned)} on: the next epoch comes in another order."
        return (f"{said[:1].upper()}{said[1:]}." if said else "") + (moved if said else moved[1:]) * bool(turned)

    @cached_property
    def _rank(self) -> int | None:
        shape = getattr(self.model, "input_shape", None) if getattr(self.model, "built", False) else None
        return len(shape) if isinstance(shape, tuple) and all(not isinstance(one, tuple) for one in shape) else None

    def parts(self, least: int = 1) -> list[Part]:
        """Return every part that was given, train first.

        Raises
        ------
        NotChecked
            When there are fewer than so many.
        """
        found = [self.part(name) for name in ("train", "validation", "test") if self._data.get(name) is not None]
        if len(found) < least:
            lacks = f"only {found[0].name} data was given" if found else "no train, validation or test data was given"
            raise NotChecked(f"{lacks}; {least} parts are needed" if found else lacks)
        return found

    def extra(self, name: str) -> Any:
        """Return a further argument of `examine`.

        Raises
        ------
        NotChecked
            When it was not given.
        """
        if self._extra.get(name) is None:
            raise NotChecked(f"no {name} {'were' if name.endswith('s') else 'was'} given")
        return self._extra[name]

    @cached_property
    def history(self) -> dict[str, list[float]]:
        """The history's lists.

        Raises
        ------
        NotChecked
            When none was given.
        """
        given = self._history[-1] if isinstance(self._history, list | tuple) and self._history else self._history
        held = getattr(given, "history", given)
        if not isinstance(held, Mapping) or not held:
            raise NotChecked("no history was given")
        try:
            return {str(name): [float(one) for one in values] for name, values in held.items() if np.ndim(values) == 1}
        except (TypeError, ValueError) as error:
            raise NotChecked("the history holds values that are no numbers") from error

    @property
    def stages(self) -> int:
        """How many histories were given."""
        return len(self._history) if isinstance(self._history, list | tuple) else int(self._history is not None)

    @property
    def given_before(self) -> bool:
        """Whether the weights before the last stage were given."""
        return self._extra.get("before") is not None

    @cached_property
    def before(self) -> dict[int, np.ndarray]:
        """What each weight was before the last stage, by the variable's id.

        Raises
        ------
        NotChecked
            When that was not given, or belongs to another model.
        """
        if not self.given_before:
            raise NotChecked("the weights before fine-tuning were not given (before=)")
        return weights_before(self._extra["before"], self.built, lambda: self.base)

    @property
    def step(self) -> Step:
        """One step of training, taken and undone."""
        return self.once("step", lambda: one_step(self))

    @property
    def moved_statistics(self) -> list[str]:
        """The BatchNormalization layers whose statistics a training step would move, by name."""
        return self.once("statistics", lambda: statistics_that_move(self.built, self.batch()))

    @cached_property
    def built(self) -> Any:
        """The model, once its weights exist.

        Raises
        ------
        NotChecked
            When they do not.
        """
        if not getattr(self.model, "built", False) or not hasattr(self.model, "weights"):
            raise NotChecked("the model is not built: call it on a batch first")
        return self.model

    @cached_property
    def compiled(self) -> Any:
        """The model, once it is compiled.

        Raises
        ------
        NotChecked
            When it is not.
        """
        if not getattr(self.model, "compiled", False):
            raise NotChecked("the model is not compiled")
        return self.built

    @cached_property
    def layers(self) -> list[Any]:
        """Every layer inside the model, however deep."""
        return list(layers_of(self.built))

    @cached_property
    def base(self) -> Any:
        """The model inside the model that holds most of its weights: what was pretrained, as a rule.

        Raises
        ------
        NotChecked
            When no model is nested in it.
        """
        given = self._extra.get("base")
        if given is not None:
            if not hasattr(given, "layers") or not hasattr(given, "weights"):
                raise NotChecked(f"the base that was given is no model ({type(given).__name__})")
            return given
        nested = [one for one in self.layers if hasattr(one, "layers") and one.weights]
        if not nested:
            raise NotChecked("no model is nested in this one, so there is no base to tell from a head")
        largest = max(nested, key=lambda one: one.count_params())
        if largest.count_params() < self.built.count_params() / 2:
            raise NotChecked("no nested model holds most of the weights")
        return largest

    def batch(self, name: str = "train", rows: int = 32) -> np.ndarray:
        """Return a few inputs of a part."""
        return self.part(name).X[:rows]


def _sums(X: np.ndarray) -> list[bytes]:
    rows = np.ascontiguousarray(X, "float32" if X.dtype.kind in "biuf" else None)
    return [hashlib.blake2b(row.tobytes(), digest_size=12).digest() for row in rows]
