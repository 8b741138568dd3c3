"""A student's work as a check sees it: values, calls, predictions, and the state of a network.

Checks speak to this interface and to nothing else, so that the same check runs in the student's own kernel and in a
grader whose student code lives in another process. Whatever comes back is plain data: numbers, text, lists, arrays.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ftlearn.learn.outcomes import NotAttempted, NotYet, Unchecked, WorkError

_KINDS = {
    "number": (int, float, np.integer, np.floating),
    "whole number": (int, np.integer),
    "text": (str,),
    "true or false": (bool, np.bool_),
    "list": (list, tuple, np.ndarray),
    "table": (dict,),
}


@dataclass(frozen=True)
class Layer:
    """One layer of a network, as plain data.

    Attributes
    ----------
    path : str
        Its place: names of the models that hold it and its own, with slashes.
    kind : str
        The class's name, such as ``"BatchNormalization"``.
    trainable : bool
        Whether the next ``compile`` would train it, the models around it considered.
    weights : dict of str to ndarray
        By their short names, copies.
    """

    path: str
    kind: str
    trainable: bool
    weights: Mapping[str, np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class NetworkState:
    """A network's state: its layers, and how it was compiled.

    Attributes
    ----------
    layers : tuple of Layer
        Those without layers inside, in order.
    compiled : bool
        Whether `compile` was called.
    loss : str
        The loss's name; empty when not compiled.
    from_logits : bool
        What the loss was told.
    optimizer : str
        Its class's name.
    learning_rate : float
        Now; NaN without an optimiser.
    iterations : int
        How many steps the optimiser has taken.
    last_activation : str
        Of the last layer, such as ``"softmax"``.
    input_shape, output_shape : tuple
        Without the batch.
    """

    layers: tuple[Layer, ...]
    compiled: bool = False
    loss: str = ""
    from_logits: bool = False
    optimizer: str = ""
    learning_rate: float = float("nan")
    iterations: int = 0
    last_activation: str = ""
    input_shape: tuple = ()
    output_shape: tuple = ()

    def under(self, name: str) -> tuple[Layer, ...]:
        """Return the layers inside the model or layer of this name."""
        return tuple(layer for layer in self.layers if name in layer.path.split("/"))

    def of_kind(self, *kinds: str) -> tuple[Layer, ...]:
        """Return the layers of these kinds."""
        return tuple(layer for layer in self.layers if layer.kind in kinds)

    def moved(self, since: NetworkState) -> dict[str, float]:
        """Say how far each weight is from where it was in another state.

        Parameters
        ----------
        since : NetworkState
            The earlier state; layers are matched by the ends of their paths and their shapes.

        Returns
        -------
        dict of str to float
            The largest absolute change of each weight that both have, by ``layer/weight``.
        """
        before = {}
        for layer in since.layers:
            for name, value in layer.weights.items():
                before[f"{layer.path.rpartition('/')[2]}/{name}"] = value
        changes = {}
        for layer in self.layers:
            for name, value in layer.weights.items():
                key = f"{layer.path.rpartition('/')[2]}/{name}"
                if key in before and before[key].shape == value.shape:
                    changes[key] = float(np.abs(value - before[key]).max(initial=0.0))
        return changes


class Submission:
    """A student's work in this process: the names that the notebook's cells have defined.

    Parameters
    ----------
    names : Mapping
        The notebook's namespace.

    Examples
    --------
    >>> work = Submission({"answer": 3, "double": lambda x: 2 * x, "todo": ...})
    >>> work.value("answer", "number"), work.call("double", 4)
    (3, 8)
    >>> work.value("todo")
    Traceback (most recent call last):
    ...
    ftlearn.learn.outcomes.NotAttempted: `todo` is still `...`: put your answer there, and run the cell.
    """

    def __init__(self, names: Mapping[str, Any]):
        self._names = names

    def _get(self, name: str) -> Any:
        if name not in self._names:
            raise NotAttempted(f"There is no `{name}` yet: run the cell that defines it, then this one.")
        held = self._names[name]
        if held is Ellipsis:
            raise NotAttempted(f"`{name}` is still `...`: put your answer there, and run the cell.")
        return held

    def value(self, name: str, kind: str | None = None) -> Any:
        """Give the value of a name, as plain data.

        Parameters
        ----------
        name : str
            A variable of the notebook.
        kind : str, optional
            What it has to be: ``"number"``, ``"whole number"``, ``"text"``, ``"true or false"``, ``"list"``,
            ``"table"``, or ``"array"`` for anything that becomes an array of numbers.

        Returns
        -------
        object
            Numbers, text, lists, dicts and arrays; pandas objects become a dict or an array.

        Raises
        ------
        NotAttempted
            When the name is missing or still `...`.
        NotYet
            When it is of another kind.
        """
        held = plain(self._get(name), name)
        if kind == "array":
            return self._array(name, held)
        if kind is not None:
            wrong = isinstance(held, bool | np.bool_) and kind in ("number", "whole number")
            if wrong or not isinstance(held, _KINDS[kind]):
                raise NotYet(f"`{name}` should be a {kind}; got {described(held)}.")
            if kind == "number" and not np.isfinite(held):
                raise NotYet(f"`{name}` should be a finite number; got {held}.")
        return held

    @staticmethod
    def _array(name: str, held: Any) -> np.ndarray:
        try:
            array = np.asarray(held)
        except ValueError:
            raise NotYet(f"`{name}` should be an array; its rows differ in length.") from None
        if array.dtype.kind not in "fiub":
            raise NotYet(f"`{name}` should be an array of numbers; got {described(held)}.")
        return array

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the notebook.

        Parameters
        ----------
        name : str
            The function's.
        *args, **kwargs
            Plain data for it.

        Returns
        -------
        object
            What it returns, as plain data.

        Raises
        ------
        NotAttempted
            When it is missing, or returns `...` as an unwritten one does.
        NotYet
            When it is no function.
        WorkError
            When it raises an error; the sentence says which, and in which line.
        """
        function = self._get(name)
        if not callable(function):
            raise NotYet(f"`{name}` should be a function; got {described(function)}.")
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            raise WorkError(raised(name, error)) from error
        if result is Ellipsis:
            raise NotAttempted(f"`{name}` returns `...`: write its body, and run the cell.")
        return plain(result, name)

    def predict(self, name: str, X: np.ndarray) -> np.ndarray:
        """Ask a model of the notebook for its predictions.

        Parameters
        ----------
        name : str
            The model's: anything with ``predict_proba`` or ``predict``.
        X : ndarray
            Inputs, the first axis one row an example.

        Returns
        -------
        ndarray
            Probabilities where the model gives them, else what ``predict`` returns.

        Raises
        ------
        NotAttempted
            When it is missing.
        NotYet
            When it is no model, or answers with something else than one row an example.
        WorkError
            When predicting raises an error.
        """
        model = self._get(name)
        ask = getattr(model, "predict_proba", None) or getattr(model, "predict", None)
        if ask is None:
            raise NotYet(f"`{name}` should be a model; got {described(model)}.")
        options = {"verbose": 0} if hasattr(model, "layers") else {}
        try:
            result = np.asarray(ask(X, **options))
        except Exception as error:
            raise WorkError(raised(name, error)) from error
        if result.shape[:1] != (len(X),):
            raise NotYet(f"`{name}` should predict one row for each of {len(X)} inputs; got {result.shape}.")
        return result

    def state(self, name: str) -> NetworkState:
        """Give the state of a Keras model of the notebook: layers, weights, how it was compiled.

        Parameters
        ----------
        name : str
            The model's.

        Returns
        -------
        NetworkState
            Copies; looking changes nothing.

        Raises
        ------
        NotAttempted
            When it is missing.
        NotYet
            When it is no built Keras model.
        """
        model = self._get(name)
        if not hasattr(model, "layers") or not hasattr(model, "weights"):
            raise NotYet(f"`{name}` should be a Keras model; got {described(model)}.")
        return network_state(model)


