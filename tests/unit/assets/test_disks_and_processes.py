"""Assets on a full disk, in a folder that cannot be written, in processes at once or interrupted."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from served import BODY, NAME, PATH, files

from ftlearn import assets
from ftlearn.assets import transfer
from ftlearn.errors import AssetError


def test_a_full_disk_that_says_so_on_write(server, register, cache, monkeypatch):
    register(f"{server.address}/good", f"{server.address}/good")

    def full(name, address, part, size):
        part.write_bytes(BODY[:1000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(transfer, "retrieve", full)
    with pytest.raises(AssetError, match=r"disk is full, so storing thing .*Free some space"):
        assets.fetch(NAME)
    assert files(cache) == []


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root to mount a small disk")
def test_a_disk_that_is_full(server, register, tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        register(f"{server.address}/good", f"{server.address}/good")
        monkeypatch.setenv("FTLEARN_CACHE", str(disk))
        with pytest.raises(AssetError, match="disk is full, so storing thing"):
            assets.fetch(NAME)
        assert files(disk) == []
        assert server.asked == ["/good"], "another address does not make room"
        (outcome,) = assets.build_mirror(disk / "mirror", [NAME])
        assert outcome.how == "failed" and "disk is full" in str(outcome.error)
        assert PATH not in "".join(files(disk))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_cache_that_cannot_be_written(server, register, tmp_path, monkeypatch):
    register(f"{server.address}/good")
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FTLEARN_CACHE", str(tmp_path / "file"))
    with pytest.raises(AssetError, match=r"failed at .*set FTLEARN_CACHE"):
        assets.fetch(NAME)


FETCH = """
import sys
from ftlearn import assets
sys.path.insert(0, {here!r})
from served import NAME, make
assets.ASSETS[NAME] = make({address!r})
print("ready", flush=True)
print(assets.fetch(NAME))
"""


def start(address: str) -> subprocess.Popen:
    code = FETCH.format(here=str(Path(__file__).parent), address=address)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_ctrl_c_leaves_nothing(server, cache):
    process = start(f"{server.address}/slow")
    until = time.monotonic() + 30
    while not any(p.stat().st_size for p in cache.rglob("*.part")) and time.monotonic() < until:
        time.sleep(0.05)
    assert files(cache), "the download had not begun"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode != 0 and "KeyboardInterrupt" in said
    assert files(cache) == []


def test_processes_at_once(server, cache):
    together = [start(f"{server.address}/good") for _ in range(3)]
    for process in together:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert out.split()[-1] == str(cache / PATH)
    assert files(cache) == [PATH]
    assert (cache / PATH).read_bytes() == BODY


def test_what_a_killed_process_left_is_swept(server, register, cache):
    register(f"{server.address}/good")
    old = cache / "things" / ".thing.bin.abc.part"
    fresh = cache / "things" / ".thing.bin.def.part"  # perhaps another process's, at this moment
    old.parent.mkdir(parents=True)
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(old, (0, 0))
    assets.fetch(NAME)
    assert files(cache) == sorted([PATH, "things/.thing.bin.def.part"])
