"""Read a part of the data into arrays: a bounded piece, in order, without changing what was given."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn.doctor.pipelines import cache_files
from ftlearn.doctor.private import drawing_kept, names_kept, seeds_kept
from ftlearn.doctor.rule import NotChecked

LIMIT = 4096
"""Examples of a part that are looked at; the report says when there were more."""

BYTES = 2**28
"""The same for datasets whose examples are large."""


@dataclass(frozen=True)
class Part:
    """A part of the data, as arrays.

    Attributes
    ----------
    name : str
        ``"train"``, ``"validation"`` or ``"test"``.
    X : ndarray
        Shape (examples, …), in the order in which they came; it cannot be written to.
    y : ndarray or None
        Labels, where there were any.
    whole : bool
        Whether these are all of them.
    source : object
        What was given.
    total : int or None
        How many examples there are, where that is known.
    batches : int or None
        In how many batches they came; None for arrays.
    """

    name: str
    X: np.ndarray
    y: np.ndarray | None
    whole: bool
    source: Any
    total: int | None = None
    batches: int | None = None


def read(name: str, given: Any, rank: int | None = None) -> Part:
    """Return a part as arrays.

    Parameters
    ----------
    name : str
        What it is called in messages.
    given : object
        An array, a pair of arrays, a tf.data dataset, a PyDataset, anything that can be iterated again and again.
    rank : int, optional
        Axes of one batch of the model's input, to tell a dataset of examples from one of batches.

    Returns
    -------
    Part
        At most `LIMIT` examples.

    Raises
    ------
    NotChecked
        When it cannot be read as arrays, or only once.
    """
    if isinstance(given, tuple | list):
        if not (1 <= len(given) <= 3 and all(hasattr(one, "__len__") or one is None for one in given)):
            raise NotChecked(f"the {name} data is a {type(given).__name__} of {len(given)}, not a pair of arrays")
        X, y = _inputs(name, given[0]), _labels(name, given[1]) if len(given) > 1 else None
        return _part(name, X[:LIMIT], y if y is None else y[:LIMIT], len(X) <= LIMIT, given, len(X))
    if isinstance(given, np.ndarray):
        X = _inputs(name, given)
        return _part(name, X[:LIMIT], None, len(X) <= LIMIT, given, len(X))
    return _batches(name, given, rank)


def _batches(name: str, given: Any, rank: int | None) -> Part:
    if any(not Path(one + ".index").exists() for one in cache_files(given)):
        raise NotChecked(f"reading the {name} data would write its cache file")
    single = _of_examples(given, rank)
    found: list[tuple[np.ndarray, np.ndarray | None]] = []
    count = size = 0
    whole = True
    for batch in _guarded(name, _each(name, given)):
        if count >= LIMIT or size >= BYTES:
            whole = False
            break
        pair = batch if isinstance(batch, tuple | list) else (batch, None)
        X = _inputs(name, pair[0], scalars=single)
        y = _labels(name, pair[1], scalars=single) if len(pair) > 1 else None
        if single:
            X, y = X[None], None if y is None else y[None]
        found.append((X, y))
        count, size = count + len(X), size + X.nbytes
    if not count:
        raise NotChecked(f"the {name} data is empty")
    if len({(one.shape[1:], None if y is None else y.shape[1:]) for one, y in found}) > 1:
        raise NotChecked(f"the examples of the {name} data differ in shape from batch to batch")
    X = np.concatenate([one for one, _ in found])
    y = None if any(one is None for _, one in found) else np.concatenate([one for _, one in found])
    return replace(_part(name, X, y, whole, given, count if whole else None), batches=len(found))


def _guarded(name: str, batches: Iterator[Any]) -> Iterator[Any]:
    """Give the batches; what reading them raises is said in words."""
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except Exception as error:
            raise NotChecked(f"reading the {name} data raised {type(error).__name__}") from error
        yield batch


def _each(name: str, given: Any) -> Iterator[Any]:
    if hasattr(given, "element_spec"):
        if iter(given) is given:
            raise NotChecked(f"the {name} data is an iterator, which can be read once only")
        return iter(given)
    if hasattr(given, "__getitem__") and not isinstance(given, dict | str | bytes):
        count = getattr(given, "num_batches", None)
        with contextlib.suppress(TypeError):
            count = len(given) if count is None else count
        return map(given.__getitem__, range(LIMIT if count is None else int(count)))
    if hasattr(given, "__iter__") and hasattr(given, "__len__") and not isinstance(given, dict | str | bytes):
        again = iter(given)
        if again is not given:
            return again
    raise NotChecked(f"the {name} data can be read once only, or is of an unknown kind ({type(given).__name__})")


def _of_examples(given: Any, rank: int | None) -> bool:
    """Tell a tf.data dataset of examples from one of batches."""
    spec = getattr(given, "element_spec", None)
    pair = spec if isinstance(spec, tuple | list) else (spec,)
    shapes = [getattr(one, "shape", None) for one in pair[:2]]
    if spec is None or any(one is None or one.rank is None for one in shapes):
        return False
    if rank is not None and shapes[0].rank in (rank, rank - 1):
        return shapes[0].rank == rank - 1
    return any(one.rank == 0 for one in shapes) or (len(shapes) == 2 and shapes[0][0] != shapes[1][0])


def _inputs(name: str, X: Any, *, scalars: bool = False) -> np.ndarray:
    if isinstance(X, dict | tuple) or (isinstance(X, list) and any(hasattr(one, "shape") for one in X)):
        raise NotChecked(f"the {name} data has several inputs")
    X = _array(name, X)
    if X.dtype.kind == "O" and X.size and all(isinstance(one, str | bytes) for one in X.flat):
        X = np.array([one.encode() if isinstance(one, str) else one for one in X.flat]).reshape(X.shape)
    if X.dtype.kind == "O":
        raise NotChecked(f"the inputs of the {name} data are no rectangular array of numbers")
    if not scalars and (X.ndim == 0 or len(X) == 0):
        raise NotChecked(f"the {name} data is empty")
    return X


def _labels(name: str, y: Any, *, scalars: bool = False) -> np.ndarray | None:
    if y is None or isinstance(y, dict | tuple) or (isinstance(y, list) and any(hasattr(one, "shape") for one in y)):
        return None  # several outputs: a rule that needs labels finds none
    y = _array(name, y)
    return None if y.ndim == 0 and not scalars else y


def _array(name: str, given: Any) -> np.ndarray:
    if hasattr(given, "row_splits") or hasattr(given, "dense_shape"):
        raise NotChecked(f"the {name} data is ragged or sparse")
    if hasattr(given, "detach"):
        given = given.detach().cpu()
    try:
        return np.asarray(given)
    except (ValueError, TypeError) as error:
        raise NotChecked(f"the {name} data is no array ({type(given).__name__})") from error


def _part(name: str, X: np.ndarray, y: np.ndarray | None, whole: bool, source: Any, total: int | None) -> Part:
    if y is not None and len(y) != len(X):
        raise NotChecked(f"the {name} data has {len(X)} examples and {len(y)} labels")
    return Part(name, _locked(X), None if y is None else _locked(y), whole, source, total)


def _locked(array: np.ndarray) -> np.ndarray:
    held = array.view()
    held.flags.writeable = False
    return held


@contextlib.contextmanager
def random_states_kept() -> Iterator[None]:
    """Put random states and Keras's counters back, once, after all reading: two passes must draw different numbers."""
    states = random.getstate(), np.random.get_state()
    try:
        with seeds_kept(), names_kept(), drawing_kept():
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
