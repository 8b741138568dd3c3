"""The sources hold no digits, are drawn as the digits were, and their recipes and shipped weights agree."""

import hashlib
import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest

import ftlearn
from ftlearn.errors import DataError, UnknownNameError
from ftlearn.pretrain import glyphs, letters, source, strokes, textures

BUNDLED = Path(ftlearn.__file__).parent / "bundled"


@pytest.fixture(scope="module")
def latin():
    return glyphs.render(520, characters=glyphs.LATIN, fonts=["DejaVuSans", "cmr10"], random_state=3)


@pytest.fixture(scope="module")
def recorded():
    return {name: json.loads((BUNDLED / f"{name}.json").read_text("utf-8")) for name in ("letters", "textures")}


@pytest.fixture(scope="module")
def base():
    network = letters.letters_network()
    network.load_weights(BUNDLED / "letters.weights.h5")
    return network


def assert_no_numeral(characters):
    for c in characters:
        assert unicodedata.category(c).startswith("L"), f"U+{ord(c):04X}"
        assert unicodedata.numeric(c, None) is None, f"U+{ord(c):04X}"
        assert not any(d in unicodedata.normalize("NFKC", c) for d in "0123456789"), f"U+{ord(c):04X}"


def test_no_digit_of_any_script_is_a_source(recorded):
    found = glyphs.script_letters()
    assert len(found) > 1000
    assert_no_numeral(found)
    assert_no_numeral("".join(recorded["letters"]["characters"]))


@pytest.mark.parametrize("character", ["0", "7", "٣", "½", "Ⅷ", "²", "é", "!"])
def test_a_digit_is_refused_by_name(character):
    assert not glyphs.is_source_letter(character)
    with pytest.raises(DataError, match="not a plain letter"):
        glyphs.render(4, characters=["A", character], fonts=["DejaVuSans"])


def test_unseen_fonts_stay_unseen(recorded):
    assert len(glyphs.UNSEEN_FONTS) >= 3
    assert not set(glyphs.TRAIN_FONTS) & set(glyphs.UNSEEN_FONTS)
    assert recorded["letters"]["fonts"] == list(glyphs.TRAIN_FONTS)
    assert recorded["letters"]["unseen_fonts"] == list(glyphs.UNSEEN_FONTS)


def test_drawings_have_the_shape_range_and_steps_of_the_digits(latin):
    from sklearn.datasets import load_digits

    X, y = latin
    assert X.shape == (520, 8, 8, 1) and X.dtype == np.float32 and y.dtype == np.int64
    assert (np.bincount(y) == 20).all()
    digits = load_digits().images / 16
    for pictures in (X[..., 0], digits):
        assert pictures.min() == 0 and pictures.max() == 1
        assert (pictures * 16 == np.round(pictures * 16)).all()
        assert (pictures > 0).any(2).mean(0).min() > 0.95, "every row holds ink"
    assert abs(X.mean() - digits.mean()) < 0.06


def test_drawing_is_seeded(latin):
    again = glyphs.render(520, characters=glyphs.LATIN, fonts=["DejaVuSans", "cmr10"], random_state=3)
    other = glyphs.render(520, characters=glyphs.LATIN, fonts=["DejaVuSans", "cmr10"], random_state=4)
    assert all((a == b).all() for a, b in zip(latin, again, strict=True))
    assert not (latin[0] == other[0]).all()


def test_blocks_count_ink():
    bitmap = np.zeros((1, 32, 32), bool)
    bitmap[0, 4:8, 8:10] = True
    shares = strokes.block_shares(bitmap)
    assert shares[0, 1, 2] == 0.5 and shares.sum() == 0.5
    assert strokes.block_shares(bitmap, 32).sum() == 8
    with pytest.raises(DataError, match="does not divide"):
        strokes.block_shares(bitmap, 7)


def test_thinning_leaves_a_line_one_pixel_wide():
    bar = np.zeros((2, 20, 40), bool)
    bar[0, 6:13, 5:35] = True
    bar[1, 2:18, 9] = True
    lines = strokes.thin(bar)
    assert (lines <= bar).all()
    assert lines[0].sum(0).max() == 1 and 18 <= lines[0].sum() <= 30
    assert lines[1].sum() >= 14


def test_lookalikes_share_a_class():
    classes = glyphs.group_lookalikes(["A", "O", "o", "B", "О", "А"])  # the last two are Cyrillic
    assert sorted(classes) == sorted(["AА", "OoО", "B"])


