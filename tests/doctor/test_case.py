"""Whatever data it is given, the doctor raises nothing and changes nothing."""

import copy
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from ftlearn import doctor
from ftlearn.doctor.case import LIMIT, Case
from ftlearn.doctor.rule import NotChecked

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)).astype("float32")
Y = (X[:, 0] > 0).astype(int)


class Sequence(keras.utils.PyDataset):
    """Batches by number, drawn anew from NumPy's own generator."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return X[index * 15 : index * 15 + 15] + np.random.normal(size=(15, 5)), Y[index * 15 : index * 15 + 15]


class Endless(Sequence):
    @property
    def num_batches(self):
        return None


def dataset(*arrays, **kinds):
    return tf.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0], **kinds)


def fails(x, y):
    return tf.debugging.check_numerics(tf.math.log(x - 99), "wrong"), y


def ragged():
    rows = tf.ragged.constant([[1.0], [1.0, 2.0], [3.0]] * 4)
    return dataset(rows, np.arange(12) % 2).batch(3)


DATA = {
    "arrays": lambda: (X, Y),
    "an array": lambda: X,
    "lists": lambda: (X.tolist(), Y.tolist()),
    "inputs without labels": lambda: (X, None),
    "weighted": lambda: (X, Y, np.ones(60)),
    "tensors": lambda: (tf.constant(X), tf.constant(Y)),
    "words": lambda: (np.array(["a", "b"] * 30, object), Y),
    "batched": lambda: dataset(X, Y).batch(16),
    "unbatched": lambda: dataset(X, Y),
    "unbatched, one column a class": lambda: dataset(X, np.eye(2)[Y]),
    "unlabelled dataset": lambda: dataset(X).batch(16),
    "endless": lambda: dataset(X, Y).repeat().batch(16),
    "shuffled": lambda: dataset(X, Y).shuffle(60).batch(16),
    "empty dataset": lambda: dataset(X, Y).take(0).batch(4),
    "empty arrays": lambda: (X[:0], Y[:0]),
    "one example": lambda: (X[:1], Y[:1]),
    "PyDataset": lambda: Sequence(),
    "endless PyDataset": lambda: Endless(),
    "generator": lambda: ((X[:4], Y[:4]) for _ in range(3)),
    "iterator of a dataset": lambda: iter(dataset(X, Y).batch(4)),
    "list of batches": lambda: [(X[:30], Y[:30]), (X[30:], Y[30:])],
    "dict": lambda: {"x": X, "y": Y},
    "dict of inputs": lambda: ({"a": X, "b": X}, Y),
    "list of inputs": lambda: ([X, X], Y),
    "dataset of several inputs": lambda: dataset({"a": X, "b": X}, Y).batch(8),
    "several outputs": lambda: dataset(X, {"a": Y, "b": Y}).batch(8),
    "ragged dataset": ragged,
    "ragged arrays": lambda: (np.array([np.zeros(2), np.zeros(3)], object), np.zeros(2)),
    "batches that differ in shape": lambda: dataset(X, Y).batch(16).map(lambda x, y: (x[:, : tf.shape(x)[0] // 4], y)),
    "NaN": lambda: (np.full_like(X, np.nan), Y),
    "infinite numbers": lambda: (np.where(X > 1, np.inf, X), Y),
    "NaN labels": lambda: (X, np.full(60, np.nan)),
    "other lengths": lambda: (X, Y[:7]),
    "a number": lambda: 3,
    "text": lambda: "train.csv",
    "whole numbers": lambda: (np.arange(300).reshape(60, 5), Y),
    "yes and no": lambda: (X > 0, Y > 0),
    "windows": lambda: (np.lib.stride_tricks.sliding_window_view(X[:, 0], 12)[..., None], Y[:49]),
    "images": lambda: (RNG.random((40, 8, 8, 3)), np.arange(40) % 2),
    "a dataset that fails": lambda: dataset(X, Y).map(fails),
}  # fmt: skip


def network(kind):
    if kind == "none":
        return None
    if kind == "two inputs":
        a, b = keras.Input((5,), name="a"), keras.Input((5,), name="b")
        model = keras.Model([a, b], keras.layers.Dense(2)(a + b))
    elif kind == "unbuilt":
        return keras.Sequential([keras.layers.Dense(2)])
    else:
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def stumbled(report):
    """Rules on data that raised instead of saying in words what they lacked."""
    ours = {name for name, rule in doctor.catalogue().items() if rule.family == "data"}
    return {rule: said for rule, said in report.unchecked.items() if "looking raised" in said and rule in ours}


@pytest.mark.parametrize("kind", DATA)
def test_no_data_make_it_raise_or_look_wrongly(kind):
    for name in ("plain", "none"):
        report = doctor.examine(network(name), train=DATA[kind](), validation=DATA[kind](), test=DATA[kind]())
        seen = {*report.names, *report.passed, *report.unchecked}
        assert seen == set(doctor.catalogue()), seen ^ set(doctor.catalogue())
        raised = stumbled(report)
        assert not raised, raised
        assert str(report) and report.as_json() and report._repr_html_()


@pytest.mark.parametrize("model", ["two inputs", "unbuilt"])
def test_no_model_makes_it_raise(model):
    for kind in ("arrays", "batched", "list of inputs", "dict of inputs", "generator"):
        report = doctor.examine(network(model), train=DATA[kind](), validation=DATA[kind]())
        raised = stumbled(report)
        assert not raised, raised


def test_arrays_generators_and_random_states_stay_as_they_were():
    model = network("plain")
    model.fit(X, Y, verbose=0)
    given, labels, waiting = X.copy(), Y.copy(), iter([(X[:4], Y[:4])])
    weights, state = [np.array(one) for one in model.variables], copy.deepcopy(np.random.get_state())
    doctor.examine(model, train=(given, labels), validation=Sequence(), test=waiting)
    np.testing.assert_array_equal(given, X)
    np.testing.assert_array_equal(labels, Y)
    assert given.flags.writeable
    assert len(list(waiting)) == 1
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.variables, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(state, np.random.get_state(), strict=True))


def test_what_it_reads_cannot_be_written_to():
    part = Case(None, {"train": (X, Y)}).part("train")
    with pytest.raises(ValueError, match="read-only"):
        part.X[0] = 1


@pytest.mark.parametrize("kind", ["arrays", "batched", "unbatched", "unbatched, one column a class", "tensors"])
def test_all_kinds_give_the_same_examples(kind):
    for model in (None, network("plain")):
        part = Case(model, {"train": DATA[kind]()}).part("train")
        np.testing.assert_array_equal(part.X, X)
        assert len(part.y) == 60 and part.whole and part.total == 60


def test_a_second_pass_is_read_anew():
    case = Case(None, {"train": Sequence(), "validation": dataset(X, Y).batch(8), "test": (X, Y)})
    assert not np.array_equal(case.part("train").X, case.again("train").X)
    np.testing.assert_array_equal(case.part("validation").X, case.again("validation").X)
    assert case.again("test") is case.part("test")


def test_large_data_are_sampled_and_the_report_says_so():
    many = np.zeros((LIMIT + 1, 2), "float32")
    report = doctor.examine(None, train=(many, many[:, 0]), test=dataset(many, many[:, 0]).repeat().batch(100))
    assert f"the first {LIMIT:,} of {LIMIT + 1:,} train examples" in str(report)
    assert "of more test examples" in report.sampled
    assert not doctor.examine(None, train=(X, Y)).sampled


def test_no_cache_file_is_written(tmp_path):
    cached = dataset(X, Y).cache(str(tmp_path / "cache")).batch(8)
    report = doctor.examine(None, train=cached, validation=(X, Y))
    assert not list(tmp_path.iterdir())
    assert "would write its cache file" in report.unchecked["same-example-in-two-parts"]


def test_an_iterator_is_left_alone():
    endless = ((X[:2], Y[:2]) for _ in itertools.count())
    with pytest.raises(NotChecked, match="once only"):
        Case(None, {"train": endless}).part("train")
