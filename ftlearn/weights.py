"""Looking at weights: which are trainable, and which of them moved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def leaves(model: Any) -> list:
    """List the layers of a model that are not models themselves, at any depth, in order.

    Parameters
    ----------
    model : keras.Model
        May hold other models.

    Returns
    -------
    list of keras.Layer
        Each once.

    Examples
    --------
    >>> import keras
    >>> inner = keras.Sequential([keras.layers.Dense(2, name="a")])
    >>> [layer.name for layer in leaves(keras.Sequential([inner, keras.layers.Dense(1, name="b")]))]
    ['a', 'b']
    """
    found = []
    for layer in model.layers:
        found += leaves(layer) if hasattr(layer, "layers") else [layer]
    return list(dict.fromkeys(found))


def numbers_in(variables: Iterable[Any]) -> int:
    """Count the numbers that variables hold.

    Parameters
    ----------
    variables : iterable of keras.Variable
        Such as ``model.trainable_variables``.

    Returns
    -------
    int
        The sum of their sizes.

    Examples
    --------
    >>> import keras
    >>> numbers_in(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).weights)
    8
    """
    return sum(int(np.prod(variable.shape)) for variable in variables)


def trainable_table(model: Any) -> pd.DataFrame:
    """Show what is trainable, layer by layer, nested models included.

    Parameters
    ----------
    model : keras.Model
        Built.

    Returns
    -------
    DataFrame
        One row a layer with weights: ``layer``, ``type``, ``weights`` (numbers in all), ``trainable`` (numbers that the
        next ``compile`` will train); a last row with the totals.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")])
    >>> trainable_table(model).to_string(index=False).splitlines()[-1].split()
    ['total', '8', '8']
    """
    import pandas as pd

    model_trains = {id(v) for v in model.trainable_variables}
    rows = [
        {
            "layer": layer.name,
            "type": type(layer).__name__,
            "weights": numbers_in(layer.weights),
            "trainable": numbers_in(w for w in layer.weights if id(w) in model_trains),
        }
        for layer in leaves(model)
        if any(_is_number_weight(w) for w in layer.weights)
    ]
    table = pd.DataFrame(rows, columns=["layer", "type", "weights", "trainable"])
    total = {"layer": "total", "type": "", "weights": table["weights"].sum(), "trainable": table["trainable"].sum()}
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)


def _is_number_weight(variable: Any) -> bool:
    return "seed_generator" not in variable.path  # Dropout's random state is kept among the weights


def snapshot(model: Any) -> dict[str, np.ndarray]:
    """Copy every weight of a model, statistics included, to compare with later.

    Parameters
    ----------
    model : keras.Model
        Built.

    Returns
    -------
    dict of str to ndarray
        By the weight's path.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")], name="net")
    >>> list(snapshot(model))
    ['net/head/kernel', 'net/head/bias']
    """
    return {
        f"{layer.path}/{w.name}": np.array(w.numpy())
        for layer in leaves(model)
        for w in layer.weights
        if _is_number_weight(w)
    }


def moved(before: dict[str, np.ndarray], model: Any, *, by: str = "layer") -> pd.DataFrame:
    """Measure how far each weight moved since a `snapshot`.

    Parameters
    ----------
    before : dict
        From `snapshot`, of the same model.
    model : keras.Model
        As it is now.
    by : {"layer", "weight", "kind"}
        A row for each layer, each weight array, or for three kinds: ordinary weights, BatchNorm's scale and shift,
        BatchNorm's statistics.

    Returns
    -------
    DataFrame
        Columns ``layer`` (or ``weight`` or ``kind``), ``weights`` (how many numbers) and ``largest_change``.

    Raises
    ------
    DataError
        When the model's weights are not those of the snapshot.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")])
    >>> float(moved(snapshot(model), model)["largest_change"].max())
    0.0
    """
    import keras
    import pandas as pd

    now = snapshot(model)
    if list(now) != list(before) or any(now[k].shape != before[k].shape for k in now):
        raise DataError("The snapshot was taken of another model.", fix="Call snapshot(model) again before you train.")
    if by not in ("layer", "weight", "kind"):
        raise DataError(f"by is 'layer', 'weight' or 'kind'; got {by!r}.")
    norms = {layer.path for layer in leaves(model) if isinstance(layer, keras.layers.BatchNormalization)}
    rows = []
    for path, old in before.items():
        layer, name = path.rsplit("/", 1)
        if by == "kind":
            is_statistic = name.startswith("moving_")
            key = (
                "other weights"
                if layer not in norms
                else ("BatchNorm statistics" if is_statistic else "BatchNorm scale and shift")
            )
        else:
            key = layer.rsplit("/", 1)[-1] if by == "layer" else path
        change = float(np.abs(now[path] - old).max()) if old.size else 0.0
        rows.append({by: key, "weights": old.size, "largest_change": change})
    table = pd.DataFrame(rows, columns=[by, "weights", "largest_change"])
    return table.groupby(by, sort=False, as_index=False).agg({"weights": "sum", "largest_change": "max"})
