"""Saving, loading and refusing: files of classifiers."""

from __future__ import annotations

import io
import json
import pickle
import zipfile

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn import attach_head, load_backbone
from ftlearn.errors import DataError, InputContractError
from ftlearn.serving import ServedModel, load_model, save_model
from ftlearn.serving.unsafe import refuse_unsafe

X = np.random.default_rng(0).uniform(0, 1, (300, 8, 8, 1)).astype("float32")


@pytest.fixture(scope="module")
def network():
    model = attach_head(load_backbone("letters"), 10)
    model.layers[-1].set_weights(
        [np.random.default_rng(1).normal(size=w.shape) for w in model.layers[-1].get_weights()]
    )
    return model


@pytest.fixture
def saved(network, tmp_path):
    return save_model(network, tmp_path / "new" / "digits", classes=range(10), note="of a test")


def tiny(*layers, inputs=(4,)):
    return keras.Sequential([keras.Input(inputs), *layers])


def test_a_saved_model_predicts_as_before(network, saved):
    model = load_model(saved)
    expected = network.predict(X, verbose=0)
    np.testing.assert_allclose(model.predict(X), expected, atol=1e-6)
    assert model.classes == tuple("0123456789")
    assert (model.name, model.input_shape, model.value_range) == ("digits", (8, 8, 1), (0.0, 1.0))
    assert model.about["note"] == "of a test"
    assert [path.name for path in sorted(saved.parent.iterdir())] == ["digits.json", "digits.keras"]


def test_without_its_description_classes_are_numbered(saved):
    saved.with_suffix(".json").unlink()
    model = load_model(saved)
    assert model.classes == tuple("0123456789")
    assert model.value_range == (0.0, 1.0), "the backbone inside still says so"


def test_no_input_gives_no_prediction(saved):
    assert load_model(saved).predict(np.zeros((0, 8, 8, 1))).shape == (0, 10)


def test_a_failed_save_leaves_the_old_files(network, saved, monkeypatch):
    before = {path: path.read_bytes() for path in saved.parent.iterdir()}

    def full(self, path, *args, **kwargs):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(type(network), "save", full)
    with pytest.raises(OSError, match="No space"):
        save_model(network, saved, classes=range(10))
    assert {path: path.read_bytes() for path in saved.parent.iterdir()} == before


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda p: p.unlink(), "There is no file"),
        (lambda p: p.write_bytes(p.read_bytes() + b"x"), "its sha256 differs"),
        (lambda p: p.with_suffix(".json").write_text("[]"), "not a description that ftlearn wrote"),
        (lambda p: p.with_suffix(".json").write_text("{"), "not a description that ftlearn wrote"),
        (lambda p: p.with_suffix(".json").write_text('{"schema": 9, "sha256": ""}'), "schema 9"),
        (lambda p: rewrite(p, input=[]), "not a description that ftlearn wrote"),
        (lambda p: rewrite(p, input={"range": [0]}), "not a description that ftlearn wrote"),
        (lambda p: rewrite(p, input={"range": 1}), "not a description that ftlearn wrote"),
        (lambda p: rewrite(p, input={}), "not a description that ftlearn wrote"),
        (lambda p: rewrite(p, classes=7), "not a description that ftlearn wrote"),
        (lambda p: rewrite(p, classes=[[]] * 10), "not a description that ftlearn wrote"),
        (lambda p: rewrite(p, classes=["a"]), "10 outputs; got 1 names"),
    ],
)
def test_changed_files_are_refused(saved, spoil, said):
    spoil(saved)
    with pytest.raises(DataError, match=said):
        load_model(saved)


def rewrite(path, **changed):
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps(json.loads(beside.read_text()) | changed))


@pytest.mark.parametrize("name", ["weights.pkl", "weights.keras"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", pickle.dumps({"weights": 1})])
def test_foreign_files_are_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"is not a \.keras file"):
        load_model(path)
    with pytest.raises(DataError, match=r"is not a \.keras file"):
        load_model(tmp_path)


def hdf5_with_a_zip_behind(whole):
    file = io.BytesIO()
    with h5py.File(file, "w") as numbers:
        numbers.attrs["model_config"] = "{}"
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("config.json", json.dumps({"module": "keras", "class_name": "Sequential", "config": {}}))
    return file.getvalue()


def with_a_second_description(whole):
    file = io.BytesIO(whole)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("config.json", "{}")
    return file.getvalue()


def with_a_comment(whole):
    file = io.BytesIO(whole)
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"something else"
    return file.getvalue()


@pytest.mark.parametrize("name", ["evil.h5", "evil.keras"])
@pytest.mark.parametrize(
    "make",
    [hdf5_with_a_zip_behind, with_a_second_description, with_a_comment, lambda whole: b"x" + whole,
     lambda whole: b"PK\x03\x04" + whole, lambda whole: whole + b"x", lambda whole: whole[:-1]],
)  # fmt: skip
def test_two_files_in_one_are_never_opened(tmp_path, saved, monkeypatch, name, make):
    path = tmp_path / name
    path.write_bytes(make(saved.read_bytes()))
    monkeypatch.setattr(keras.saving, "load_model", lambda *args, **kwargs: pytest.fail("was opened"))
    with pytest.raises(DataError, match=r"is not a \.keras file"):
        load_model(path)


def test_what_was_checked_is_what_is_opened(saved, tmp_path, monkeypatch):
    opened, load = [], keras.saving.load_model

    def swapped(path, **options):
        saved.write_bytes(b"another file, put there after the check")
        opened.append(path)
        return load(path, **options)

    monkeypatch.setattr(keras.saving, "load_model", swapped)
    assert load_model(saved).name == "digits"
    assert opened[0] != saved
    assert not opened[0].exists(), "the copy is not left behind"


def test_a_zip_without_weights_is_refused_with_the_reason(tmp_path, saved):
    path = tmp_path / "hollow.keras"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(path, "w") as hollow:
        hollow.writestr("config.json", whole.read("config.json"))
    with pytest.raises(DataError, match=r"cannot open hollow\.keras"):
        load_model(path)


def test_a_lambda_is_refused_before_keras_opens_the_file(tmp_path, monkeypatch):
    path = tmp_path / "lambda.keras"
    tiny(keras.layers.Lambda(lambda x: 2 * x), keras.layers.Dense(2, "softmax")).save(path)
    monkeypatch.setattr(keras.saving, "load_model", lambda *args, **kwargs: pytest.fail("was opened"))
    with pytest.raises(DataError, match="holds a Lambda layer"):
        load_model(path)


@pytest.mark.parametrize(
    ("module", "kind"),
    [("os", "system"), ("builtins", "function"), ("keras.utils", "get_file"), ("keras.src.saving", "load_model"),
     ("keras_evil.layers", "Dense"), ("keras.layersx", "Dense"), ("keras.models", "load_model"),
     ("keras.src.models.cloning", "clone_model"), ("keras.models", "function")],
)  # fmt: skip
def test_whatever_is_not_a_layer_of_keras_is_refused(tmp_path, module, kind):
    path = tmp_path / "other.keras"
    config = {"layers": [{"module": module, "class_name": kind, "config": {}, "registered_name": kind}]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"module": "keras", "class_name": "Sequential", "config": config}))
    with pytest.raises(DataError, match=f"wants '{kind}' from '{module}'"):
        refuse_unsafe(path)


