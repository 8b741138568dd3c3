"""Freezing, unfreezing and training in stages, with BatchNorm and Dropout as one would expect them to be.

Keras decides at ``compile`` what will be trained, and in Keras 3 ``base(x, training=False)`` does not keep BatchNorm
or Dropout inside `base` in inference mode during ``fit``. The functions here set the layers themselves.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.weights import leaves, moved, snapshot, trainable_table

__all__ = ["blocks", "cache_features", "freeze", "leaves", "moved", "snapshot", "trainable_table", "unfreeze"]

_BLOCK = re.compile(r"(conv\d+_block\d+|block_?\d+[a-z]?|mixed\d+)(?=_|$)")


def blocks(base: Any) -> dict[str, list]:
    """Group a backbone's layers into its blocks, by the names that its authors gave them.

    Layers before the first block belong to ``"stem"``; layers between two blocks, and after the last, to the block
    before them. A network without such names has one block for each layer with weights.

    Parameters
    ----------
    base : keras.Model
        A backbone.

    Returns
    -------
    dict of str to list of keras.Layer
        From the input's side to the output's.

    Examples
    --------
    >>> from ftlearn.backbones import load_backbone
    >>> list(blocks(load_backbone("letters", weights=None)))
    ['block1', 'block2', 'block3']
    """
    grouped: dict[str, list] = {}
    layers = leaves(base)
    named = sum(bool(_BLOCK.match(layer.name)) for layer in layers)
    current = "stem"
    for layer in layers:
        match = _BLOCK.match(layer.name)
        if match:
            current = match.group(1)
        elif named < 2 and layer.weights:
            current = layer.name
        grouped.setdefault(current, []).append(layer)
    if not any(layer.weights for layer in grouped.get("stem", [])):
        grouped.pop("stem", None)
    return grouped


def _is_dropout(layer: Any) -> bool:
    return hasattr(layer, "rate") and "Dropout" in type(layer).__name__


def _silence(layer: Any) -> None:
    # A rate of 0 is the one switch that Dropout obeys in `fit`, whatever `training` says.
    if layer.rate:
        layer._rate_before_freeze = layer.rate
    layer.rate = 0.0


def _wake(layer: Any) -> None:
    layer.rate = getattr(layer, "_rate_before_freeze", layer.rate)


def freeze(base: Any) -> Any:
    """Freeze a backbone: no weight trains, BatchNorm keeps its statistics, Dropout drops nothing.

    Compile (again) afterwards: Keras looks at ``trainable`` when it compiles.

    Parameters
    ----------
    base : keras.Model
        The backbone, not the model around it.

    Returns
    -------
    keras.Model
        The same `base`.

    Examples
    --------
    >>> from ftlearn.backbones import load_backbone
    >>> len(freeze(load_backbone("letters", weights=None)).trainable_weights)
    0
    """
    base.trainable = False
    for layer in filter(_is_dropout, leaves(base)):
        _silence(layer)
    return base


def unfreeze(base: Any, last: int | None = None, *, batchnorm: bool = False, dropout: bool = False) -> Any:
    """Unfreeze the last blocks of a backbone; BatchNorm stays in inference mode unless asked for.

    Compile again afterwards, with a new optimiser.

    Parameters
    ----------
    base : keras.Model
        The backbone.
    last : int, optional
        How many blocks, counted from the output; all of them if not given. 0 freezes everything.
    batchnorm : bool
        Whether BatchNorm layers of these blocks train too, and move their statistics.
    dropout : bool
        Whether Dropout layers of these blocks drop again at the rate that they had before `freeze`.

    Returns
    -------
    keras.Model
        The same `base`.

    Raises
    ------
    DataError
        When `last` is not between 0 and the number of blocks.

    Examples
    --------
    >>> from ftlearn.backbones import load_backbone
    >>> base = unfreeze(load_backbone("letters", weights=None), 1)
    >>> sorted({w.path.split("/")[-2].split("_")[0] for w in base.trainable_weights})
    ['block3']
    """
    import keras

    grouped = list(blocks(base).values())
    last = len(grouped) if last is None else last
    if not 0 <= last <= len(grouped):
        raise DataError(f"{base.name!r} has {len(grouped)} blocks; got last={last!r}.")
    freeze(base)
    if last == 0:
        return base
    base.trainable = True
    opened = {id(layer) for block in grouped[len(grouped) - last :] for layer in block}
    for layer in leaves(base):
        is_open = id(layer) in opened and (batchnorm or not isinstance(layer, keras.layers.BatchNormalization))
        layer.trainable = is_open
        if dropout and id(layer) in opened and _is_dropout(layer):
            _wake(layer)
    return base


def cache_features(base: Any, X: np.ndarray, *, batch_size: int = 256) -> np.ndarray:
    """Run images once through a frozen backbone, so that a head can train on the result.

    Valid only while the backbone stays frozen and the images are not augmented.

    Parameters
    ----------
    base : keras.Model
        The backbone; it runs in inference mode.
    X : ndarray of shape (n, height, width, channels)
        Images that keep to the backbone's contract.
    batch_size : int
        Images at a time.

    Returns
    -------
    ndarray of shape (n, features)
        One row an image.

    Raises
    ------
    InputContractError
        When `X` breaks the contract.

    Examples
    --------
    >>> from ftlearn.backbones import load_backbone
    >>> base = load_backbone("letters", weights=None)
    >>> cache_features(base, np.zeros((3, 8, 8, 1), "float32")).shape == (3, base.output_shape[-1])
    True
    """
    return np.asarray(base.predict(X, batch_size=batch_size, verbose=0))
