"""What a network costs, measured: parameters, megabytes, multiply-adds, time and memory."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.weights import leaves, numbers_in

if TYPE_CHECKING:
    import pandas as pd

_FLOAT = 4  # bytes


def layer_costs(model: Any) -> pd.DataFrame:
    """Count parameters, multiply-adds and activations of each layer, for one image.

    Parameters
    ----------
    model : keras.Model
        A functional model with an input of known size.

    Returns
    -------
    DataFrame
        One row a layer: ``layer``, ``type``, ``parameters``, ``multiply_adds`` and ``activations`` (the
        numbers that it puts out).

    Raises
    ------
    DataError
        When the input's size is open, or a layer multiplies in a way that is not counted here.

    Notes
    -----
    Counted are convolutions, depthwise and separable ones, and dense layers: one multiply-add for each weight at each
    place where it is used. What BatchNorm, activations, pooling and additions do is left out, as is usual.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3)])
    >>> layer_costs(model)[["parameters", "multiply_adds"]].sum().tolist()
    [40, 1296]
    """
    import pandas as pd

    rows = []
    for layer in leaves(model):
        shape = _places(layer, model)
        rows.append(
            {
                "layer": layer.name,
                "type": type(layer).__name__,
                "parameters": numbers_in(w for w in layer.weights if "seed_generator" not in w.path),
                "multiply_adds": _multiply_adds(layer, shape),
                "activations": int(np.prod(shape)),
            }
        )
    return pd.DataFrame(rows)


def _places(layer: Any, model: Any) -> tuple[int, ...]:
    """Give the shape of what a layer puts out for one image."""
    shape = tuple(layer.output.shape[1:])
    if None in shape:
        raise DataError(
            f"The input of {model.name!r} has an open size, so that {layer.name!r} puts out {shape}.",
            fix="Build it with input_shape=(224, 224, 3), say.",
        )
    return shape


def _multiply_adds(layer: Any, shape: tuple[int, ...]) -> int:
    kind = type(layer).__name__
    weights = {w.name: int(np.prod(w.shape)) for w in layer.weights}
    if kind in ("Conv1D", "Conv2D", "Conv3D"):
        return weights["kernel"] * int(np.prod(shape[:-1]))
    if kind in ("DepthwiseConv1D", "DepthwiseConv2D"):
        return weights["kernel"] * int(np.prod(shape[:-1]))
    if kind in ("SeparableConv1D", "SeparableConv2D"):
        return (weights["depthwise_kernel"] + weights["pointwise_kernel"]) * int(np.prod(shape[:-1]))
    if kind == "Dense":
        return weights["kernel"] * int(np.prod(shape[:-1]))
    if kind in ("BatchNormalization", "LayerNormalization", "Normalization") or not weights:
        return 0
    if all("seed_generator" in w.path for w in layer.weights):
        return 0
    raise DataError(f"How often {layer.name!r}, a {kind}, multiplies is not known here.")


def measure(model: Any, *, repeats: int = 5) -> dict[str, float]:
    """Measure what a network costs.

    Parameters
    ----------
    model : keras.Model
        With an input of known size, height × width × channels.
    repeats : int
        How often the forward pass is timed, after one that does not count.

    Returns
    -------
    dict
        ``parameters``; ``megabytes`` of its weights file; ``multiply_adds`` for one image; ``milliseconds`` for one
        image on this machine (the median); ``largest_mb``, what the greediest layer takes in and gives out for one
        image; ``kept_mb``, what all layers give out for it, which training keeps for the way back.

    Raises
    ------
    DataError
        As `layer_costs`.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3)])
    >>> made = measure(model)
    >>> made["parameters"], made["multiply_adds"]
    (40, 1296)
    """
    table = layer_costs(model)
    return {
        "parameters": int(table["parameters"].sum()),
        "megabytes": megabytes_on_disk(model),
        "multiply_adds": int(table["multiply_adds"].sum()),
        "milliseconds": 1000 * forward_seconds(model, repeats=repeats),
        "largest_mb": _FLOAT * _largest(model) / 1e6,
        "kept_mb": _FLOAT * int(table["activations"].sum()) / 1e6,
    }


def _largest(model: Any) -> int:
    """Count the numbers that the greediest layer reads and writes, for one image."""
    most = 0
    for layer in leaves(model):
        came = layer.input if isinstance(layer.input, list | tuple) else [layer.input]
        sizes = [int(np.prod(tensor.shape[1:])) for tensor in [*came, layer.output]]
        most = max(most, sum(sizes))
    return most


def megabytes_on_disk(model: Any) -> float:
    """Measure the size of a model's weights file.

    Parameters
    ----------
    model : keras.Model
        Built.

    Returns
    -------
    float
        In millions of bytes. The file is written to a temporary folder and removed.

    Examples
    --------
    >>> import keras
    >>> megabytes_on_disk(keras.Sequential([keras.Input((1000,)), keras.layers.Dense(1000)])) > 4
    True
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "measured.weights.h5"
        model.save_weights(path)
        return os.path.getsize(path) / 1e6


def forward_seconds(model: Any, *, repeats: int = 5) -> float:
    """Time a model's forward pass for one image.

    Parameters
    ----------
    model : keras.Model
        With an input of known size.
    repeats : int
        How often, after one pass that does not count (it is compiled then).

    Returns
    -------
    float
        Seconds, the median. Other work on the machine makes it longer.

    Examples
    --------
    >>> import keras
    >>> forward_seconds(keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3)])) > 0
    True
    """
    import tensorflow as tf

    forward = tf.function(lambda image: model(image, training=False))
    image = tf.zeros((1, *model.input_shape[1:]))
    forward(image)
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        forward(image)
        taken.append(time.perf_counter() - started)
    return float(np.median(taken))


def training_memory(megabytes: float, kept_mb: float, *, batch_size: int = 16, frozen: bool = False) -> float:
    """Estimate the memory that training a network with Adam needs.

    Parameters
    ----------
    megabytes : float
        Its weights.
    kept_mb : float
        The activations of one image.
    batch_size : int
        Images a step.
    frozen : bool
        Whether only a head on stored features is trained: then the network runs forward, one image at a time, and keeps
        nothing for the way back; this takes its weights and, generously, all activations of one image.

    Returns
    -------
    float
        Megabytes: four times the weights (themselves, gradients, Adam's two averages) and a batch's activations. The
        library's own memory comes on top.

    Examples
    --------
    >>> training_memory(100, 50), training_memory(100, 50, frozen=True)
    (1200, 150)
    """
    return megabytes + kept_mb if frozen else 4 * megabytes + batch_size * kept_mb
