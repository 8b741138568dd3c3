"""Files made here from originals: photographs out of an archive, weights out of Keras."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import tarfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
from PIL import Image
from served import files

from ftlearn import assets
from ftlearn.assets import made, transfer
from ftlearn.errors import AssetError

PATH = "photos/photos.tar"


def photograph(seed: int, size: tuple[int, int] = (300, 220), orientation: int = 1) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1] // 20, size[0] // 20, 3), "uint8")
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).resize(size).save(body := io.BytesIO(), "JPEG", exif=exif)
    return body.getvalue()


ORIGINALS = {
    "train/hat/b.jpg": photograph(0),
    "train/hat/B.jpg": photograph(1, (200, 500), orientation=6),
    "train/t-shirt/a.jpg": photograph(2, (120, 90)),
    "validation/hat/c.jpg": photograph(3),
    "test/hat/d.jpg": photograph(4),
}
CONTENT = hashlib.sha256(
    "".join(f"{hashlib.sha256(ORIGINALS[n]).hexdigest()}  {n}\n" for n in sorted(ORIGINALS, key=str.encode)).encode()
).hexdigest()


def archive(photographs: dict[str, bytes], *, more: list[tarfile.TarInfo] = ()) -> bytes:
    with tarfile.open(fileobj=(body := io.BytesIO()), mode="w:gz") as tar:
        for name, data in {"README.md": b"hello", **photographs}.items():
            member = tarfile.TarInfo(f"clothing-dataset-small-1196/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for member in more:
            tar.addfile(member)
    return body.getvalue()


class Served(BaseHTTPRequestHandler):
    """As GitHub does it: no length is said, and the end of the connection ends the file."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args):
        pass


