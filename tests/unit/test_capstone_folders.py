"""Folders as people have them: what is refused and in what words, what is noted, and what stays together."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ftlearn.capstone import Findings, choose_base, examine, example_folder, read
from ftlearn.capstone.bases import Base
from ftlearn.capstone.reading import fingerprint
from ftlearn.errors import AssetError, DataError, InputContractError, UnknownNameError

TINY = Base("letters", 8, 1, 1.0, "a test")


def picture(seed, side=24, mode="RGB"):
    """Smooth colours, so that saving as JPEG changes them as it does photographs."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC).convert(mode)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "pets"
    for number, name in enumerate(("cat", "dog")):
        (place / name).mkdir(parents=True)
        for i in range(20):
            picture(100 * number + i).save(place / name / f"{i:02}.png")
    return place


def refusal(place):
    with pytest.raises(DataError) as caught:
        examine(place)
    return str(caught.value)


def test_a_good_folder(folder):
    found = examine(folder)
    assert found.counts == {"cat": 20, "dog": 20}
    assert (found.ignored, found.copies, found.notes, found.grey) == ({}, [], [], False)
    assert Findings.from_dict(found.as_dict()) == found


def test_missing_file_empty_loose(tmp_path, folder):
    assert "does not exist" in refusal(tmp_path / "nowhere")
    assert "is a file, not a folder" in refusal(folder / "cat" / "00.png")
    (tmp_path / "empty").mkdir()
    assert "has no subfolders" in refusal(tmp_path / "empty")
    assert "20 images of its own" in refusal(folder / "cat")


@pytest.mark.parametrize("names", [("train", "test"), ("Train", "Val", "Test"), ("training", "validation")])
def test_parts_instead_of_classes(tmp_path, names):
    for name in names:
        (tmp_path / "split" / name / "cat").mkdir(parents=True)
    said = refusal(tmp_path / "split")
    assert "parts, not classes" in said and "Merge them" in said


def test_one_class_no_images_too_few(folder):
    for file in (folder / "dog").iterdir():
        if file.name != "00.png":
            file.unlink()
    assert "'dog' has 1" in refusal(folder) and "at least 5" in refusal(folder)
    (folder / "dog" / "00.png").rename(folder / "dog" / "00.txt")
    assert "No images in 'dog'" in refusal(folder)
    (folder / "dog" / "00.txt").unlink()
    (folder / "dog").rmdir()
    assert "Only one class" in refusal(folder)


