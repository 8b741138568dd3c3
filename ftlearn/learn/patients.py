"""Five small models with their data, each with one fault of fine-tuning, for the exercise on diagnosis.

Each function below is a program as somebody wrote it: it runs without a complaint. What its author believes of it
stands in `Patient.says`. Do the exercise before you read on.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ftlearn.errors import unknown_name

_RARE = 8


@dataclass(frozen=True)
class Patient:
    """A model that somebody is worried about.

    Attributes
    ----------
    letter : str
        Its name.
    says : str
        What its author says of it.
    model : keras.Model
        Compiled and trained.
    given : Mapping
        What the author hands over with it: arguments of `ftlearn.doctor.examine`, such as ``train`` and ``history``.
    """

    letter: str
    says: str
    model: Any = field(repr=False)
    given: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return textwrap.fill(f"{self.letter}. “{self.says}”", 76, subsequent_indent="   ")


def patient(letter: str) -> Patient:
    """Train one of the five models anew; each call gives another copy.

    Parameters
    ----------
    letter : str
        ``"A"`` to ``"E"``.

    Returns
    -------
    Patient
        The model, what its author says, and the data.

    Raises
    ------
    UnknownNameError
        For any other letter.

    Examples
    --------
    >>> print(patient("E"))  # doctest: +ELLIPSIS
    E. “Is it five or more? ...
    """
    import keras

    if letter not in _PROGRAMS:
        raise unknown_name("patient", letter, _PROGRAMS)
    keras.utils.set_random_seed(0)
    return _PROGRAMS[letter]()


def pool_of_rare() -> tuple[np.ndarray, np.ndarray]:
    """Return the images that the author of D collected, and which of them are eights: 15 of 315.

    Returns
    -------
    tuple of ndarray
        Images with values from 0 to 1, and true or false.

    Examples
    --------
    >>> X, eight = pool_of_rare()
    >>> len(X), int(eight.sum())
    (315, 15)
    """
    X, y = _digits().train
    eights, others = np.flatnonzero(y == _RARE)[:15], np.flatnonzero(y != _RARE)[:300]
    rows = np.random.default_rng(0).permutation(np.concatenate([eights, others]))
    return X[rows], y[rows] == _RARE


def _digits() -> Any:
    from ftlearn.datasets import load_digits

    return load_digits(random_state=0)


def _letters() -> Any:
    """Load the base, with Dropout silent: it is no patient's trouble."""
    from ftlearn.backbones import load_backbone
    from ftlearn.finetune import leaves

    base = load_backbone("letters")
    for layer in leaves(base):
        if "Dropout" in type(layer).__name__:
            layer.rate = 0.0
    return base


def _head(units: int = 10, activation: str | None = "softmax") -> Any:
    import keras

    return keras.layers.Dense(units, activation=activation, kernel_initializer="zeros", name="head")


def _fit(model: Any, data: tuple, rate: float, epochs: int, loss: Any = "", metric: Any = "accuracy", **more: Any):
    """Compile with Adam, and fit quietly; returns what `fit` returns."""
    import keras

    loss = loss or "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=[metric], jit_compile=False)
    return model.fit(*data, epochs=epochs, batch_size=16, verbose=0, **more)


def _a() -> Patient:
    import keras

    digits = _digits()
    data, checked = tuple(digits.label_budget(80).train), tuple(digits.validation)
    base = _letters()
    came = base.get_weights()
    model = keras.Sequential([keras.Input((8, 8, 1)), base, _head()])
    _fit(model, data, 1e-3, 1)
    base.set_weights(came)
    base.trainable = False
    history = model.fit(*data, validation_data=checked, epochs=6, batch_size=16, verbose=0)
    says = (
        "One epoch, to see that it runs. Then I put the pretrained weights back, froze the base, and trained my head "
        f"on it: {history.history['val_accuracy'][-1]:.0%} of the digits. The base is shared: a second head on it "
        "reads letters, and was to go on as before. Since then it gives other answers."
    )
    return Patient("A", says, model, {"train": data, "validation": checked, "history": history, "before": came})