@pytest.fixture
def photos(monkeypatch):
    """An asset that is made from what the server sends; the body may be changed."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        server.body, server.asked = archive(ORIGINALS), []
        asset = assets.Asset(
            path=PATH, size=1000, sha256="0" * 64, licence="CC0-1.0", what="Photographs", credit="Us", content=CONTENT,
            addresses=(f"archive:http://127.0.0.1:{server.server_port}/archive.tar.gz",),
        )  # fmt: skip
        monkeypatch.setitem(assets.ASSETS, "photos", asset)
        yield server
        server.shutdown()


def test_photographs_are_checked_made_small_and_kept(photos, cache):
    path = assets.fetch("photos")
    assert files(cache) == [PATH]
    assert path == assets.find("photos") == assets.verify("photos", path) == assets.fetch("photos")
    assert photos.asked == ["/archive.tar.gz"]
    kept = {name: Image.open(io.BytesIO(file.read())) for name, file in made.photographs(path)}
    assert sorted(kept) == sorted(ORIGINALS)
    assert kept["train/hat/b.jpg"].size == (218, 160)
    assert kept["train/hat/B.jpg"].size == (400, 160), "turned as its camera says"
    assert kept["train/t-shirt/a.jpg"].size == (120, 90), "never made larger"
    original = Image.open(io.BytesIO(ORIGINALS["train/hat/b.jpg"])).resize((218, 160), Image.Resampling.LANCZOS)
    assert np.abs(np.asarray(original, float) - np.asarray(kept["train/hat/b.jpg"], float)).mean() < 4


def test_the_same_photographs_give_the_same_bytes(photos, cache, monkeypatch, tmp_path):
    first = assets.fetch("photos").read_bytes()
    photos.body = archive(dict(reversed(ORIGINALS.items())))
    monkeypatch.setenv("FTLEARN_CACHE", str(tmp_path / "elsewhere"))
    assert assets.fetch("photos").read_bytes() == first


def tampered() -> dict[str, bytes]:
    changed = Image.new("RGB", (300, 220), "red")
    changed.save(body := io.BytesIO(), "JPEG")
    return {**ORIGINALS, "train/hat/b.jpg": body.getvalue()}


def link(name: str, to: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, to
    return member


@pytest.mark.parametrize(
    "photographs",
    [
        tampered(),
        {name: body for name, body in ORIGINALS.items() if name != "test/hat/d.jpg"},
        {**ORIGINALS, "train/hat/more.jpg": photograph(9)},
        {name.replace("train/hat", "train/shoes"): body for name, body in ORIGINALS.items()},
    ],
    ids=["changed", "missing", "more", "other label"],
)
def test_other_photographs_are_thrown_away_before_any_is_decoded(photos, cache, photographs, monkeypatch):
    photos.body = archive(photographs)
    monkeypatch.setattr(Image, "open", lambda *_: pytest.fail("decoded before it was checked"))
    with pytest.raises(AssetError, match=rf"photographs are not those of photos.*{CONTENT[:16]}….*Try again"):
        assets.fetch("photos")
    assert files(cache) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>log in first</html>", archive(ORIGINALS)[:3000], gzip.compress(b"x")],
    ids=["empty", "a page", "half", "no archive"],  # a compressed body names the second in which it was made
)
def test_half_an_archive_or_none_leaves_nothing(photos, cache, body):
    photos.body = body
    with pytest.raises(AssetError, match=r"archive of photos broke off or is damaged|are not those of photos"):
        assets.fetch("photos")
    assert files(cache) == []


def test_ctrl_c_leaves_nothing(photos, cache, monkeypatch):
    def stop(body):
        raise KeyboardInterrupt

    monkeypatch.setattr(made, "_smaller", stop)
    with pytest.raises(KeyboardInterrupt):
        assets.fetch("photos")
    assert files(cache) == []


def test_no_network_is_said_without_a_size_that_nobody_knows(photos, cache, monkeypatch):
    photos.shutdown()
    photos.server_close()
    with pytest.raises(AssetError, match=r"No connection to 127.0.0.1:\d+, so photos was not downloaded. Check the"):
        assets.fetch("photos")
    assert files(cache) == []


def test_names_and_links_that_lead_elsewhere_are_not_seen(photos, cache, tmp_path):
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(photograph(7))
    more = [link("x/train/hat/link.jpg", str(outside)), link("x/train/hat/up.jpg", "../../../outside.jpg")]
    more += [tarfile.TarInfo(name) for name in ("x/train/../../up.jpg", "x/train/hat/..", "/train/hat/deep/er.jpg")]
    photos.body = archive(ORIGINALS, more=more)
    names = [name for name, _ in made.photographs(assets.fetch("photos"))]
    assert sorted(names) == sorted(ORIGINALS)


def test_a_bomb_is_not_unpacked_to_its_end(photos, cache, monkeypatch):
    monkeypatch.setattr(made, "_LARGEST", 1 << 20)
    photos.body = archive({"train/hat/bomb.jpg": bytes(8 << 20)})
    with pytest.raises(AssetError, match="it is far too large"):
        assets.fetch("photos")
    assert files(cache) == []


def test_one_changed_byte_in_the_cache_is_seen(photos, cache):
    path = assets.fetch("photos")
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)
    assert assets.find("photos") is None
    with pytest.warns(UserWarning, match="was damaged"):
        assets.fetch("photos")
    assert files(cache) == [PATH, PATH + ".damaged"]


def test_what_was_made_here_fills_a_mirror(photos, cache, tmp_path, monkeypatch):
    made_here = assets.fetch("photos")
    assert [one.how for one in assets.build_mirror(tmp_path / "mirror", ["photos"])] == ["copied"]
    monkeypatch.setenv("FTLEARN_ASSETS", str(tmp_path / "mirror"))
    assert assets.fetch("photos").read_bytes() == made_here.read_bytes()
    assert assets.fetch("photos").is_relative_to(tmp_path / "mirror")


def test_the_next_address_is_tried(photos, cache, monkeypatch):
    asset = assets.ASSETS["photos"]
    twice = (asset.addresses[0].replace(str(photos.server_port), "1"), *asset.addresses)
    monkeypatch.setitem(assets.ASSETS, "photos", assets.Asset(**{**vars(asset), "addresses": twice}))
    assert assets.fetch("photos").is_file()


def test_an_unknown_length_moves_a_bar(photos, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    bar, moved = transfer._bar("photos", None), []
    monkeypatch.setattr(bar, "update", moved.append)
    monkeypatch.setattr(transfer, "_bar", lambda *_: bar)
    transfer.retrieve("photos", f"http://127.0.0.1:{photos.server_port}/x", tmp_path / "x", None)
    assert (tmp_path / "x").read_bytes() == photos.body
    assert sum(moved) >= len(photos.body)
    assert "photos: 0.00B [" in capsys.readouterr().err


def test_weights_are_known_by_their_tensors(monkeypatch, cache, tmp_path):
    import keras

    def network(order=(3, 5), seed=0):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((8, 8, 3))
        x = keras.layers.Conv2D(order[0], 3)(inputs)
        return keras.Model(inputs, keras.layers.Conv2D(order[1], 3)(x))

    network().save_weights(tmp_path / "first.weights.h5")
    content = made.content(tmp_path / "first.weights.h5")
    asset = assets.Asset(
        path="net/net.weights.h5", size=1, sha256="0" * 64, licence="MIT", what="A network", credit="Us",
        addresses=("keras:MobileNetV2:0.35",), content=content,
    )  # fmt: skip
    monkeypatch.setitem(assets.ASSETS, "net", asset)
    asked = {}
    seed = iter([1, 0])

    def download(**options):
        asked.update(options)
        return network(seed=next(seed))

    monkeypatch.setattr(keras.applications, "MobileNetV2", download)
    with pytest.raises(AssetError, match="thrown away"):
        assets.fetch("net")
    assert files(cache) == []
    path = assets.fetch("net")
    assert asked == {"input_shape": (224, 224, 3), "include_top": False, "weights": "imagenet", "alpha": 0.35}
    assert path == assets.find("net")
    assert files(cache) == ["net/net.weights.h5"]

    def offline(**options):
        raise OSError("no route")

    path.unlink()
    monkeypatch.setattr(keras.applications, "MobileNetV2", offline)
    with pytest.raises(AssetError, match=r"Keras could not download the weights of net \(OSError\). Check the network"):
        assets.fetch("net")
    assert files(cache) == []
