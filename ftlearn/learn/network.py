"""The state of a Keras model as plain data: what a check looks at instead of source text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ftlearn.learn.outcomes import NotYet


@dataclass(frozen=True)
class Layer:
    """One layer of a network, as plain data.

    Attributes
    ----------
    path : str
        Its place: names of the models that hold it and its own, with slashes.
    kind : str
        The class's name, such as ``"BatchNormalization"``.
    trainable : bool
        Whether the next ``compile`` would train it, the models around it considered.
    weights : dict of str to ndarray
        By their short names, copies.
    """

    path: str
    kind: str
    trainable: bool
    weights: Mapping[str, np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class NetworkState:
    """A network's state: its layers, and how it was compiled.

    Attributes
    ----------
    layers : tuple of Layer
        Those without layers inside, in order.
    compiled : bool
        Whether `compile` was called.
    loss : str
        The loss's name; empty when not compiled.
    from_logits : bool
        What the loss was told.
    optimizer : str
        Its class's name.
    learning_rate : float
        Now; NaN without an optimiser.
    iterations : int
        How many steps the optimiser has taken.
    last_activation : str
        Of the last layer, such as ``"softmax"``.
    input_shape, output_shape : tuple
        Without the batch.
    """

    layers: tuple[Layer, ...]
    compiled: bool = False
    loss: str = ""
    from_logits: bool = False
    optimizer: str = ""
    learning_rate: float = float("nan")
    iterations: int = 0
    last_activation: str = ""
    input_shape: tuple = ()
    output_shape: tuple = ()

    def under(self, name: str) -> tuple[Layer, ...]:
        """Return the layers inside the model or layer of this name."""
        return tuple(layer for layer in self.layers if name in layer.path.split("/"))

    def of_kind(self, *kinds: str) -> tuple[Layer, ...]:
        """Return the layers of these kinds."""
        return tuple(layer for layer in self.layers if layer.kind in kinds)

    def moved(self, since: NetworkState) -> dict[str, float]:
        """Say how far each weight is from where it was in another state.

        Parameters
        ----------
        since : NetworkState
            The earlier state; layers are matched by the ends of their paths and their shapes.

        Returns
        -------
        dict of str to float
            The largest absolute change of each weight that both have, by ``layer/weight``.
        """
        before = {}
        for layer in since.layers:
            for name, value in layer.weights.items():
                before[f"{layer.path.rpartition('/')[2]}/{name}"] = value
        changes = {}
        for layer in self.layers:
            for name, value in layer.weights.items():
                key = f"{layer.path.rpartition('/')[2]}/{name}"
                if key in before and before[key].shape == value.shape:
                    changes[key] = float(np.abs(value - before[key]).max(initial=0.0))
        return changes


def network_state(model: Any) -> NetworkState:
    """Look at a Keras model without touching it.

    Parameters
    ----------
    model : keras.Model
        Built.

    Returns
    -------
    NetworkState
        Plain data.

    Raises
    ------
    NotYet
        When it is not built.

    Examples
    --------
    >>> import keras
    >>> state = network_state(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")]))
    >>> [(layer.path, layer.kind, layer.trainable) for layer in state.layers], state.compiled
    ([('head', 'Dense', True)], False)
    """
    if not model.built:
        raise NotYet(f"`{model.name}` is not built: give it an input, or call it on a batch.")
    layers: list[Layer] = []
    _walk(model, "", bool(model.trainable), layers)
    optimizer, loss = getattr(model, "optimizer", None), getattr(model, "loss", None)
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    return NetworkState(
        layers=tuple(layers),
        compiled=bool(getattr(model, "compiled", False)),
        loss=_name(loss),
        from_logits=bool(config.get("from_logits", False)),
        optimizer=type(optimizer).__name__ if optimizer is not None else "",
        learning_rate=float(optimizer.learning_rate) if optimizer is not None else float("nan"),
        iterations=int(optimizer.iterations) if optimizer is not None else 0,
        last_activation=_last_activation(model),
        input_shape=_shape(model, "input_shape"),
        output_shape=_shape(model, "output_shape"),
    )


def _shape(model: Any, which: str) -> tuple:
    """Give a shape without the batch; a model written as a class has none, nor one of several inputs a single one."""
    found = getattr(model, which, None)
    single = isinstance(found, tuple) and all(one is None or isinstance(one, int) for one in found)
    return tuple(found[1:]) if single else ()


def _walk(model: Any, above: str, trains: bool, found: list[Layer]) -> None:
    for layer in model.layers:
        path = f"{above}/{layer.name}" if above else layer.name
        alive = trains and bool(layer.trainable)
        if hasattr(layer, "layers"):
            _walk(layer, path, alive, found)
        elif layer.weights or not type(layer).__name__ == "InputLayer":
            weights = {
                variable.path.rpartition("/")[2]: np.array(variable)
                for variable in layer.weights
                if "seed_generator" not in variable.path
            }
            found.append(Layer(path, type(layer).__name__, alive, weights))


def _name(loss: Any) -> str:
    if loss is None:
        return ""
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")
    return str(name)


def _last_activation(model: Any) -> str:
    layer = model
    while getattr(layer, "layers", None):
        layer = layer.layers[-1]
    if type(layer).__name__ == "Softmax":
        return "softmax"
    return getattr(getattr(layer, "activation", None), "__name__", "")
