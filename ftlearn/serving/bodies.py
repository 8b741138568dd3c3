"""From a request's body to an array that a model takes, or to a refusal: a status and a sentence."""

from __future__ import annotations

import io
import itertools
import json
from typing import Any

import numpy as np

from ftlearn.datasets._decoding import resized, upright
from ftlearn.errors import FtlearnError, InputContractError
from ftlearn.serving.model import ServedModel, shape_text

JSON_TYPE = "application/json"
IMAGE_TYPES = ("image/png", "image/jpeg")
MAX_PIXELS = 10_000_000  # of an image file: a few hundred bytes of PNG can claim to be a hundred thousand pixels wide
_EXAMPLE = 'Send {"instances": [...]}.'


class Refusal(FtlearnError):
    """A request that is answered with a status and a sentence instead of a prediction.

    Parameters
    ----------
    status : int
        The HTTP status, 400 to 599.
    message : str
        What was got and what is wanted.
    fix : str, optional
        What to do about it.
    headers : dict, optional
        Of the answer.
    """

    def __init__(self, status: int, message: str, *, fix: str = "", headers: dict[str, str] | None = None):
        self.status, self.headers = status, headers
        super().__init__(message, fix=fix)


def read_body(body: bytes, content_type: str, model: ServedModel, *, max_batch: int) -> np.ndarray:
    r"""Turn a request's body into inputs that `model` takes.

    Parameters
    ----------
    body : bytes
        As it came.
    content_type : str
        The header of that name.
    model : ServedModel
        Says what inputs must be.
    max_batch : int
        The most inputs a request.

    Returns
    -------
    ndarray of shape (n, \*model.input_shape)
        Checked, n at least 1.

    Raises
    ------
    Refusal
        With the status 400 (cannot be read), 413 (too much), 415 (another type) or 422 (read, but not what the model
        takes).

    Examples
    --------
    >>> model = ServedModel(None, "sum", ("small", "large"), (2,))
    >>> read_body(b'{"instances": [[1, 2]]}', "application/json", model, max_batch=8)
    array([[1., 2.]], dtype=float32)
    >>> read_body(b'{"instances": [[1, "2"]]}', "application/json", model, max_batch=8)
    Traceback (most recent call last):
        ...
    ftlearn.serving.bodies.Refusal: Instance 0 holds something that is not a number; 'sum' takes inputs of shape 2.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        return _from_json(body, model, max_batch)
    if kind in IMAGE_TYPES:
        return _from_image(body, model)
    raise Refusal(
        415, f"The content type {kind or '(none)'!r} is not understood.",
        fix=f"Send {JSON_TYPE}, {IMAGE_TYPES[0]} or {IMAGE_TYPES[1]}, and say so in Content-Type.",
    )  # fmt: skip


def _from_json(body: bytes, model: ServedModel, max_batch: int) -> np.ndarray:
    instances = _instances(body)
    if not isinstance(instances, list):
        raise Refusal(422, f'"instances" must be a list; got {_kind(instances)}.', fix=_EXAMPLE)
    if not instances:
        raise Refusal(422, '"instances" is empty.', fix="Send one at least.")
    if len(instances) > max_batch:
        raise Refusal(413, f"Got {len(instances)} instances; at most {max_batch} a request.", fix="Send them in parts.")
    rows = [_row(i, one, model) for i, one in enumerate(instances)]
    try:
        return model.check(np.stack(rows))
    except InputContractError as error:
        raise Refusal(422, str(error)) from None


def _instances(body: bytes) -> Any:
    if not body.strip():
        raise Refusal(400, "The body is empty.", fix=_EXAMPLE)
    try:
        sent = json.loads(body, parse_constant=_no_constant)
    except Refusal:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refusal(400, f"The body is not JSON: {error.msg} ({where}).", fix=_EXAMPLE) from None
    except (ValueError, RecursionError):  # not UTF-8, a number of thousands of digits, or brackets without end
        raise Refusal(400, "The body cannot be read as JSON.", fix=_EXAMPLE) from None
    if not isinstance(sent, dict):
        raise Refusal(422, f'The body must be an object with "instances"; got {_kind(sent)}.', fix=_EXAMPLE)
    if set(sent) != {"instances"}:
        got = ", ".join(sorted(json.dumps(key[:40]) for key in sent)[:5]) or "nothing"
        raise Refusal(422, f'The body must hold "instances" and nothing else; got {got}.', fix=_EXAMPLE)
    return sent["instances"]


def _no_constant(name: str) -> Any:
    raise Refusal(422, f"The body holds {name}; only finite numbers are taken.", fix="Clean the data.")


def _row(i: int, one: Any, model: ServedModel) -> np.ndarray:
    """Make one instance an array of numbers of the right shape.

    The lists are walked through before NumPy sees them: of a list that holds one long text and many short ones, it
    would make an array in which each takes the place of the longest.
    """
    level, shape, wanted = [one], [], shape_text(model.input_shape)
    while level and len(shape) <= len(model.input_shape) and all(type(part) is list for part in level):
        sides = {len(part) for part in level}
        if len(sides) > 1:
            raise Refusal(422, f"Instance {i} is ragged: its lists differ in length; wanted {wanted}.")
        shape.append(sides.pop())
        level = list(itertools.chain.from_iterable(level))
    if not all(type(value) in (int, float, list) for value in level):
        said = f"Instance {i} holds something that is not a number"
        raise Refusal(422, f"{said}; {model.name!r} takes inputs of shape {wanted}.")
    if tuple(shape) != model.input_shape:
        raise Refusal(422, f"Instance {i} has the shape {shape_text(shape)}; {model.name!r} takes {wanted}.")
    if any(type(value) is list for value in level):
        raise Refusal(422, f"Instance {i} is ragged: some of its numbers are lists; wanted {wanted}.")
    try:
        return np.array(level, "float64").reshape(shape)
    except OverflowError:
        raise Refusal(422, f"Instance {i} holds a number that is too large.") from None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _from_image(body: bytes, model: ServedModel) -> np.ndarray:
    shape = model.input_shape
    if len(shape) != 3 or shape[-1] not in (1, 3) or model.value_range is None:
        raise Refusal(415, f"{model.name!r} takes {model.wanted}, and no image files.", fix=f"Send {JSON_TYPE}.")
    low, high = model.value_range
    pixels = _pixels(body, shape[0], shape[1], "L" if shape[-1] == 1 else "RGB")
    return model.check((low + (high - low) * pixels / 255.0).reshape(1, *shape))


def _pixels(body: bytes, height: int, width: int, mode: str) -> np.ndarray:
    """Decode, turn upright, put on white where transparent, and resize."""
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(body), formats=("PNG", "JPEG"))
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except Exception:
        raise Refusal(400, "The body is not a PNG or JPEG file.", fix="Send the file itself, as it is.") from None
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels()
    try:
        return np.asarray(resized(upright(image).convert(mode), (height, width)), "float32")
    except Exception:
        raise Refusal(400, "The image file is broken or ends too early.", fix="Send it again, whole.") from None


def _too_many_pixels() -> Refusal:
    return Refusal(413, f"The image has more than {MAX_PIXELS // 10**6} million pixels.", fix="Send a smaller one.")
