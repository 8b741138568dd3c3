"""What a model was compiled to lower, and the activation that makes its output."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import origin_of
from ftlearn.doctor.rule import NotChecked, running

CROSSENTROPIES = {
    "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy",
    "binary_focal_crossentropy", "categorical_focal_crossentropy",
}  # fmt: skip
ELEMENTWISE = {"mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "mean_absolute_percentage_error",
               "mean_squared_logarithmic_error"}  # fmt: skip
_OTHER_NAMES = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "bce": "binary_crossentropy",
                "mape": "mean_absolute_percentage_error", "msle": "mean_squared_logarithmic_error"}  # fmt: skip
_LETS_THROUGH = {"Dropout", "Identity", "Reshape", "Flatten", "InputLayer", "ActivityRegularization", "Squeeze", "Cast",
                 "Activation"}  # fmt: skip  # a linear one: any other has been told by then


@dataclass(frozen=True)
class Loss:
    """What a model was compiled to lower.

    Attributes
    ----------
    name : str
        As Keras calls the function, such as ``"binary_crossentropy"``; empty for one of the user's own.
    from_logits : bool
        What it was told.
    given : object
        What `compile` was given.
    config : Mapping
        Of a loss object.
    """

    name: str
    from_logits: bool
    given: Any
    config: Mapping[str, Any]


def loss_of(case: Case) -> Loss:
    """Return the loss of a compiled model of one output.

    Parameters
    ----------
    case : Case
        What is examined.

    Returns
    -------
    Loss
        Given as text, as a function or as an object.

    Raises
    ------
    NotChecked
        When there are several, or none.
    """
    given = getattr(case.compiled, "loss", None)
    outputs = getattr(case.model, "outputs", None)
    if outputs is not None and len(outputs) > 1:
        raise NotChecked("the model has several outputs")
    if isinstance(given, Mapping | list | tuple):
        held = list(given.values()) if isinstance(given, Mapping) else list(given)
        if len(held) != 1:
            raise NotChecked("the model has several losses")
        given = held[0]
    if given is None:
        raise NotChecked("the model was compiled without a loss")
    return _loss(given)


def _loss(given: Any) -> Loss:
    import keras

    keywords: Mapping[str, Any] = {}
    config: Mapping[str, Any] = {}
    function = given
    if isinstance(given, str):
        function = keras.losses.get(given)
    if isinstance(function, functools.partial):
        function, keywords = function.func, dict(function.keywords)
    if isinstance(function, keras.losses.Loss):
        try:
            config = function.get_config()
        except Exception:  # a loss of the user's own whose configuration cannot be had
            config = {}
        held = getattr(function, "fn", None)
        function = held if held is not None and type(function).__module__.startswith("keras") else None
    module = str(getattr(function, "__module__", ""))
    name = str(getattr(function, "__name__", "")) if module.startswith("keras") else ""
    name = _OTHER_NAMES.get(name, name)
    logits = bool(config.get("from_logits", keywords.get("from_logits", False)))
    return Loss(name, logits, given, config)


def last_activation(case: Case) -> tuple[str, str]:
    """Return the activation that makes the output, and the name of its layer.

    Parameters
    ----------
    case : Case
        What is examined.

    Returns
    -------
    tuple of str
        Such as ``("softmax", "head")``; ``"linear"`` only where that is certain, ``""`` where it cannot be told.

    Raises
    ------
    NotChecked
        When the model has several outputs.
    """
    return _activation_of(case.built)


def _activation_of(model: Any) -> tuple[str, str]:
    outputs = getattr(model, "outputs", None)
    if not outputs:
        layers = getattr(model, "layers", None)
        return _activation_of(layers[-1]) if layers and type(model).__name__ == "Sequential" else ("", "")
    if len(outputs) > 1:
        raise NotChecked("the model has several outputs")
    tensor, steps = outputs[0], 0
    while steps < 20:
        steps += 1
        operation = origin_of(tensor)
        if operation is None:
            return "", ""
        if getattr(operation, "outputs", None) and hasattr(operation, "layers"):
            return _activation_of(operation)
        found = _own_activation(operation)
        if found is not None:
            return found, str(operation.name)
        if type(operation).__name__ not in _LETS_THROUGH:
            return "", ""
        inputs = getattr(operation, "input", None)
        if inputs is None or isinstance(inputs, list | tuple | dict):
            return "", ""
        tensor = inputs
    return "", ""


def _own_activation(operation: Any) -> str | None:
    """Return an operation's activation; None where it has none of its own, "" where it is of the user's own."""
    kind = type(operation).__name__
    if kind in ("Softmax", "Sigmoid", "ReLU", "Relu", "Tanh"):
        axis = getattr(operation, "axis", -1)
        return kind.lower() if kind != "Softmax" or axis in (-1, None) else ""
    activation = getattr(operation, "activation", None)
    if activation is None or not callable(activation):
        return None
    name = getattr(activation, "__name__", "")
    if name == "linear" and kind == "Activation":
        return None
    if name == "linear" and not (kind.startswith("Dense") or kind.startswith("Conv") or kind == "EinsumDense"):
        return ""  # a recurrent layer's, say: its output is not a plain sum
    return name if str(getattr(activation, "__module__", "")).startswith("keras") else ""


def loss_value(given: Any, y: np.ndarray, p: np.ndarray) -> float:
    """Return a loss as Keras would compute it in training, without penalties on weights."""
    import keras

    stand_in = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
    stand_in.compile(loss=given)
    with running("the loss cannot be computed"):
        return float(stand_in.compute_loss(y=keras.ops.convert_to_tensor(y), y_pred=keras.ops.convert_to_tensor(p)))