def test_unreadable_files_are_named(folder):
    (folder / "cat" / "00.png").write_text("no picture")
    whole = (folder / "dog" / "03.png").read_bytes()
    (folder / "dog" / "03.png").write_bytes(whole[: len(whole) // 2])
    said = refusal(folder)
    assert "2 of 40 images cannot be read" in said and "cat/00.png" in said and "dog/03.png" in said


def test_no_permission(folder, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert "cannot be read (Permission denied)" in refusal(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(folder):
    (folder / "cat" / "00.png").chmod(0)
    assert "cat/00.png" in refusal(folder)


def test_what_is_ignored_and_why(folder):
    (folder / "cat" / "notes.txt").write_text("nice")
    (folder / "cat" / ".hidden.png").write_bytes(b"x")
    (folder / "README").write_text("read me")
    picture(7).save(folder / "loose.png")
    found = examine(folder)
    assert found.ignored == {
        "hidden": ["cat/.hidden.png"], "no suffix: not an image": ["README"],
        ".txt: not an image": ["cat/notes.txt"], "images outside the class subfolders": ["loose.png"],
    }  # fmt: skip
    assert "loose.png" in " ".join(found.notes)


def test_deep_animated_huge_few_and_unequal(folder, monkeypatch):
    (folder / "cat" / "deep").mkdir()
    (folder / "cat" / "00.png").rename(folder / "cat" / "deep" / "00.png")
    frames = [picture(900 + i) for i in range(3)]
    frames[0].save(folder / "cat" / "moves.gif", save_all=True, append_images=frames[1:])
    for i in range(5, 20):
        (folder / "dog" / f"{i:02}.png").unlink()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    notes = " ".join(examine(folder).notes)
    for part in ("1 images lie deeper", "1 images are animated", "26 images are huge", "Fewer than 20 images: dog",
                 "'cat' has 21 images, 'dog' 5"):  # fmt: skip
        assert part in notes


def test_names_with_spaces_and_letters_of_the_world(folder):
    (folder / "cat").rename(folder / "größe & maß, 猫")
    found = examine(folder)
    assert list(found.counts) == ["dog", "größe & maß, 猫"]
    assert read(folder, found, TINY).classes == tuple(found.counts)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "1", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_read(folder, mode):
    made = (
        Image.fromarray(np.arange(576, dtype="uint16").reshape(24, 24)) if mode == "I;16" else picture(5).convert(mode)
    )
    made.save(folder / "cat" / ("odd.jpg" if mode == "CMYK" else "odd.png"))
    assert read(folder, examine(folder), TINY).train.X.shape[1:] == (8, 8, 1)


def test_grey_is_seen_in_the_pixels_not_in_the_file(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(6):
            picture(i + 10 * (name == "b"), 12, "L").convert("RGB").save(tmp_path / name / f"{i}.png")
    found = examine(tmp_path)
    assert found.grey and choose_base(found).name == "letters"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(quality=st.integers(70, 100), share=st.floats(0.75, 1.0), seed=st.integers(0, 10**6))
def test_saved_again_or_smaller_is_found(folder, quality, share, seed):
    side = 80
    original = picture(seed + 1000, side)
    original.save(folder / "cat" / "original.png")
    smaller = original.resize((round(share * side),) * 2, Image.Resampling.LANCZOS)
    smaller.save(folder / "dog" / "again.jpg", quality=quality)
    assert examine(folder).contradictions == [("cat/original.png", "dog/again.jpg")]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 10**6))
def test_near_copies_stay_in_one_part(folder, seed):
    for i in range(4):
        picture(i).save(folder / "cat" / f"again_{i}.jpg", quality=98, subsampling=0)
    found = examine(folder)
    assert len(found.copies) == 4
    split = read(folder, found, TINY, random_state=seed)
    part = {path.name: name for name, paths in split.paths.items() for path in paths if path.parent.name == "cat"}
    assert len(part) == 24
    for i in range(4):
        assert part[f"{i:02}.png"] == part[f"again_{i}.jpg"]


def test_where_all_look_alike_the_split_is_made_and_said(tmp_path):
    for number, name in enumerate(("fine", "scratched")):
        (tmp_path / name).mkdir()
        for i in range(10):
            image = picture(0, 64)
            image.putpixel((i, number), (255, 0, 0))
            image.save(tmp_path / name / f"{i}.png")
    found = examine(tmp_path)
    split = read(tmp_path, found, TINY)
    assert split.counts["all"].tolist() == [10, 10]
    assert "only exact copies were" in found.notes[-1]


def test_groups_by_name(folder):
    split = read(folder, examine(folder), TINY, group_by=r"(\d)\.png")  # the last digit: ten groups of four
    parts = [{path.stem[-1] for path in paths} for paths in split.paths.values()]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 10


def test_groups_that_cannot_be(folder):
    found = examine(folder)
    with pytest.raises(DataError, match=r"finds nothing in 'cat/00\.png'"):
        read(folder, found, TINY, group_by="patient")
    with pytest.raises(DataError, match="is no regular expression"):
        read(folder, found, TINY, group_by="(")
    with pytest.raises(DataError, match="comes from 2 groups"):
        read(folder, found, TINY, group_by=r"/(\d)")


def test_the_rule_and_its_override():
    photographs = Findings("p", {"a": 9, "b": 9}, (50, 90, 99), 120, grey=False)
    glyphs = Findings("g", {"a": 9, "b": 9}, (8, 20, 32), 32, grey=True)
    scans = Findings("s", {"a": 9, "b": 9}, (8, 20, 32), 33, grey=True)
    assert [choose_base(one).name for one in (photographs, glyphs, scans)] == [
        "mobilenet_v2_0.35", "letters", "mobilenet_v2_0.35"]  # fmt: skip
    assert choose_base(photographs, "letters").size == 8
    assert choose_base(photographs, "resnet50", size=64).size == 64
    with pytest.raises(UnknownNameError, match="Did you mean 'letters'"):
        choose_base(photographs, "leters")
    with pytest.raises(DataError, match="8 × 8; got size 64"):
        choose_base(glyphs, size=64)
    with pytest.raises(DataError, match="at least 32 × 32; got size 16"):
        choose_base(photographs, size=16)


def test_weights_that_are_not_here(monkeypatch):
    from ftlearn import backbones

    def cannot(*args, **kwargs):
        raise AssetError("No network.")

    monkeypatch.setattr(backbones, "load_backbone", cannot)
    with pytest.raises(AssetError, match=r"ftlearn fetch mobilenet_v2_0\.35.*'letters'"):
        choose_base(Findings("p", {"a": 9, "b": 9}, (50, 90, 99), 120, grey=False)).load()


def test_the_fingerprint_knows_contents_and_names(folder):
    before = fingerprint(folder)
    os.utime(folder / "cat" / "00.png", (1, 1))
    (folder / "notes.txt").write_text("not an image")
    assert fingerprint(folder) == before
    (folder / "cat" / "00.png").rename(folder / "cat" / "99.png")
    renamed = fingerprint(folder)
    picture(5000).save(folder / "cat" / "99.png")
    assert len({before, renamed, fingerprint(folder)}) == 3


def test_the_example_is_the_same_each_time(tmp_path):
    one, two = (example_folder(tmp_path / name, images=50, random_state=3) for name in "ab")
    assert fingerprint(one) == fingerprint(two) != fingerprint(example_folder(tmp_path / "c", images=50))
    assert examine(one).counts == {str(digit): 5 for digit in range(10)}
    assert fingerprint(example_folder(tmp_path / "a", images=50, random_state=3)) == fingerprint(one)
    with pytest.raises(DataError, match="holds other files"):
        example_folder(tmp_path / "a", images=30, random_state=4)


def test_a_picture_that_breaks_the_contract_is_refused():
    with pytest.raises(InputContractError, match="letters"):
        TINY.load().predict(np.full((1, 8, 8, 1), 200.0), verbose=0)
