"""The source network "textures": the letters network, trained on a task that is deliberately far from handwriting.

It sees grey 8 x 8 patches of scikit-learn's two photographs (a Chinese temple, a flower) at several scales and names
the region of the photograph that each comes from. Same network, same number of images, same training as for letters:
what differs is how near the source is to the target.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.pretrain import source
from ftlearn.pretrain.letters import letters_network

RECIPE_VERSION = 1
PHOTOGRAPHS = ("china.jpg", "flower.jpg")
ROWS, COLUMNS = 5, 6
BLOCKS = (1, 2, 3, 4, 6)  # pixels of the photograph along the side of one pixel of a patch
_SEEN = 0.8  # the left four fifths of each region are for training, the rest for the unseen patches


@functools.lru_cache(maxsize=1)
def _sums() -> np.ndarray:
    """Sum the grey values above and to the left of each pixel, (2, 428, 641), from which block means follow."""
    from sklearn.datasets import load_sample_image

    grey = np.stack([load_sample_image(name) for name in PHOTOGRAPHS]).mean(-1) / 255
    return np.pad(grey, ((0, 0), (1, 0), (1, 0))).cumsum(1).cumsum(2)


def patches(n: int, *, random_state: int = 0, unseen: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Cut patches from the photographs.

    Parameters
    ----------
    n : int
        How many.
    random_state : int
        Seed.
    unseen : bool
        Cut them around points in the right fifth of each region, which is kept out of training.

    Returns
    -------
    X : ndarray of float32, shape (n, 8, 8, 1)
        Grey values stretched to [0, 1].
    y : ndarray of int64, shape (n,)
        Region, 0 to 59: thirty of each photograph.

    Examples
    --------
    >>> X, y = patches(120)
    >>> X.shape, X.min(), X.max(), y.max()
    ((120, 8, 8, 1), np.float32(0.0), np.float32(1.0), np.int64(59))
    """
    rng = np.random.default_rng(random_state)
    sums = _sums()
    height, width = sums.shape[1] - 1, sums.shape[2] - 1
    y = rng.permutation(np.arange(n, dtype=np.int64) % (len(PHOTOGRAPHS) * ROWS * COLUMNS))
    photograph, region = np.divmod(y, ROWS * COLUMNS)
    row, column = np.divmod(region, COLUMNS)
    across = rng.uniform(_SEEN, 1, n) if unseen else rng.uniform(0, _SEEN, n)
    block = rng.choice(BLOCKS, n)
    top = np.clip((row + rng.random(n)) * height / ROWS - 4 * block, 0, height - 8 * block).astype(int)
    left = np.clip((column + across) * width / COLUMNS - 4 * block, 0, width - 8 * block).astype(int)
    edge = np.arange(9)
    down = (top[:, None] + block[:, None] * edge)[:, :, None]
    right = (left[:, None] + block[:, None] * edge)[:, None, :]
    means = np.diff(np.diff(sums[photograph[:, None, None], down, right], axis=1), axis=2) / (block**2)[:, None, None]
    low, high = means.min((1, 2), keepdims=True), means.max((1, 2), keepdims=True)
    X = (means - low) / np.maximum(high - low, 0.05)  # flat sky stays flat
    return np.clip(X, 0, 1).astype(np.float32)[..., None], y


def pretrain_textures(
    out_dir: str | Path,
    *,
    random_state: int = 0,
    progress: Callable[[str], None] | None = None,
    n_train: int = 120_000,
    epochs: int = 8,
) -> dict[str, Any]:
    """Train the textures network from scikit-learn's photographs and write its weights.

    Parameters
    ----------
    out_dir : path-like
        Folder for ``textures.weights.h5`` and ``textures.json``; made when missing.
    random_state : int
        Seed of the patches, of the initial weights and of the order of training.
    progress : callable, optional
        Called with a plain line now and then.
    n_train : int
        How many patches to cut.
    epochs : int
        How often to go through them.

    Returns
    -------
    dict
        What ``textures.json`` records.
    """
    say = progress or (lambda line: None)
    classes = len(PHOTOGRAPHS) * ROWS * COLUMNS
    say(f"Cutting {n_train:,} patches from {classes} regions of {' and '.join(PHOTOGRAPHS)}")
    X, y = patches(n_train, random_state=random_state)
    network = functools.partial(letters_network, name="textures")
    base, head, record = source.train(network, X, y, classes, epochs=epochs, random_state=random_state, progress=say)

    def accuracy(unseen: bool) -> float:
        X, y = patches(6000, random_state=random_state + 1, unseen=unseen)
        return round(float((source.name_classes(base, head, X) == y).mean()), 4)

    record |= {
        "recipe_version": RECIPE_VERSION,
        "random_state": random_state,
        "source": "grey patches of scikit-learn's photographs; the task is to name the region each comes from",
        "photographs": list(PHOTOGRAPHS),
        "patches_trained_on": n_train,
        "epochs": epochs,
        "classes": classes,
        "accuracy_new_patches": accuracy(False),
        "accuracy_unseen_parts_of_regions": accuracy(True),
    }
    return source.save(base, record, out_dir, progress=say)
