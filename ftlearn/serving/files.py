"""Saving a classifier with what a server must know about it, and loading it without running anything foreign."""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn import environment
from ftlearn.errors import DataError
from ftlearn.serving.model import ServedModel, run, shape_text

SCHEMA = 1
# Where Keras keeps what a network may be made of; not in the list are its helpers, which also fetch and open files.
_OF_KERAS = re.compile(
    r"keras(\.(src\.)?(layers|models|initializers|regularizers|constraints|activations|optimizers|losses|metrics|ops"
    r"|dtype_policies|quantizers|random)(\.[\w.]*)?)?$"
)
_CONFIG_LIMIT = 50 * 2**20  # a network's description takes kilobytes; more than this is no description


def save_model(
    model: Any,
    path: str | Path,
    *,
    classes: Sequence[Any],
    note: str = "",
    value_range: tuple[float, float] | None = None,
) -> Path:
    """Save a classifier as ``NAME.keras``, and beside it ``NAME.json``: what goes in, and what comes out.

    Parameters
    ----------
    model : keras.Model
        One input of a fixed shape; ends in one probability a class.
    path : path
        Where to; ``.keras`` is added if it is missing. The folder is made.
    classes : sequence of str
        The classes' names in the order of the outputs.
    note : str
        Anything that whoever loads it should know: data, date, licence.
    value_range : tuple of float, optional
        The least and the largest value of an input; the range of the backbone inside, if not given.

    Returns
    -------
    Path
        The ``.keras`` file. Both files are complete or, after an interruption, the old ones.

    Raises
    ------
    DataError
        When the model is not such a classifier, or the names do not fit its outputs.

    Examples
    --------
    >>> import tempfile
    >>> from ftlearn import attach_head, load_backbone
    >>> model = attach_head(load_backbone("letters"), 10)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_model(model, folder + "/digits", classes="0123456789")
    ...     again = load_model(path)
    >>> again
    ServedModel(name='digits', classes=('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'), input_shape=(8, 8, 1), \
value_range=(0.0, 1.0))
    """
    import keras

    path = Path(path)
    path = path if path.suffix == ".keras" else path.with_name(path.name + ".keras")
    shape, names = _checked(model), tuple(str(one) for one in classes)
    _check_classes(names, model.output_shape[-1])
    value_range = value_range or _range_of_backbone(model)
    _check_probabilities(model, shape, value_range)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part.keras")
    try:
        model.save(part)
        card = {
            "schema": SCHEMA,
            "classes": names,
            "input": {"shape": shape, "dtype": "float32", "range": value_range},
            "keras": keras.__version__,
            "sha256": _sum(part),
            "note": note,
        }
        card_part = path.with_name(f".{path.stem}.part.json")
        card_part.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(part, path)
        os.replace(card_part, path.with_suffix(".json"))
    finally:
        part.unlink(missing_ok=True)
    return path


