"""One stage of training, and the record of the stages that a model went through."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.compute.timing import side_by_side
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


def training_costs(
    ways: Mapping[str, tuple[Any, np.ndarray, np.ndarray]], *, batch_size: int = 16, repeats: int = 5
) -> pd.DataFrame:
    """Measure what ways to train take: numbers trained, seconds an epoch, memory on top of the model.

    Parameters
    ----------
    ways : mapping of str to (keras.Model, ndarray, ndarray)
        By name: a built model, its inputs, and integer classes. The models are compiled with Adam and trained for
        `repeats` + 1 epochs, in turns.
    batch_size : int
        As in ``fit``.
    repeats : int
        How many epochs of each count, after one that compiles.

    Returns
    -------
    DataFrame
        A column a way. Rows: ``"numbers trained"``; ``"seconds an epoch"``, the median; ``"extra memory, kB"`` for
        gradients and Adam's averages.

    Raises
    ------
    DataError
        Without ways, or with fewer than one epoch that counts.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    >>> costs = training_costs({"head": (model, np.zeros((4, 3)), np.zeros(4, int))}, repeats=1)
    >>> int(costs.loc["numbers trained", "head"])
    8
    """
    import keras
    import pandas as pd

    for model, _, _ in ways.values():
        model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    epochs = {
        name: lambda model=model, X=X, y=y: model.fit(X, y, batch_size=batch_size, verbose=0)
        for name, (model, X, y) in ways.items()
    }
    seconds = side_by_side(epochs, repeats=repeats).median()
    costs = {}
    for name, (model, _, _) in ways.items():
        trained, kept = numbers_in(model.trainable_variables), numbers_in(model.optimizer.variables)
        costs[name] = {
            "numbers trained": trained,
            "seconds an epoch": seconds[name],
            "extra memory, kB": 4 * (trained + kept) / 1000,
        }
    return pd.DataFrame(costs)
