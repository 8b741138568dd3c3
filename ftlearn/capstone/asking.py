"""One question to a saved model, over a socket, as any client would ask it."""

from __future__ import annotations

import io
import json
import urllib.request
from pathlib import Path
from typing import Any

_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_LARGE = 4 * 2**20  # bytes; larger files are made smaller before they are sent


def ask_once(model: str | Path, picture: str | Path) -> dict[str, Any]:
    """Serve a saved model in the background, send it one image file over HTTP, and give its answer.

    Parameters
    ----------
    model : str or Path
        A ``.keras`` file of `ftlearn.serving.save_model`.
    picture : str or Path
        An image file. PNG and JPEG are sent as they are, others as PNG.

    Returns
    -------
    dict of str to object
        ``class``, ``probability`` and ``probabilities``.

    Raises
    ------
    FtlearnError
        When FastAPI or uvicorn is not installed.
    OSError
        When the service does not answer, or refuses the picture.

    Examples
    --------
    >>> ask_once("no_model.keras", "cat.png")
    Traceback (most recent call last):
    ...
    ftlearn.errors.DataError: There is no file no_model.keras. Save one with ftlearn.serving.save_model.
    """
    from ftlearn.serving import in_background, load_model

    body, kind = _as_sent(Path(picture)) if Path(model).exists() else (b"", "")
    with in_background(load_model(model)) as address:
        request = urllib.request.Request(address + "/predict", data=body, headers={"Content-Type": kind})
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy cannot see this machine
        with direct.open(request, timeout=60) as answer:
            return dict(json.load(answer)["predictions"][0])


def _as_sent(picture: Path) -> tuple[bytes, str]:
    kind = _TYPES.get(picture.suffix.lower())
    if kind and picture.stat().st_size <= _LARGE:
        return picture.read_bytes(), kind
    from PIL import Image

    from ftlearn.datasets._decoding import upright

    with Image.open(picture) as raw:
        image = upright(raw)
    image.thumbnail((1024, 1024))
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue(), "image/png"
