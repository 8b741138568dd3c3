"""What a model predicts on a part of the data: measured once, shared by the rules on training and claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case, Part
from ftlearn.doctor.losses import CROSSENTROPIES, last_activation, loss_of
from ftlearn.doctor.probes import untouched
from ftlearn.doctor.rule import NotChecked, running
from ftlearn.doctor.stepping import steps_taken

_DEEP = 40
ROWS = 600
"""Examples of a part that are predicted; evenly spaced where there are more."""


def rows_of(part: Part) -> np.ndarray:
    """Return the places of the examples of a part that are predicted."""
    count = len(part.X)
    return np.arange(count) if count <= ROWS else np.linspace(0, count - 1, ROWS).astype(int)


def predicted(case: Case, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inputs, labels and predictions of a part, of as many examples as are looked at.

    Parameters
    ----------
    case : Case
        What is examined.
    name : str
        The part.

    Returns
    -------
    tuple of ndarray
        Inputs, labels, predictions.

    Raises
    ------
    NotChecked
        When the model has several outputs, or there are no labels.
    """
    return case.once(("predicted", name), lambda: _predicted(case, name))


def _predicted(case: Case, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    part = case.part(name)
    if part.y is None:
        raise NotChecked(f"the {name} data has no labels")
    if part.y.dtype == object or len(part.y) != len(part.X):
        raise NotChecked(f"the labels of the {name} data are not one array")
    rows = rows_of(part)
    if len(rows) < len(part.X):
        case.sampled_parts[name] = f"predicted {len(rows):,} of the {len(part.X):,} {name} examples"
    return part.X[rows], part.y[rows], predict(case.built, part.X[rows], run=traced(case, part.X))


def first_predicted(case: Case, *names: str) -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
    """Return the first of these parts that was given, with its inputs, labels and predictions."""
    reason = NotChecked(f"none of the parts {', '.join(names)} was given")
    for name in names:
        try:
            return (name, *predicted(case, name))
        except NotChecked as lacking:
            reason = reason if "was given" in str(lacking) else lacking
    raise reason


def traced(case: Case, X: np.ndarray) -> Callable[[Any], Any] | None:
    """Return one compiled pass through a deep model, kept for every part; None where layer by layer is as fast.

    Parameters
    ----------
    case : Case
        With a built model.
    X : ndarray
        Inputs like those that will be passed.
    """
    import keras

    if len(case.layers) < _DEEP or keras.backend.backend() != "tensorflow" or X.dtype.kind not in "biuf":
        return None
    import tensorflow as tf

    kind = tf.TensorSpec((None, *X.shape[1:]), X.dtype)

    def compiled() -> Callable[[Any], Any]:
        graph = tf.function(lambda rows: case.built(rows, training=False), input_signature=[kind])
        # Asked for by name, TensorFlow does not warn of retracing when many models are examined.
        return lambda rows: graph.get_concrete_function()(tf.convert_to_tensor(rows))

    return case.once(("traced", kind), compiled)


def predict(model: Any, X: np.ndarray, batch: int = 100, run: Callable[[Any], Any] | None = None) -> np.ndarray:
    """Return predictions in inference mode; nothing of the model is changed.

    Parameters
    ----------
    model : keras.Model
        Built.
    X : ndarray
        Inputs.
    batch : int, optional
        How many at a time.
    run : callable, optional
        A compiled pass through the model; without it, and where it fails, the model is called.

    Returns
    -------
    ndarray
        One row an example.

    Raises
    ------
    NotChecked
        When it has several outputs, or gives something else than one row an example.
    """
    found = []
    with running(), untouched(model):
        for start in range(0, len(X), batch):
            rows = X[start : start + batch]
            try:
                given = run(rows) if run is not None else model(rows, training=False)
            except Exception:
                if run is None:
                    raise
                run, given = None, model(rows, training=False)  # a call that only runs step by step
            if isinstance(given, Mapping | list | tuple):
                raise NotChecked("the model has several outputs")
            found.append(np.asarray(given))
    result = np.concatenate(found)
    if len(result) != len(X):
        raise NotChecked("the model does not give one row an example")
    return result


def classes(y: np.ndarray, p: np.ndarray, *, logits: bool) -> tuple[np.ndarray, np.ndarray, int]:
    """Return true and predicted classes and how many there are, of labels and outputs of a classifier.

    Parameters
    ----------
    y, p : ndarray
        Labels (numbers or one column a class) and outputs, one row an example.
    logits : bool
        Whether one output is cut at 0 rather than at 0.5.

    Returns
    -------
    tuple
        Whole numbers, whole numbers, a count.

    Raises
    ------
    NotChecked
        When it is not one label of a few an example.
    """
    p = p.reshape(len(p), -1) if p.ndim > 2 and np.prod(p.shape[1:-1]) == 1 else p
    if p.ndim == 1:
        p = p[:, None]
    if p.ndim != 2:
        raise NotChecked("there is more than one prediction an example")
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim == 2 and y.shape == p.shape and p.shape[1] > 1 and np.allclose(y.sum(1), 1) and np.allclose(y.max(1), 1):
        y = y.argmax(1)
    if y.ndim != 1 or not np.all(np.equal(np.mod(y.astype(float), 1), 0)):
        raise NotChecked("the labels are not one class an example")
    count = max(2, p.shape[1])
    if y.min() < 0 or y.max() >= count:
        raise NotChecked("the labels are not the numbers of the outputs")
    guess = p.argmax(1) if p.shape[1] > 1 else (p[:, 0] > (0 if logits else 0.5)).astype(int)
    return y.astype(int), guess, count


def classified(case: Case, *names: str) -> tuple[str, np.ndarray, np.ndarray, int]:
    """Return a part's name, its true and its predicted classes, and how many there are.

    Parameters
    ----------
    case : Case
        What is examined.
    *names : str
        Parts, the one that is wanted most first.

    Returns
    -------
    tuple
        Of the first part that was given.

    Raises
    ------
    NotChecked
        When the model is no classifier of one label an example, or has not been trained.
    """
    loss = loss_of(case)
    if loss.name not in CROSSENTROPIES:
        raise NotChecked("the loss is not a cross-entropy, so this is no classifier")
    name, _, y, p = first_predicted(case, *names)
    one = p.ndim == 1 or p.shape[-1] == 1
    logits = one and (loss.from_logits or last_activation(case)[0] == "linear")
    return (name, *classes(y, p, logits=logits))


def trained(case: Case) -> None:
    """Pass when the model has been trained.

    Raises
    ------
    NotChecked
        When there is no history and the optimiser has taken no step.
    """
    if case._history is not None:
        return
    if steps_taken(case.model) == 0:
        raise NotChecked("the model has not been trained")
