"""One's own folder: nothing lost, nothing shared, groups whole, and every bad folder told what is wrong with it."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ftlearn.datasets import FolderSplit, from_directory
from ftlearn.displays.folders import FolderDisplay
from ftlearn.errors import DataError


def save(path, value, *, size=(4, 4), mode="L", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(path, **options)


@pytest.fixture
def folder(tmp_path):
    """Two classes of ten different pictures."""
    for c, name in enumerate(("cat", "dog")):
        for i in range(10):
            save(tmp_path / name / f"{'ab'[i % 2]}_{i}.png", 100 * c + i)
    return tmp_path


def files_of(split):
    return {name: sorted(p.as_posix() for p in paths) for name, paths in split.paths.items()}


def by_name(split):
    parts = zip((split.train, split.validation, split.test), split.paths.values(), strict=True)
    return {path.name: x for part, paths in parts for x, path in zip(part.X, paths, strict=True)}


# What is read


def test_every_file_is_in_one_part_with_its_pixels_and_label(folder):
    split = from_directory(folder, random_state=3)
    assert isinstance(split, FolderSplit) and split.classes == ("cat", "dog")
    listed = [p for paths in split.paths.values() for p in paths]
    assert sorted(listed) == sorted(folder.rglob("*.png"))
    for part, paths in ((split.train, split.paths["train"]), (split.test, split.paths["test"])):
        for x, y, path in zip(part.X, part.y, paths, strict=True):
            assert np.array_equal(x[..., 0], np.asarray(Image.open(path)).astype("float32") / 255)
            assert split.classes[y] == path.parent.name
    assert split.counts.loc["dog"].to_list() == [6, 2, 2, 10]
    assert split.test_looks == 1


def test_the_seed_decides_and_the_file_system_does_not(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("copy")
    for path in sorted(folder.rglob("*.png"), reverse=True):  # the files are made in another order
        target = elsewhere / path.relative_to(folder)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
    relative = [
        [p.relative_to(root) for p in from_directory(root, random_state=5).paths["train"]]
        for root in (folder, elsewhere)
    ]
    assert relative[0] == relative[1]
    assert files_of(from_directory(folder, random_state=5)) != files_of(from_directory(folder, random_state=6))


def test_duplicates_stay_on_one_side_and_contradictions_are_named(folder):
    for i in range(5):
        shutil.copy(folder / "cat" / "a_0.png", folder / "cat" / f"copy_{i}.png")
    shutil.copy(folder / "dog" / "b_1.png", folder / "cat" / "wrong.png")
    for seed in range(8):
        split = from_directory(folder, random_state=seed)
        where = {p.relative_to(folder).as_posix(): name for name, paths in split.paths.items() for p in paths}
        assert len({where[name] for name in split.duplicates[0]}) == 1
        assert split.contradictions == [("cat/wrong.png", "dog/b_1.png")]
        assert where["cat/wrong.png"] == where["dog/b_1.png"]
    assert len(split.duplicates[0]) == 6
    assert "6 duplicates, in the part of the original; 1 image that lies in two classes" in repr(split)


def test_groups_by_function_and_by_mapping(tmp_path):
    for c, name in enumerate(("cat", "dog")):
        for i in range(24):
            save(tmp_path / name / f"w{i % 8}_{i}.png", 100 * c + i)
    by_function = from_directory(tmp_path, groups=lambda path: path.stem.split("_")[0])
    mapping = {p.relative_to(tmp_path).as_posix(): p.stem.split("_")[0] for p in tmp_path.rglob("*.png")}
    assert files_of(from_directory(tmp_path, groups=mapping)) == files_of(by_function)
    by_name = {p.name: p.stem.split("_")[0] for p in tmp_path.rglob("*.png")}
    assert files_of(from_directory(tmp_path, groups=by_name)) == files_of(by_function)
    sets = [set(g) for g in by_function.groups.values()]
    assert not (sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])
    assert set.union(*sets) == {f"w{i}" for i in range(8)}
    assert "8 groups, none in two parts" in repr(by_function)
    mapping.pop("cat/w0_0.png")
    with pytest.raises(DataError, match=r"no entry for 1 of 48 files, such as 'cat/w0_0\.png'"):
        from_directory(tmp_path, groups=mapping)


def test_groups_that_share_a_picture_are_joined(tmp_path):
    for c, name in enumerate(("cat", "dog")):
        for i in range(24):
            save(tmp_path / name / f"w{i % 6}_{i}.png", 100 * c + i)
    shutil.copy(tmp_path / "cat" / "w0_0.png", tmp_path / "cat" / "w1_copy.png")
    for seed in range(5):
        split = from_directory(tmp_path, groups=lambda path: path.stem.split("_")[0], random_state=seed)
        assert any({"w0", "w1"} <= set(g) for g in split.groups.values())


def test_formats(tmp_path):
    save(tmp_path / "a" / "grey.png", 128)
    save(tmp_path / "a" / "deep" / "colour.JPG", (255, 0, 0), mode="RGB")
    save(tmp_path / "a" / "palette.gif", 3, mode="P")
    Image.fromarray(np.full((4, 4), 65535, "uint16")).save(tmp_path / "b_16.png")
    (tmp_path / "b").mkdir()
    shutil.move(tmp_path / "b_16.png", tmp_path / "b" / "sixteen.png")
    save(tmp_path / "b" / "clear.png", (9, 9, 9, 0), mode="RGBA")
    save(tmp_path / "b" / "bits.tif", 0, mode="1")
    split = from_directory(tmp_path)
    found = by_name(split)
    assert all(x.shape == (4, 4, 3) for x in found.values())
    assert np.allclose(found["grey.png"], 128 / 255)
    assert np.allclose(found["sixteen.png"], 1) and np.allclose(found["clear.png"], 1)
    assert found["colour.JPG"][..., 0].min() > 0.98 and found["colour.JPG"][..., 1].max() < 0.02
    assert from_directory(tmp_path, channels=1).train.X.shape[-1] == 1


def test_photographs_are_turned_as_the_camera_says(folder):
    image = Image.new("L", (6, 4))
    image.paste(255, (0, 0, 3, 4))  # its left half is white
    exif = image.getexif()
    exif[0x0112] = 6  # held upright: the left half is the upper one
    image.save(folder / "cat" / "z.jpg", exif=exif, quality=95)
    split = from_directory(folder, size=(6, 4))
    assert split.sizes[(6, 4)] == 1
    turned = by_name(split)["z.jpg"]
    assert turned[:2].min() > 0.9 and turned[4:].max() < 0.1


def test_paths_alone(folder):
    split = from_directory(folder, load=False, max_memory=1e-9)
    assert [Path(x) for x in split.train.X] == split.paths["train"]
    assert files_of(split) == files_of(from_directory(folder))


def test_a_budget_keeps_its_paths(folder):
    small = from_directory(folder, groups=lambda path: path.stem).label_budget(4)
    assert [p.parent.name for p in small.paths["train"]] == [small.classes[y] for y in small.train.y]
    assert len(small.paths["train"]) == len(small.groups["train"]) == len(small.train.X) == 4
    for x, path in zip(small.train.X, small.paths["train"], strict=True):
        assert np.array_equal(x[..., 0], np.asarray(Image.open(path)).astype("float32") / 255)


# What is refused


def test_other_files_are_skipped_and_counted(folder):
    (folder / "notes.txt").write_text("labels by Ada")
    (folder / "cat" / "Thumbs.db").write_text("")
    (folder / "cat" / "README").write_text("")
    (folder / "cat" / ".DS_Store").write_text("")
    save(folder / "loose.png", 1)
    assert from_directory(folder).skipped == {".db": 1, ".png": 1, ".txt": 1, "no suffix": 1}
    assert "skipped 1 .db, 1 .png, 1 .txt" in repr(from_directory(folder))


def bad_missing(folder):
    return folder / "nowhere", {}


def bad_file(folder):
    return folder / "cat" / "a_0.png", {}


def bad_flat(folder):
    return folder / "cat", {}


def bad_parts(folder):
    for name in ("train", "test"):
        shutil.copytree(folder / "cat", folder / "inner" / name / "cat")
    return folder / "inner", {}


def bad_empty(folder):
    (folder / "bird").mkdir()
    (folder / "bird" / "list.csv").write_text("")
    return folder, {}


def bad_single(folder):
    shutil.rmtree(folder / "dog")
    return folder, {}


def bad_unreadable(folder):
    (folder / "cat" / "a_0.png").write_text("not a picture")
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), "uint8")
    Image.fromarray(noise).save(folder / "dog" / "a_0.png")
    (folder / "dog" / "a_0.png").write_bytes((folder / "dog" / "a_0.png").read_bytes()[:600])
    return folder, {}


def bad_sizes(folder):
    save(folder / "cat" / "wide.png", 3, size=(9, 5))
    return folder, {}


def bad_few(folder):
    for path in sorted((folder / "dog").iterdir())[2:]:
        path.unlink()
    return folder, {}


def bad_copies(folder):
    for path in sorted((folder / "dog").iterdir())[1:]:
        shutil.copy(folder / "dog" / "a_0.png", path)
    return folder, {}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (bad_missing, r"nowhere does not exist\. Give the folder"),
        (bad_file, r"a_0\.png is a file, not a folder"),
        (bad_flat, r"has no subfolders, but 10 images of its own\. Make one subfolder a class"),
        (bad_parts, r"holds test, train: parts, not classes"),
        (bad_empty, r"No images in 'bird' \(looked for .*\.png"),
        (bad_single, r"Only one class, 'cat'"),
        (bad_unreadable, r"Pillow cannot read cat/a_0\.png \(it is no image .+\), dog/a_0\.png \(.*truncated.*\)"),
        (bad_sizes, r"2 sizes: 4 × 4 \(20\), 5 × 9 \(1\)\. Choose one: size=\(4, 4\)"),
        (bad_few, r"Class 'dog' has 2 different images; three parts need at least 3"),
        (bad_copies, r"Class 'dog' has 1 different image;"),
        (lambda f: (f, {"groups": lambda p: p.stem[0]}), r"Class 'cat' comes from 2 groups; three parts need"),
        (lambda f: (f, {"channels": 4}), r"channels is 1 \(grey\) or 3 \(colour\); got 4"),
        (lambda f: (f, {"size": (8, 8, 1)}), r"size is a height and a width in pixels; got \(8, 8, 1\)"),
        (lambda f: (f, {"validation": 0.6, "test": 0.4}), r"got 0\.6 and 0\.4"),
        (lambda f: (f, {"test": 0}), r"shares above 0"),
        (lambda f: (f, {"max_memory": 1e-9}), r"20 images of 4 × 4 × 1 need .* load=False"),
    ],
)  # fmt: skip
def test_what_is_refused_and_in_what_words(folder, make, says):
    path, options = make(folder)
    with pytest.raises(DataError, match=says):
        from_directory(path, **options)


def test_sizes_are_brought_together_on_request(folder):
    bad_sizes(folder)
    split = from_directory(folder, size=6)
    assert split.train.X.shape[1:] == (6, 6, 1) and split.sizes == {(4, 4): 20, (5, 9): 1}
    assert "2 sizes" in repr(split)


# The picture


def test_the_picture_says_all_counts_and_does_not_open_the_test_part(folder):
    split = from_directory(folder)
    display = split.plot()
    assert isinstance(display, FolderDisplay) and split.test_looks == 0
    assert "cat 6, 2, 2; dog 6, 2, 2" in display.alt
    widths = Counter(round(bar.get_width()) for bar in display.ax_.patches)
    assert widths == {6: 2, 2: 4}


def test_of_many_classes_the_largest_and_smallest_are_drawn(tmp_path):
    for c in range(30):
        for i in range(4 + c):
            save(tmp_path / f"class {c:02}" / f"{i}.png", 5 * c + i)
    display = from_directory(tmp_path, load=False).plot()
    shown = [t.get_text() for t in display.ax_.get_yticklabels()]
    assert shown[0] == "class 29" and shown[-1] == "class 00" and len(shown) == 20
    assert "(the 10 largest and smallest of 30 classes)" in display.alt
