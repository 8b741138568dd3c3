"""Pretrained models, what each accepts as input, and heads to put on them."""

from __future__ import annotations

import functools
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.contracts import InputContract
from ftlearn.errors import AssetError, DataError, unknown_name

# name: (class or maker in keras.applications, its module, the name of its variants' argument)
_APPLICATIONS = {
    "efficientnet_b0": ("EfficientNetB0", "efficientnet", {}),
    "inception_v3": ("InceptionV3", "inception_v3", {}),
    "mobilenet_v2": ("MobileNetV2", "mobilenet_v2", {}),
    "mobilenet_v2_0.35": ("MobileNetV2", "mobilenet_v2", {"alpha": 0.35}),
    "resnet50": ("ResNet50", "resnet50", {}),
    "vgg16": ("VGG16", "vgg16", {}),
}
_BUNDLED = ("letters", "textures")


def names() -> list[str]:
    """List the backbones that `load_backbone` knows.

    Returns
    -------
    list of str
        Bundled ones first, then those of ``keras.applications``.

    Examples
    --------
    >>> names()[:2]
    ['letters', 'textures']
    """
    return [*_BUNDLED, *_APPLICATIONS]


def contract(name: str) -> InputContract:
    """Say what a backbone accepts.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    InputContract
        Size, channels and range.

    Raises
    ------
    UnknownNameError
        For any other name.

    Examples
    --------
    >>> print(contract("letters"))
    8 × 8 × 1, values from 0 to 1
    >>> print(contract("resnet50"))
    at least 32 × 32 × 3, values from 0 to 255
    """
    if name in _BUNDLED:
        return InputContract(name, (8, 8), 1, 0.0, 1.0)
    if name in _APPLICATIONS:
        return InputContract(name, None, 3, 0.0, 255.0, smallest=75 if name == "inception_v3" else 32)
    raise unknown_name("backbone", name, names())


