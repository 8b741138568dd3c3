"""A server, an empty cache and a registered thing for the tests of assets."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer

import pytest
from served import NAME, PATH, Handler, make

from ftlearn import assets


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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


@pytest.fixture
def register(monkeypatch):
    def register(*addresses, name=NAME, path=PATH):
        monkeypatch.setitem(assets.ASSETS, name, make(*addresses, path=path))

    return register
