"""What crosses between processes: everything that a check may see comes through, and nothing else does."""

from __future__ import annotations

import io
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ftlearn.learn.network import network_state
from ftlearn.teach.grading.wire import ARRAYS_LIMIT, WireError, decode, encode, receive

NUMBERS = hnp.arrays(
    st.one_of(hnp.boolean_dtypes(), hnp.integer_dtypes(), hnp.floating_dtypes(), hnp.unicode_string_dtypes(max_len=5)),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), NUMBERS)
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4))
)


def same(one, other) -> bool:
    if isinstance(one, np.ndarray):
        equal = np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        return one.dtype == other.dtype and one.shape == other.shape and equal
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and (one == other or one != one)


@given(VALUES)
def test_what_is_plain_comes_through_as_it_was(value):
    assert same(value, decode(encode(value)))


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_a_value_or_one_error(message):
    try:
        decode(message)
    except (WireError, EOFError):
        pass


@given(VALUES, st.data())
def test_a_message_with_a_changed_byte_is_a_value_or_one_error(value, data):
    message = bytearray(encode(value))
    place = data.draw(st.integers(0, len(message) - 1))
    message[place] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(message))
    except (WireError, EOFError):
        pass


def test_the_state_of_a_network_comes_through():
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="d", activation="softmax")])
    model.compile(keras.optimizers.SGD(0.25), "sparse_categorical_crossentropy")
    before, after = network_state(model), decode(encode(network_state(model)))
    assert set(after.moved(before).values()) == {0.0}
    kept = {weight.dtype for layer in after.layers for weight in layer.weights.values()}
    assert kept == {np.dtype("float32")}, "a check may ask in which precision weights are kept"
    assert (after.learning_rate, after.loss, after.output_shape) == (0.25, before.loss, before.output_shape)


class Sly:
    def __reduce__(self):
        return (print, ("unpickled",))


@pytest.mark.parametrize(
    "value",
    [Sly(), {1, 2}, b"bytes", object, lambda: None, 1j, np.array([Sly()], dtype=object), np.zeros(2, "M8[s]"),
     np.zeros(2, [("a", "i4")])],
    ids=["object", "set", "bytes", "class", "function", "complex", "objects", "dates", "records"],
)  # fmt: skip
def test_what_is_not_plain_is_refused_at_the_start(value):
    with pytest.raises(WireError):
        encode(value)


@pytest.mark.parametrize("value", [10**10_000, [[[[]]]] * 3], ids=["number", "lists"])
def test_odd_sizes_are_an_error_or_come_through(value):
    try:
        assert decode(encode(value)) == value
    except WireError as error:
        assert "handed over" in str(error)


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [100, 100_000])
def test_deep_nesting_is_refused_on_both_sides(levels):
    with pytest.raises(WireError):
        encode(deep(levels))
    body = b"[" * levels + b"]" * levels
    with pytest.raises(WireError):
        decode(struct.pack(">II", len(body), 0) + body)


def array_message(part: bytes) -> bytes:
    body = b'{"array":0}'
    return struct.pack(">II", len(body), len(part) + 4) + body + struct.pack(">I", len(part)) + part


def npy(text: str) -> bytes:
    head = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1, }",
        "__import__('os').getpid()",
    ],
)
def test_a_forged_array_takes_no_memory_and_runs_nothing(header):
    with pytest.raises(WireError):
        decode(array_message(npy(header) + b"\0" * 8))


def test_pickled_arrays_and_pickles_are_refused():
    file = io.BytesIO()
    np.save(file, np.array([Sly()], dtype=object), allow_pickle=True)
    for message in (array_message(file.getvalue()), pickle.dumps(Sly())):
        with pytest.raises(WireError):
            decode(message)


def test_a_length_that_is_too_large_is_refused_before_anything_is_read():
    asked = []

    def read(size):
        asked.append(size)
        return struct.pack(">II", 2, ARRAYS_LIMIT + 1)[:size]

    with pytest.raises(WireError, match="too large"):
        receive(read)
    assert asked == [8]


def test_a_closed_pipe_is_told_from_a_torn_message():
    with pytest.raises(EOFError):
        decode(b"")
    with pytest.raises(WireError):
        decode(encode([1, 2])[:-1])
