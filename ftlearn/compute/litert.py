"""LiteRT (once TensorFlow Lite): a network as one small file, in float32 or with 8-bit integers."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from typing import Any, Literal

import numpy as np

from ftlearn.environment import without_chatter
from ftlearn.errors import DataError

# What the converter and the interpreter write to standard error however quiet one asks them to be.
_CHATTER = r"^(fully_quantize: \d|INFO: |[IWE]\d{4} |WARNING: All log messages|\d{4}-\d\d-\d\d .*: [IW] )"


def to_litert(
    model: Any, *, int8: Literal["weights", "all"] | None = None, examples: np.ndarray | None = None
) -> bytes:
    """Convert a Keras model to a LiteRT file.

    Parameters
    ----------
    model : keras.Model
        Built, with one input.
    int8 : {None, "weights", "all"}
        None keeps float32. ``"weights"`` stores the weights as 8-bit integers and lets inputs and outputs be float32;
        what flows between the layers is rounded as it comes (*dynamic range*). ``"all"`` makes inputs, outputs and
        everything between 8-bit integers, with ranges fixed beforehand from `examples` (*full integer*).
    examples : ndarray of shape (n, ...), optional
        Typical inputs, for ``"all"`` only: a hundred are plenty. They need no labels.

    Returns
    -------
    bytes
        The file's content.

    Raises
    ------
    DataError
        When `int8` is something else, or ``"all"`` comes without examples.

    Notes
    -----
    B. Jacob and others (2018), *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
    Inference*, CVPR.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64), keras.layers.Dense(64)])
    >>> len(to_litert(model, int8="weights")) < len(to_litert(model))
    True
    """
    if int8 not in (None, "weights", "all"):
        raise DataError(f"int8 is None, 'weights' or 'all'; got {int8!r}.")
    if int8 == "all" and (examples is None or not len(examples)):
        raise DataError(
            "To fix the ranges of all layers, the converter must see inputs.", fix="Pass examples=X_train[:100]."
        )
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder, _quiet():
        model.export(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if int8:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if int8 == "all":
            wanted = np.asarray(examples, "float32")
            converter.representative_dataset = lambda: ([wanted[i : i + 1]] for i in range(len(wanted)))
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        return converter.convert()


@contextlib.contextmanager
def _quiet() -> Any:
    """Hold back notices that a learner can do nothing about: progress, and the move of the interpreter's package."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.WARNING)
    with warnings.catch_warnings(), without_chatter(_CHATTER), contextlib.redirect_stdout(io.StringIO()):
        warnings.filterwarnings("ignore", message="Statistics for quantized inputs were expected")
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter is deprecated")
        try:
            yield
        finally:
            logger.setLevel(level)


class LiteRT:
    """Runs a LiteRT file, one example at a time.

    Parameters
    ----------
    content : bytes
        From `to_litert`, or read from a ``.tflite`` file.
    threads : int
        How many threads it may use.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3, activation="softmax")])
    >>> small = LiteRT(to_litert(model))
    >>> X = np.ones((2, 8), "float32")
    >>> bool(np.allclose(small.predict(X), model.predict(X, verbose=0), atol=1e-5))
    True
    """

    def __init__(self, content: bytes, *, threads: int = 1):
        import tensorflow as tf

        with _quiet():
            self._interpreter = tf.lite.Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]

    @property
    def input_dtype(self) -> str:
        """What the file takes: ``"float32"`` or ``"int8"``."""
        return np.dtype(self._input["dtype"]).name

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predict, translating to integers and back where the file wants it.

        Parameters
        ----------
        X : ndarray of shape (n, ...)
            Inputs as the Keras model took them.

        Returns
        -------
        ndarray of shape (n, outputs)
            float32.

        Raises
        ------
        DataError
            When the inputs have another shape than the file's.
        """
        X = np.asarray(X, "float32")
        wanted = tuple(self._input["shape"][1:].tolist())
        if X.shape[1:] != wanted:
            raise DataError(f"This file takes inputs of shape {wanted}; got {X.shape[1:]}.")
        if self.input_dtype == "int8":
            scale, zero = self._input["quantization"]
            X = np.clip(np.round(X / scale + zero), -128, 127).astype("int8")
        rows = []
        for x in X:
            self._interpreter.set_tensor(self._input["index"], x[None])
            self._interpreter.invoke()
            rows.append(self._interpreter.get_tensor(self._output["index"])[0])
        out = np.array(rows).reshape(len(rows), *self._output["shape"][1:])
        if self._output["dtype"] == np.int8:
            scale, zero = self._output["quantization"]
            return ((out.astype("float32") - zero) * scale).astype("float32")
        return out.astype("float32")
