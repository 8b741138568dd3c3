"""Pruning: the smallest weights set to zero, or whole filters taken out."""

from __future__ import annotations

import functools
import gzip
from typing import Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.weights import leaves


def _kernels(model: Any) -> list[Any]:
    return [w for layer in leaves(model) for w in layer.weights if w.name == "kernel"]


def _checked(share: float) -> float:
    if not 0 <= share < 1:
        raise DataError(f"The share to take away is at least 0 and less than 1; got {share!r}.")
    return float(share)


def prune(model: Any, share: float) -> list[np.ndarray]:
    """Set the smallest weights of a model to zero, in place.

    Parameters
    ----------
    model : keras.Model
        Built. Only kernels (of convolutions and dense layers) are pruned, not biases or BatchNorm.
    share : float
        How much of each kernel's weights goes, from 0 up to but not including 1.

    Returns
    -------
    list of ndarray of bool
        For each kernel which weights stay; for `keep_pruned`.

    Raises
    ------
    DataError
        When `share` is not in that range.

    Notes
    -----
    S. Han, J. Pool, J. Tran, W. Dally (2015), *Learning both Weights and Connections for Efficient Neural Networks*,
    NIPS.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((100,)), keras.layers.Dense(10)])
    >>> masks = prune(model, 0.9)
    >>> int(np.count_nonzero(model.layers[0].get_weights()[0]))
    100
    """
    share, masks = _checked(share), []
    for kernel in _kernels(model):
        value = np.asarray(kernel)
        keep = np.ones(value.size, bool)
        keep[np.argsort(np.abs(value), axis=None, kind="stable")[: round(share * value.size)]] = False
        masks.append(keep.reshape(value.shape))
        kernel.assign(value * masks[-1])
    return masks


@functools.cache
def _keeper() -> type:
    import keras

    class Keeper(keras.callbacks.Callback):
        """Multiplies every kernel with its mask after each batch."""

        def __init__(self, masks: list[np.ndarray]):
            super().__init__()
            self.masks = [mask.astype("float32") for mask in masks]

        def on_train_begin(self, logs: Any = None) -> None:
            self.kernels = _kernels(self.model)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            for kernel, mask in zip(self.kernels, self.masks, strict=True):
                kernel.assign(kernel * mask)

    return Keeper


def keep_pruned(masks: list[np.ndarray]) -> Any:
    """Make a callback that holds pruned weights at zero while the others train.

    Parameters
    ----------
    masks : list of ndarray of bool
        From `prune`, for the same model.

    Returns
    -------
    keras.callbacks.Callback
        For ``fit(callbacks=[...])``.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> masks = prune(model, 0.5)
    >>> history = model.fit(np.ones((8, 4)), np.ones(8), callbacks=[keep_pruned(masks)], verbose=0)
    >>> int(np.count_nonzero(model.layers[0].get_weights()[0]))
    2
    """
    return _keeper()(masks)


def gzipped_bytes(model: Any) -> int:
    """Count the bytes of a model's weights after compression, as in a zip file or on the way over a network.

    Parameters
    ----------
    model : keras.Model
        Built.

    Returns
    -------
    int
        Of all weights as float32, one after the other, compressed with gzip.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((100,)), keras.layers.Dense(100)])
    >>> before = gzipped_bytes(model)
    >>> masks = prune(model, 0.9)
    >>> gzipped_bytes(model) < before / 4
    True
    """
    raw = b"".join(np.asarray(w, "float32").tobytes() for w in model.get_weights())
    return len(gzip.compress(raw, mtime=0))


def remove_filters(model: Any, share: float) -> Any:
    """Make a narrower copy of a convolutional network: in each convolution the filters with the smallest weights go.

    Parameters
    ----------
    model : keras.Model
        A chain of Conv2D, BatchNormalization, ReLU, pooling, Dropout, Flatten and Dense layers (models inside are
        opened). It is not changed.
    share : float
        How many of each convolution's filters go, from 0 up to but not including 1; at least one stays.

    Returns
    -------
    keras.Model
        A smaller ordinary network, not compiled: what stays has the weights that it had.

    Raises
    ------
    DataError
        For another kind of layer, or a `share` out of range.

    Notes
    -----
    A filter's size is the sum of its weights' absolute values: H. Li, A. Kadav, I. Durdanovic, H. Samet, H. P. Graf
    (2017), *Pruning Filters for Efficient ConvNets*, ICLR.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(10, 3), keras.layers.Flatten(),
    ...                           keras.layers.Dense(2)])
    >>> remove_filters(model, 0.5).layers[0].filters
    5
    """
    import keras

    share = _checked(share)
    chain = [layer for layer in leaves(model) if not isinstance(layer, keras.layers.InputLayer)]
    narrow, weights = [keras.Input(model.input_shape[1:])], []
    kept = np.arange(model.input_shape[-1])  # which of the numbers that reach a layer are still there
    for layer in chain:
        made, values, kept = _narrowed(layer, kept, share)
        narrow.append(made)
        weights.append(values)
    small = keras.Sequential(narrow, name=f"{model.name}_narrow")
    for layer, values in zip(small.layers, weights, strict=True):
        layer.set_weights(values)
    return small


def _narrowed(layer: Any, kept: np.ndarray, share: float) -> tuple[Any, list[np.ndarray], np.ndarray]:
    """Make a layer's narrow copy, its weights, and which of its outputs are left."""
    kind, settings, values = type(layer).__name__, layer.get_config(), layer.get_weights()
    stay = kept
    if kind == "Conv2D" and layer.groups == 1:
        sizes = np.abs(values[0]).sum((0, 1, 2))
        stay = np.sort(np.argsort(-sizes, kind="stable")[: max(1, round((1 - share) * len(sizes)))])
        settings["filters"] = len(stay)
        values = [values[0][:, :, kept][..., stay], *(bias[stay] for bias in values[1:])]
    elif kind == "BatchNormalization":
        values = [value[kept] for value in values]
    elif kind == "Flatten":
        *places, channels = layer.input.shape[1:]
        stay = (np.arange(np.prod(places, dtype=int))[:, None] * channels + kept).ravel()
    elif kind == "Dense":
        stay, values = np.arange(layer.units), [values[0][kept], *values[1:]]
    elif values and kind != "Dropout":
        raise DataError(f"How to make {layer.name!r}, a {kind}, narrower is not known here.")
    else:
        values = []  # a Dropout's seed is its own
    made = type(layer).from_config(settings)
    return made, values, stay
