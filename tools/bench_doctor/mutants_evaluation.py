"""Mistakes in pipelines: augmentation where it does not belong, and an order that changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.bench_doctor.programs import Correct, build, examined, first, score
from tools.bench_doctor.registry import Tried, mutant

ALL = ("letters", "series", "text", "photographs, grey")


def altering(correct: Correct) -> Any:
    """Return what alters an example of the program at random: moved, with noise, or with words left out."""
    import keras
    import tensorflow as tf

    X = correct.task.train[0]
    if X.ndim == 4:
        moving = keras.layers.RandomTranslation(0.2, 0.2, fill_mode="constant")
        return lambda x, y: (moving(x, training=True), y)
    if X.dtype.kind == "f":
        return lambda x, y: (x + tf.random.normal(tf.shape(x), stddev=0.3), y)
    return lambda x, y: (tf.where(tf.random.uniform(tf.shape(x)) < 0.3, tf.ones_like(x), x), y)


def dataset(pair: Any) -> Any:
    """Return a part as batches of tf.data."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(pair).batch(32)


def arrays(data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return one pass over a dataset."""
    found = list(data.as_numpy_iterator())
    return np.concatenate([x for x, _ in found]), np.concatenate([y for _, y in found])


@mutant("validation-is-augmented", *ALL)
def augmented_validation(correct: Correct) -> Tried:
    """Put the validation part through the same map as the train part."""
    task, change = correct.task, altering(correct)
    given = correct.head_examined(
        train=dataset(task.train).map(change), validation=dataset(task.validation).map(change)
    )
    plain, got = (score(task, given["model"], part) for part in (task.validation, arrays(given["validation"])))
    return Tried(given, plain != got, f"validation score {got:.3f}, of the examples as they are {plain:.3f}")


@mutant("augmentation-is-cached", *ALL)
def cached_augmentation(correct: Correct) -> Tried:
    """Train on a pipeline that keeps what it has altered."""
    task = correct.task
    train = dataset(task.train).map(altering(correct)).cache().shuffle(8)
    model = correct.headed()
    history = model.fit(train, epochs=2, validation_data=task.validation, verbose=0)
    one, other = ({row.tobytes() for row in arrays(train)[0]} for _ in range(2))
    same = len(one & other) / len(one)
    return Tried(examined(task, model, history, train=train), same > 0.99, f"{same:.0%} the same in two passes")


@mutant("evaluation-order-is-shuffled", *ALL)
def shuffled_test(correct: Correct) -> Tried:
    """Shuffle the test part, and gather labels in a pass of their own."""
    import tensorflow as tf

    task = correct.task
    test = tf.data.Dataset.from_tensor_slices(task.test).shuffle(len(task.test[0])).batch(32)
    given = correct.head_examined(test=test)
    labels = np.concatenate([y for _, y in test.as_numpy_iterator()])
    X = np.concatenate([x for x, _ in test.as_numpy_iterator()])
    got = score(task, given["model"], (X, labels))
    return Tried(given, got < correct.head_score - 0.02, f"score {got:.3f}, in one pass {correct.head_score:.3f}")


@mutant("test-used-as-validation", "letters", "series", "text", "photographs")
def chosen_on_test(correct: Correct) -> Tried:
    """Validate on the test part."""
    task = correct.task.but(validation=correct.task.test)
    model = build(task)
    history = first(task, model)
    return Tried(examined(task, model, history), True, f"all {len(task.test[0])} test examples chose the epoch")


@mutant("monitor-is-not-in-the-history", "letters", "series", "text")
def wrong_monitor(correct: Correct) -> Tried:
    """Stop early by the accuracy of validation, of which no epoch tells."""
    import keras

    task, model = correct.task, build(correct.task)
    stop = keras.callbacks.EarlyStopping(monitor="val_auc", mode="max", patience=1, restore_best_weights=True)
    history = first(task, model, callbacks=[stop])
    ran = len(history.history["loss"])
    return Tried(examined(task, model, history, callbacks=[stop]), ran == task.epochs, f"ran all {ran} epochs")


@mutant("shapes-broadcast-in-the-error", "series", "series, sunspots", "series, seattle")
def own_loss(correct: Correct) -> Tried:
    """Subtract labels of one axis from predictions of two, in a loss of one's own."""
    import keras

    class Absolute(keras.losses.Loss):
        """The mean absolute error, without a look at shapes."""

        def call(self, y: Any, p: Any) -> Any:
            return keras.ops.mean(keras.ops.abs(y - p), axis=-1)

    task = correct.task
    flat = {name: (getattr(task, name)[0], getattr(task, name)[1][:, 0]) for name in ("train", "validation", "test")}
    task = task.but(loss=Absolute, metrics=(), **flat)
    model = build(task)
    history = first(task, model)
    got = score(correct.task, model)
    worse = got < 1.1 * correct.head_score
    return Tried(examined(task, model, history), worse, f"score {got:.3f}, correct {correct.head_score:.3f}")
