"""What really arrives at a layer deep in a model, and which pretrained network stands there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.private import layers_of
from ftlearn.doctor.probes import untouched
from ftlearn.doctor.rule import NotChecked

ROWS = 48
_WRAPPERS = ("RNN", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed")


class _Arrived(BaseException):
    """Ends a forward pass as soon as what it was run for has been seen."""


def arrives_at(case: Case, layers: Iterable[Any]) -> tuple[Any, np.ndarray]:
    """Run the model up to the first of some layers, outside training, and return that layer and its input.

    Parameters
    ----------
    case : Case
        With a built model and train data (or, without, validation data).
    layers : iterable of keras.Layer
        Inside the model.

    Returns
    -------
    layer : keras.Layer
        That which was reached first.
    array : ndarray
        Its input for up to `ROWS` examples.

    Raises
    ------
    NotChecked
        When the model does not run on the data, or reaches none of them.
    """
    layers = list(layers)
    return case.once(("arrives", *(id(one) for one in layers)), lambda: _arriving(case, layers))


def _arriving(case: Case, layers: list[Any]) -> tuple[Any, np.ndarray]:
    import keras

    model, seen = case.built, []

    def watch(layer: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            value = given[0] if given else next(iter(named.values()))
            if isinstance(value, list | tuple | dict):
                raise _Arrived
            seen.append((layer, np.array(keras.ops.convert_to_numpy(value))))
            raise _Arrived

        return call

    rows = examples(case)
    try:
        for layer in layers:
            layer.__dict__["call"] = watch(layer)
        with untouched(model):
            model(keras.ops.convert_to_tensor(rows), training=False)
    except _Arrived:
        pass
    except Exception as error:
        raise NotChecked(f"the model does not run on the data ({type(error).__name__})") from error
    finally:
        for layer in layers:
            layer.__dict__.pop("call", None)
    if not seen or seen[0][1].dtype.kind not in "fiu" or not np.isfinite(seen[0][1]).all():
        raise NotChecked("what arrives at its first layers could not be measured")
    return seen[0]


def examples(case: Case) -> np.ndarray:
    """Return up to `ROWS` inputs spread over the train part, or over another where there is none."""
    parts = case.parts(least=1)
    X = parts[0].X
    return X[np.unique(np.linspace(0, len(X) - 1, ROWS).astype(int))]


def weighted_leaves(case: Case) -> list[Any]:
    """Return the layers with weights of their own, Normalization aside: the first of them is where learning starts."""
    kinds = ("Normalization", "TextVectorization", "StringLookup", "IntegerLookup", "Discretization")
    skip = {id(part) for one in case.layers if type(one).__name__ in _WRAPPERS for part in layers_of(one)}  # fmt: skip
    return [
        one for one in case.layers
        if one.weights and not getattr(one, "layers", None) and type(one).__name__ not in kinds and id(one) not in skip
        and not type(one).__name__.startswith("Random")
    ]  # fmt: skip


@dataclass(frozen=True)
class Backbone:
    """A pretrained network that was recognised inside a model.

    Attributes
    ----------
    kind : str
        As Keras calls it.
    mode : {"caffe", "tf", "torch", "bytes", "unit"}
        The range that it was trained on.
    gate : keras.Layer
        The layer whose input has to have that range.
    holder : keras.Model
        The model whose layers these are.
    """

    kind: str
    mode: str
    gate: Any
    holder: Any


_MARKS = (  # the stem, another layer by which to know the family, its name, its mode
    ("conv1_conv", "conv2_block1_preact_bn", "ResNetV2", "tf"),
    ("conv1_conv", "conv2_block1_out", "ResNet", "caffe"),
    ("conv1_conv", "conv2_block1_concat", "DenseNet", "torch"),
    ("conv1/conv", "conv2_block1_concat", "DenseNet", "torch"),
    ("conv1_conv", "conv2_block1_0_bn", "DenseNet", "torch"),
    ("block1_conv1", "block14_sepconv1", "Xception", "tf"),
    ("block1_conv1", "block5_conv3", "VGG", "caffe"),
    ("Conv1", "expanded_conv_depthwise", "MobileNetV2", "tf"),
    ("conv", "expanded_conv_depthwise", "MobileNetV3", "tf"),
    ("conv1", "conv_dw_1", "MobileNet", "tf"),
    ("stem_conv", "block1a_project_conv", "EfficientNet", ""),
    ("conv2d", "mixed10", "InceptionV3", "tf"),
    ("conv2d", "mixed_7a", "InceptionResNetV2", "tf"),
    ("stem_conv1", "stem_bn1", "NASNet", "tf"),
)


def backbone(case: Case) -> Backbone:
    """Recognise a network of `keras.applications`, or of this course, by its layers.

    Raises
    ------
    NotChecked
        When there is none, or it takes a range that is not known.
    """
    return case.once("backbone", lambda: _recognised(case))


def _recognised(case: Case) -> Backbone:
    holders = [case.built, *(one for one in case.layers if getattr(one, "layers", None))]
    for holder in holders:
        layers = list(getattr(holder, "layers", ()))
        names = {one.name: i for i, one in enumerate(layers)}
        if holder.name in ("letters", "textures") and "block1_conv1" in names:
            return Backbone(holder.name, "unit", weighted_first(holder), holder)
        for stem, mark, kind, mode in _MARKS:
            if mark in names and (stem in names or stem == "conv2d"):
                at = names.get(stem, next((i for i, one in enumerate(layers) if "Conv2D" in type(one).__name__), 0))
                return _gated(kind, mode, layers, at, holder)
        for layer in layers:
            if layer.name.endswith("_prestem_normalization"):
                inner = [one for one in [layer, *layers_of(layer)] if type(one).__name__ == "Normalization"]
                return Backbone("ConvNeXt", "bytes", inner[0] if inner else layer, holder)
    raise NotChecked("no network of keras.applications or of this course was recognised in the model")


def weighted_first(holder: Any) -> Any:
    """Return the first layer of a model that has weights, Normalization aside."""
    return next(one for one in layers_of(holder) if one.weights and not getattr(one, "layers", None))


def _gated(kind: str, mode: str, layers: list[Any], at: int, holder: Any) -> Backbone:
    """Find where the range must hold: at the stem, or where the network's own scaling begins."""
    if kind in ("EfficientNet", "MobileNetV3"):
        chain = []
        while at - 1 >= 0 and type(layers[at - 1]).__name__ in ("ZeroPadding2D", "Rescaling", "Normalization"):
            at -= 1
            chain.append(layers[at])
        own = [one for one in chain if type(one).__name__ == "Rescaling"]  # the last before the stem first
        kinds = [type(one).__name__ for one in chain]
        if "Normalization" in kinds and "Rescaling" in kinds[kinds.index("Normalization") :]:
            own = [one for one in chain[kinds.index("Normalization") :] if type(one).__name__ == "Rescaling"]
        if own:
            return Backbone(kind, "bytes", own[0], holder)
        if not mode:
            raise NotChecked(f"this {kind} was made without its own preprocessing")
        at = next(i for i, one in enumerate(layers) if one.name == "conv")
    return Backbone(kind, mode, layers[at], holder)


def pretrained(network: Backbone) -> bool:
    """Return whether a network's weights have been learned, no longer as initialisers draw them.

    Fresh kernels are uniform or truncated normal (kurtosis 1.8, 2.4); this course's networks have 3.1, MobileNetV2 4.3.
    """
    kernels = [one for one in network.holder.weights if len(one.shape) == 4 and np.prod(one.shape) >= 2000]
    if not kernels:
        return False
    found = []
    for kernel in kernels[:: max(1, len(kernels) // 8)]:
        values = np.asarray(kernel).ravel()[:200_000].astype(float)
        spread = values - values.mean()
        found.append(float((spread**4).mean() / max((spread**2).mean() ** 2, 1e-30)))
    return float(np.median(found)) > 2.8
