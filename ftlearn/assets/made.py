"""Files that are made on this machine out of public originals whose own bytes vary.

A server packs an archive anew when it likes, and another version of Pillow or Keras writes other bytes for the same
content. Such a file is recognised by its content: the sum of the originals that it was made from.

- ``archive:ADDRESS``: an archive of photographs. All of them are compared with one sum before the first is decoded,
  then each is made smaller, and all go into one tar with a record of where they came from.
- ``keras:NAME``: the ImageNet weights that Keras itself downloads, saved again in its present format.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ftlearn.assets import transfer
from ftlearn.errors import AssetError

SIDE, QUALITY = 160, 88  # pixels of the shorter side, and the JPEG quality of what is kept
RECORD = "RECORD.json"
_LARGEST = 4_000_000_000  # bytes that an archive may unpack to
_ARCHIVE, _KERAS = "archive:", "keras:"
_PARTS = ("train", "validation", "test")
_PHOTOGRAPH = re.compile(r"(?:train|validation|test)/\w[\w-]*/\w[\w.-]*", re.ASCII)
_BROKEN = (tarfile.TarError, EOFError, zlib.error, OSError)
_AGAIN = "Try again; if it happens twice, something between you and the server changes the file."


def is_made(address: str) -> bool:
    """Tell an address that leads to originals from one that leads to the file itself."""
    return address.startswith((_ARCHIVE, _KERAS))


def make(name: str, address: str, part: Path, content: str) -> None:
    """Get the originals, compare their content with its sum, and write what is made of them to `part`.

    Raises
    ------
    AssetError
        The originals cannot be had, or their content is another than `content` says.
    """
    if address.startswith(_KERAS):
        _weights(name, address.removeprefix(_KERAS), part)
        return
    originals = part.with_name(part.name.replace(".part", ".originals.part"))
    try:
        transfer.retrieve(name, address.removeprefix(_ARCHIVE), originals, None)
        _shrink(name, originals, part, content)
    finally:  # also after Ctrl-C
        originals.unlink(missing_ok=True)


def content(path: Path) -> str:
    """Return the sum of the originals that a file was made from; empty when it was not made so, or was changed."""
    try:
        with path.open("rb") as file:
            hdf = file.read(8) == b"\x89HDF\r\n\x1a\n"
        return _tensors(path) if hdf else _recorded(path)
    except (*_BROKEN, KeyError, ValueError):
        return ""


def photographs(path: Path) -> Iterator[tuple[str, Any]]:
    """Go through a tar's photographs: the path as ``part/class/file`` and an open file.

    Only plain files of that shape are seen, so no name and no link can lead anywhere else.
    """
    with tarfile.open(path) as archive:
        for member in archive:
            names = PurePosixPath(member.name).parts
            short = "/".join(names[next((i for i, one in enumerate(names) if one in _PARTS), 0) :])
            if member.isfile() and _PHOTOGRAPH.fullmatch(short):
                yield short, archive.extractfile(member)


def listing(sums: dict[str, str]) -> str:
    """Return the sum of a list of sums, as ``sha256sum`` prints it and in the C locale's order."""
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums, key=str.encode))
    return hashlib.sha256(lines.encode()).hexdigest()


def _sums(path: Path) -> dict[str, str]:
    """Return the sum of each photograph of a tar, which may be compressed."""
    sums, total = {}, 0
    for name, file in photographs(path):
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
            total += len(block)
            if total > _LARGEST:
                raise tarfile.TarError("it is far too large")
        sums[name] = digest.hexdigest()
    return sums


def _shrink(name: str, originals: Path, part: Path, expected: str) -> None:
    """Compare all originals with their sum, then make each smaller."""
    import PIL

    try:
        got = listing(found := _sums(originals))
    except _BROKEN as error:
        raise AssetError(f"The archive of {name} broke off or is damaged: {error}.", fix=_AGAIN) from error
    if got != expected:
        raise AssetError(
            f"The archive's {len(found):,} photographs are not those of {name}, so it was thrown away: expected "
            f"content sha256 {expected[:16]}…, got {got[:16]}….",
            fix=_AGAIN,
        )
    small = {short: _smaller(file.read()) for short, file in photographs(originals)}
    record = {
        "originals": got,
        "photographs": listing({short: hashlib.sha256(body).hexdigest() for short, body in small.items()}),
        "made": f"shorter side {SIDE} pixels, JPEG quality {QUALITY}, Pillow {PIL.__version__}",
    }
    with tarfile.open(part, "x", format=tarfile.USTAR_FORMAT) as archive:
        for short, body in {RECORD: json.dumps(record, indent=1).encode(), **dict(sorted(small.items()))}.items():
            member = tarfile.TarInfo(short)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))


def _smaller(body: bytes) -> bytes:
    """Turn a photograph as its camera says and make its shorter side `SIDE` pixels long."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(body)) as raw:
        image = ImageOps.exif_transpose(raw).convert("RGB")
    scale = SIDE / min(image.size)
    if scale < 1:
        image = image.resize([max(SIDE, round(scale * side)) for side in image.size], Image.Resampling.LANCZOS)
    image.save(made := io.BytesIO(), "JPEG", quality=QUALITY)
    return made.getvalue()


def _recorded(path: Path) -> str:
    """Return the originals' sum out of a tar's record, if its photographs are those that were recorded."""
    with tarfile.open(path) as archive:
        record = json.load(archive.extractfile(RECORD))
    return str(record["originals"]) if listing(_sums(path)) == record["photographs"] else ""


def _tensors(path: Path) -> str:
    """Return a sum over a weights file's tensors, whatever their names and order."""
    import h5py

    sums = []

    def add(_: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            body = item[()].astype("<f4")
            sums.append(hashlib.sha256(f"{body.shape} ".encode() + body.tobytes()).hexdigest())

    with h5py.File(path) as file:
        file.visititems(add)
    return hashlib.sha256("\n".join(sorted(sums)).encode()).hexdigest()


def _weights(name: str, application: str, part: Path) -> None:
    """Let Keras download its weights of ``MobileNetV2:0.35``, and save them in the format that it writes today."""
    import keras

    maker, _, alpha = application.partition(":")
    options = {"alpha": float(alpha)} if alpha else {}
    saved = part.with_name(part.name + ".weights.h5")
    try:
        network = getattr(keras.applications, maker)(
            input_shape=(224, 224, 3), include_top=False, weights="imagenet", **options
        )
        network.save_weights(saved)
        saved.replace(part)
    except Exception as error:
        raise AssetError(
            f"Keras could not download the weights of {name} ({error.__class__.__name__}).",
            fix="Check the network and try again, or set FTLEARN_ASSETS to a mirror that has them.",
        ) from error
    finally:
        saved.unlink(missing_ok=True)