def load_model(path: str | Path) -> ServedModel:
    """Load a classifier that `save_model` saved, or any other ``.keras`` file of one.

    Before Keras opens the file, its sum is compared with the one written down, and the list of its layers is read: a
    layer that carries Python code of its own (``Lambda``), or that lives outside Keras, is refused by name.

    Parameters
    ----------
    path : path
        The ``.keras`` file. Without its ``.json``, classes are numbered.

    Returns
    -------
    ServedModel
        Tried once, on noise.

    Raises
    ------
    DataError
        When there is no such file, it is none of Keras's, was changed after it was saved, is unsafe, or no classifier.

    Examples
    --------
    >>> load_model("weights.pkl")
    Traceback (most recent call last):
        ...
    ftlearn.errors.DataError: There is no file weights.pkl. Save one with ftlearn.serving.save_model.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"There is no file {path}.", fix="Save one with ftlearn.serving.save_model.")
    card = _card(path)
    environment.start_tensorflow()
    import keras

    refuse_unsafe(path)
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise DataError(f"Keras {keras.__version__} cannot open {path.name}: {reason}") from error
    shape = _checked(network)
    names = tuple(card.get("classes") or map(str, range(network.output_shape[-1])))
    _check_classes(names, network.output_shape[-1])
    stated = card.get("input", {}).get("range") or _range_of_backbone(network)
    value_range = tuple(map(float, stated)) if stated else None
    _check_probabilities(network, shape, value_range)
    about = {key: card[key] for key in ("keras", "sha256", "note") if card.get(key)}
    return ServedModel(network, path.stem, names, shape, value_range, about)


def refuse_unsafe(path: str | Path) -> None:
    """Read the list of layers in a ``.keras`` file, without loading it, and refuse what could run foreign code.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    DataError
        When it is no ``.keras`` file, or names a ``Lambda`` layer or anything outside Keras that is not registered
        with ``keras.saving.register_keras_serializable``.

    Examples
    --------
    >>> refuse_unsafe(__file__)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ftlearn.errors.DataError: ... is not a .keras file. Save the model again with ftlearn.serving.save_model.
    """
    import keras

    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("config.json").file_size > _CONFIG_LIMIT:
                raise DataError(f"{path.name} describes its layers in more than {_CONFIG_LIMIT // 2**20} MB.")
            config = json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{path.name} is not a .keras file.", fix="Save the model again with ftlearn.serving.save_model."
        ) from None
    for module, kind, registered in _named(config):
        if kind.rpartition(">")[2] == "Lambda" or kind == "__lambda__":
            raise DataError(
                f"{path.name} holds a Lambda layer: Python code that would run here.",
                fix="Ask for a model of named layers.",
            )
        if registered in keras.saving.get_custom_objects():
            continue
        if module is not None and not _OF_KERAS.match(str(module)):
            raise DataError(
                f"{path.name} wants {kind!r} from {module!r}, which is not one of Keras's layers.",
                fix="If you trust it, import that module first and register the class "
                "(keras.saving.register_keras_serializable).",
            )


def _named(config: Any) -> Iterator[tuple[Any, str, Any]]:
    """List every class or function that a configuration names: its module, its name, what it is registered as."""
    left = [config]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if isinstance(one.get("class_name"), str):
                yield one.get("module"), one["class_name"], one.get("registered_name")
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def _card(path: Path) -> dict[str, Any]:
    """Read the JSON beside a model, and hold the model against its sum."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        return {}
    again = f"Save the model again, or delete {beside.name} to number the classes."
    try:
        card = json.loads(beside.read_text(encoding="utf-8"))
        known, stated = card["schema"], card["sha256"]
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{beside.name} is not a description that ftlearn wrote.", fix=again) from None
    if known != SCHEMA:
        raise DataError(f"{beside.name} is of schema {known}; this version of ftlearn reads {SCHEMA}.", fix=again)
    if _sum(path) != stated:
        raise DataError(f"{path.name} is not the file that {beside.name} describes: its sha256 differs.", fix=again)
    return card


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(model: Any) -> tuple[int, ...]:
    """Return the shape of one input, if the model has one input of a fixed shape and one vector as output."""
    given, out = model.input_shape, model.output_shape
    if not (isinstance(given, tuple) and isinstance(out, tuple) and len(out) == 2 and (out[-1] or 0) >= 2):
        raise DataError(
            f"A classifier has one input, and one probability for each of 2 classes or more; "
            f"{model.name!r} gives {out}.",
            fix="End it in Dense(classes, activation='softmax').",
        )
    if None in given[1:]:
        raise DataError(f"{model.name!r} takes inputs of any size {given[1:]}.", fix="Build it for one fixed size.")
    return tuple(int(side) for side in given[1:])


def _check_classes(names: tuple[str, ...], outputs: int) -> None:
    if len(names) != outputs:
        raise DataError(f"The model has {outputs} outputs; got {len(names)} names of classes.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        raise DataError(f"Classes need different names; got {twice[0] if twice else ''!r} more than once or empty.")


def _check_probabilities(model: Any, shape: tuple[int, ...], value_range: tuple[float, float] | None) -> None:
    """Run the model once: what comes out must be probabilities."""
    low, high = value_range or (0.0, 1.0)
    tried = np.random.default_rng(0).uniform(low, high, (2, *shape)).astype("float32")
    out = run(model, tried)
    if not (np.isfinite(out).all() and out.min() >= -1e-3 and np.allclose(out.sum(1), 1, atol=1e-2)):
        raise DataError(
            f"{model.name!r} ends in numbers that are no probabilities (an input of shape {shape_text(shape)} gave "
            f"{', '.join(f'{v:.3g}' for v in out[0][:3])} …).",
            fix="Add a softmax as its last layer.",
        )


def _range_of_backbone(model: Any) -> tuple[float, float] | None:
    """Look up the range that the course's backbones take, if one is inside."""
    from ftlearn import backbones

    inside = [model.name, *(layer.name for layer in model.layers)]
    found = next((backbones.contract(name) for name in inside if name in backbones.names()), None)
    return (found.low, found.high) if found else None
