"""Whether a layer still looks as it was made: kernels as their initialiser draws them, everything else at 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

_NAMES = {"depthwise_kernel": "depthwise", "pointwise_kernel": "pointwise", "recurrent_kernel": "recurrent"}
_MOST = 4000


def looks_initial(layer: Any, value: Callable[[Any], np.ndarray] = np.array) -> bool | None:
    """Return whether a layer's own weights look as its initialisers make them; None where that cannot be told.

    Biases and the parameters and statistics of normalisation start at exact constants, so one that has moved proves
    training; a kernel is compared with a fresh draw of the layer's own initialiser (Kolmogorov and Smirnov's distance).

    Parameters
    ----------
    layer : keras.Layer
        Built, without layers inside (those are judged by themselves).
    value : callable
        Gives the values of a variable.
    """
    kinds = [_constant(one, value) if len(one.shape) < 2 else _drawn(layer, one, value) for one in layer.weights]
    known = [one for one in kinds if one is not None]
    return all(known) if known else None


def share_initial(layers: Iterable[Any], value: Callable[[Any], np.ndarray] = np.array) -> tuple[float, int, int]:
    """Return the share of the kernel weights that look initial, how many could be judged, and in how many layers.

    One layer of normalisation or bias that has moved proves that all were trained: then the share is 0.
    """
    looks, judged, count, proved = 0, 0, 0, False
    for layer in layers:
        if getattr(layer, "layers", None) or not layer.weights or type(layer).__name__ == "Normalization":
            continue
        seen = looks_initial(layer, value)
        size = sum(int(np.prod(one.shape)) for one in layer.weights if len(one.shape) > 1)
        if seen is None:
            continue
        judged, looks, count = judged + size, looks + size * seen, count + 1
        proved = proved or (not seen and not size)
    return (looks / judged if judged and not proved else 0.0), judged, count


def _constant(variable: Any, value: Callable[[Any], np.ndarray]) -> bool | None:
    name = variable.name
    if not any(part in name for part in ("bias", "beta", "gamma", "moving_mean", "moving_variance")):
        return None
    held = value(variable)
    return bool(np.isin(held, (0.0, 1.0)).all())


def _drawn(layer: Any, variable: Any, value: Callable[[Any], np.ndarray]) -> bool | None:
    owner = getattr(layer, "cell", layer)
    name = _NAMES.get(variable.name, "kernel" if variable.name == "kernel" else "")
    initializer = getattr(owner, f"{name}_initializer", None) if name else None
    if initializer is None or len(variable.shape) < 2 or np.prod(variable.shape) < 100:
        return _constant(variable, value) if "bias" in variable.name else None
    config = initializer.get_config() if hasattr(initializer, "get_config") else None
    if config is None or type(initializer).__module__.split(".")[0] != "keras":
        return None
    fresh = type(initializer).from_config({**config, "seed": 0} if "seed" in config else config)
    drawn = np.asarray(fresh(tuple(variable.shape))).ravel()
    held = value(variable).ravel()
    step = max(1, len(held) // _MOST)
    return _distance(held[::step], drawn[::step]) < 1.63 * np.sqrt(2 / len(held[::step]))


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    both = np.sort(np.concatenate([one, other]))
    first = np.searchsorted(np.sort(one), both, side="right") / len(one)
    return float(np.abs(first - np.searchsorted(np.sort(other), both, side="right") / len(other)).max())