@pytest.mark.parametrize("kind", ["Lambda", "TFSMLayer", "TorchModuleWrapper", "any>Lambda"])
def test_layers_with_code_of_their_own_are_refused_by_name(tmp_path, kind):
    path = tmp_path / "code.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"module": "keras.layers", "class_name": kind, "config": {}}))
    with pytest.raises(DataError, match=f"holds a {kind.rpartition('>')[2]} layer"):
        refuse_unsafe(path)


def test_a_registered_name_does_not_vouch_for_another_function(tmp_path, monkeypatch):
    monkeypatch.setitem(keras.saving.get_custom_objects(), "known", len)
    path = tmp_path / "other.keras"
    for name, fits in (("system", False), ("known", True)):
        function = {"module": "os", "class_name": "function", "config": name, "registered_name": "known"}
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps({"layers": [function]}))
        if fits:
            refuse_unsafe(path)
        else:
            with pytest.raises(DataError, match="from 'os'"):
                refuse_unsafe(path)


def test_a_registered_class_is_taken(tmp_path):
    @keras.saving.register_keras_serializable("test_serving")
    class Twice(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    path = tmp_path / "own.keras"
    tiny(Twice(), keras.layers.Dense(2, "softmax")).save(path)
    try:
        assert load_model(path).classes == ("0", "1")
    finally:
        keras.saving.get_custom_objects().pop("test_serving>Twice")  # and no other: KerasHub's are there too
    with pytest.raises(DataError, match="register the class"):
        load_model(path)


@pytest.mark.parametrize(
    ("model", "classes", "said"),
    [
        (lambda: tiny(keras.layers.Dense(3, "softmax")), "ab", "3 outputs; got 2 names"),
        (lambda: tiny(keras.layers.Dense(2, "softmax")), "aa", "different names"),
        (lambda: tiny(keras.layers.Dense(2, "softmax")), ("a", ""), "different names"),
        (lambda: tiny(keras.layers.Dense(2, bias_initializer="ones")), "ab", "no probabilities"),
        (lambda: tiny(keras.layers.Dense(1, "sigmoid")), "a", "2 classes or more"),
        (lambda: tiny(keras.layers.Dense(2, "softmax"), inputs=(None, 4)), "ab", "2 classes or more"),
        (lambda: tiny(keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(2, "softmax"), inputs=(None, 4)), "ab",
         "any size"),
    ],
)  # fmt: skip
def test_only_classifiers_are_saved(tmp_path, model, classes, said):
    with pytest.raises(DataError, match=said):
        save_model(model(), tmp_path / "m.keras", classes=classes)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (X[:, :7], "of shape 8 × 8 × 1 each; got 7 × 8 × 1"),
        (X[0], "each; got 8 × 1"),
        (0.5, "each; got a single number"),
        (255 * X, "from 0 to 1; got 0.*to 25"),
        (X - 1, "from 0 to 1; got -"),
        (np.where(X > 0.5, np.nan, X), "finite"),
        (1e300 * X.astype("float64"), "finite"),
        (X.astype(str), "not a number"),
        ([[1], [1, 2]], "ragged"),
    ],
)
def test_wrong_inputs_are_refused_in_words(wrong, said):
    model = ServedModel(None, "digits", tuple("0123456789"), (8, 8, 1), (0.0, 1.0))
    with pytest.raises(InputContractError, match=said):
        model.check(wrong)


@given(st.integers(0, 5), st.floats(-0.01, 1.01))
def test_what_fits_is_returned_untouched(n, value):
    model = ServedModel(None, "digits", ("0", "1"), (2, 3), (0.0, 1.0))
    given_ = np.full((n, 2, 3), value)
    np.testing.assert_array_equal(model.check(given_), given_.astype("float32"))
