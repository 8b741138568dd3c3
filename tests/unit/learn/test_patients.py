"""The five models of exercise 14: each has the fault that its task is about, and the doctor finds that one alone."""

from __future__ import annotations

import numpy as np
import pytest

from ftlearn.doctor import examine
from ftlearn.errors import UnknownNameError
from ftlearn.learn.patients import patient, pool_of_rare

FAULTS = {
    "A": "trainable-changed-after-compile",
    "B": "batch-statistics-move-in-a-frozen-base",
    "C": "input-range-is-not-the-backbones",
    "D": "same-example-in-two-parts",
    "E": "logits-cut-at-one-half",
}


@pytest.mark.parametrize(("letter", "rule"), FAULTS.items())
def test_the_doctor_names_the_fault_and_nothing_else(letter, rule):
    one = patient(letter)
    assert examine(one.model, **one.given).names == [rule]
    assert str(one).startswith(f"{letter}. “")
    assert max(map(len, str(one).splitlines())) <= 76, "a notebook breaks longer lines in the middle of a word"


def test_what_e_believes_is_not_so():
    """Keras counts fewer right answers than there are, and of the first twenty hardly any is wrong."""
    one = patient("E")
    X, y = one.given["validation"]
    right = (np.array(one.model(X))[:, 0] > 0) == (y == 1)
    assert right.mean() > one.given["history"].history["val_accuracy"][-1] + 0.05
    assert (~right[:20]).sum() <= 3


def test_the_colleague_of_c_reaches_more():
    import keras

    from ftlearn import attach_head, freeze, load_backbone

    one = patient("C")
    (pixels, y), (others, truth) = one.given["train"], one.given["validation"]
    model = attach_head(freeze(load_backbone("letters")), 10)
    model.compile(
        keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    model.fit(pixels / 255, y, epochs=12, batch_size=16, verbose=0)
    theirs = model.evaluate(others / 255, truth, verbose=0)[1]
    assert theirs > one.given["history"].history["val_accuracy"][-1] + 0.03


def test_the_pool_of_d_has_each_image_once():
    X, eight = pool_of_rare()
    assert len({image.tobytes() for image in X}) == len(X) == 315
    assert eight.sum() == 15


def test_there_is_no_sixth():
    with pytest.raises(UnknownNameError, match="patient"):
        patient("F")