@functools.cache
def _checked_model() -> type:
    """Make the Keras model that checks arrays against its backbone's contract before it works on them."""
    import keras

    class CheckedModel(keras.Model):
        """A functional model that refuses input which breaks its backbone's contract."""

        @property
        def contract(self) -> InputContract | None:
            """The contract of this backbone, or of the one inside."""
            inside = [self.name, *(layer.name for layer in self.layers)]
            found = next((contract(n) for n in inside if n in names()), None)
            side = self.input_shape[1:3] if found else (None, None)  # built for one size, it takes that size only
            return replace(found, size=tuple(side)) if None not in side else found

        def _check(self, x: Any) -> None:
            if isinstance(x, np.ndarray | list) and self.contract is not None:
                self.contract.check(x)

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            if args:
                self._check(args[0])
            return super().__call__(*args, **kwargs)

        def fit(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
            self._check(x)
            return super().fit(x, *args, **kwargs)

        def evaluate(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
            self._check(x)
            return super().evaluate(x, *args, **kwargs)

        def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
            self._check(x)
            return super().predict(x, *args, **kwargs)

    # Saved as the plain functional model that it is, so that a saved model opens anywhere, also without ftlearn.
    CheckedModel.__module__, CheckedModel.__name__ = "keras.src.models.functional", "Functional"
    return CheckedModel


def load_backbone(name: str, *, weights: str | None = "pretrained", size: int | None = None, **options: Any) -> Any:
    """Load a network without its head: images in, one feature vector an image out.

    Parameters
    ----------
    name : str
        One of `names`: ``"letters"`` and ``"textures"`` ship with the course; the others are networks of
        ``keras.applications`` trained on ImageNet.
    weights : {"pretrained", None} or str
        ``"pretrained"``; None for random weights (the same network from scratch); or the path of a weights file.
        Pretrained weights of ``keras.applications`` are looked for in the mirror and in the cache, as the asset of
        that name or as ``keras/NAME.h5`` (the file without top that Keras once downloaded into ``~/.keras/models``,
        renamed), and then left to Keras's own download.
    size : int, optional
        Height and width of the input, for the networks of ``keras.applications`` (their own default otherwise).
    **options : dict
        Passed to the network's maker, for example ``batchnorm_momentum`` of ``"letters"``.

    Returns
    -------
    keras.Model
        With ``.contract``. Preprocessing that a network of ``keras.applications`` wants is inside it, so that all of
        them take the same raw pixels, 0 to 255.

    Raises
    ------
    UnknownNameError
        For a name that is not known.
    AssetError
        When weights cannot be had.

    Examples
    --------
    >>> base = load_backbone("letters", weights=None)
    >>> print(base.contract)
    8 × 8 × 1, values from 0 to 1
    """
    contract(name)
    if name in _BUNDLED:
        if size not in (None, 8):
            raise DataError(f"{name!r} reads images of 8 × 8; got size={size!r}.", fix="Leave size out.")
        from ftlearn.pretrain import letters

        network = letters.letters_network(name=name, **options)
        base = _checked_model()(network.inputs[0], network.outputs[0], name=name)
        if weights is not None:
            from ftlearn import assets

            base.load_weights(assets.bundled(f"{name}.weights.h5") if weights == "pretrained" else weights)
        return base
    return _load_application(name, weights, size, options)


def _load_application(name: str, weights: str | None, size: int | None, options: dict) -> Any:
    import keras

    maker_name, module_name, settings = _APPLICATIONS[name]
    module = getattr(keras.applications, module_name)
    side = size or (299 if name == "inception_v3" else 224)
    inputs = keras.Input((side, side, 3), name="pixels")
    mirrored = None
    if weights == "pretrained":
        mirrored = _mirrored(name)
        weights = str(mirrored) if mirrored else "imagenet"
    try:
        with warnings.catch_warnings():
            # One set of weights serves every size: that is what is wanted, and what the warning says will be done.
            warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square")
            network = getattr(module, maker_name)(
                input_tensor=module.preprocess_input(inputs), include_top=False, weights=weights, pooling="avg",
                **settings, **options,
            )  # fmt: skip
    except Exception as error:
        if weights is not None and not Path(weights).is_file() and weights != "imagenet":
            raise AssetError(
                f"There is no weights file '{weights}'.", fix='Correct the path, or use weights="pretrained".'
            ) from error
        if mirrored is not None and mirrored.parent.name == "keras":
            raise AssetError(
                f"'{mirrored}' does not hold the weights of {name!r} without top ({error.__class__.__name__}).",
                fix="Replace it by the file that Keras downloads (named ..no_top.h5 or ..notop.h5), or remove it.",
            ) from error
        if weights != "imagenet":
            raise
        raise AssetError(
            f"The ImageNet weights of {name!r} could not be downloaded ({error.__class__.__name__}).",
            fix="Connect to the internet once, set FTLEARN_ASSETS to a mirror that has them, or use weights=None.",
        ) from error
    return _checked_model()(inputs, network.outputs[0], name=name)


def _mirrored(name: str) -> Path | None:
    """Find a network's weights in the mirror or the cache."""
    from ftlearn import assets

    if name in assets.ASSETS and (asset := assets.find(name)):
        return asset
    for folder in (assets.mirror_folder(), assets.cache_folder()):
        if folder and (path := folder / "keras" / f"{name}.h5").is_file():
            return path
    return None


def attach_head(base: Any, classes: int, *, dropout: float = 0.0, random_state: int | None = None) -> Any:
    """Put a new classifier on a backbone: (dropout and) one dense softmax layer on its features.

    The layer's weights start at zero. With few labels and many features, most directions of a random start are never
    corrected by any example and stay in the answer as noise; a single layer has no symmetry that zeros could not break.

    Parameters
    ----------
    base : keras.Model
        From `load_backbone`, or any model whose output is a feature vector.
    classes : int
        How many classes the new task has, at least 2.
    dropout : float
        Share of features dropped while the head trains.
    random_state : int, optional
        Seed of the dropout.

    Returns
    -------
    keras.Model
        Named after the base, the base inside it as one layer; it is not compiled.

    Raises
    ------
    DataError
        For fewer than two classes, or a base that ends in maps or in class probabilities instead of features.

    Examples
    --------
    >>> model = attach_head(load_backbone("letters", weights=None), 10)
    >>> model.output_shape
    (None, 10)
    """
    import keras

    if not isinstance(classes, int | np.integer) or classes < 2:
        raise DataError(f"A head needs at least 2 classes; got {classes!r}.", fix="For two classes, use classes=2.")
    if len(base.output_shape) != 2:
        raise DataError(
            f"{base.name!r} ends in an output of shape {base.output_shape}, not in a feature vector.",
            fix="Load it with pooling, or add GlobalAveragePooling2D.",
        )
    if getattr(getattr(base.layers[-1], "activation", None), "__name__", "") == "softmax":
        raise DataError(
            f"{base.name!r} ends in class probabilities: a head would learn from an answer, not from features.",
            fix="Load it without its top (include_top=False).",
        )
    inputs = keras.Input(base.input_shape[1:], name="images")
    x = base(inputs)
    if dropout:
        x = keras.layers.Dropout(dropout, seed=random_state, name="head_dropout")(x)
    outputs = keras.layers.Dense(int(classes), activation="softmax", kernel_initializer="zeros", name="head")(x)
    return _checked_model()(inputs, outputs, name=f"{base.name}_with_head")
