"""Four correct programs, in steps that a mutant may exchange: data, network, head, all; and what they leave behind."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tools.bench_doctor import sources
from tools.bench_doctor.sources import Pair


@dataclass(frozen=True)
class Task:
    """A program before it runs.

    Attributes
    ----------
    name, seed : str, int
        What follows a comma in the name tells a variant.
    train, validation, test : tuple of ndarray
        Inputs and labels.
    base : callable
        Gives the pretrained network; with ``pretrained=False`` the same with random weights.
    units, activation : int, str or None
        Of the last layer.
    loss, metrics : callable, tuple
        The first gives a fresh loss.
    front, behind : callable
        Give the layers before the base, and those between the base and the last layer.
    rate, epochs : float, int
        Of the head's training.
    tuning_rate, tuning_epochs : float, int
        Of the training of all.
    thawed : int
        How many of the base's last layers are thawed; 0 for all.
    asked : bool or None
        ``training=`` of the base's call.
    """

    name: str
    seed: int
    train: Pair
    validation: Pair
    test: Pair
    base: Callable[..., Any]
    units: int
    activation: Any = "softmax"
    loss: Callable[[], Any] = lambda: "sparse_categorical_crossentropy"
    metrics: tuple[Any, ...] = ("accuracy",)
    front: Callable[[], list] = list
    behind: Callable[[], list] = list
    rate: float = 3e-3
    epochs: int = 12
    tuning_rate: float = 2e-4
    tuning_epochs: int = 3
    thawed: int = 0
    asked: bool | None = None
    known: dict = field(default_factory=dict, repr=False, compare=False)

    @property
    def forecasts(self) -> bool:
        """Whether amounts are predicted, not classes."""
        return self.train[1].dtype.kind == "f"

    def but(self, **changes: Any) -> Task:
        """Return the same with changes; features are computed anew where another network or front makes them."""
        fresh = {"known": {}} if {"base", "front"} & set(changes) else {}
        return replace(self, **{**changes, **fresh})


def build(task: Task, *, base: Any = None, head: list | None = None) -> Any:
    """Return the model: front, base, what lies behind it, and one Dense layer, or a head of one's own."""
    import keras

    keras.utils.set_random_seed(task.seed)
    inputs = keras.Input(task.train[0].shape[1:], dtype=str(task.train[0].dtype))
    x = inputs
    for layer in task.front():
        x = layer(x)
    base = task.base() if base is None else base
    x = base(x) if task.asked is None else base(x, training=task.asked)
    for layer in [*task.behind(), *(head or [keras.layers.Dense(task.units, task.activation, name="head")])]:
        x = layer(x)
    return keras.Model(inputs, x, name=task.name.partition(",")[0])


def base_of(model: Any) -> Any:
    """Return the network inside a model."""
    return next(one for one in model.layers if hasattr(one, "layers"))


def compiled(task: Task, model: Any, rate: float | None = None, optimizer: Any = None) -> Any:
    """Compile as the task says, with an optimiser of its own, and return the model."""
    import keras

    optimizer = optimizer or keras.optimizers.Adam(task.rate if rate is None else rate)
    model.compile(optimizer, task.loss(), metrics=list(task.metrics))
    return model


def features(task: Task, base_and_front: Any, X: np.ndarray) -> np.ndarray:
    """Return what a frozen base gives; computed once for each array."""
    if id(X) not in task.known:
        task.known[id(X)] = X, in_pieces(base_and_front, X)
    return task.known[id(X)][1]


def in_pieces(model: Any, X: np.ndarray, size: int = 64) -> np.ndarray:
    """Return a model's answers in inference mode."""
    return np.concatenate([np.asarray(model(X[at : at + size], training=False)) for at in range(0, len(X), size)])


def head_of(task: Task, model: Any) -> tuple[Any, dict[str, Pair]]:
    """Return the layers behind the base as a model, and the data as features for it."""
    import keras

    base = base_of(model)
    place = model.layers.index(base)
    lower = keras.Model(model.input, model.layers[place + 1].input)
    parts = {name: (features(task, lower, X), y) for name, (X, y) in parts_of(task).items()}
    head = keras.Sequential([keras.Input(parts["train"][0].shape[1:]), *model.layers[place + 1 :]], name="head_alone")
    return head, parts


def parts_of(task: Task) -> dict[str, Pair]:
    """Return the three parts by name."""
    return {"train": task.train, "validation": task.validation, "test": task.test}


def stopping(**changes: Any) -> Any:
    """Return early stopping as it should be."""
    import keras

    return keras.callbacks.EarlyStopping(**({"patience": 4, "restore_best_weights": True} | changes))


def first(task: Task, model: Any, *, callbacks: Any = None, **fitted: Any) -> Any:
    """Train the head on features of the frozen base, compile the whole, and return the history."""
    base_of(model).trainable = False
    head, parts = head_of(task, model)
    compiled(task, head)
    callbacks = [stopping()] if callbacks is None else callbacks
    given = {"epochs": task.epochs, "validation_data": parts["validation"], "callbacks": callbacks, "verbose": 0}
    history = head.fit(*parts["train"], **(given | fitted))
    compiled(task, model)
    return history


