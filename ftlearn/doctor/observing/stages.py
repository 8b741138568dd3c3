"""What is kept of a model: its stages of training, each with the state that it left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .data import Data

Site = tuple[tuple[str, int], ...]
LARGEST = 1 << 28
"""Bytes of weights of which a copy is still made."""


@dataclass
class State:
    """Weights and flags of a model at a moment.

    Attributes
    ----------
    values : list or None
        The weights with their arrays; None where they are too large to copy.
    flags : list
        Layers with their `trainable`.
    variables : frozenset
        The ids of the weights there were.
    """

    values: list[tuple[Any, Any]] | None
    flags: list[tuple[Any, bool]]
    variables: frozenset[int] = frozenset()

    @classmethod
    def of(cls, model: Any, *, copy: bool = True) -> State:
        """Return the state that a model has now."""
        import keras
        import numpy as np

        from ftlearn.doctor.private import layers_of

        layers = [model, *layers_of(model)]
        flags = [(one, bool(one.trainable)) for one in layers]
        weights = list(model.weights) if getattr(model, "built", False) else []
        copied = copy and sum(4 * int(np.prod(one.shape)) for one in weights) <= LARGEST
        values = [(one, np.array(keras.ops.convert_to_numpy(one))) for one in weights] if copied else None
        return cls(values, flags, frozenset(map(id, weights)))

    def put_back(self, *, weights: bool = True) -> None:
        """Give the model this state again."""
        from ftlearn.doctor.keeping import put_flags_back

        put_flags_back(self.flags)
        for variable, value in (self.values or ()) if weights else ():
            variable.assign(value)

    @property
    def awake(self) -> dict[int, bool]:
        """Each layer's flag, by the layer's id."""
        return {id(layer): flag for layer, flag in self.flags}


@dataclass
class Compile:
    """A call of `compile`.

    Attributes
    ----------
    place : tuple
        Where.
    arguments : dict
        What it was given.
    state : State
        The flags then.
    optimizer : object
        That which the model got.
    rate : float or None
        Its learning rate.
    fits : int
        How many fits have followed.
    function : object
        The compiled training function that they left.
    """

    place: Site
    arguments: dict[str, Any]
    state: State
    optimizer: Any = None
    rate: float | None = None
    fits: int = 0
    function: Any = None


@dataclass
class Stage:
    """Calls of `fit` from one place of the program without a `compile` between, or calls that train nothing.

    Attributes
    ----------
    place : tuple
        Where the model is fitted; where it is used, when it never is.
    compiled : Compile or None
        The last `compile` before.
    train, validation : Data or None
        What `fit` was given, or the rows that `validation_split` takes.
    cut : int or None
        Where `validation_split` cuts.
    callbacks : list
        As given.
    history : dict
        Every fit's lists, one after the other.
    params : dict
        What Keras says about the fit: epochs, steps.
    before, after : State or None
        At the first fit's beginning, and before the next stage.
    fits_before : int
        Fits since `compile` before this stage.
    tuned : bool
        Whether the program calls it fine-tuning.
    tests : list of Data
        What `evaluate` and `predict` were given afterwards.
    trained : bool
        Whether `fit` ended as it should.
    fitted : frozenset
        The ids of the weights that there were when it had been trained.
    """

    place: Site
    compiled: Compile | None = None
    train: Data | None = None
    validation: Data | None = None
    cut: int | None = None
    callbacks: list[Any] = field(default_factory=list)
    history: dict[str, list[Any]] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    before: State | None = None
    after: State | None = None
    fits_before: int = 0
    tuned: bool = False
    tests: list[tuple[str, Data]] = field(default_factory=list)
    trained: bool = False
    fitted: frozenset[int] = frozenset()
    order: int = 0
    scalers: list[tuple[Any, Site]] = field(default_factory=list)


@dataclass
class Model:
    """A model of the program.

    Attributes
    ----------
    model : keras.Model
        Itself.
    made : tuple
        Where it was made.
    base : keras.Model or None
        A model whose layers stand in it one by one.
    compiled : Compile or None
        The last one.
    stages : list of Stage
        Those that are kept.
    """

    model: Any
    made: Site = ()
    base: Any = None
    compiled: Compile | None = None
    stages: list[Stage] = field(default_factory=list)

    @property
    def stage(self) -> Stage | None:
        """The last one."""
        return self.stages[-1] if self.stages else None


@dataclass
class Search:
    """A call of a tuner's `search`.

    Attributes
    ----------
    tuner : object
        Itself.
    place : tuple
        Where.
    train, validation : Data or None
        What it was given.
    trials_before : int
        How many trials the tuner had then.
    """

    tuner: Any
    place: Site
    train: Data | None = None
    validation: Data | None = None
    trials_before: int = 0
    order: int = 0
