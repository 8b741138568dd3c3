"""The steps between a folder and a model that can be judged: baselines, a head, fine-tuning, scores."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.assets.transfer import whole_file
from ftlearn.errors import DataError

if TYPE_CHECKING:
    from ftlearn.datasets import Part

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_BASELINE_SIDE = 16
_TINY = 1024  # values of an image


def small_pixels(X: np.ndarray) -> np.ndarray:
    """Reduce images to at most 16 × 16 pixels and lay each out in a row.

    Parameters
    ----------
    X : ndarray of shape (n, height, width, channels)
        Values from 0 to 1.

    Returns
    -------
    ndarray of shape (n, pixels × channels)
        What the baseline learns from.

    Examples
    --------
    >>> small_pixels(np.ones((2, 96, 96, 3), "float32")).shape
    (2, 768)
    """
    import tensorflow as tf

    height, width = (min(side, _BASELINE_SIDE) for side in X.shape[1:3])
    return tf.image.resize(X, (height, width), method="area").numpy().reshape(len(X), -1)


def answers(model: Any, X: np.ndarray, *, batch_size: int = 32) -> np.ndarray:
    """Run images through a network, a batch at a time: tiny ones without a graph, which takes longer than it saves.

    Parameters
    ----------
    model : keras.Model
        Any; it runs in inference mode.
    X : ndarray of shape (n, height, width, channels)
        Images as the network takes them.
    batch_size : int
        Images at a time.

    Returns
    -------
    ndarray of shape (n, outputs)
        What the network gives for each image.

    Examples
    --------
    >>> from ftlearn import load_backbone
    >>> answers(load_backbone("letters"), np.zeros((3, 8, 8, 1), "float32"), batch_size=2).shape[0]
    3
    """
    import keras

    model.jit_compile, parts = False, []
    for start in range(0, len(X), batch_size):
        batch = X[start : start + batch_size]
        if batch[0].size < _TINY:
            parts.append(np.asarray(model(keras.ops.convert_to_tensor(batch), training=False)))
        else:  # filled up with zeros: batches of one size need one graph
            filled = np.concatenate([batch, np.zeros((batch_size - len(batch), *X.shape[1:]), X.dtype)])
            parts.append(np.asarray(model.predict_on_batch(filled))[: len(batch)])
    return np.concatenate(parts)


@dataclass
class Head:
    """A softmax layer on features: what a logistic regression has learnt, as a Dense layer takes it.

    Attributes
    ----------
    kernel : ndarray of shape (features, classes), float32
        The weights.
    bias : ndarray of shape (classes,), float32
        What is added.
    tried : list of dict
        For each strength of the regularisation its validation loss and accuracy; the lowest loss was taken.
    """

    kernel: np.ndarray
    bias: np.ndarray
    tried: list[dict[str, float]]

    @property
    def chosen(self) -> dict[str, float]:
        """The row of `tried` that was taken."""
        return min(self.tried, key=lambda row: row["val_loss"])

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Give the probability of each class, shape (n, classes)."""
        from scipy.special import softmax

        return softmax(features @ self.kernel + self.bias, axis=1)


