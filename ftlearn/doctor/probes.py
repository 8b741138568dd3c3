"""Look at a model by running it, and leave it as it was: weights, optimiser, flags, random states, bit for bit."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.keeping import Kept, put_flags_back, without_compiled_functions
from ftlearn.doctor.private import drawing_kept, forget_global_seed, global_seed, layers_of
from ftlearn.doctor.rule import running


@contextlib.contextmanager
def untouched(model: Any) -> Iterator[None]:
    """Put back whatever running a model changes.

    Parameters
    ----------
    model : keras.Model
        Built.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization()])
    >>> with untouched(model):
    ...     _ = model(np.ones((4, 2)), training=True)
    >>> float(np.abs(model.layers[0].moving_mean).max())
    0.0
    """
    variables = _variables(model)
    values = [np.array(one) for one in variables]
    flags = [(layer, layer.trainable) for layer in (model, *layers_of(model))]
    trained = [(one, one.trainable) for one in variables]
    states, seed, kept = (random.getstate(), np.random.get_state()), global_seed(), Kept(model)
    without_compiled_functions(model)
    try:
        with drawing_kept():
            yield
    finally:
        for variable, value in zip(variables, values, strict=True):
            if np.array(variable).tobytes() != value.tobytes():  # looking is cheaper than writing
                variable.assign(value)
        put_flags_back(flags)
        for variable, flag in trained:
            if variable.trainable != flag:
                variable.trainable = flag
        kept.put_back()
        if seed is None and global_seed() is not None:
            forget_global_seed()
        random.setstate(states[0])
        np.random.set_state(states[1])


def _variables(model: Any) -> list[Any]:
    """Return every variable that running or training a model may change, seeds and the optimiser's too."""
    found = list(model.variables)
    optimizer = getattr(model, "optimizer", None)
    for one in (optimizer, getattr(optimizer, "inner_optimizer", None)):
        found += list(getattr(one, "variables", ()))  # some are there before it is built: steps, rate, scale
    for metric in getattr(model, "metrics", ()):
        found += list(metric.variables)
    if (seed := global_seed()) is not None:
        found.append(seed.state)
    return list({id(one): one for one in found}.values())


def statistics_that_move(model: Any, X: np.ndarray) -> list[str]:
    """Return the BatchNormalization layers whose statistics a training step on frozen or awake layers would move.

    Parameters
    ----------
    model : keras.Model
        Built.
    X : ndarray
        A few inputs.

    Returns
    -------
    list of str
        Their names, in the order of the layers.
    """
    import keras

    watched = [one for one in layers_of(model) if isinstance(one, keras.layers.BatchNormalization)]
    before = [np.array(one.moving_mean) for one in watched]
    with running(), untouched(model):
        model(X, training=True)
        after = [np.array(one.moving_mean) for one in watched]
    return [one.name for one, a, b in zip(watched, before, after, strict=True) if not np.array_equal(a, b)]


def inputs_of(model: Any, layer: Any, X: np.ndarray) -> Any:
    """Return what a layer inside a model receives when the model runs on a few inputs; None when it is not called.

    Parameters
    ----------
    model : keras.Model
        Built.
    layer : keras.Layer
        Inside the model, however deep.
    X : ndarray
        A few inputs of the model.

    Returns
    -------
    tensor or None
        The layer's first argument.
    """
    held = _calls(model, layer, X, False, lambda call, given, named: given[0] if given else next(iter(named.values())))
    return held[0] if held else None


def _calls(model: Any, layer: Any, X: np.ndarray, training: bool, look: Callable[..., Any]) -> list[Any]:
    """Run a model and look at every call of a layer inside it, with the arguments that it is really given."""
    held: list[Any] = []
    call = layer.call

    def watched(*given: Any, **named: Any) -> Any:
        held.append(look(call, given, named))
        return call(*given, **named)

    object.__setattr__(layer, "call", watched)
    try:
        with running(), untouched(model):
            model(X, training=training)
    finally:
        object.__delattr__(layer, "call")
    return held


def passes_differ(model: Any, layer: Any, X: np.ndarray) -> float:
    """Return how far two passes of a layer lie apart while its model trains, relative to what it puts out.

    Parameters
    ----------
    model : keras.Model
        Built; it decides what the layer receives, and in which mode.
    layer : keras.Layer
        Inside it.
    X : ndarray
        A few inputs of the model.

    Returns
    -------
    float
        0 for a layer without anything random; about 1 for a Dropout of one half.
    """
    found = _calls(model, layer, X, True, _apart)
    return max(found, default=0.0)


def _apart(call: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> float:
    first, second = (np.asarray(call(*given, **named), "float64") for _ in range(2))
    size = np.sqrt((np.square(first).mean() + np.square(second).mean()) / 2)
    return float(np.sqrt(np.square(first - second).mean()) / size) if size else 0.0
