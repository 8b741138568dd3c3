"""Saving a classifier with what a server must know about it, and loading it without running anything foreign."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn import environment
from ftlearn.assets.transfer import sha256
from ftlearn.errors import DataError
from ftlearn.serving.model import ServedModel, run, shape_text
from ftlearn.serving.unsafe import no_keras_file, refuse_unsafe

SCHEMA = 1


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
        The ``.keras`` file. An interruption leaves no file half written; if it comes between the two, the old
        description stands beside the new model, and `load_model` refuses the pair.

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
    part, card_part = (path.with_name(f".{path.stem}.part.{kind}") for kind in ("keras", "json"))
    try:
        model.save(part)
        card = {
            "schema": SCHEMA,
            "classes": names,
            "input": {"shape": shape, "dtype": "float32", "range": value_range},
            "keras": keras.__version__,
            "sha256": sha256(part),
            "note": note,
        }
        card_part.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(part, path)
        os.replace(card_part, path.with_suffix(".json"))
    finally:
        part.unlink(missing_ok=True)
        card_part.unlink(missing_ok=True)
    return path


def load_model(path: str | Path) -> ServedModel:
    """Load a classifier that `save_model` saved, or any other ``.keras`` file of one.

    Before Keras opens the file, its sum is compared with the one written down, and the list of its layers is read: a
    layer that carries code of its own (``Lambda``), or that lives outside Keras, is refused by name. What is checked
    is a private copy, and Keras opens that copy. The sum shows accidents: whoever forges a file can forge its sum.

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
    if path.suffix != ".keras" or not path.is_file():
        raise no_keras_file(path)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        shutil.copyfile(path, copy)
        card = _card(path, copy)
        environment.start_tensorflow()
        network = _opened(copy)
    shape = _checked(network)
    names = tuple(card.get("classes") or map(str, range(network.output_shape[-1])))
    _check_classes(names, network.output_shape[-1])
    stated = card["input"]["range"] if card else None
    stated = stated or _range_of_backbone(network)
    value_range = tuple(map(float, stated)) if stated else None
    _check_probabilities(network, shape, value_range)
    about = {key: card[key] for key in ("keras", "sha256", "note") if card.get(key)}
    return ServedModel(network, path.stem, names, shape, value_range, about)


def _opened(path: Path) -> Any:
    import keras

    refuse_unsafe(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise DataError(f"Keras {keras.__version__} cannot open {path.name}: {reason}") from error


def _card(path: Path, copy: Path) -> dict[str, Any]:
    """Read the JSON beside a model, and hold the copy of the model against its sum."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        return {}
    again = f"Save the model again, or delete {beside.name} to number the classes."
    try:
        card = json.loads(beside.read_text(encoding="utf-8"))
        known, stated = card["schema"], card["sha256"]
        if known == SCHEMA and not _is_whole(card):
            raise ValueError(card)
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{beside.name} is not a description that ftlearn wrote.", fix=again) from None
    if known != SCHEMA:
        raise DataError(f"{beside.name} is of schema {known}; this version of ftlearn reads {SCHEMA}.", fix=again)
    if sha256(copy) != stated:
        raise DataError(f"{path.name} is not the file that {beside.name} describes: its sha256 differs.", fix=again)
    return card


def _is_whole(card: dict[str, Any]) -> bool:
    classes, value_range = card["classes"], card["input"]["range"]
    numbers = value_range is None or (
        len(value_range) == 2
        and all(type(one) in (int, float) for one in value_range)
        and value_range[0] < value_range[1]
    )
    return bool(classes) and isinstance(classes, list) and all(isinstance(one, str) for one in classes) and numbers


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
