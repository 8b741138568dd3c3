"""What crosses between the grader and a student's process: JSON and npy, with limits, and never pickle.

A message is JSON and the arrays that it refers to, each as an npy file, their lengths first. The grader reads what a
hostile child wrote: lengths are checked before memory is taken, and nothing but numbers, text, lists, dicts and arrays
of numbers comes out.
"""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from ftlearn.learn.network import Layer, NetworkState

JSON_LIMIT = 16 * 2**20
ARRAYS_LIMIT = 512 * 2**20
_DEPTH = 40
_HEAD = struct.Struct(">II")


class WireError(Exception):
    """The other side sent something that is no message, or too large a one."""


def encode(value: Any) -> bytes:
    """Write a value as a message.

    Parameters
    ----------
    value : object
        None, numbers, text, lists, tuples, dicts with text as keys, arrays of numbers or text, `NetworkState`.

    Returns
    -------
    bytes
        The message, with its lengths.

    Raises
    ------
    WireError
        When it is something else, or too large.

    Examples
    --------
    >>> decode(encode({"a": [1, 2.5, None], "b": np.arange(3)}))["b"].tolist()
    [0, 1, 2]
    """
    arrays: list[bytes] = []
    try:
        body = json.dumps(_packed(value, arrays, 0), separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError) as error:  # such as a number of a million digits
        raise WireError(f"A value cannot be handed over: {str(error)[:200]}.") from None
    tail = b"".join(struct.pack(">I", len(one)) + one for one in arrays)
    if len(body) > JSON_LIMIT or len(tail) > ARRAYS_LIMIT:
        raise WireError(f"{len(body) + len(tail):,} bytes are too many to be handed over.")
    return _HEAD.pack(len(body), len(tail)) + body + tail


def decode(message: bytes) -> Any:
    """Read a message that `encode` wrote.

    Parameters
    ----------
    message : bytes
        One whole message.

    Returns
    -------
    object
        What was encoded; tuples are lists.

    Raises
    ------
    WireError
        When it is no such message.
    """
    source = io.BytesIO(message)
    return receive(source.read)


def receive(read: Callable[[int], bytes]) -> Any:
    """Read one message from a pipe.

    Parameters
    ----------
    read : callable
        Given a number of bytes, returns that many, or fewer at the end.

    Returns
    -------
    object
        What was encoded.

    Raises
    ------
    EOFError
        When the other side has closed the pipe before a message.
    WireError
        When what comes is no message, or too large a one.
    """
    head = read(_HEAD.size)
    if not head:
        raise EOFError
    if len(head) < _HEAD.size:
        raise WireError("A message ends in its first bytes.")
    body_size, tail_size = _HEAD.unpack(head)
    if body_size > JSON_LIMIT or tail_size > ARRAYS_LIMIT:
        raise WireError(f"A message of {body_size + tail_size:,} bytes is too large.")
    body, tail = read(body_size), read(tail_size)
    if len(body) < body_size or len(tail) < tail_size:
        raise WireError("A message ends too early.")
    try:
        packed = json.loads(body)
        return _unpacked(packed, dict(enumerate(_arrays(tail))), 0)
    except WireError:
        raise
    except Exception as error:  # such as NumPy's own while it reads a header
        raise WireError(f"A message cannot be read: {type(error).__name__}.") from None


def _packed(value: Any, arrays: list[bytes], depth: int) -> Any:
    if depth > _DEPTH:
        raise WireError("The value is nested too deeply.")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.generic):
        return _packed(value.item(), arrays, depth)
    if isinstance(value, list | tuple):
        return [_packed(one, arrays, depth + 1) for one in value]
    if isinstance(value, NetworkState):
        layers = [{**vars(layer), "weights": dict(layer.weights)} for layer in value.layers]
        return {"state": _packed({**vars(value), "layers": layers}, arrays, depth + 1)}
    if isinstance(value, dict):
        return {"dict": [[str(key), _packed(one, arrays, depth + 1)] for key, one in value.items()]}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        file = io.BytesIO()
        np.lib.format.write_array(file, np.asarray(value, order="C"), allow_pickle=False)
        arrays.append(file.getvalue())
        return {"array": len(arrays) - 1}
    raise WireError(f"A {type(value).__name__} cannot be handed over.")


def _arrays(tail: bytes) -> list[np.ndarray]:
    found, place = [], 0
    while place < len(tail):
        (size,) = struct.unpack_from(">I", tail, place) if place + 4 <= len(tail) else (len(tail) + 1,)
        part = tail[place + 4 : place + 4 + size]
        if len(part) < size:
            raise WireError("An array ends too early.")
        found.append(_array(part))
        place += 4 + size
    return found


def _array(part: bytes) -> np.ndarray:
    file = io.BytesIO(part)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise WireError("An array is of another version.")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject or dtype.kind not in "biufU" or dtype.names:
        raise WireError(f"An array of {dtype} is not taken.")
    count = math.prod(shape)
    if min(shape, default=0) < 0 or count * dtype.itemsize != len(part) - file.tell():
        raise WireError("An array has another size than it says.")
    flat = np.frombuffer(part, dtype, count, file.tell())
    return flat.reshape(shape, order="F" if fortran else "C").copy()


def _unpacked(value: Any, arrays: dict[int, np.ndarray], depth: int) -> Any:
    if depth > _DEPTH:
        raise WireError("A value is nested too deeply.")
    if isinstance(value, list):
        return [_unpacked(one, arrays, depth + 1) for one in value]
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # half a character could not be written to any file
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    if kind == "dict":
        return {_unpacked(str(key), arrays, depth): _unpacked(one, arrays, depth + 1) for key, one in held}
    if kind == "array" and type(held) is int and held in arrays:
        return arrays.pop(held)  # once: a message of many references would become many copies
    if kind == "state":
        return _state(_unpacked(held, arrays, depth + 1))
    raise WireError("A value is of no known kind.")


def _state(held: dict[str, Any]) -> NetworkState:
    """Rebuild the state of a network, each field of the type that it should have."""
    layers = tuple(
        Layer(
            str(one["path"]), str(one["kind"]), one["trainable"] is True,
            {str(name): np.asarray(weight) for name, weight in one["weights"].items()},
        )
        for one in held["layers"]
    )  # fmt: skip
    texts = {name: str(held[name]) for name in ("loss", "optimizer", "last_activation")}
    shapes = {name: tuple(held[name]) for name in ("input_shape", "output_shape")}
    return NetworkState(
        layers, held["compiled"] is True, from_logits=held["from_logits"] is True,
        learning_rate=float(held["learning_rate"]), iterations=int(held["iterations"]), **texts, **shapes,
    )  # fmt: skip
