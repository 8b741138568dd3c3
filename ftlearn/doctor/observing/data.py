"""The data that a call was given: held, never read, until the program is over."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any

_ROWS = 32
_BYTES = 1 << 18


@dataclass
class Data:
    """What `fit`, `evaluate` or `predict` was given.

    Attributes
    ----------
    given : object
        A tuple of arrays, or a dataset.
    names : set of str
        What the program calls it.
    place : tuple
        Where the call is.
    marks : list of str
        What tells whether its arrays were changed since.
    """

    given: Any
    names: set[str] = field(default_factory=set)
    place: tuple[tuple[str, int], ...] = ()
    marks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.marks = self._marks()

    @property
    def pieces(self) -> list[Any]:
        """The arrays, or the one dataset."""
        return [one for one in self.given if one is not None] if isinstance(self.given, tuple) else [self.given]

    @property
    def key(self) -> Any:
        """What is equal for the same inputs only, without reading them."""
        return _key(self.pieces[0]) if self.pieces else None

    @property
    def changed(self) -> bool:
        """Whether an array is no longer what it was when the call was made."""
        return self.marks != self._marks()

    def _marks(self) -> list[str]:
        return [_mark(one) for one in self.pieces]

    def overlaps(self, other: Data) -> bool:
        """Return whether both hold the same array's memory, or the same dataset."""
        numpy = _numpy()
        for one in self.pieces[:1]:
            for two in other.pieces[:1]:
                if one is two:
                    return True
                if numpy is not None and isinstance(one, numpy.ndarray) and isinstance(two, numpy.ndarray):
                    try:
                        return bool(numpy.shares_memory(one, two, max_work=10_000))
                    except Exception:  # too hard to tell, says NumPy
                        return bool(numpy.may_share_memory(one, two))
        return False


def data_of(x: Any, y: Any = None, weight: Any = None, **told: Any) -> Data | None:
    """Return what was given to a call; None when nothing was."""
    if x is None:
        return None
    if isinstance(x, tuple) and y is None:
        return Data(x, **told)
    if y is None and (hasattr(x, "element_spec") or not hasattr(x, "shape")):
        return Data(x, **told)
    return Data((x, y) if weight is None else (x, y, weight), **told)


def split(x: Any, y: Any, share: float) -> tuple[tuple[Any, Any], tuple[Any, Any], int] | None:
    """Return the rows that `validation_split` leaves to train and takes for validation, and where it cuts."""
    try:
        count = len(x)
        at = math.floor(count * (1.0 - share))
        if not 0 < at < count or (y is not None and len(y) != count) or isinstance(x, list | tuple | dict):
            return None
        kept, taken = slice(0, at), slice(at, None)
        first, last = ((_rows(x, one), None if y is None else _rows(y, one)) for one in (kept, taken))
        return first, last, at
    except Exception:  # data of a kind that cannot be cut like this
        return None


def _rows(array: Any, rows: slice) -> Any:
    return array.iloc[rows] if hasattr(array, "iloc") else array[rows]


def _numpy() -> Any:
    import sys

    return sys.modules.get("numpy")


def _key(piece: Any) -> Any:
    numpy = _numpy()
    if numpy is not None and isinstance(piece, numpy.ndarray):
        return ("array", piece.__array_interface__["data"][0], piece.shape, piece.strides, str(piece.dtype))
    return ("object", id(piece))


def _mark(piece: Any) -> str:
    numpy = _numpy()
    if numpy is None or not isinstance(piece, numpy.ndarray) or not piece.size or piece.dtype == object:
        return ""
    rows = piece[:: max(1, len(piece) // _ROWS)] if piece.ndim else piece.reshape(1)
    flat = rows.reshape(len(rows), -1)
    flat = flat[:, :: max(1, flat.nbytes // _BYTES)]
    return hashlib.blake2b(numpy.ascontiguousarray(flat).tobytes(), digest_size=8).hexdigest()