def test_letters_are_named_and_quick():
    X, y, names = glyphs.letters(260, fonts="unseen")
    assert names == list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert (np.bincount(y) == 10).all() and len(X) == 260
    with pytest.raises(UnknownNameError, match="Did you mean 'unseen'"):
        glyphs.letters(10, fonts="unsen")
    with pytest.raises(DataError, match="no font 'Arial'"):
        glyphs.render(2, characters="AB", fonts=["Arial"])
    with pytest.raises(DataError, match="cannot draw"):
        glyphs.render(2, characters=["A", "ᐁ"], fonts=["cmr10"])


def test_network_is_flat_and_named_by_block():
    import keras

    network = letters.letters_network(batchnorm_momentum=0.5, dropout=0.3, name="x")
    assert network.count_params() == 287_776 and network.name == "x"
    assert not any(isinstance(layer, keras.Model) for layer in network.layers)
    convolutions = [layer.name for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert convolutions == [f"block{b}_conv{i}" for b in (1, 2, 3) for i in (1, 2)]
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert [layer.momentum for layer in norms] == [0.5] * 6
    assert [layer.rate for layer in network.layers if isinstance(layer, keras.layers.Dropout)] == [0.3]
    assert len(network.output_shape) == 2


@pytest.mark.parametrize("name", ["letters", "textures"])
def test_shipped_file_is_the_recorded_one(recorded, name):
    weights = BUNDLED / f"{name}.weights.h5"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    sums = dict(reversed(line.split()) for line in (BUNDLED / "SHA256SUMS").read_text().splitlines())
    assert recorded[name]["sha256"] == found == sums[weights.name]
    assert hashlib.sha256((BUNDLED / f"{name}.json").read_bytes()).hexdigest() == sums[f"{name}.json"]
    assert weights.stat().st_size == recorded[name]["bytes"] < 2_000_000
    assert recorded[name]["parameters"] == letters.letters_network().count_params()
    module = {"letters": letters, "textures": textures}[name]
    assert recorded[name]["recipe_version"] == module.RECIPE_VERSION
    assert {"random_state", "keras", "tensorflow", "numpy", "date", "seconds", "classes"} <= set(recorded[name])


def test_shipped_letters_read_fonts_never_seen(base, recorded):
    from sklearn.linear_model import LogisticRegression

    X, y, _ = glyphs.letters(520, fonts="train", random_state=1)
    new_X, new_y, _ = glyphs.letters(1040, fonts="unseen", random_state=2)

    def score(view):
        return LogisticRegression(C=10, max_iter=1000).fit(view(X), y).score(view(new_X), new_y)

    def features(images):
        found = base.predict(images, verbose=0)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    on_pixels, on_features = score(lambda images: images.reshape(len(images), -1)), score(features)
    assert on_features > on_pixels + 0.1, (on_features, on_pixels)
    assert recorded["letters"]["accuracy_in_unseen_fonts"] > 0.6
    assert set(recorded["letters"]["accuracy_in_each_unseen_font"]) == set(glyphs.UNSEEN_FONTS)


def test_patches_are_in_range_seeded_and_kept_apart():
    X, y = textures.patches(600, random_state=1)
    again, _ = textures.patches(600, random_state=1)
    other, _ = textures.patches(600, random_state=1, unseen=True)
    assert X.shape == (600, 8, 8, 1) and X.dtype == np.float32 and X.min() == 0 and X.max() == 1
    assert (np.bincount(y) == 10).all() and (X == again).all() and not (X == other).all()


@pytest.mark.parametrize(
    ("recipe", "name", "options"),
    [
        (letters.pretrain_letters, "letters", {"scripts": ("latin",)}),
        (textures.pretrain_textures, "textures", {}),
    ],
)
def test_a_small_run_writes_the_same_weights_twice(tmp_path, recipe, name, options):
    lines = []
    runs = [recipe(tmp_path / i, n_train=300, epochs=1, progress=lines.append, **options) for i in "ab"]
    assert runs[0]["sha256"] == runs[1]["sha256"]
    assert any(line.startswith("Epoch 1 of 1: loss") for line in lines)
    found = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert found == ["SHA256SUMS", f"{name}.json", f"{name}.weights.h5"]
    assert json.loads((tmp_path / "a" / f"{name}.json").read_text("utf-8")) == runs[0]


def test_an_interruption_leaves_the_old_files(tmp_path, monkeypatch):
    import keras

    network = letters.letters_network()
    source.save(network, {"run": 1}, tmp_path, progress=lambda line: None)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(before) == {"letters.weights.h5", "letters.json", "SHA256SUMS"}

    def half(self, path, *args, **kwargs):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.Model, "save_weights", half)
    with pytest.raises(KeyboardInterrupt):
        source.save(network, {"run": 2}, tmp_path, progress=lambda line: None)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