def fit_head(train: Part, validation: Part, *, strengths: tuple[float, ...] = STRENGTHS) -> Head:
    """Fit logistic regressions on features, and keep the one with the lowest validation loss.

    Parameters
    ----------
    train, validation : Part
        Features of shape (n, features) and integer classes.
    strengths : tuple of float
        Values of scikit-learn's C to try; a smaller C keeps the weights smaller.

    Returns
    -------
    Head
        Its weights take the features as they are: their scaling is folded in.

    Raises
    ------
    DataError
        When a class is missing in `train`.

    Notes
    -----
    A frozen base with one softmax layer *is* a logistic regression on its features. Its loss has a single minimum, so
    there is no learning rate to choose and no seed.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(60) % 3
    >>> X = np.eye(3)[y] + 0.1 * rng.normal(size=(60, 3))
    >>> head = fit_head((X[:40], y[:40]), (X[40:], y[40:]))
    >>> float((head.predict(X[40:]).argmax(axis=1) == y[40:]).mean())
    1.0
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    classes = int(max(train[1].max(), validation[1].max())) + 1
    if len(np.unique(train[1])) < classes:
        raise DataError(f"Only {len(np.unique(train[1]))} of {classes} classes are in the training part.")
    scaler = StandardScaler().fit(train[0])
    X, X_val = scaler.transform(train[0]).astype("float64"), scaler.transform(validation[0]).astype("float64")
    # With fewer images than features, the weights lie in the images' span: learn there, and turn back at the end.
    span = np.linalg.svd(X, full_matrices=False)[2] if len(X) < X.shape[1] else np.eye(X.shape[1])
    X, X_val = X @ span.T, X_val @ span.T
    best, tried = None, []
    for strength in strengths:
        with threadpool_limits(1):  # so small a problem takes many times as long on several threads
            model = LogisticRegression(C=strength, max_iter=1000).fit(X, train[1])
        p = model.predict_proba(X_val)
        loss = float(log_loss(validation[1], p, labels=range(classes)))
        score = float((p.argmax(axis=1) == validation[1]).mean())
        tried.append({"C": strength, "val_loss": loss, "val_accuracy": score})
        best = model if loss <= min(row["val_loss"] for row in tried) else best
    kernel, bias = best.coef_ @ span, best.intercept_
    if len(kernel) == 1:  # two classes: scikit-learn keeps the weights of the second alone
        kernel, bias = np.vstack([0 * kernel, kernel]), np.append(0 * bias, bias)
    kernel = kernel / scaler.scale_
    return Head(kernel.T.astype("float32"), (bias - kernel @ scaler.mean_).astype("float32"), tried)


def fine_tune(
    model: Any,
    train: Part,
    validation: Part,
    *,
    epochs: int = 12,
    learning_rate: float = 3e-4,
    batch_size: int = 16,
    patience: int = 3,
    random_state: int = 0,
    keep: Path | None = None,
    report: Callable[[dict[str, float]], None] | None = None,
) -> dict[str, list[float]]:
    """Train an unfrozen model on, stop when validation no longer improves, and put its best weights back.

    Parameters
    ----------
    model : keras.Model
        With the head trained and the base unfrozen. It is compiled here, with a new Adam.
    train, validation : Part
        Inputs as the model takes them, and integer classes.
    epochs : int
        At most so many.
    learning_rate : float
        Small: 10 to 100 times less than a fresh network would take.
    batch_size : int
        As in ``fit``.
    patience : int
        Stop when validation loss has not fallen for so many epochs.
    random_state : int
        Seed of the order of images.
    keep : Path, optional
        A folder. The state after each epoch is kept there, and training goes on from it when called again: it ends
        with the weights that it would have had without the interruption, if no Dropout is awake.
    report : callable, optional
        Called after each epoch with ``epoch``, ``epochs``, ``seconds``, ``best`` and the scores.

    Returns
    -------
    dict of str to list of float
        The history, as ``fit`` gives it. The model has the weights of the epoch with the lowest validation loss.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    >>> part = (np.eye(2, dtype="float32"), np.arange(2))
    >>> len(fine_tune(model, part, part, epochs=2)["val_loss"])
    2
    """
    import keras

    model.compile(
        keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"],
        jit_compile=False,  # for so few steps, compiling takes longer than it saves
    )  # fmt: skip
    model.optimizer.build(model.trainable_variables)
    history: dict[str, list[float]] = {}
    best, spent = model.get_weights(), 0.0
    if keep is not None and (keep / "progress.json").is_file():
        history, best, spent = _resume(model, keep)
    for epoch in range(len(history.get("loss", [])), epochs):
        losses = history.get("val_loss", [])
        if losses and len(losses) - 1 - int(np.argmin(losses)) >= patience:
            break
        started = time.perf_counter()
        keras.utils.set_random_seed(random_state + epoch)  # each epoch's order depends on its number alone
        one = model.fit(train[0], train[1], validation_data=validation, batch_size=batch_size, verbose=0).history
        for key, values in one.items():
            history.setdefault(key, []).append(float(values[0]))
        if history["val_loss"][-1] <= min(history["val_loss"]):
            best = model.get_weights()
        spent += time.perf_counter() - started
        if keep is not None:
            _keep(model, best, history, spent, keep)
        if report is not None:
            now = {key: values[-1] for key, values in history.items()}
            seconds = time.perf_counter() - started
            lowest = int(np.argmin(history["val_loss"])) + 1
            report({"epoch": epoch + 1, "epochs": epochs, "seconds": seconds, "best": lowest, **now})
    model.set_weights(best)
    return history


def _keep(model: Any, best: list[np.ndarray], history: dict, spent: float, keep: Path) -> None:
    """Write the state to a file of its own, then point ``progress.json`` at it: what is there is always whole."""
    keep.mkdir(parents=True, exist_ok=True)
    name = f"epoch_{len(history['loss'])}.npz"
    state = {"now": model.get_weights(), "best": best, "optimizer": [v.numpy() for v in model.optimizer.variables]}
    np.savez(keep / name, **{f"{key}_{i:05}": value for key, values in state.items() for i, value in enumerate(values)})
    replace_text(keep / "progress.json", json.dumps({"state": name, "history": history, "seconds": spent}))
    for old in keep.glob("epoch_*.npz"):
        if old.name != name:
            old.unlink()


def _resume(model: Any, keep: Path) -> tuple[dict[str, list[float]], list[np.ndarray], float]:
    progress = json.loads((keep / "progress.json").read_text(encoding="utf-8"))
    with np.load(keep / progress["state"]) as state:
        part = {key: [state[n] for n in sorted(state.files) if n.startswith(key)] for key in ("now", "best", "opt")}
    model.set_weights(part["now"])
    for variable, value in zip(model.optimizer.variables, part["opt"], strict=True):
        variable.assign(value)
    return progress["history"], part["best"], progress["seconds"]


def replace_text(path: Path, text: str) -> None:
    """Write a file so that it is never there half."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
