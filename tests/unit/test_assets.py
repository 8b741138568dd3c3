"""Assets against a real server on this machine, a real full disk where root can make one, and real processes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ftlearn import assets
from ftlearn.assets import shipped, transfer
from ftlearn.errors import AssetError, UnknownNameError

BODY = bytes(range(256)) * 1200  # 300 kB: several chunks
NAME, PATH = "thing", "things/thing.bin"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        kind = self.path.strip("/")
        if kind.isdigit():
            self.send_error(int(kind))
            return
        body = BODY[::-1] if kind == "wrong" else BODY
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            if kind == "truncated":
                self.wfile.write(body[:100_000])
            elif kind == "slow":
                self.wfile.write(body[:100_000])
                self.wfile.flush()
                self.server.let_go.wait(20)
            else:
                self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.asked, server.let_go = [], threading.Event()
    server.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.let_go.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("FTLEARN_ASSETS", raising=False)
    monkeypatch.setenv("FTLEARN_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


def make(*addresses: str, path: str = PATH) -> assets.Asset:
    digest = hashlib.sha256(BODY).hexdigest()
    return assets.Asset(
        path=path, size=len(BODY), sha256=digest, licence="MIT", what="A thing", credit="Us", addresses=addresses
    )


@pytest.fixture
def register(monkeypatch):
    def register(*addresses, name=NAME, path=PATH):
        monkeypatch.setitem(assets.ASSETS, name, make(*addresses, path=path))

    return register


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def place(folder: Path, body: bytes = BODY) -> Path:
    path = folder / PATH
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    return path


def test_download_is_kept_and_not_repeated(server, register, cache):
    register(f"{server.address}/good")
    assert assets.find(NAME) is None
    path = assets.fetch(NAME)
    assert path == cache / PATH == assets.find(NAME) == assets.fetch(NAME)
    assert path.read_bytes() == BODY
    assert server.asked == ["/good"]
    assert files(cache) == [PATH]


def test_mirror_comes_first_and_the_cache_second(server, register, cache, tmp_path, monkeypatch):
    register(f"{server.address}/good")
    cached = place(cache)
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("FTLEARN_ASSETS", str(tmp_path / "mirror"))
    assert assets.fetch(NAME) == cached
    mirrored = place(tmp_path / "mirror")
    assert assets.fetch(NAME) == assets.find(NAME) == mirrored
    assert server.asked == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("wrong", r"is not thing, so it was thrown away: expected sha256 \w{16}…, got \w{16}….*Try again"),
        ("truncated", r"download of thing \(307 kB\) broke off after [\d,]+ of 307,200 bytes\. Try again"),
        ("404", r"answered 404 Not Found for thing .*may have moved; set FTLEARN_ASSETS"),
        ("500", r"answered 500 Internal Server Error for thing .*Try again in a while, or set FTLEARN_ASSETS"),
    ],
)
def test_a_bad_answer_is_one_sentence_and_leaves_nothing(server, register, cache, kind, said):
    register(f"{server.address}/{kind}")
    with pytest.raises(AssetError, match=said) as caught:
        assets.fetch(NAME)
    assert caught.value.fix
    assert "\n" not in str(caught.value)
    assert files(cache) == []


def test_no_network(register, cache):
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as closed:
        port = closed.server_port
    register(f"http://127.0.0.1:{port}/good")
    with pytest.raises(AssetError, match=rf"No connection to 127.0.0.1:{port}, so thing .* Check the network"):
        assets.fetch(NAME)
    assert files(cache) == []


def test_a_silent_server(server, register, cache, monkeypatch):
    register(f"{server.address}/slow")
    monkeypatch.setattr(transfer, "TIMEOUT", 0.3)
    with pytest.raises(AssetError, match="broke off after"):
        assets.fetch(NAME)
    assert files(cache) == []


def test_the_next_address_is_tried(server, register, cache):
    register(f"{server.address}/wrong", f"{server.address}/404", f"{server.address}/good")
    assert assets.fetch(NAME).read_bytes() == BODY
    assert server.asked == ["/wrong", "/404", "/good"]
    assert files(cache) == [PATH]


def test_unknown_name_says_the_nearest():
    for call in (assets.fetch, assets.find, lambda n: assets.fetch_all([n]), lambda n: assets.verify(n, "x")):
        with pytest.raises(UnknownNameError, match="Did you mean 'clothing'"):
            call("clothin")


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


def test_a_damaged_cache_is_set_aside_and_replaced(server, register, cache):
    register(f"{server.address}/good")
    path = place(cache, b"damaged")
    assert assets.find(NAME) is None
    with pytest.warns(UserWarning, match=r"was damaged \(expected sha256 .*kept as 'thing.bin.damaged'"):
        assert assets.fetch(NAME) == path
    assert path.read_bytes() == BODY
    assert files(cache) == [PATH, PATH + ".damaged"]


def test_a_damaged_cache_without_network_stays_and_is_said(server, register, cache):
    register(f"{server.address}/500")
    place(cache, b"damaged")
    with pytest.raises(AssetError, match=r"cached copy .* is damaged .*answered 500"):
        assets.fetch(NAME)
    assert files(cache) == [PATH]


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
from test_assets import NAME, make
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


def test_a_bar_moves_where_it_is_seen(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with transfer._bar("thing", 10) as bar:
        bar.update(5)
        bar.refresh()
    assert "thing:  50%" in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with transfer._bar("thing", 10) as bar:
        bar.update(5)
    assert capsys.readouterr().err == ""


def test_fetch_all_goes_on_after_a_failure(server, register, monkeypatch):
    for name in list(assets.ASSETS):
        monkeypatch.delitem(assets.ASSETS, name)
    register(f"{server.address}/404", name="a", path="a/a.bin")
    register(name="b", path="b/b.bin")
    register(f"{server.address}/good", name="c", path="c/c.bin")
    seen = []
    outcomes = assets.fetch_all(report=seen.append)
    assert [(o.name, o.how) for o in outcomes] == [("a", "failed"), ("b", "skipped"), ("c", "downloaded")]
    assert seen == outcomes
    assert "404" in str(outcomes[0].error)
    assert [o.how for o in assets.fetch_all(["b", "c"])] == ["failed", "cache"]


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


_STARTED_WITH = os.environ.get("FTLEARN_ASSETS")


def test_the_registry_is_well_formed():
    for name, asset in assets.ASSETS.items():
        assert len(bytes.fromhex(asset.sha256)) == 32 and asset.size > 0 and asset.licence and asset.credit, name
        assert not Path(asset.path).is_absolute() and ".." not in asset.path and asset.path.count("/") == 1, name
        assert all(a.startswith("https://") and a.endswith(asset.file_name) for a in asset.addresses), name
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


def test_nothing_warns_when_all_is_well(server, register):
    register(f"{server.address}/good")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assets.fetch(NAME)