def network_state(model: Any) -> NetworkState:
    """Look at a Keras model without touching it.

    Parameters
    ----------
    model : keras.Model
        Built.

    Returns
    -------
    NetworkState
        Plain data.

    Raises
    ------
    NotYet
        When it is not built.

    Examples
    --------
    >>> import keras
    >>> state = network_state(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")]))
    >>> [(layer.path, layer.kind, layer.trainable) for layer in state.layers], state.compiled
    ([('head', 'Dense', True)], False)
    """
    if not model.built:
        raise NotYet(f"`{model.name}` is not built: give it an input, or call it on a batch.")
    layers: list[Layer] = []
    _walk(model, "", bool(model.trainable), layers)
    optimizer, loss = getattr(model, "optimizer", None), getattr(model, "loss", None)
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    last = layers[-1] if layers else None
    return NetworkState(
        layers=tuple(layers),
        compiled=bool(getattr(model, "compiled", False)),
        loss=_name(loss),
        from_logits=bool(config.get("from_logits", False)),
        optimizer=type(optimizer).__name__ if optimizer is not None else "",
        learning_rate=float(optimizer.learning_rate) if optimizer is not None else float("nan"),
        iterations=int(optimizer.iterations) if optimizer is not None else 0,
        last_activation=_last_activation(model) if last else "",
        input_shape=tuple(model.input_shape[1:]) if isinstance(model.input_shape, tuple) else (),
        output_shape=tuple(model.output_shape[1:]) if isinstance(model.output_shape, tuple) else (),
    )


