"""Remember what a model, its optimiser and its metrics hold in Python, and put it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_FUNCTIONS = ("train_function", "test_function", "predict_function")
_CONTAINERS = (list, dict, set)


class Kept:
    """The attributes of everything that a model is made of, as they were.

    Variables are left to the caller: here is what stands beside them, such as which of them an optimiser or a metric
    has made so far, what is compiled, the history, and whether training was told to stop.

    Parameters
    ----------
    model : keras.Model
        Any.

    Examples
    --------
    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> kept = Kept(model)
    >>> _ = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    >>> model.optimizer.built, kept.put_back(), model.optimizer.built
    (True, None, False)
    """

    def __init__(self, model: Any):
        self._held = [(one, dict(vars(one)), _contents(one)) for one in _parts(model)]

    def put_back(self) -> None:
        """Give every attribute its value again, and every list, mapping and set its contents."""
        for thing, attributes, contents in self._held:
            now = vars(thing)
            if now.keys() != attributes.keys() or any(now[name] is not one for name, one in attributes.items()):
                now.clear()
                now.update(attributes)
            for container, items in contents:
                _refill(container, items)


def put_flags_back(flags: list[tuple[Any, bool]]) -> None:
    """Give layers the `trainable` that they had; a layer's flag overwrites those inside it, which may come first."""
    for _ in range(len(flags) + 1):
        changed = [(layer, flag) for layer, flag in flags if layer.trainable != flag]
        for layer, flag in changed:
            layer.trainable = flag
        if not changed:
            break


def without_compiled_functions(model: Any) -> None:
    """Let a model compile its functions anew: those it has would learn of shapes and flags that hold here only."""
    for name in _FUNCTIONS:
        if vars(model).get(name) is not None:
            vars(model)[name] = None


def _parts(model: Any) -> list[Any]:
    """Return the model and every layer, metric, loss and optimiser that it holds, with what tracks their variables."""
    import keras

    kinds = (keras.Layer, keras.metrics.Metric, keras.losses.Loss, keras.optimizers.Optimizer)
    found: dict[int, Any] = {}
    waiting = [model]
    while waiting:
        one = waiting.pop()
        if id(one) in found or not hasattr(one, "__dict__"):
            continue
        found[id(one)] = one
        waiting += [
            each for value in vars(one).values() for each in _flat(value)
            if isinstance(each, kinds) or type(each).__name__ == "Tracker"
        ]  # fmt: skip
    return list(found.values())


def _flat(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple | set) and depth < 5:
        for each in value:
            yield from _flat(each, depth + 1)
    else:
        yield value


def _contents(thing: Any) -> list[tuple[Any, Any]]:
    """Return the containers in an object's attributes with copies of what is in them, containers inside them too.

    TensorFlow puts wrappers around containers that it tracks, with a storage of their own in an attribute.
    """
    found: dict[int, tuple[Any, Any]] = {}
    waiting = [one for one in vars(thing).values() if isinstance(one, _CONTAINERS)]
    while waiting and len(found) < 1000:
        one = waiting.pop()
        one = getattr(one, "__wrapped__", one)
        if id(one) in found:
            continue
        held = vars(one) if hasattr(one, "__dict__") else {}
        found[id(one)] = one, _copy(one)
        if held:
            found[id(held)] = held, dict(held)
        inside = [*held.values(), *(one.values() if isinstance(one, dict) else one)]
        waiting += [each for each in inside if isinstance(each, _CONTAINERS)]
    return list(found.values())


def _copy(container: Any) -> Any:
    """Return what a container itself holds, whatever a class derived from it makes of that."""
    kind = next(one for one in _CONTAINERS if isinstance(container, one))
    return kind.copy(container)


def _refill(container: Any, items: Any) -> None:
    """Give a container its items again past what Keras does when one is added: it must not track them twice."""
    if isinstance(container, list):
        now = list.copy(container)
        if len(now) != len(items) or any(a is not b for a, b in zip(now, items, strict=True)):
            list.clear(container)
            list.extend(container, items)
    elif isinstance(container, dict):
        if container.keys() != items.keys() or any(container[name] is not one for name, one in items.items()):
            dict.clear(container)
            dict.update(container, items)
    elif container != items:
        set.clear(container)
        set.update(container, items)
