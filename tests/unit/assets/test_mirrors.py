"""Mirrors: made, used, damaged, mended."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from served import BODY, NAME, PATH, files, place

from ftlearn import assets
from ftlearn.assets import transfer
from ftlearn.errors import AssetError


def test_a_mirror_folder_that_is_missing(register, tmp_path, monkeypatch):
    register()
    monkeypatch.setenv("FTLEARN_ASSETS", str(tmp_path / "nowhere"))
    for call in (assets.fetch, assets.find):
        with pytest.raises(AssetError, match=r"no such folder.*unset FTLEARN_ASSETS"):
            call(NAME)


def test_only_a_mirror_has_it(register):
    register()
    assert assets.find(NAME) is None
    with pytest.raises(AssetError, match=rf"no public address yet.*Set FTLEARN_ASSETS to .*{PATH}"):
        assets.fetch(NAME)


def test_a_damaged_mirror_is_said_and_mended(server, register, tmp_path, monkeypatch):
    register(f"{server.address}/good")
    mirror = tmp_path / "mirror"
    path = place(mirror, BODY[:1000])
    monkeypatch.setenv("FTLEARN_ASSETS", str(mirror))
    with pytest.raises(AssetError, match=r"mirror's copy.*1,000 bytes instead of 307,200.*fetch thing --mirror"):
        assets.fetch(NAME)
    assert path.read_bytes() == BODY[:1000]
    with pytest.warns(UserWarning, match="was damaged"):
        (outcome,) = assets.build_mirror(mirror, [NAME])
    assert outcome.how == "downloaded"
    assert assets.fetch(NAME) == path


def test_a_mirror_serves_where_there_is_no_network(server, register, tmp_path, monkeypatch):
    register(f"{server.address}/good")
    mirror = tmp_path / "mirror"
    monkeypatch.setenv("FTLEARN_ASSETS", str(mirror))  # it may already name what is about to be made
    assert [o.how for o in assets.build_mirror(mirror, [NAME])] == ["downloaded"]
    assert [o.how for o in assets.build_mirror(mirror, [NAME])] == ["already there"]
    register()  # no address any more
    assert assets.fetch(NAME) == mirror / PATH
    assert files(mirror) == ["README.md", "SHA256SUMS", PATH]
    assert (mirror / "SHA256SUMS").read_text() == f"{hashlib.sha256(BODY).hexdigest()}  {PATH}\n"
    assert PATH in (mirror / "README.md").read_text()
    assert [o.how for o in assets.build_mirror(tmp_path / "second", [NAME])] == ["copied"]


def test_a_mirror_keeps_what_is_not_ours(server, register, tmp_path):
    register(f"{server.address}/good")
    (tmp_path / "README.md").write_text("# Our classroom\n")
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  other.csv\n")
    assets.build_mirror(tmp_path, [NAME])
    assert (tmp_path / "README.md").read_text() == "# Our classroom\n"
    assert "other.csv" in (tmp_path / "SHA256SUMS").read_text()


_STARTED_WITH = os.environ.get("FTLEARN_ASSETS")


def test_the_registry_agrees_with_a_mirror():
    """Holds the registry against the list of sums of a mirror, where the machine names one at start."""
    named = _STARTED_WITH
    if not named:
        pytest.skip("FTLEARN_ASSETS names no mirror")
    listed = transfer.read_sums(Path(named) / "SHA256SUMS")
    for name, asset in assets.ASSETS.items():
        if asset.path in listed:
            assert listed[asset.path] == asset.sha256, name
            assert assets.verify(name, Path(named) / asset.path).stat().st_size == asset.size
