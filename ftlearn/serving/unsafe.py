"""Looking into a ``.keras`` file without loading it, for code that it brings."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ftlearn.errors import DataError

# Where Keras keeps what a network may be made of; not in the list are its helpers, which also fetch and open files.
_OF_KERAS = re.compile(
    r"keras(\.(src\.)?(layers|models|initializers|regularizers|constraints|activations|optimizers|losses|metrics|ops"
    r"|dtype_policies|quantizers|random)(\.[\w.]*)?)?$"
)
_CODE = ("Lambda", "TFSMLayer", "TorchModuleWrapper")  # layers that bring code of their own
_MODELS = ("Functional", "Model", "Sequential")  # beside them, keras.models holds functions that open files
_CONFIG_LIMIT = 50 * 2**20  # a network's description takes kilobytes; more than this is no description


def no_keras_file(path: Path) -> DataError:
    """Make the error for anything else.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    DataError
        To be raised.

    Examples
    --------
    >>> no_keras_file(Path("digits.h5")).fix
    'Save the model again with ftlearn.serving.save_model.'
    """
    return DataError(f"{path.name} is not a .keras file.", fix="Save the model again with ftlearn.serving.save_model.")


def refuse_unsafe(path: str | Path) -> None:
    """Read the list of layers in a ``.keras`` file, without loading it, and refuse what could run foreign code.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    DataError
        When it is no ``.keras`` file, which is a zip from its first byte to its last, or names a ``Lambda`` layer or
        anything outside Keras that is not registered with ``keras.saving.register_keras_serializable``.

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
            _refuse_two_in_one(path, archive)
            if archive.getinfo("config.json").file_size > _CONFIG_LIMIT:
                raise DataError(f"{path.name} describes its layers in more than {_CONFIG_LIMIT // 2**20} MB.")
            config = json.loads(archive.read("config.json"))
    except DataError:
        raise
    except Exception:  # no zip, no JSON, encrypted, damaged, brackets without end
        raise no_keras_file(path) from None
    for module, kind, known_as in _named(config):
        code = "Lambda" if kind == "__lambda__" else kind.rpartition(">")[2]
        if code in _CODE:
            what = "Python code that would run here" if code == "Lambda" else "code from elsewhere that would run here"
            raise DataError(f"{path.name} holds a {code} layer: {what}.", fix="Ask for a model of named layers.")
        if isinstance(known_as, str) and known_as in keras.saving.get_custom_objects():
            continue
        foreign = module is not None and not _OF_KERAS.match(str(module))
        if foreign or (str(module).removeprefix("keras.").startswith(("models", "src.models")) and kind not in _MODELS):
            raise DataError(
                f"{path.name} wants {kind!r} from {module!r}, which is not one of Keras's layers.",
                fix="If you trust it, import that module first and register the class "
                "(keras.saving.register_keras_serializable).",
            )


def _refuse_two_in_one(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse a zip with something else before or behind it: another reader may take that for the file."""
    names = archive.namelist()
    with path.open("rb") as file:
        begins = file.read(4) == b"PK\x03\x04" and min(one.header_offset for one in archive.infolist()) == 0
        file.seek(-22, os.SEEK_END)
        ends = file.read(4) == b"PK\x05\x06" and not archive.comment
    if not (begins and ends and len(set(names)) == len(names)):
        raise no_keras_file(path)


def _named(config: Any) -> Iterator[tuple[Any, str, Any]]:
    """List every class or function that a configuration names: its module, its name, and as what Keras looks it up."""
    left = [config]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if isinstance(one.get("class_name"), str):
                known_as = "config" if one["class_name"] == "function" else "registered_name"
                yield one.get("module"), one["class_name"], one.get(known_as)
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
