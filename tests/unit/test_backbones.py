"""Backbones refuse, in words, input that breaks their contract."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from ftlearn import assets, backbones
from ftlearn.errors import AssetError, DataError, InputContractError, UnknownNameError

GOOD = np.linspace(0, 1, 20 * 64, dtype="float32").reshape(20, 8, 8, 1)


@pytest.fixture(scope="module")
def base():
    return backbones.load_backbone("letters")


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (GOOD * 16, r"values from 0 to 1; got 0 to 16\..*X / 16"),
        (GOOD * 255, r"X / 255"),
        (GOOD * 2 - 1, r"got -1 to 1.*centring"),
        (GOOD / 255, r"divided twice"),
        (GOOD[..., 0], r"Add the channel axis: X\[\.\.\., None\]"),
        (GOOD[0], r"Put images in a batch|Add the channel axis"),
        (GOOD.repeat(3, axis=-1), r"8 × 8 × 1; got an array of shape \(20, 8, 8, 3\).*Average the colours"),
        (np.zeros((2, 28, 28, 1)), r"Resize the images to 8 × 8"),
        (np.full((2, 8, 8, 1), np.nan), r"finite"),
        (np.full((2, 8, 8, 1), "a"), r"takes numbers"),
    ],
)
@pytest.mark.parametrize("use", ["call", "predict", "fit", "evaluate"])
def test_broken_contract_is_refused_whichever_way_it_comes(base, X, words, use):
    model = backbones.attach_head(base, 10)
    model.compile(loss="sparse_categorical_crossentropy")
    y = np.zeros(len(X), int)
    calls = {
        "call": lambda: model(X), "predict": lambda: base.predict(X),
        "fit": lambda: model.fit(X, y, verbose=0), "evaluate": lambda: model.evaluate(X, y, verbose=0),
    }  # fmt: skip
    with pytest.raises(InputContractError, match=words):
        calls[use]()


def test_good_input_passes_also_dark_or_single_images(base):
    assert base.predict(GOOD, verbose=0).shape == (20, base.output_shape[-1])
    assert base.predict(np.zeros((20, 8, 8, 1)), verbose=0).shape[0] == 20
    assert base.predict(GOOD[:1] / 20, verbose=0).shape[0] == 1


def test_pretrained_weights_are_not_the_random_ones(base):
    scratch = backbones.load_backbone("letters", weights=None)
    assert [w.shape for w in scratch.weights] == [w.shape for w in base.weights]
    assert not np.allclose(scratch.weights[0], base.weights[0])


def test_unknown_names_and_sizes(base):
    with pytest.raises(UnknownNameError, match=r"Did you mean 'letters'\?"):
        backbones.load_backbone("leters")
    with pytest.raises(DataError, match="8 × 8; got size=32"):
        backbones.load_backbone("letters", size=32)


@pytest.mark.parametrize(
    ("name", "caffe"), [("resnet50", True), ("mobilenet_v2_0.35", False)], ids=["resnet50", "mobilenet"]
)
def test_applications_take_raw_pixels_and_preprocess_inside(name, caffe):
    side = 64
    model = backbones.load_backbone(name, weights=None, size=side)
    first = next(layer for layer in model.layers if layer.weights)
    X = np.random.default_rng(0).uniform(0, 255, (2, side, side, 3)).astype("float32")
    seen = keras.Model(model.inputs, first.input).predict(X, verbose=0)
    expected = (X[..., ::-1] - [103.939, 116.779, 123.68]) if caffe else X / 127.5 - 1
    if caffe:  # ResNet50 pads before its first convolution
        seen = seen[:, 3:-3, 3:-3]
    assert np.allclose(seen, expected, atol=1e-3)
    with pytest.raises(InputContractError, match="values from 0 to 255"):
        model.predict(np.tile(X / 255, (8, 1, 1, 1)), verbose=0)
    with pytest.raises(InputContractError, match=r"64 × 64 × 3; got an array of shape \(2, 96, 96, 3\).*Resize"):
        model.predict(np.zeros((2, 96, 96, 3)), verbose=0)


def test_imagenet_without_network_says_what_to_do(monkeypatch):
    def offline(*args, **kwargs):
        raise OSError("unreachable")

    monkeypatch.setattr(keras.utils, "get_file", offline)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", offline)
    monkeypatch.setattr(assets, "find", lambda name: None)
    with pytest.raises(AssetError, match=r"could not be downloaded.*FTLEARN_ASSETS"):
        backbones.load_backbone("mobilenet_v2_0.35", size=96)


@pytest.mark.parametrize("classes", [1, 0, 2.5, None])
def test_heads_need_classes(base, classes):
    with pytest.raises(DataError, match="at least 2 classes"):
        backbones.attach_head(base, classes)


def test_a_head_goes_on_features_not_on_maps_or_answers():
    maps = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(DataError, match="not in a feature vector"):
        backbones.attach_head(maps, 3)
    answers = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    with pytest.raises(DataError, match="class probabilities"):
        backbones.attach_head(answers, 3)


def test_a_saved_model_opens_without_ftlearn(base, tmp_path):
    model = backbones.attach_head(base, 10, random_state=1)
    model.save(tmp_path / "m.keras")
    np.save(tmp_path / "x.npy", GOOD)
    code = (
        "import sys, keras, numpy as np; m = keras.models.load_model('m.keras');"
        "np.save('p.npy', m.predict(np.load('x.npy'), verbose=0)); assert 'ftlearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert np.allclose(np.load(tmp_path / "p.npy"), model.predict(GOOD, verbose=0), atol=1e-6)


def test_the_mirror_serves_networks_by_their_name_at_any_size(tmp_path, monkeypatch, recwarn):
    """The rule: ``keras/NAME.h5`` is the file that Keras downloads, renamed."""
    import h5py
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    network = keras.applications.MobileNetV2(input_shape=(224, 224, 3), alpha=0.35, include_top=False, weights=None)
    (tmp_path / "keras").mkdir()
    with h5py.File(tmp_path / "keras" / "mobilenet_v2_0.35.h5", "w") as file:
        save_weights_to_hdf5_group(file, network)
    monkeypatch.setattr(assets, "find", lambda name: None)
    monkeypatch.setattr(assets, "mirror_folder", lambda: tmp_path)
    for side in (96, 110):
        base = backbones.load_backbone("mobilenet_v2_0.35", size=side)
        assert all(np.array_equal(a, b) for a, b in zip(base.get_weights(), network.get_weights(), strict=True))
        assert base.predict(np.zeros((1, side, side, 3)), verbose=0).shape == (1, 1280)
    (tmp_path / "keras" / "resnet50.h5").write_bytes((tmp_path / "keras" / "mobilenet_v2_0.35.h5").read_bytes())
    with pytest.raises(AssetError, match=r"resnet50.h5' does not hold the weights of 'resnet50' without top"):
        backbones.load_backbone("resnet50", size=64)
    assert not [one for one in recwarn if "input_shape" in str(one.message)]


def test_a_weights_file_that_is_not_there():
    with pytest.raises(AssetError, match=r"no weights file 'mine.weights.h5'\. Correct the path"):
        backbones.load_backbone("mobilenet_v2_0.35", weights="mine.weights.h5")


def test_the_real_weights_work_at_96_pixels(recwarn):
    if assets.find("mobilenet_v2_0.35") is None:
        pytest.skip("mobilenet_v2_0.35 is not on this machine: `ftlearn fetch mobilenet_v2_0.35` enables this test")
    base = backbones.load_backbone("mobilenet_v2_0.35", size=96)
    assert sum(int(np.prod(w.shape)) for w in base.weights) == 410_208
    features = base.predict(np.random.default_rng(0).integers(0, 256, (4, 96, 96, 3), "uint8"), verbose=0)
    assert features.std() > 0.05 and not [one for one in recwarn if "input_shape" in str(one.message)]
