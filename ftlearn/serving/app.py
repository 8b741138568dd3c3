"""The service: what it answers to which request. Without a network it can be called like any ASGI application."""

# No `from __future__ import annotations` here: FastAPI reads the annotations of functions inside a function.

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn import __version__
from ftlearn.errors import FtlearnError
from ftlearn.serving.bodies import Refusal, read_body
from ftlearn.serving.model import ServedModel
from ftlearn.serving.page import page

if TYPE_CHECKING:
    from fastapi import FastAPI

MAX_BYTES = 8 * 2**20
MAX_WAITING = 16  # requests that are read, wait or are worked on at a time; with MAX_BYTES it bounds the memory
_SECONDS_TO_SEND = 20
_PATIENCE = 4  # a body too large is read on up to this many times the limit, so that the client hears the answer


def make_app(
    model: ServedModel, *, max_batch: int = 64, max_bytes: int = MAX_BYTES, max_waiting: int = MAX_WAITING
) -> "FastAPI":
    """Make the web application that answers with a model's predictions.

    ``GET /health`` says what is served; ``GET /`` is a page to try it; ``POST /predict`` takes JSON
    (``{"instances": [...]}``) or one PNG or JPEG file. Whatever is wrong with a request is answered with a status
    from 400 to 499 and ``{"error": "what was got, what is wanted"}``; too many at a time with 503 and Retry-After.

    Parameters
    ----------
    model : ServedModel
        From `load_model`.
    max_batch : int
        The most instances a request.
    max_bytes : int
        The most bytes of a body.
    max_waiting : int
        The most requests that are read, wait or are worked on at a time. One is worked on at a time, in a thread, so
        that ``/health`` answers meanwhile.

    Returns
    -------
    fastapi.FastAPI
        To be run by `serve`, or by uvicorn.

    Raises
    ------
    FtlearnError
        When FastAPI is not installed.

    Examples
    --------
    >>> app = make_app(ServedModel(None, "digits", ("0", "1"), (8, 8, 1)))
    >>> sorted(app.openapi()["paths"])
    ['/health', '/predict']
    """
    try:
        import fastapi
        from anyio import CapacityLimiter, to_thread
        from fastapi.responses import HTMLResponse, JSONResponse
        from starlette.exceptions import HTTPException
    except ImportError:
        raise needs_serve() from None

    # The pages /docs and /redoc would load scripts from elsewhere; /openapi.json says the same.
    app = fastapi.FastAPI(
        title=f"{model.name}, served by ftlearn", version=__version__, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    busy, one_at_a_time = _Places(max_waiting), CapacityLimiter(1)
    about = {
        "status": "ready",
        "model": model.name,
        "classes": model.classes,
        "input": {"shape": model.input_shape, "range": model.value_range},
        "limits": {"instances": max_batch, "bytes": max_bytes},
        "version": __version__,
        **model.about,
    }

    async def health() -> JSONResponse:
        """Say that the service is ready, what it serves, and its limits."""
        return JSONResponse(about)

    async def index() -> HTMLResponse:
        """Give a page on which the service can be tried."""
        return HTMLResponse(page(model), headers={"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"})

    async def predict(request: fastapi.Request) -> JSONResponse:
        """Predict the class of each instance, with the probabilities of all."""
        with busy.place():
            body = await _received(request, max_bytes)
            content_type = request.headers.get("content-type", "")
            answer = await to_thread.run_sync(_answer, model, body, content_type, max_batch, limiter=one_at_a_time)
        return JSONResponse(answer)

    async def refused(request: Any, error: Refusal) -> JSONResponse:
        return JSONResponse({"error": str(error)}, error.status, error.headers)

    async def not_here(request: Any, error: HTTPException) -> JSONResponse:
        said = {404: f"There is no {request.scope['path'][:200]} here.", 405: f"{request.method} is not for this path."}
        fix = "Use GET /health, GET / or POST /predict."
        return JSONResponse(
            {"error": f"{said.get(error.status_code, error.detail)} {fix}"}, error.status_code, error.headers
        )

    async def failed(request: Any, error: Exception) -> JSONResponse:
        return JSONResponse({"error": "The service failed on this request; the reason is in its log."}, 500)

    app.add_api_route("/health", health)
    app.add_api_route("/health", health, methods=["HEAD"], include_in_schema=False)
    app.add_api_route("/", index, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/predict", predict, methods=["POST"], openapi_extra=_described(model))
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, not_here)
    app.add_exception_handler(Exception, failed)
    return app


def needs_serve() -> FtlearnError:
    """Make the error for a missing FastAPI or uvicorn."""
    return FtlearnError("Serving needs FastAPI and uvicorn.", fix="Type pip install 'ftlearn[serve]'.")


class _Places:
    """How many requests are inside; whoever finds no place is sent away at once."""

    def __init__(self, most: int):
        self.most, self.taken = most, 0

    @contextlib.contextmanager
    def place(self) -> Any:
        if self.taken >= self.most:
            raise Refusal(
                503, f"{self.most} requests are waiting already.", fix="Try again in a second.",
                headers={"Retry-After": "1"},
            )  # fmt: skip
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


async def _received(request: Any, max_bytes: int) -> bytes:
    """Read a body, but never keep more than `max_bytes`, whatever its length was said to be."""
    kept, size = bytearray(), 0
    try:
        async with asyncio.timeout(_SECONDS_TO_SEND):
            async for chunk in _chunks(request):
                size += len(chunk)
                if size <= max_bytes:
                    kept += chunk
                elif size > _PATIENCE * max_bytes:
                    break
    except TimeoutError:
        raise Refusal(408, f"The body did not arrive within {_SECONDS_TO_SEND} seconds.") from None
    if size > max_bytes:
        raise Refusal(
            413, f"The body is larger than {max_bytes:,} bytes.", fix="Send fewer instances or a smaller image.",
            headers={"Connection": "close"},
        )  # fmt: skip
    return bytes(kept)


async def _chunks(request: Any) -> AsyncIterator[bytes]:
    from starlette.requests import ClientDisconnect

    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise Refusal(400, "The connection was closed before the body was complete.") from None


def _answer(model: ServedModel, body: bytes, content_type: str, max_batch: int) -> dict[str, Any]:
    """Do the work of a request: decode, check, predict."""
    probabilities = model.predict(read_body(body, content_type, model, max_batch=max_batch))
    finite = np.isfinite(probabilities).all(1)
    if not finite.all():
        raise Refusal(
            422, f"The network gives no finite probabilities for instance {finite.argmin()}.",
            fix="Look for values that are much larger than those it was trained on.",
        )  # fmt: skip
    return {
        "model": model.name,
        "predictions": [
            {
                "class": model.classes[row.argmax()],
                "probability": float(row.max()),
                "probabilities": dict(zip(model.classes, map(float, row), strict=True)),
            }
            for row in probabilities
        ],
    }


def _described(model: ServedModel) -> dict[str, Any]:
    """Describe the body for ``/openapi.json``."""
    shape: dict[str, Any] = {"type": "number"}
    for side in reversed(model.input_shape):
        shape = {"type": "array", "minItems": side, "maxItems": side, "items": shape}
    instances = {"type": "object", "required": ["instances"], "properties": {
        "instances": {"type": "array", "minItems": 1, "items": shape}}}  # fmt: skip
    file = {"schema": {"type": "string", "format": "binary"}}
    content = {"application/json": {"schema": instances}, "image/png": file, "image/jpeg": file}
    return {"requestBody": {"required": True, "content": content}}