def _b() -> Patient:
    import keras

    digits = _digits()
    data, checked = tuple(digits.label_budget(80).train), tuple(digits.validation)
    base = _letters()
    base.trainable = False
    model = keras.Sequential([keras.Input((8, 8, 1)), base, _head()])
    _fit(model, data, 1e-2, 8)
    came = base.get_weights()
    base.trainable = True
    for layer in base.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.trainable = layer.name.startswith("block3")
    history = _fit(model, data, 1e-4, 3, validation_data=checked)
    says = (
        "The head first, on the frozen base. Then I compiled again, with a new optimiser and a small rate, to train "
        "the two convolutions of the last block and nothing else. What comes out of block 2 is kept in an archive, "
        "for the pictures of ten years. It was to stay valid. Now the same picture gives other numbers there."
    )
    return Patient("B", says, model, {"train": data, "validation": checked, "history": history, "before": came})


def _c() -> Patient:
    import keras

    digits = _digits()
    (X, y), checked = digits.label_budget(30).train, digits.validation
    base = _letters()
    base.trainable = False
    pixels = keras.layers.Rescaling(1 / 127.5, offset=-1)
    model = keras.Sequential([keras.Input((8, 8, 1)), pixels, base, _head()])
    data, checked = (np.round(255 * X), y), (np.round(255 * checked.X), checked.y)
    history = _fit(model, data, 1e-2, 12, validation_data=checked)
    says = (
        "Pixels from 0 to 255 go in, as they are in the files, and the model scales them itself, by a line that has "
        f"always worked with MobileNet. From 30 images it learns to read {history.history['val_accuracy'][-1]:.0%} of "
        "the digits. A colleague reaches more with the same images, the same base and the same head."
    )
    return Patient("C", says, model, {"train": data, "validation": checked, "history": history})


def _d() -> Patient:
    import keras

    X, eight = pool_of_rare()
    rng = np.random.default_rng(0)
    rows = rng.permutation(np.concatenate([np.flatnonzero(~eight), rng.choice(np.flatnonzero(eight), 300)]))
    fit, judge = rows[120:], rows[:120]
    base = _letters()
    base.trainable = False
    model = keras.Sequential([keras.Input((8, 8, 1)), base, _head(1, "sigmoid")])
    data, checked = (X[fit], eight[fit].astype(int)), (X[judge], eight[judge].astype(int))
    history = _fit(
        model, data, 3e-3, 6, "binary_crossentropy", keras.metrics.Recall(name="recall"), validation_data=checked
    )
    says = (
        "Is it an 8? Only 15 of my 315 images are. So I repeated them until there were as many as of the others, and "
        f"put a fifth aside for validation. It finds {history.history['val_recall'][-1]:.0%} of the eights there. In "
        "use it misses some."
    )
    return Patient("D", says, model, {"train": data, "validation": checked, "history": history})


def _e() -> Patient:
    import keras

    digits = _digits()
    (X, y), other = digits.label_budget(60).train, digits.validation
    base = _letters()
    base.trainable = False
    model = keras.Sequential([keras.Input((8, 8, 1)), base, _head(1, None)])
    data, checked = (X, (y >= 5).astype(int)), (other.X, (other.y >= 5).astype(int))
    history = _fit(model, data, 1e-3, 4, keras.losses.BinaryCrossentropy(from_logits=True), validation_data=checked)
    says = (
        "Is it five or more? One unit, the loss takes logits, the base is frozen. Keras says that "
        f"{history.history['val_accuracy'][-1]:.0%} of the validation images are answered rightly. I looked at twenty "
        "answers, and hardly any was wrong."
    )
    return Patient("E", says, model, {"train": data, "validation": checked, "history": history})


_PROGRAMS: dict[str, Callable[[], Patient]] = {"A": _a, "B": _b, "C": _c, "D": _d, "E": _e}
