"""Mistakes in training: numbers that are none, too many epochs, the wrong epoch's weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.bench_doctor.programs import (
    Correct,
    Task,
    build,
    compiled,
    examined,
    first,
    in_pieces,
    second,
    stopping,
    thaw,
)
from tools.bench_doctor.programs import base_of as inside
from tools.bench_doctor.registry import Tried, mutant


@mutant("loss-is-not-a-number", "series", "letters")
def gap_in_the_inputs(correct: Correct) -> Tried:
    """Leave a missing value in one example."""
    task = correct.task
    X = task.train[0].copy()
    X[len(X) // 2, 0] = np.nan
    task = task.but(train=(X, task.train[1]))
    model = build(task)
    history = first(task, model, epochs=2)
    return Tried(examined(task, model, history), bool(np.isnan(history.history["loss"][-1])), "a gap in the inputs")


@mutant("loss-is-not-a-number", "text", "photographs, grey")
def rate_out_of_hand(correct: Correct) -> Tried:
    """Train with a rate that throws the weights out of all numbers."""
    import keras

    model = correct.headed()
    thaw(correct.task, inside(model))
    model.compile(keras.optimizers.SGD(1e12), correct.task.loss(), metrics=list(correct.task.metrics))
    history = model.fit(*correct.task.train, epochs=4, validation_data=correct.task.validation, verbose=0)
    last = history.history["loss"][-1]
    return Tried(examined(correct.task, model, history), not np.isfinite(last), f"the last loss is {last}")


def few(task: Task, each: int = 12) -> Task:
    """Return the program with few train examples, a third of the classes wrong, and a head that can learn all that."""
    import keras

    (X, y), rng = task.train, np.random.default_rng(task.seed)
    kept = rng.permutation(len(X))[: max(30, each * task.units)]
    y = y[kept].copy()
    if not task.forecasts:
        y[::3] = (y[::3] + 1) % task.units
    hidden = lambda: [keras.layers.Dense(128, "relu", name="hidden")]  # noqa: E731
    return task.but(train=(X[kept], y), behind=hidden, rate=1e-2)


def _losses(task: Task, epochs: int, callbacks: list) -> tuple[Any, Any, float, float]:
    """Train a head long; return the model, its history, and its loss on the test part, now and of the best epoch."""
    import keras

    model, kept = build(task), {}

    def keep(_: int, told: dict) -> None:
        if told["val_loss"] < kept.get("loss", np.inf):
            kept.update(loss=told["val_loss"], weights=[np.array(one) for one in model.weights])

    history = first(
        task, model, epochs=epochs, callbacks=[*callbacks, keras.callbacks.LambdaCallback(on_epoch_end=keep)]
    )
    best = build(task)
    best.set_weights(kept["weights"])
    compiled(task, best)
    return model, history, *(_test_loss(task, one) for one in (model, best))


def _test_loss(task: Task, model: Any) -> float:
    import keras

    X, y = task.test
    found = keras.ops.convert_to_tensor(in_pieces(model, X))
    return float(model.compute_loss(y=keras.ops.convert_to_tensor(y), y_pred=found))


@mutant("overfitting-past-the-best-epoch", "letters", "text", "photographs, grey")
def far_too_long(correct: Correct) -> Tried:
    """Train a head on few examples for 40 epochs, and keep the last one's weights."""
    task = few(correct.task)
    model, history, now, best = _losses(task, 40, [])
    made = examined(task, model, history)
    return Tried(made, now > 1.25 * best, f"test loss {now:.3f}, with the best epoch's weights {best:.3f}")


@mutant("best-weights-not-restored", "letters", "text", "photographs, grey", "letters, bytes")
def not_restored(correct: Correct) -> Tried:
    """Stop early, and keep the weights of the epoch that was too much."""
    task = few(correct.task).but(rate=3e-2)
    stop = stopping(patience=4, restore_best_weights=False)
    model, history, now, best = _losses(task, 40, [stop])
    made = examined(task, model, history, callbacks=[stop])
    return Tried(made, now > 1.1 * best, f"test loss {now:.3f}, with the best epoch's weights {best:.3f}")


@mutant("reloads-to-other-predictions", "letters", "series", "text")
def setting_not_written(correct: Correct) -> Tried:
    """Use a layer of one's own whose setting its configuration forgets."""
    import tempfile
    from pathlib import Path

    import keras

    class Times(keras.layers.Layer):
        """Multiplies by a factor."""

        def __init__(self, factor: float = 1.0, **options: Any):
            super().__init__(**options)
            self.factor = factor

        def call(self, x: Any) -> Any:
            return x * self.factor

        def get_config(self) -> dict:
            return super().get_config()

    task = correct.task.but(behind=lambda: [Times(2.5, name="times")])
    model = build(task)
    history = first(task, model)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        loaded = keras.models.load_model(Path(folder) / "model.keras", custom_objects={"Times": Times}, compile=False)
    gap = float(np.abs(in_pieces(model, task.test[0]) - in_pieces(loaded, task.test[0])).max())
    return Tried(examined(task, model, history), gap > 0.01, f"predictions differ by {gap:.3f} after loading")


@mutant("lambda-does-not-load", "letters", "series", "text")
def with_lambda(correct: Correct) -> Tried:
    """Halve the features in a Lambda layer."""
    import tempfile
    from pathlib import Path

    import keras

    task = correct.task.but(behind=lambda: [keras.layers.Lambda(lambda x: x / 2, name="halve")])
    model = build(task)
    history = first(task, model)
    raised = ""
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        try:
            keras.models.load_model(Path(folder) / "model.keras", compile=False)
        except Exception as error:  # whatever stops it, the model does not load
            raised = type(error).__name__
    return Tried(examined(task, model, history), bool(raised), f"load_model raises {raised or 'nothing'}")


@mutant("no-better-than-the-majority", "letters", "text", "photographs")
def labels_left_behind(correct: Correct) -> Tried:
    """Shuffle the inputs of train and validation without their labels."""
    from tools.bench_doctor.programs import score

    rng = np.random.default_rng(correct.task.seed)
    mixed = [(rng.permutation(X), y) for X, y in (correct.task.train, correct.task.validation)]
    task = correct.task.but(train=mixed[0], validation=mixed[1])
    model = build(task)
    history = first(task, model)
    got, share = score(task, model), float(np.bincount(task.test[1]).max() / len(task.test[1]))
    said = f"accuracy {got:.3f}, correct {correct.head_score:.3f}, the commonest class {share:.3f}"
    return Tried(examined(task, model, history), got <= share + 0.05, said)


@mutant("forecast-no-better-than-the-last-value", "series", "series, sunspots", "series, seattle")
def hardly_trained(correct: Correct) -> Tried:
    """Tune a forecaster of random weights for two epochs."""
    task = correct.task.but(base=lambda: correct.task.base(pretrained=False))
    model = build(task)
    inside(model).trainable = True
    history = second(task, model, epochs=2, rate=1e-4)
    X, y = task.test
    ours, naive = float(np.abs(in_pieces(model, X) - y).mean()), float(np.abs(X[:, -1] - y).mean())
    return Tried(examined(task, model, history), ours > naive, f"error {ours:.3f}, of the last value {naive:.3f}")
