"""How far one step of training moves each weight: taken with the model's own loss and optimiser, then undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.doctor.private import own_training_step, rate_of
from ftlearn.doctor.probes import untouched
from ftlearn.doctor.rule import NotChecked, running

if TYPE_CHECKING:
    from ftlearn.doctor.case import Case

_STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)


@dataclass(frozen=True)
class Step:
    """A step of training: of the first two the larger.

    Attributes
    ----------
    ratios : Mapping of int to float
        By a weight's id: the length of its change relative to its own.
    rate : float
        The learning rate it was taken with: the highest of a schedule.
    first_rate : float
        The learning rate of the very first step.
    taken : int
        The steps that the optimiser had taken before.
    """

    ratios: Mapping[int, float]
    rate: float
    first_rate: float
    taken: int

    def middle(self, layers: Any) -> float | None:
        """Return the middle ratio of the kernels of some layers; None when none of them is trained."""
        kernels = [one for layer in layers for one in layer.weights if len(one.shape) > 1]
        found = [self.ratios[id(one)] for one in {id(one): one for one in kernels}.values() if id(one) in self.ratios]
        return float(np.median(found)) if found else None


def one_step(case: Case) -> Step:
    """Take two steps on a few training examples with a fresh copy of the optimiser, measure them, and undo them.

    Raises
    ------
    NotChecked
        When the model trains in a way of its own, or on something else than one output and one loss.
    """
    import keras

    model, part = case.compiled, case.part("train")
    if keras.backend.backend() != "tensorflow":
        raise NotChecked("a step can be taken with TensorFlow only")
    if own_training_step(model):
        raise NotChecked("the model brings its own training step")
    if getattr(model, "optimizer", None) is None or part.y is None or not len(part.X):
        raise NotChecked("there is no optimiser, or there are no labels")
    if not isinstance(model.loss, str | keras.losses.Loss) and not callable(model.loss):
        raise NotChecked("the model has several losses, or none")
    if not model.trainable_variables:
        raise NotChecked("nothing in the model is trained")
    import tensorflow as tf

    loss = keras.losses.get(model.loss)
    highest, first = rates(model.optimizer)
    rows = 32 if part.X[0].size < 4096 else 8  # large examples take their time
    spread = np.unique(np.linspace(0, len(part.X) - 1, rows).astype(int))  # sorted data: a few of every kind
    optimizer = _copy(model.optimizer, highest)
    ratios: dict[int, float] = {}
    with running("a step of training failed"), untouched(model):
        variables = list(model.trainable_variables)
        for _ in range(2):  # a head that starts at zero lets nothing through to the base in the first
            before = [np.array(one, "float64") for one in variables]
            with tf.GradientTape() as tape:
                answers = model(part.X[spread], training=True)
                if isinstance(answers, dict | list | tuple):
                    raise NotChecked("the model has several outputs")
                labels = part.y[spread]
                if labels.ndim + 1 == len(answers.shape) and answers.shape[-1] == 1:
                    labels = labels[..., None]  # as `fit` does before it calls a loss
                value = keras.ops.mean(loss(labels, answers)) + sum(model.losses)
            gradients = tape.gradient(value, [getattr(one, "value", one) for one in variables])
            pairs = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
            if not pairs or not np.isfinite(float(value)):
                raise NotChecked(
                    "the loss of a few training examples is not a number, or does not depend on the weights"
                )
            if not ratios:
                optimizer.build([one for _, one in pairs])
            optimizer.apply_gradients(pairs)
            reached = {id(one) for _, one in pairs}  # others get no gradient at all
            for one, old in zip(variables, before, strict=True):
                size = np.linalg.norm(old)
                if size > 0 and id(one) in reached:
                    ratio = float(np.linalg.norm(np.array(one, "float64") - old) / size)
                    ratios[id(one)] = max(ratio, ratios.get(id(one), 0.0))
    return Step(ratios, highest, first, steps_taken(model))


def steps_taken(model: Any) -> int:
    """Return how many steps a model's optimiser has taken; 0 where it has none."""
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    return 0 if iterations is None else int(np.asarray(iterations))


def rates(optimizer: Any) -> tuple[float, float]:
    """Return the highest learning rate of an optimiser's schedule, and that of its first step."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    held = rate_of(optimizer)
    if held is not None and callable(held) and not hasattr(held, "assign"):
        found = [float(np.asarray(held(step))) for step in _STEPS]
        return max(found), found[0]
    now = float(np.asarray(optimizer.learning_rate))
    return now, now


def _copy(optimizer: Any, rate: float) -> Any:
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return type(optimizer).from_config({**optimizer.get_config(), "learning_rate": rate})


def weights_before(given: Any, model: Any, base: Callable[[], Any]) -> dict[int, np.ndarray]:
    """Return what each weight was, by its variable's id, from what `get_weights` gave, a model, or a mapping by path.

    Raises
    ------
    NotChecked
        When the weights belong to another model.
    """
    if isinstance(given, Mapping):
        named = {one.path: one for one in model.weights}
        found = {id(named[str(path)]): np.asarray(value) for path, value in given.items() if str(path) in named}
        if not found:
            raise NotChecked("no path in `before` is that of a weight of the model")
        if any(np.shape(found.get(id(one), one)) != tuple(one.shape) for one in model.weights):
            raise NotChecked("the weights in `before` have other shapes")
        return found
    values = [np.array(one) for one in getattr(given, "weights", given)]
    shapes = [one.shape for one in values]
    for owner in (lambda: model, base):
        weights = owner().weights
        if shapes == [tuple(one.shape) for one in weights]:
            return {id(one): value for one, value in zip(weights, values, strict=True)}
    raise NotChecked("the weights in `before` fit neither the model nor its base")
