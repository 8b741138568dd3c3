"""The only place that touches private parts of Keras; each has a way round for versions without them."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import numpy as np


def layers_of(model: Any) -> Iterator[Any]:
    """Give every layer inside a model, however deep it is nested, each once.

    Parameters
    ----------
    model : keras.Model
        Any.

    Yields
    ------
    keras.Layer
        Without the model itself.
    """
    flatten = getattr(model, "_flatten_layers", None)
    if callable(flatten):
        yield from flatten(include_self=False, recursive=True)
        return
    seen: set[int] = {id(model)}
    waiting = list(getattr(model, "layers", ()))  # a Sequential keeps a second model of the same layers: passed over
    while waiting:
        layer = waiting.pop(0)
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        waiting += getattr(layer, "layers", None) or []
        parts = [value for name, value in vars(layer).items() if not name.startswith(("_functional", "_self_"))]
        waiting += [one for value in parts for one in _held_layers(value)]


def _held_layers(value: Any) -> list[Any]:
    """Return the layers in an attribute: itself, or in a list, a tuple or a mapping."""
    import keras

    if isinstance(value, keras.Layer):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [one for each in value for one in _held_layers(each)] if isinstance(value, list | tuple | set) else []


def trainable_at_compile(model: Any) -> dict[int, bool] | None:
    """Return what each layer's `trainable` was when the model was compiled, by id; None where Keras does not tell."""
    held = getattr(model, "_compiled_trainable_state", None)
    try:
        return {id(layer): bool(flag) for layer, flag in held.items()} if held else None
    except (AttributeError, TypeError, ReferenceError):
        return None


def optimised(optimizer: Any, model: Any = None) -> set[int] | None:
    """Return the ids of the variables that an optimiser was built for; None before, and where that cannot be told.

    Where Keras does not tell, a gradient of zero is applied to each weight of the model, which an optimiser refuses for
    one that it was not built for; what that changes is put back.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if not getattr(optimizer, "built", False):
        return None
    held = getattr(optimizer, "_trainable_variables", None)
    if held is not None:
        return {id(one) for one in held} or None
    if model is None or not hasattr(optimizer, "apply"):
        return None
    return _accepted(optimizer, model.weights) or None


def _accepted(optimizer: Any, weights: list[Any]) -> set[int]:
    import keras

    kept = [(one, np.array(one)) for one in [*optimizer.variables, *weights]]
    found = set()
    try:
        for one in weights:
            try:
                optimizer.apply([keras.ops.zeros(one.shape, one.dtype)], [one])
            except (ValueError, KeyError):  # it does not know this one
                continue
            except Exception:  # it does, but cannot take one alone
                pass
            found.add(id(one))
    finally:
        for one, value in kept:
            one.assign(value)
    return found


def trained_by_fit(model: Any) -> set[int] | None:
    """Return the ids of the weights that `fit` goes on to train, whatever `trainable` says since.

    Keras writes the flags into its compiled training function when that is first run, and builds the optimiser for the
    same weights. None until then, and where no such function exists: there the flags hold as they stand.
    """
    import keras

    if keras.backend.backend() != "tensorflow" or own_training_step(model):
        return None
    if getattr(model, "train_function", None) is None or getattr(model, "run_eagerly", False):
        return None
    return optimised(getattr(model, "optimizer", None), model)


def asked_for_inference(model: Any) -> dict[int, bool] | None:
    """Return for layers of a functional model what `training=` they were called with, by id, where it was said.

    Where Keras keeps no nodes, the configuration that it saves is read; None where there is none either.
    """
    operations = list(getattr(model, "operations", None) or ())
    if any(not hasattr(one, "_inbound_nodes") for one in operations):
        return _asked_by_config(model, operations)
    found: dict[int, bool] = {}
    depths = getattr(model, "_nodes_by_depth", None) or {}
    own = {id(node) for nodes in depths.values() for node in nodes}  # a layer may be called in other models too
    for operation in operations:
        for node in operation._inbound_nodes:
            if own and id(node) not in own:
                continue
            said = getattr(getattr(node, "arguments", None), "kwargs", {}).get("training")
            if isinstance(said, bool):
                found[id(operation)] = said
    return found


def _asked_by_config(model: Any, operations: list[Any]) -> dict[int, bool] | None:
    try:
        told = {one["name"]: one.get("inbound_nodes", ()) for one in model.get_config()["layers"] if "name" in one}
    except Exception:  # a layer that cannot be written down
        return None
    found: dict[int, bool] = {}
    for operation in operations:
        for node in told.get(operation.name, ()):
            said = node.get("kwargs", {}).get("training") if isinstance(node, dict) else None
            if isinstance(said, bool):
                found[id(operation)] = said
    return found


def _global_state() -> Any:
    """Return the module in which Keras keeps what is the same for all models; None where there is none."""
    try:
        from keras.src.backend.common import global_state

        return global_state if hasattr(global_state, "set_global_attribute") else None
    except ImportError:
        return None


_SEED, _CHOSEN = "global_seed_generator", "global_random_seed"


def global_seed() -> Any:
    """Return Keras's own generator of seeds, which exists once something has drawn from it; None before."""
    held = _global_state()
    return None if held is None else held.get_global_attribute(_SEED)


