"""Networks of keras.applications are recognised by their layers, and the range at their first one is judged."""

import keras
import numpy as np
import pytest

from ftlearn.doctor import inputs
from ftlearn.doctor.case import Case
from ftlearn.doctor.rules import input_range_is_not_the_backbones as rule

X = np.random.default_rng(0).integers(0, 256, (16, 75, 75, 3)).astype("float32")
X[0], X[1] = 0, 255
NETWORKS = {  # one of each family: its members differ in depth and width, not in how they begin
    "VGG16": "vgg16",
    "ResNet50": "resnet",
    "ResNet50V2": "resnet_v2",
    "InceptionV3": "inception_v3",
    "InceptionResNetV2": "inception_resnet_v2",
    "Xception": "xception",
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3Small": "mobilenet_v3",
    "DenseNet121": "densenet",
    "NASNetMobile": "nasnet",
    "EfficientNetB0": "efficientnet",
    "EfficientNetV2B0": "efficientnet_v2",
    "ConvNeXtTiny": "convnext",
}


@pytest.mark.parametrize("name", NETWORKS)
def test_its_own_preprocessing_passes_and_another_does_not(name, monkeypatch):
    monkeypatch.setattr(inputs, "pretrained", lambda network: True)
    module = getattr(keras.applications, NETWORKS[name])
    base = getattr(keras.applications, name)(input_shape=(75, 75, 3), include_top=False, weights=None, pooling="avg")
    pixels = keras.Input((75, 75, 3))

    def said(model, given):
        return [sentence for sentence, _ in rule.check(Case(model, {"train": (given, np.zeros(16))}))]

    right = keras.Model(pixels, keras.layers.Dense(2)(base(module.preprocess_input(pixels))))
    wrong = keras.Model(pixels, keras.layers.Dense(2)(base(pixels / 255.0)))
    flat = keras.Model(base.input, keras.layers.Dense(2)(base.output))
    assert said(right, X) == []
    assert said(flat, module.preprocess_input(X.copy())) == []
    assert "as if divided by 255" in said(wrong, X)[0]
    assert "as if divided by 255" in said(flat, X / 255)[0]


def test_what_was_watched_is_put_back():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    layer = model.layers[0]
    case = Case(model, {"train": (X[:, 0, :4, 0], np.zeros(16))})
    assert inputs.arrives_at(case, [layer])[0] is layer
    assert "call" not in vars(layer)