def _walk(model: Any, above: str, trains: bool, found: list[Layer]) -> None:
    for layer in model.layers:
        path = f"{above}/{layer.name}" if above else layer.name
        alive = trains and bool(layer.trainable)
        if hasattr(layer, "layers"):
            _walk(layer, path, alive, found)
        elif layer.weights or not type(layer).__name__ == "InputLayer":
            weights = {
                variable.path.rpartition("/")[2]: np.array(variable)
                for variable in layer.weights
                if "seed_generator" not in variable.path
            }
            found.append(Layer(path, type(layer).__name__, alive, weights))


def _name(loss: Any) -> str:
    if loss is None:
        return ""
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")
    return str(name)


def _last_activation(model: Any) -> str:
    layer = model.layers[-1]
    while hasattr(layer, "layers"):
        layer = layer.layers[-1]
    if type(layer).__name__ == "Softmax":
        return "softmax"
    return getattr(getattr(layer, "activation", None), "__name__", "")


def plain(held: Any, name: str) -> Any:
    """Turn a value into plain data, or say why it cannot be looked at.

    Parameters
    ----------
    held : object
        A student's value.
    name : str
        For the sentence.

    Returns
    -------
    object
        Copies where the original could change.

    Raises
    ------
    Unchecked
        For an object that cannot be turned into plain data.

    Examples
    --------
    >>> plain((1, 2.5), "pair")
    [1, 2.5]
    """
    if held is None or type(held) in (bool, int, float, str):
        return held
    if isinstance(held, np.generic):
        return held.item()
    if isinstance(held, np.ndarray):
        return np.array(held)
    if isinstance(held, list | tuple | set | frozenset | range):
        return [plain(one, name) for one in (sorted(held, key=repr) if isinstance(held, set | frozenset) else held)]
    if isinstance(held, dict):
        return {str(key): plain(value, name) for key, value in held.items()}
    if hasattr(held, "history") and isinstance(held.history, dict):  # what fit returned
        return plain(held.history, name)
    if hasattr(held, "to_dict") and hasattr(held, "index"):  # pandas
        return plain(held.to_dict("list") if held.ndim == 2 else held.to_dict(), name)
    if hasattr(held, "numpy"):
        return np.array(held.numpy())
    if isinstance(held, int | float | str):  # of a class derived from these
        return {int: int, float: float, str: str}[next(t for t in (int, float, str) if isinstance(held, t))](held)
    raise Unchecked(f"`{name}` is {described(held)}, which cannot be looked into.")


def described(held: Any) -> str:
    """Say in a few words what a value is, with itself when it is short.

    Examples
    --------
    >>> described([1, 2]), described("a"), described(None)
    ('a list of 2', "the text 'a'", 'nothing (None)')
    """
    if held is None:
        return "nothing (None)"
    if isinstance(held, str):
        return f"the text {held[:40]!r}"
    if isinstance(held, bool | np.bool_):
        return str(bool(held))
    if isinstance(held, int | float | np.number):
        return f"the number {held}"
    if isinstance(held, np.ndarray):
        return f"an array of shape {held.shape}"
    if isinstance(held, list | tuple):
        return f"a {type(held).__name__} of {len(held)}"
    if isinstance(held, dict):
        return f"a dict of {len(held)}"
    kind = type(held).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def raised(name: str, error: BaseException) -> str:
    """Say which error a student's code raised, and in which of its lines.

    Parameters
    ----------
    name : str
        What was called.
    error : Exception
        What it raised.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> raised("f", ValueError("no"))
    '`f` raised ValueError: no.'
    """
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "ipykernel" in frame.filename or frame.filename.startswith("<"):
            where = f" in line {frame.lineno} of its cell" + (f" (`{frame.line}`)" if frame.line else "")
    text = str(error).strip().split("\n")[0][:200].rstrip(".")
    return f"`{name}` raised {type(error).__name__}{f': {text}' if text else ''}{where}."
