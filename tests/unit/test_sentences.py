"""Film reviews: read rightly, split fairly, copies kept together, damage named."""

import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftlearn import assets
from ftlearn.datasets import fetch_sentence_polarity, sentences
from ftlearn.datasets._texts import normalised
from ftlearn.errors import AssetError, DataError

ONE_COPY = {"a mess .", "a mess !"}


def parts_of(split):
    return split.train, split.validation, split._test


def archive(path, negative, positive, *, names=("neg", "pos")):
    with zipfile.ZipFile(path, "w") as out:
        for name, content in zip(names, (negative, positive), strict=True):
            out.writestr(f"sentence_polarity/rt-polarity.{name}", content)
    return path


@pytest.fixture
def made(tmp_path, monkeypatch):
    """An archive of the same form: 20 sentences a class, of which two are copies of each other."""
    negative = "".join(f"dull scene number {n} . \n" for n in range(18)) + "a mess .\na mess !\n"
    positive = "".join(f"fine\u00a0scene {n} \u0097 caf\u00e9 \n" for n in range(20))
    path = archive(tmp_path / "made.zip", negative.encode(), positive.encode())
    monkeypatch.setattr(sentences, "_EACH", 20)
    monkeypatch.setattr(sentences, "fetch", lambda name: path)
    return path


def test_lines_are_read_as_they_were_meant(made):
    negative, positive = sentences._read(made)
    assert positive[3] == "fine scene 3 — café"
    assert negative[17:] == ["dull scene number 17 .", "a mess .", "a mess !"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_copies_stay_in_one_part_and_sizes_are_kept(made, seed):
    split = fetch_sentence_polarity(train=20, validation=8, random_state=seed)
    assert [np.bincount(part.y).tolist() for part in parts_of(split)] == [[10, 10], [4, 4], [6, 6]]
    assert sorted(len(ONE_COPY & set(part.X)) for part in parts_of(split)) == [0, 0, 2]
    assert len({text for part in parts_of(split) for text in part.X}) == 40


def test_a_smaller_draw_leaves_the_rest_out(made):
    split = fetch_sentence_polarity(train=6, validation=4, test=4)
    assert [len(part.X) for part in parts_of(split)] == [6, 4, 4]
    assert split.train.X.dtype.kind == "U" and split.train.y.dtype == np.int64
    assert len({text for part in parts_of(split) for text in part.X}) == 14
    assert all(("fine" in text) == label for part in parts_of(split) for text, label in zip(*part, strict=True))


def test_the_split_follows_its_seed(made):
    first, same, other = (fetch_sentence_polarity(train=20, validation=8, random_state=s).train.X for s in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"train": 30, "validation": 10}, r"40 texts; 30 \+ 10 \(train, validation\) leaves 0"),
        ({"train": 30, "validation": 8, "test": 3}, r"30 \+ 8 \+ 3 \(train, validation, test\) leaves -1"),
        ({"train": 1, "validation": 8}, r"train= is a whole number from 2 \(one a class\); got 1"),
        ({"train": 20, "validation": 0.2}, r"validation= is a whole number .* got 0.2"),
        ({"train": 20, "validation": 8, "test": True}, r"test= is a whole number .* got True"),
    ],
)
def test_impossible_sizes_say_what_is_there(made, sizes, message):
    with pytest.raises(DataError, match=message):
        fetch_sentence_polarity(**sizes)


def test_a_damaged_archive_is_named(made):
    whole = made.read_bytes()
    made.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"'made.zip' cannot be read .* `ftlearn fetch sentence_polarity`"):
        fetch_sentence_polarity()
    flipped = bytearray(whole)
    flipped[100:140] = bytes(40)
    made.write_bytes(flipped)
    with pytest.raises(DataError, match="Bad CRC-32"):
        fetch_sentence_polarity()


@pytest.mark.parametrize(
    ("negative", "positive", "names", "message"),
    [
        (b"one\n", b"two\n", ("neg", "pos"), "holds 1 and 1 sentences instead of twice 20"),
        (b"one\n", b"two\n", ("neg", "positive"), "rt-polarity.pos"),
        (b"caf\xe9\n", b"two\n", ("neg", "pos"), "utf-8"),
    ],
)
def test_another_archive_is_refused(made, negative, positive, names, message):
    archive(made, negative, positive, names=names)
    with pytest.raises(DataError, match=message):
        fetch_sentence_polarity()


def test_a_damaged_mirror_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / assets.ASSETS["sentence_polarity"].path
    path.parent.mkdir()
    path.write_bytes(b"PK")
    monkeypatch.setenv("FTLEARN_ASSETS", str(tmp_path))
    with pytest.raises(AssetError, match="damaged"):
        fetch_sentence_polarity()


def test_the_real_sentences():
    """Where the machine has them."""
    if assets.find("sentence_polarity") is None:
        pytest.skip("sentence_polarity is neither in a mirror nor in the cache")
    split = fetch_sentence_polarity()
    assert [np.bincount(part.y).tolist() for part in parts_of(split)] == [[3000, 3000], [750, 750], [1581, 1581]]
    texts = [{normalised(text) for text in part.X} for part in parts_of(split)]
    assert sum(map(len, texts)) == len(set.union(*texts)) == 10_660  # two sentences occur twice, in one part each
    everything = "".join(text for part in parts_of(split) for text in part.X)
    assert "—" in everything and "é" in everything
    assert not [c for c in everything if "\x7f" <= c <= "\xa0"] and "\ufffd" not in everything