def thaw(task: Task, base: Any) -> None:
    """Let the base train, but for BatchNormalization and the layers below."""
    import keras

    base.trainable = True
    for place, layer in enumerate(base.layers):
        below = task.thawed and place < len(base.layers) - task.thawed
        if below or isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def second(task: Task, model: Any, *, rate: float | None = None, **fitted: Any) -> Any:
    """Compile with the small rate and train what is trainable; return the history."""
    compiled(task, model, task.tuning_rate if rate is None else rate)
    given = {"epochs": task.tuning_epochs, "validation_data": task.validation, "verbose": 0}
    return model.fit(*task.train, **(given | fitted))


def score(task: Task, model: Any, part: Pair | None = None) -> float:
    """Return accuracy on the test part; for forecasts the mean absolute error, negative."""
    X, y = task.test if part is None else part
    answers = in_pieces(model, X)
    if task.forecasts:
        return -float(np.abs(answers.reshape(len(y), -1)[:, :1] - y).mean())
    guess = answers.argmax(-1) if answers.shape[-1] > 1 else (answers[:, 0] > (0 if task.activation is None else 0.5))
    return float(np.mean(guess.astype(int) == y.reshape(-1)))


def examined(task: Task, model: Any, history: Any = None, before: Any = None, **more: Any) -> dict[str, Any]:
    """Return what `examine` is given of a program."""
    found = {"model": model, **parts_of(task), "history": history, "before": before, **more}
    return {name: value for name, value in found.items() if value is not None}


class Correct:
    """A correct program that runs as far as somebody asks, once."""

    def __init__(self, task: Task):
        self.task = task

    @functools.cached_property
    def start(self) -> tuple[list[np.ndarray], Any]:
        """The weights after the head's training, and its history."""
        model = build(self.task)
        history = first(self.task, model)
        return model.get_weights(), history

    def headed(self, task: Task | None = None) -> Any:
        """Return a new model whose head has been trained, compiled with its base frozen."""
        model = build(task or self.task)
        model.set_weights(self.start[0])
        base_of(model).trainable = False
        return compiled(task or self.task, model)

    @functools.cached_property
    def tuned(self) -> tuple[Any, Any]:
        """The model after both stages, and the history of the second."""
        model = self.headed()
        thaw(self.task, base_of(model))
        return model, second(self.task, model)

    @functools.cached_property
    def head_score(self) -> float:
        """What the program scores after its first stage."""
        return score(self.task, self.headed())

    @functools.cached_property
    def score(self) -> float:
        """What it scores after both."""
        return score(self.task, self.tuned[0])

    def examined(self, **changes: Any) -> dict[str, Any]:
        """Return what `examine` is given of the whole program."""
        model, history = self.tuned
        return examined(self.task, model, [self.start[1], history], self.start[0]) | changes

    def head_examined(self, **changes: Any) -> dict[str, Any]:
        """Return what `examine` is given of the program after its first stage."""
        return examined(self.task, self.headed(), self.start[1]) | changes


def _series(name: str, seed: int) -> dict[str, Pair]:
    return sources.windows(*sources.months(name, seed))


def task_of(name: str, seed: int) -> Task:
    """Return a correct program by its name.

    Parameters
    ----------
    name : str
        One of `PROGRAMS` or a variant.
    seed : int
        Of its data, its head and its training.

    Returns
    -------
    Task
        Before it runs.
    """
    import keras

    layers = keras.layers
    logits = functools.partial(keras.losses.SparseCategoricalCrossentropy, from_logits=True)
    if name == "letters":
        return Task(name, seed, **sources.digits(seed), base=sources.letters, units=10)
    if name == "letters, bytes":
        data = {part: (np.round(255 * X).astype("float32"), y) for part, (X, y) in sources.digits(seed).items()}
        front = lambda: [layers.Rescaling(1 / 255)]  # noqa: E731
        return Task(name, seed, **data, base=sources.letters, units=10, front=front)
    if name == "photographs":
        return Task(name, seed, **sources.clothes(seed), base=sources.mobilenet, units=4, thawed=20,
                    behind=lambda: [layers.Dropout(0.2)])  # fmt: skip
    if name == "photographs, grey":
        return Task(name, seed, **sources.grey_clothes(seed), base=sources.textures, units=4)
    if name == "text":
        return Task(name, seed, **sources.sentences(seed), base=sources.encoder, units=2, activation=None, loss=logits,
                    behind=lambda: [layers.Dropout(0.3)])  # fmt: skip
    series = {"series": "elnino", "series, sunspots": "sunspots", "series, seattle": "seattle"}
    return Task(name, seed, **_series(series[name], seed), base=sources.lstm, units=1, activation=None,
                loss=lambda: "mean_squared_error", metrics=("mae",), epochs=25, rate=3e-2, tuning_epochs=8,
                tuning_rate=5e-4)  # fmt: skip


PROGRAMS = ("letters", "series", "text", "photographs")
