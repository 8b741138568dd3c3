"""A student's work as a check sees it: values, calls, predictions, and the state of a network.

Checks speak to this interface and to nothing else, so that the same check runs in the student's own kernel and in a
grader whose student code lives in another process. Whatever comes back is plain data: numbers, text, lists, arrays.
"""

from __future__ import annotations

import copy
import dis
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ftlearn.learn.network import NetworkState, network_state
from ftlearn.learn.outcomes import NotAttempted, NotYet, Unchecked, WorkError
from ftlearn.learn.values import described, plain, raised

_KINDS = {
    "number": (int, float, np.integer, np.floating),
    "whole number": (int, np.integer),
    "text": (str,),
    "true or false": (bool, np.bool_),
    "list": (list, tuple, np.ndarray),
    "table": (dict,),
}


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
        self._names, self._kept = names, {}

    def _get(self, name: str) -> Any:
        if name in self._kept:
            return self._kept[name]
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
        held = self._get(name)
        if kind == "array" and hasattr(held, "to_numpy"):  # pandas: its numbers, not its names
            held = held.to_numpy()
        try:
            held = plain(held, name)
        except Unchecked:
            if kind is None:
                raise
            raise NotYet(f"`{name}` should be {_with_article(kind)}; got {described(held)}.") from None
        if kind == "array":
            return self._array(name, held)
        if kind is not None:
            wrong = isinstance(held, bool | np.bool_) and kind in ("number", "whole number")
            if wrong or not isinstance(held, _KINDS[kind]):
                raise NotYet(f"`{name}` should be {_with_article(kind)}; got {described(held)}.")
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

    def call(self, name: str, *args: Any, keep: str | None = None, **kwargs: Any) -> Any:
        """Call a function of the notebook.

        Parameters
        ----------
        name : str
            The function's.
        *args, **kwargs
            Plain data for it; it gets copies.
        keep : str, optional
            Keep what it returns under this name, for `predict`, `state` and `inputs_of`, and give nothing back: for
            a function that makes a model.

        Returns
        -------
        object
            What it returns, as plain data; None with `keep`.

        Raises
        ------
        NotAttempted
            When it is missing, not yet written, or returns `...`.
        NotYet
            When it is no function.
        WorkError
            When it raises an error; the sentence says which, and in which line.
        """
        function = self._get(name)
        if not callable(function):
            raise NotYet(f"`{name}` should be a function; got {described(function)}.")
        if _unwritten(function):
            raise NotAttempted(f"`{name}` does nothing yet: write its body, and run the cell.")
        try:
            result = function(*copy.deepcopy(args), **copy.deepcopy(kwargs))
        except Exception as error:
            raise WorkError(raised(name, error)) from error
        if result is Ellipsis:
            raise NotAttempted(f"`{name}` returns `...`: write its body, and run the cell.")
        if keep is None:
            try:
                return plain(result, name)
            except Unchecked:
                wanted = "numbers, text, lists or arrays are expected"
                raise NotYet(f"`{name}` returns {described(result)}; {wanted}.") from None
        if result is None:
            raise NotYet(f"`{name}` returns nothing: end it with `return` and what it made.")
        self._kept[keep] = result
        return None

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
        try:
            result = np.asarray(_forward(model, X) if hasattr(model, "layers") else ask(X))
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
        return network_state(self._model(name))

    def inputs_of(self, name: str, layer: str, X: np.ndarray) -> np.ndarray:
        """Give what reaches a layer inside a Keras model, such as the pixels that its base gets to see.

        Parameters
        ----------
        name : str
            The model's.
        layer : str
            Name of a layer or model inside it.
        X : ndarray
            Inputs of the whole model.

        Returns
        -------
        ndarray
            What the layer is called with.

        Raises
        ------
        NotAttempted
            When the model is missing.
        NotYet
            When it is no Keras model, or has no such layer.
        WorkError
            When calling it raises an error.
        """
        model = self._model(name)
        inner = next((one for one in model._flatten_layers() if one.name == layer), None)
        if inner is None:
            raise NotYet(
                f"`{name}` has no layer named '{layer}': keep the pretrained network whole, inside your model."
            )
        seen, original = [], inner.call

        def watched(inputs: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(np.array(inputs))
            return original(inputs, *args, **kwargs)

        inner.call = watched
        try:
            model(X, training=False)
        except Exception as error:
            raise WorkError(raised(name, error)) from error
        finally:
            inner.call = original
        if not seen:
            raise NotYet(f"Nothing in `{name}` reaches '{layer}': its output has to come out of it.")
        return seen[-1]

    def _model(self, name: str) -> Any:
        model = self._get(name)
        if not hasattr(model, "layers") or not hasattr(model, "weights"):
            raise NotYet(f"`{name}` should be a Keras model; got {described(model)}.")
        return model


def _with_article(kind: str) -> str:
    return {"array": "an array", "true or false": "True or False"}.get(kind, f"a {kind}")


def _forward(model: Any, X: np.ndarray) -> np.ndarray:
    """Predict without `Model.predict`, which would compile a function for every model that a check meets."""
    parts = [np.array(model(X[start : start + 256], training=False)) for start in range(0, len(X), 256)]
    return np.concatenate(parts) if parts else np.empty((0, *model.output_shape[1:]))


def _inside(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _inside(layer)


def _unwritten(function: Any) -> bool:
    """Tell whether a function's body is no more than `...` and a docstring."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    operations = {one.opname for one in dis.get_instructions(code)}
    return operations <= {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"} and (
        code.co_consts[-1] is None or Ellipsis in code.co_consts
    )
