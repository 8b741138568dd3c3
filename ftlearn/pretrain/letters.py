"""The source network "letters": a small convolutional network that has learnt to read rendered letters of many scripts.

It learns from letters only and never sees a digit, so that what it knows about digits afterwards is transfer.

What mattered, as accuracy on 300 real digits kept for choosing (mean of 10 draws; logistic regression with C=10 on
unit-length features, from 10 / 20 / 50 labels):

- the source: 621 classes of twelve scripts, glyphs thinned to a pen stroke and redrawn, counted as the digits were;
- features with their place: all 2 x 2 x 128 values .850 / .908 / .967, their average over the four places
  .834 / .907 / .962 (60,000 letters, 6 epochs each);
- more letters, for the former: .866 / .924 / .971 with 120,000 and 7 epochs. For the averaged features more did not
  help: .835 / .900 / .955 with 120,000 and 8 epochs.

That is one training run each, with 95 % intervals of about .02 / .02 / .01: the smaller differences may be chance.

Lookalikes (O in three alphabets, say) share a class. Some letters do look like digits (O, l, Z); none is one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.pretrain import glyphs, source

RECIPE_VERSION = 1


def letters_network(*, batchnorm_momentum: float = 0.9, dropout: float = 0.2, name: str = "letters") -> Any:
    """Build the headless network, with random weights.

    Six convolutions with BatchNorm in three blocks, the last maps laid out as one vector of 512 features; 287,776
    parameters. Each layer's name begins with its block's: ``block1_conv1``, ``block1_bn1``, ..., ``block3_relu2``.

    Parameters
    ----------
    batchnorm_momentum : float
        Momentum of the moving statistics. Keras' own .99 would need thousands of steps to settle.
    dropout : float
        Share of features dropped in training; this layer belongs to the base on purpose.
    name : str
        Name of the model.

    Returns
    -------
    keras.Model
        Functional and flat; input (8, 8, 1) float32 in [0, 1], output one feature vector.
    """
    import keras
    from keras import layers

    x = inputs = keras.Input((8, 8, 1), name="image")
    for block, width in enumerate((32, 64, 128), 1):
        for i in (1, 2):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"block{block}_conv{i}")(x)
            x = layers.BatchNormalization(momentum=batchnorm_momentum, name=f"block{block}_bn{i}")(x)
            x = layers.ReLU(name=f"block{block}_relu{i}")(x)
        if block < 3:
            x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    x = layers.Flatten(name="features")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, x, name=name)


def pretrain_letters(
    out_dir: str | Path,
    *,
    random_state: int = 0,
    progress: Callable[[str], None] | None = None,
    n_train: int = 120_000,
    epochs: int = 8,
    scripts: tuple[str, ...] = glyphs.SCRIPTS,
) -> dict[str, Any]:
    """Train the letters network from nothing but the dependencies and write its weights.

    Parameters
    ----------
    out_dir : path-like
        Folder for ``letters.weights.h5`` and ``letters.json``; made when missing.
    random_state : int
        Seed of the letters, of the initial weights and of the order of training.
    progress : callable, optional
        Called with a plain line now and then.
    n_train : int
        How many letters to render.
    epochs : int
        How often to go through them.
    scripts : tuple of str
        Scripts to take letters from, of `glyphs.SCRIPTS`.

    Returns
    -------
    dict
        What ``letters.json`` records.
    """
    say = progress or (lambda line: None)
    classes = glyphs.group_lookalikes(glyphs.script_letters(scripts))
    say(f"Drawing {n_train:,} letters of {len(classes)} classes in {len(glyphs.TRAIN_FONTS)} fonts")
    X, y = glyphs.render(n_train, characters=classes, fonts=glyphs.TRAIN_FONTS, random_state=random_state)
    base, head, record = source.train(
        letters_network, X, y, len(classes), epochs=epochs, random_state=random_state, progress=say
    )
    say(f"Reading letters in fonts never seen: {', '.join(glyphs.UNSEEN_FONTS)}")
    seen = _read(base, head, classes, glyphs.TRAIN_FONTS, 4000, random_state + 1)
    unseen = {font: _read(base, head, classes, (font,), 2000, random_state + 1) for font in glyphs.UNSEEN_FONTS}
    record |= {
        "recipe_version": RECIPE_VERSION,
        "random_state": random_state,
        "source": "letters of many scripts, rendered from fonts and redrawn as pen strokes; no digits",
        "letters_trained_on": n_train,
        "epochs": epochs,
        "classes": len(classes),
        "scripts": list(scripts),
        "characters": classes,
        "fonts": list(glyphs.TRAIN_FONTS),
        "unseen_fonts": list(glyphs.UNSEEN_FONTS),
        "accuracy_new_drawings_in_trained_fonts": seen,
        "accuracy_in_unseen_fonts": round(float(np.mean(list(unseen.values()))), 4),
        "accuracy_in_each_unseen_font": unseen,
    }
    return source.save(base, record, out_dir, progress=say)


def _read(base: Any, head: Any, classes: list[str], fonts: tuple[str, ...], n: int, random_state: int) -> float:
    """Share of new drawings, in some fonts, whose class the network names among all its classes."""
    numbers = np.array(glyphs.drawable(classes, fonts))
    X, y = glyphs.render(n, characters=[classes[i] for i in numbers], fonts=fonts, random_state=random_state)
    return round(float((source.name_classes(base, head, X) == numbers[y]).mean()), 4)
