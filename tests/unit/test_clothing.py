"""Photographs of clothes: the parts, the square, the draw; on a small made-up tar of the same shape."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from ftlearn import assets
from ftlearn.datasets import clothing, extract_clothing, fetch_clothing
from ftlearn.errors import AssetError, DataError, UnknownNameError

COUNTS = {"train": 6, "validation": 2, "test": 3}


def write(path, counts=COUNTS, more=()):
    """Write photographs whose colour names their class, brighter in the middle than at the ends of the longer side."""
    with tarfile.open(path, "w") as tar:
        for part, count in counts.items():
            for number, name in enumerate(clothing.CLASSES):
                for i in range(count):
                    pixels = np.full((240, 160, 3), 20 * number, "uint8")
                    pixels[:40] = pixels[-40:] = 255  # what the square leaves out
                    pixels[60:180, :, 0] = 10 * i
                    Image.fromarray(pixels).save(body := io.BytesIO(), "PNG")
                    member = tarfile.TarInfo(f"./{part}/{name}/{i}.jpg")
                    member.size = body.tell()
                    tar.addfile(member, io.BytesIO(body.getvalue()))
        for member in more:
            tar.addfile(member)


@pytest.fixture(autouse=True)
def tar(tmp_path, monkeypatch):
    path = tmp_path / "clothing.tar"
    write(path)
    monkeypatch.setattr(clothing, "fetch", lambda name: path)
    monkeypatch.setattr(clothing, "_PARTS", {part: 10 * count for part, count in COUNTS.items()})
    return path


def test_parts_classes_and_raw_pixels():
    clothes = fetch_clothing(size=32)
    assert repr(clothes) == "Split 'clothing': train 60, validation 20, test 30 (opened 0 times), 10 classes"
    assert clothes.train.X.shape == (60, 32, 32, 3) and clothes.train.X.dtype == np.uint8
    assert np.bincount(clothes.test.y).tolist() == [3] * 10
    assert clothes.train.X.max() < 255, "the ends of the longer side are lost"
    assert (clothes.train.X[:, 16, 16, 1] == 20 * clothes.train.y).all()
    assert (np.diff(clothes.train.y) != 0).sum() > 20, "the classes are mixed"


def test_the_square_keeps_the_shape():
    pixels = np.zeros((100, 200, 3), "uint8")
    pixels[30:70, 80:120] = 200
    Image.fromarray(pixels).save(body := io.BytesIO(), "PNG")
    square = clothing._square(body.getvalue(), 50)
    assert square.shape == (50, 50, 3)
    rows, columns = np.nonzero(square[:, :, 0] > 100)
    assert np.ptp(rows) == np.ptp(columns)
    expected = Image.fromarray(pixels[:, 50:150]).resize((50, 50), Image.Resampling.BILINEAR)
    assert np.array_equal(square, expected)


def test_a_draw_is_within_train_repeatable_and_nested_in_all():
    few, again = fetch_clothing(size=8, per_class=2), fetch_clothing(size=8, per_class=2)
    assert np.bincount(few.train.y).tolist() == [2] * 10
    assert len(few.validation.y) == 20 and len(few.test.y) == 30
    assert np.array_equal(few.train.X, again.train.X)
    other = fetch_clothing(size=8, per_class=2, random_state=1)
    assert not np.array_equal(few.train.X, other.train.X)
    assert len(fetch_clothing(size=8, per_class=99).train.y) == 60


def test_some_classes_in_the_order_asked_for():
    two = fetch_clothing(size=8, classes=["shoes", "hat"])
    assert two.classes == ("shoes", "hat")
    assert (two.train.X[:, 4, 4, 1] == np.where(two.train.y == 0, 120, 20)).all()


def test_the_order_in_the_tar_has_no_influence(tar):
    first = fetch_clothing(size=8, per_class=3)
    with tarfile.open(tar) as archive:
        members = [(member, archive.extractfile(member).read()) for member in archive]
    with tarfile.open(tar, "w") as archive:
        for member, body in reversed(members):
            archive.addfile(member, io.BytesIO(body))
    assert np.array_equal(first.train.X, fetch_clothing(size=8, per_class=3).train.X)


def test_a_folder_as_ones_own(tmp_path):
    folder = extract_clothing(tmp_path / "mine", classes=["hat", "shoes"], per_class=4)
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg"))
    assert len(found) == 8 and {name.split("/")[0] for name in found} == {"hat", "shoes"}
    assert len(list(extract_clothing(tmp_path / "test", part="test").rglob("*.jpg"))) == 30


def test_names_that_lead_elsewhere_write_nothing(tar, tmp_path):
    link = tarfile.TarInfo("train/hat/link.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    names = ["train/../../up.jpg", "../train/hat/../../../up.jpg", "train/hat/..", "/up.jpg"]
    write(tar, more=[link, *map(tarfile.TarInfo, names)])
    extract_clothing(tmp_path / "a" / "b" / "c")
    assert not list(tmp_path.rglob("up.jpg")) and not list(tmp_path.rglob("link.jpg"))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"size": 4}, DataError, "from 8 to 160; got 4"),
        ({"size": (96, 96)}, DataError, "one number"),
        ({"per_class": 0}, DataError, "whole number from 1; got 0"),
        ({"per_class": 2.5}, DataError, "whole number"),
        ({"classes": ["hat", "shoos"]}, UnknownNameError, "class of clothes named 'shoos'. Did you mean 'shoes'"),
        ({"classes": ["hat"]}, DataError, "names 1 of the ten classes"),
        ({"classes": "hat"}, DataError, "names 1 of the ten classes"),
    ],
)
def test_bad_requests(options, error, said):
    with pytest.raises(error, match=said):
        fetch_clothing(**options)


def test_a_tar_of_something_else_is_refused(tar):
    write(tar, {"train": 1})
    with pytest.raises(DataError, match=r"holds \{'train': 10\} photographs instead of .*ftlearn fetch clothing"):
        fetch_clothing()


def test_without_the_photographs_the_error_says_how_to_get_them(monkeypatch, tmp_path):
    monkeypatch.setattr(clothing, "fetch", assets.fetch)
    monkeypatch.setenv("FTLEARN_CACHE", str(tmp_path / "none"))
    monkeypatch.delenv("FTLEARN_ASSETS", raising=False)
    address = "archive:http://127.0.0.1:9/no.tar.gz"
    found = assets.ASSETS["clothing"]
    monkeypatch.setitem(assets.ASSETS, "clothing", assets.Asset(**{**vars(found), "addresses": (address,)}))
    with pytest.raises(AssetError, match=r"No connection to 127.0.0.1:9, so clothing was not downloaded"):
        fetch_clothing()


def test_the_photographs_themselves(monkeypatch):
    if assets.find("clothing") is None:
        pytest.skip("clothing is not on this machine: `ftlearn fetch clothing` or FTLEARN_ASSETS enables this test")
    monkeypatch.undo()
    clothes = fetch_clothing(size=8)
    assert [len(part.y) for part in (clothes.train, clothes.validation, clothes._test)] == [3068, 341, 372]
    assert np.bincount(clothes.train.y).tolist() == [241, 123, 455, 184, 468, 290, 198, 202, 112, 795]
    assert 100 < clothes.train.X.mean() < 180
