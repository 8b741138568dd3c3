"""The server of warm kernels: alone at its socket, for its user only, gone when it is of no use; here without Keras."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ftlearn.warm import client, places, wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

LIGHT = """
import sys
from ftlearn.warm import server
server.warm_up = lambda: None
server._LOOK = 0.2
"""
KEY = "from ftlearn.warm.places import server_key; print(server_key())"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of the test's own for sockets and Keras's settings."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text("{}")
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def started(place):
    """Start light servers, and end those that are left."""
    servers = []

    def start(change: str = "", **environment: str) -> tuple[subprocess.Popen, Path]:
        given = {**os.environ, **environment}
        key = subprocess.run(
            [sys.executable, "-c", KEY], env=given, check=True, capture_output=True, text=True
        ).stdout.strip()
        path = place / "s.sock"
        command = [sys.executable, "-c", f"{LIGHT}{change}\nserver.main()", str(path), key]
        servers.append(subprocess.Popen(command, env=given, start_new_session=True))
        return servers[-1], path

    yield start
    for one in servers:
        one.kill()
        one.wait()


def connected(path: Path, *, seconds: float = 60) -> socket.socket:
    until = time.monotonic() + seconds
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        try:
            connection.connect(str(path))
            return connection
        except OSError:
            connection.close()
            assert time.monotonic() < until
            time.sleep(0.05)


def ask(path: Path, request: dict) -> dict:
    with connected(path) as connection:
        wire.send(connection, request)
        return wire.receive(connection)


def fork(path: Path, *arguments: str, output: int | None = None) -> socket.socket:
    """Ask for a kernel; its arguments may be such that it does something else and ends."""
    connection = connected(path)
    request = {"do": "kernel", "environment": dict(os.environ), "umask": 0o022, "arguments": arguments}
    with client._own_files() as files:
        wire.send(connection, request, [files[0], output or files[1], *files[2:]])
    assert wire.receive(connection)["pid"] > 0
    return connection


def waiting_kernel(path: Path, tmp_path: Path) -> socket.socket:
    return fork(path, "-f", str(tmp_path / "connection.json"), "--log-level=ERROR")


def test_a_fork_writes_where_its_stand_in_would_and_says_how_it_ended(started):
    _, path = started()
    for arguments, status in ((["--version"], 0), (["--transport=nonsense"], 1)):
        reading, writing = os.pipe()
        with fork(path, *arguments, output=writing) as connection:
            os.close(writing)
            assert wire.receive(connection)["ended"] == status
        with open(reading) as said:
            text = said.read()
            assert status or text[0].isdigit()


def test_it_ends_when_nobody_asks(started):
    server, path = started(FTLEARN_WARM_IDLE="1")
    assert server.wait(60) == 0
    assert not list(path.parent.iterdir())


def test_it_ends_when_what_it_has_imported_is_no_longer_what_is_installed(started, place):
    server, path = started()
    fork(path, "--version").close()
    assert server.poll() is None
    (place.parent / "keras.json").write_text('{"floatx": "float64"}')
    assert server.wait(30) == 0


def test_stopped_it_lets_its_kernels_finish_and_makes_room(started, tmp_path):
    server, path = started()
    with waiting_kernel(path, tmp_path):
        assert ask(path, {"do": "stop"}) == {"kernels": 1}
        assert server.poll() is None
        following, _ = started()
        with fork(path, "--version") as connection:
            assert wire.receive(connection) == {"ended": 0}
        assert following.poll() is None
    assert server.wait(30) == 0, "its kernel was killed with its stand-in"
    assert ask(path, {"do": "stop"}) == {"kernels": 0}
    assert following.wait(30) == 0


def test_there_is_one_at_a_time_and_a_dead_one_is_no_hindrance(started):
    first, path = started()
    fork(path, "--version").close()
    second, _ = started()
    assert second.wait(60) == 0 and first.poll() is None
    first.kill()
    first.wait()
    assert path.exists()
    third, _ = started()
    fork(path, "--version").close()
    assert third.poll() is None


def test_kernels_die_with_their_server(started, tmp_path):
    server, path = started()
    with waiting_kernel(path, tmp_path) as connection:
        server.kill()
        with pytest.raises((EOFError, ConnectionError)):
            wire.receive(connection)


def test_a_server_that_cannot_import_says_so_to_whoever_waits(started):
    change = "import time\ndef fail(): time.sleep(2); raise ImportError('no TensorFlow here')\nserver.warm_up = fail"
    server, path = started(change)
    assert "ImportError" in ask(path, {"do": "kernel"})["refused"]
    assert server.wait(30) == 1
    assert "no TensorFlow here" in path.with_suffix(".log").read_text()


def test_a_server_that_has_threads_serves_nobody(started):
    change = "import threading, time\nserver.warm_up = threading.Thread(target=time.sleep, args=[4], daemon=True).start"
    server, _ = started(change)
    assert server.wait(30) == 1


OTHER = """
import resource, sys
sys.path[:0] = sys.argv[2:]
from test_warm_server import ask, Path
resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))
print(ask(Path(sys.argv[1]), {"do": "kernel", "environment": {}, "umask": 0, "arguments": []}))
"""


def test_whoever_has_other_limits_is_refused(started):
    _, path = started()
    command = [sys.executable, "-c", OTHER, str(path), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "other rights or limits" in done.stdout


def test_nonsense_does_not_end_it(started):
    server, path = started("server._PATIENCE = 0.3")
    for said in (b"", b"\0" * 8, b"\0" * 7 + b"\2{]", b"\0" * 7 + b"\2[]", b"\0" * 7 + b"\4null", b"\0"):
        with connected(path) as connection:
            connection.sendall(said)
            time.sleep(0.05)
    assert "refused" not in ask(path, {"do": "stop"})
    assert server.wait(30) == 0


def test_a_kernel_starts_cold_when_it_must(tmp_path, monkeypatch):
    from jupyter_client.manager import start_new_kernel

    from ftlearn.warm import specs

    specs.install(prefix=tmp_path)
    spec = tmp_path / "share" / "jupyter" / "kernels" / specs.NAME / "kernel.json"
    broken = "from ftlearn.warm import client; client._SERVER = 'missing.py'; client.main()"
    spec.write_text(spec.read_text().replace('"-m"', '"-c"').replace('"ftlearn.warm.client"', f'"{broken}"'))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with (tmp_path / "said").open("w") as said:
        manager, kernel = start_new_kernel(kernel_name=specs.NAME, startup_timeout=120, stderr=said)
    try:
        kernel.execute_interactive("import sys\nassert 'ipykernel_launcher' in sys.argv[0]", timeout=60)
        assert client.kernel_of(manager.provisioner.pid) == manager.provisioner.pid
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "starts cold: the warm server ended with exit status 2." in (tmp_path / "said").read_text()


def test_the_key_follows_what_imports_read(monkeypatch, place):
    key = places.server_key()
    monkeypatch.setenv("FTLEARN_STATIC", "1")
    assert places.server_key() == key
    for name in ("TF_ENABLE_ONEDNN_OPTS", "OMP_NUM_THREADS", "KERAS_BACKEND", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "7")  # what it is not already
            assert places.server_key() != key, name
    monkeypatch.setattr(sys, "path", [*sys.path, "elsewhere"])
    assert places.server_key() != key


def test_sockets_are_in_private_folders_with_short_names(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "folders", lambda: [tmp_path / ("x" * 100), tmp_path / "open", tmp_path / "own"])
    (tmp_path / "open").mkdir(mode=0o755)
    assert places.socket_path("key") == tmp_path / "own" / "key.sock"
    assert places.is_private(tmp_path / "own")
    (tmp_path / "link").symlink_to(tmp_path / "own")
    monkeypatch.setattr(places, "folders", lambda: [tmp_path / "link", tmp_path / "open"])
    with pytest.raises(OSError, match="no private folder"):
        places.socket_path("key")


def test_home_may_be_unset(monkeypatch):
    for name in ("HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    with contextlib.closing(places.folders()) as folders:
        assert next(folders).is_absolute()
    assert places.server_key()
