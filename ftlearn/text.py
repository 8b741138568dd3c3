"""Text for a pretrained encoder: word pieces, padding, masks, mean-pooled vectors.

The encoder is all-MiniLM-L6-v2, a BERT of six blocks, 384 wide, run by KerasHub (``pip install "ftlearn[text]"``).
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ftlearn import assets, environment
from ftlearn.errors import AssetError, DataError

LONGEST = 512
"""As many word pieces as BERT has positions for."""
_INSTALL = 'Type `pip install "ftlearn[text]"`.'


def encoder_available(*, part: str) -> bool:
    """Tell whether the sentence encoder can be loaded, and say by name what is skipped when it cannot.

    Parameters
    ----------
    part : str
        What needs it, for the sentence.

    Returns
    -------
    bool
        True when KerasHub is installed and MiniLM's files lie on this machine. Nothing is downloaded.

    Examples
    --------
    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", FTLEARN_ASSETS="", FTLEARN_CACHE="nowhere"):
    ...     encoder_available(part="Frozen encoder")  # doctest: +ELLIPSIS
    Skipped: "Frozen encoder" needs ...
    False
    """
    if find_spec("keras_hub") is None:
        from ftlearn.figures import show_html

        line = f'Skipped: "{part}" needs KerasHub, which is not installed. {_INSTALL}'
        show_html(f'<p role="note">{line}</p>', line)
        return False
    return assets.available("minilm", part=part)


def load_encoder(folder: str | os.PathLike[str] | None = None) -> Any:
    """Load the pretrained sentence encoder.

    Parameters
    ----------
    folder : path-like, optional
        A folder with another BERT, as Hugging Face or KerasHub save it; all-MiniLM-L6-v2 if not given.

    Returns
    -------
    keras_hub.models.BertBackbone
        Takes what `tokenize` returns. Its output ``"sequence_output"`` has the shape (messages, length, width): a
        vector for each word piece.

    Raises
    ------
    AssetError
        When KerasHub is not installed, or MiniLM is neither on this machine nor to be downloaded.
    DataError
        When there is no BERT in `folder`.

    Notes
    -----
    Wang and others (2020), *MiniLM: Deep Self-Attention Distillation*, NeurIPS; trained on sentence pairs by the
    makers of sentence-transformers (Apache-2.0).

    Examples
    --------
    >>> encoder = load_encoder()  # doctest: +SKIP
    >>> encoder.output["sequence_output"].shape  # doctest: +SKIP
    (None, None, 384)
    """
    return _from_folder("BertBackbone", _found(folder))


def load_tokenizer(folder: str | os.PathLike[str] | None = None) -> Any:
    """Load the tokeniser that belongs to the encoder.

    Parameters
    ----------
    folder : path-like, optional
        As for `load_encoder`.

    Returns
    -------
    keras_hub.tokenizers.BertTokenizer
        Turns a str into the numbers of its word pieces.

    Raises
    ------
    AssetError, DataError
        As `load_encoder`.

    Notes
    -----
    KerasHub 0.32 reads ``do_lower_case`` from a Hugging Face folder and leaves accents on. Hugging Face itself takes
    them off wherever it lowers the case, unless the folder says otherwise, and so did the encoder's training. Here it
    is done as in the training: "café" is "cafe", not ``[UNK]``.

    Examples
    --------
    >>> load_tokenizer().vocabulary_size()  # doctest: +SKIP
    30522
    """
    where = _found(folder)
    settings = where / "tokenizer_config.json"
    options = {}
    if settings.is_file():
        told = json.loads(settings.read_text(encoding="utf-8"))
        if "do_lower_case" in told:
            strip = told.get("strip_accents")
            options["strip_accents"] = bool(told["do_lower_case"] if strip is None else strip)
    return _from_folder("BertTokenizer", where, **options)


def _found(folder: str | os.PathLike[str] | None) -> Path:
    return assets.fetch("minilm") if folder is None else Path(folder)


def _from_folder(kind: str, folder: Path, **options: Any) -> Any:
    environment.start_tensorflow()
    try:
        import keras_hub
    except ModuleNotFoundError as error:
        raise AssetError("The sentence encoder needs KerasHub, which is not installed.", fix=_INSTALL) from error
    try:
        return getattr(keras_hub.models, kind).from_preset(os.fspath(folder), **options)
    except (ValueError, OSError) as error:
        reason = str(error).strip().split("\n")[0]
        raise DataError(f"'{folder}' holds no BERT that KerasHub can read: {reason}") from error


@functools.lru_cache(maxsize=2)
def _tokenizer(folder: str | None) -> Any:
    return load_tokenizer(folder)


def word_pieces(message: str, *, folder: str | os.PathLike[str] | None = None) -> list[str]:
    """Split a message as the encoder reads it.

    Parameters
    ----------
    message : str
        Any text.
    folder : path-like, optional
        As for `load_encoder`.

    Returns
    -------
    list of str
        ``[CLS]``, the pieces, ``[SEP]``. A piece that goes on a word starts with ``##``; what the vocabulary cannot
        spell is ``[UNK]``.

    Examples
    --------
    >>> word_pieces("My parcel was unboxed")  # doctest: +SKIP
    ['[CLS]', 'my', 'parcel', 'was', 'un', '##box', '##ed', '[SEP]']
    """
    tokenizer = _tokenizer(None if folder is None else os.fspath(folder))
    return [tokenizer.id_to_token(int(number)) for number in _numbers(tokenizer, [message], LONGEST)[0]]


def tokenize(
    messages: Sequence[str] | np.ndarray,
    length: int | None = None,
    *,
    folder: str | os.PathLike[str] | None = None,
) -> dict[str, np.ndarray]:
    """Turn messages into what a BERT takes: numbers of word pieces, padded, and a mask that says what is padding.

    Parameters
    ----------
    messages : sequence of str
        At least one.
    length : int, optional
        How many places each message gets, from 3 to 512: longer ones are cut (``[SEP]`` stays the last), shorter
        ones padded. As many as the longest message needs, if not given.
    folder : path-like, optional
        As for `load_encoder`.

    Returns
    -------
    dict of str to ndarray of shape (n, length), int32
        ``token_ids``; ``padding_mask``, 1 where there is a word piece and 0 where there is padding; ``segment_ids``,
        zeros (BERT can read two texts at once; here it is one).

    Raises
    ------
    DataError
        When `messages` is one string, is empty, or holds something else than strings; when `length` is out of range.

    Examples
    --------
    >>> tokenize(["Hello", "Where is my parcel?"])["padding_mask"]  # doctest: +SKIP
    array([[1, 1, 1, 0, 0, 0, 0],
           [1, 1, 1, 1, 1, 1, 1]], dtype=int32)
    """
    if isinstance(messages, str) or not len(messages) or not all(isinstance(one, str) for one in messages):
        raise DataError(
            f"Messages are a list of one or more strings; got {type(messages).__name__} {str(messages)[:40]!r}.",
            fix="Put a single message into a list: `tokenize([message])`.",
        )
    if length is not None and (isinstance(length, bool) or not 3 <= length <= LONGEST):
        raise DataError(f"length= is a whole number from 3 to {LONGEST}; got {length!r}.")
    tokenizer = _tokenizer(None if folder is None else os.fspath(folder))
    rows = _numbers(tokenizer, [str(one) for one in messages], length or LONGEST)
    length = length or max(map(len, rows))
    ids = np.full((len(rows), length), tokenizer.pad_token_id, "int32")
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return {"token_ids": ids, "segment_ids": np.zeros_like(ids), "padding_mask": mask}


def _numbers(tokenizer: Any, messages: list[str], length: int) -> list[list[int]]:
    """Give the numbers of each message's word pieces, between [CLS] and [SEP], at most `length` in all."""
    first, last = tokenizer.cls_token_id, tokenizer.sep_token_id
    return [[first, *(int(n) for n in tokenizer(one)[: length - 2]), last] for one in messages]


def mean_pooled(encoder: Any) -> Any:
    """Put a mean over each message's word pieces on top of an encoder; padding is left out.

    Parameters
    ----------
    encoder : keras_hub.models.BertBackbone
        As `load_encoder` returns it.

    Returns
    -------
    keras.Model
        From what `tokenize` returns to vectors of shape (n, width). It shares the encoder's layers.

    Examples
    --------
    >>> vectors = mean_pooled(load_encoder()).predict(tokenize(["Hello"]))  # doctest: +SKIP
    >>> vectors.shape  # doctest: +SKIP
    (1, 384)
    """
    import keras

    inputs = encoder.input
    pooling = keras.layers.GlobalAveragePooling1D(name="mean_of_pieces")
    return keras.Model(inputs, pooling(encoder.output["sequence_output"], mask=inputs["padding_mask"]))
