"""The registry, and the files that ship with the package."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ftlearn import assets
from ftlearn.assets import shipped, transfer
from ftlearn.errors import AssetError, UnknownNameError


def test_the_registry_is_well_formed():
    for name, asset in assets.ASSETS.items():
        assert len(bytes.fromhex(asset.sha256)) == 32 and asset.size > 0 and asset.licence and asset.credit, name
        assert not Path(asset.path).is_absolute() and ".." not in asset.path and asset.path.count("/") == 1, name
        direct = [a for a in asset.addresses if not a.startswith(("archive:https://", "keras:"))]
        assert all(a.startswith(("https://", "pip:")) and a.endswith(asset.file_name) for a in direct), name
        assert direct == list(asset.addresses) or len(bytes.fromhex(asset.content)) == 32, name
    assert len({a.path for a in assets.ASSETS.values()}) == len(assets.ASSETS)


def test_bundled_files_are_checked_once(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "BUNDLED", tmp_path)
    with pytest.raises(AssetError, match=r"SHA256SUMS', is missing.*git checkout"):
        assets.bundled("a.h5")
    digest = hashlib.sha256(b"weights").hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  a.h5\n")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'a.h5'"):
        assets.bundled("b.h5")
    with pytest.raises(AssetError, match=r"a.h5' is missing.*git checkout"):
        assets.bundled("a.h5")
    (tmp_path / "a.h5").write_bytes(b"wrong")
    with pytest.raises(AssetError, match=r"damaged: expected sha256 .*got .*git checkout"):
        assets.bundled("a.h5")
    (tmp_path / "a.h5").write_bytes(b"weights")
    assert assets.bundled("a.h5") == tmp_path / "a.h5"
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "sha256", lambda path: pytest.fail("hashed again"))
        assert assets.bundled("a.h5") == tmp_path / "a.h5"
