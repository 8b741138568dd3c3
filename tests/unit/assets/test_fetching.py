"""Fetching from a real server on this machine: what is kept, and what is said when it goes wrong."""

from __future__ import annotations

import sys
import warnings
from http.server import ThreadingHTTPServer

import pytest
from served import BODY, NAME, PATH, Handler, files, place

from ftlearn import assets
from ftlearn.assets import transfer
from ftlearn.errors import AssetError, UnknownNameError


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
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
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


def test_nothing_warns_when_all_is_well(server, register):
    register(f"{server.address}/good")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assets.fetch(NAME)
