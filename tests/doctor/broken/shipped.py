"""What the programs of this folder load instead of a download: pictures made here, and networks that have learnt."""

from __future__ import annotations

import functools

import numpy as np


def pictures(classes=4, each=40, size=32, seed=0):
    """Return pictures of bars and blobs in bytes, in random order, and their classes."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(classes), each)
    rng.shuffle(y)
    rows, columns = np.mgrid[:size, :size] / size
    X = np.empty((len(y), size, size, 3), "float32")
    for place, kind in enumerate(y):
        angle, phase = np.pi * kind / classes + rng.normal(0, 0.06), rng.uniform(0, 2 * np.pi)
        wave = np.sin(12 * (np.cos(angle) * rows + np.sin(angle) * columns) + phase)
        tint = rng.uniform(0.6, 1.0, 3)
        X[place] = np.clip(127 + 90 * wave[..., None] * tint + rng.normal(0, 12, (size, size, 3)), 0, 255)
    return np.round(X), y


@functools.cache
def _learnt(shape, seed):
    """Draw a kernel whose values are as heavy-tailed as learnt ones are."""
    rng = np.random.default_rng(seed)
    fan_in = int(np.prod(shape[:-1]))
    return (rng.standard_t(4, shape) * np.sqrt(1 / fan_in)).astype("float32")


def with_learnt_weights(network):
    """Give a network of keras.applications kernels and statistics that no initialiser makes, as a download would."""
    for number, weight in enumerate(network.weights):
        if len(weight.shape) > 1:
            weight.assign(_learnt(tuple(weight.shape), number))
        elif "variance" in weight.path or "gamma" in weight.path:
            weight.assign(np.random.default_rng(number).uniform(0.8, 1.2, weight.shape))
        else:
            weight.assign(np.random.default_rng(number).normal(0, 0.05, weight.shape))
    return network
