"""The command that makes the warm kernel known to Jupyter."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from ftlearn.cli import app
from ftlearn.errors import FtlearnError
from ftlearn.warm import specs


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def said(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["kernel", *arguments])
    assert done.exit_code == status, done.output
    return done.output


def test_installed_it_is_found_and_removed_it_is_gone(place):
    assert "Installed" in said("install", "--prefix", str(place), "--name", "my-warm")
    spec = json.loads((place / "share/jupyter/kernels/my-warm/kernel.json").read_text())
    assert spec["argv"] == [sys.executable, "-m", "ftlearn.warm.client", "-f", "{connection_file}"]
    assert spec["language"] == "python" and "warm" in spec["display_name"]
    said("install", "--prefix", str(place), "--name", "my-warm")  # again: no matter
    assert "Removed" in said("remove", "--name", "my-warm")
    assert "Jupyter knows no kernel named 'my-warm'" in said("remove", "--name", "my-warm", status=1)


def test_what_cannot_be_is_said_in_a_sentence(place):
    assert "Give one of them" in said("install", "--user", "--sys-prefix", status=1)
    assert "cannot be named" in said("install", "--prefix", str(place), "--name", "my kernel", status=1)
    (place / "file").write_text("")
    assert "could not be written" in said("install", "--prefix", str(place / "file"), status=1)


def test_kernels_of_others_stay(place):
    folder = place / "share/jupyter/kernels/theirs"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": ["r"], "display_name": "R", "language": "R"}))
    with pytest.raises(FtlearnError, match="not ftlearn's"):
        specs.remove("theirs")
    assert folder.exists()
    with pytest.raises(FtlearnError):
        specs.remove("python3")


def test_help_shows_how():
    for command in ("install", "remove", "stop"):
        assert f"ftlearn kernel {command}" in said(command, "--help")