def forget_global_seed() -> None:
    """Let Keras make its own generator of seeds anew, as if nothing had drawn from it."""
    held = _global_state()
    if held is not None:
        held.set_global_attribute(_SEED, None)


@contextlib.contextmanager
def seeds_kept() -> Iterator[None]:
    """Put Keras's own generator of seeds back, where something inside draws from it or sets another seed."""
    state = _global_state()
    if state is None:
        yield
        return
    held = {name: state.get_global_attribute(name) for name in (_SEED, _CHOSEN)}
    generator = held[_SEED]
    value = None if generator is None else np.array(generator.state)
    try:
        yield
    finally:
        for name, one in held.items():
            state.set_global_attribute(name, one)
        if generator is not None:
            generator.state.assign(value)


@contextlib.contextmanager
def names_kept() -> Iterator[None]:
    """Let Keras go on counting layers where it was, so that those made later get the names they would have had."""
    state = _global_state()
    counts = None if state is None else state.get_global_attribute("object_name_uids")
    held = dict(counts or {})
    try:
        yield
    finally:
        counts = None if state is None else state.get_global_attribute("object_name_uids")
        if counts is not None:
            counts.clear()
            counts.update(held)


@contextlib.contextmanager
def drawing_kept() -> Iterator[None]:
    """Let what is drawn by `tf.random` inside take other seeds, so that draws afterwards are what they would have been.

    Without a global seed nothing is kept, as nothing could be told apart.
    """
    try:
        from tensorflow.python.eager import context

        held = context.context()
        seed, source = held._seed, held._rng
    except (ImportError, AttributeError):
        yield
        return
    if seed is None:
        yield
        return
    other = (seed * 31 + 1) % 2**31  # not one that a block around this one uses
    held._seed, held._rng = other, random.Random(other)
    try:
        yield
    finally:
        held._seed, held._rng = seed, source


def own_training_step(model: Any) -> bool:
    """Return whether a model's class brings its own `train_step` or `compute_loss`."""
    import keras

    kind = type(model)
    return any(
        getattr(kind, name, None) is not getattr(keras.Model, name, None) for name in ("train_step", "compute_loss")
    )


def metrics_given(model: Any) -> list[Any] | None:
    """Return the metrics that `compile` was given: names, functions and objects; None where they cannot be told."""
    import keras

    if not getattr(model, "compiled", False):
        return []
    holder = getattr(model, "_compile_metrics", False)
    if holder is not None and not hasattr(holder, "_user_metrics"):
        try:
            held = (model.get_compile_config() or {})["metrics"]
        except Exception:  # compiled in another way, or with metrics that cannot be written down
            return None
    else:
        held = getattr(holder, "_user_metrics", None)
    waiting, found = [held], []
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict) and "class_name" in one:
            with contextlib.suppress(Exception):  # of a kind that is registered nowhere
                one = keras.saving.deserialize_keras_object(one)
            found.append(one)
        elif isinstance(one, dict):
            waiting += list(one.values())
        elif isinstance(one, list | tuple):
            waiting += list(one)
        elif one is not None:
            found.append(one)
    return found


def origin_of(tensor: Any) -> Any:
    """Return the layer or operation that made a symbolic tensor; None where Keras does not tell."""
    return getattr(getattr(tensor, "_keras_history", None), "operation", None)


def rate_of(optimizer: Any) -> Any:
    """Return an optimiser's learning rate as it was given: a schedule, or a number; None where that cannot be told."""
    import keras

    held = getattr(optimizer, "_learning_rate", None)
    if held is not None:
        return held
    try:
        held = optimizer.get_config()["learning_rate"]
        return keras.saving.deserialize_keras_object(held) if isinstance(held, dict) else held
    except Exception:  # an optimiser, or a schedule, that cannot be written down
        return None
