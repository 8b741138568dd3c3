"""One stage of training, and the record of the stages that a model went through."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.live import live_history
from ftlearn.weights import numbers_in

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Stage:
    """One stage of a training.

    Attributes
    ----------
    name : str
        What was trained.
    trained : int
        How many numbers the optimiser could change.
    learning_rate : float
        At the start of the stage.
    seconds : float
        Wall time.
    history : dict of str to list of float
        The curves, one value an epoch.
    """

    name: str
    trained: int
    learning_rate: float
    seconds: float
    history: dict[str, list[float]]


@dataclass
class Training:
    """A model and the stages that it went through.

    Attributes
    ----------
    model : keras.Model
        The base with its head.
    base : keras.Model
        The backbone inside.
    stages : list of Stage
        Finished stages; a stage that Ctrl-C ended is there too, as far as it came.
    """

    model: Any
    base: Any
    stages: list[Stage] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Wall time of all stages."""
        return sum(stage.seconds for stage in self.stages)

    def table(self) -> pd.DataFrame:
        """List the stages: name, numbers trained, learning rate, epochs, seconds, last losses."""
        import pandas as pd

        return pd.DataFrame(
            {
                "stage": s.name,
                "trained": s.trained,
                "learning rate": s.learning_rate,
                "epochs": len(s.history.get("loss", [])),
                "seconds": round(s.seconds, 1),
                **{
                    key: round(s.history[key][-1], 3)
                    for key in ("loss", "val_loss", "val_accuracy")
                    if s.history.get(key)
                },
            }
            for s in self.stages
        )


def run_stage(
    training: Training,
    name: str,
    model: Any,
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray] | None,
    *,
    optimizer: Any,
    epochs: int,
    batch_size: int = 16,
    show: bool = False,
    callbacks: list | None = None,
) -> Stage:
    """Compile a model anew, fit it, and add the stage to the training's record.

    Parameters
    ----------
    training : Training
        Whose record grows.
    name : str
        What the stage trains.
    model : keras.Model
        What is fitted: the whole model, or a head on cached features.
    train, validation : tuple of ndarray
        Inputs and integer classes; validation may be None.
    optimizer : keras.optimizers.Optimizer
        A new one: an optimiser that has seen other variables fails, or drags their momentum along.
    epochs, batch_size : int
        As in ``fit``.
    show : bool
        Whether to show progress: a bar and a loss curve in a notebook, lines elsewhere.
    callbacks : list of keras.callbacks.Callback, optional
        Further ones.

    Returns
    -------
    Stage
        What was recorded; also after Ctrl-C, which is passed on.

    Raises
    ------
    DataError
        When the optimiser was used before.

    Examples
    --------
    >>> import keras
    >>> from ftlearn import load_backbone, load_digits
    >>> from ftlearn.stages import train_head
    >>> few = load_digits().label_budget(20)
    >>> training = train_head(load_backbone("letters"), few.train, classes=10, epochs=1)
    >>> adam = keras.optimizers.Adam()
    >>> run_stage(training, "more", training.model, few.train, None, optimizer=adam, epochs=1).name
    'more'
    """
    import keras

    if getattr(optimizer, "built", False):
        raise DataError(
            "This optimiser has been used before: its moments belong to other weights.",
            fix="Make a new one for each stage.",
        )
    watch = [live_history(title=name)] if show else []
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    trained = numbers_in(model.trainable_variables)
    rate, started = float(optimizer.learning_rate), time.perf_counter()
    kept = keras.callbacks.History()  # unlike what fit returns, it is there after Ctrl-C too
    try:
        model.fit(
            train[0], train[1], validation_data=validation, epochs=epochs, batch_size=batch_size, verbose=0,
            callbacks=[kept, *watch, *(callbacks or [])],
        )  # fmt: skip
    finally:
        stage = Stage(name, trained, rate, time.perf_counter() - started, kept.history)
        training.stages.append(stage)
    return stage


def training_cost(model: Any, inputs: np.ndarray, targets: np.ndarray, *, batch_size: int = 16) -> dict[str, float]:
    """Measure what it takes to train a model: numbers trained, seconds an epoch, memory on top of the model.

    Parameters
    ----------
    model : keras.Model
        Built; it is compiled with Adam and trained for a few epochs.
    inputs, targets : ndarray
        What to train on; targets are integer classes.
    batch_size : int
        As in ``fit``.

    Returns
    -------
    dict of str to float
        ``"numbers trained"``; ``"seconds an epoch"``, the best of five after one that compiles; ``"extra memory, kB"``
        for gradients and Adam's averages.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    >>> training_cost(model, np.zeros((4, 3)), np.zeros(4, int))["numbers trained"]
    8
    """
    import keras

    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    seconds = []
    for _ in range(6):
        started = time.perf_counter()
        model.fit(inputs, targets, epochs=1, batch_size=batch_size, verbose=0)
        seconds.append(time.perf_counter() - started)
    trained = numbers_in(model.trainable_variables)
    kept = numbers_in(model.optimizer.variables)
    return {
        "numbers trained": trained,
        "seconds an epoch": min(seconds[1:]),
        "extra memory, kB": 4 * (trained + kept) / 1000,
    }
