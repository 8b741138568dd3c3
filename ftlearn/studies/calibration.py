"""How sure networks are, and how right, as training goes on: 50 labelled digits, four networks, then temperature.

The temperature is fitted on the split's 300 validation images, so these rows have used more labels than the 50.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn import backbones, finetune
from ftlearn.datasets import load_digits
from ftlearn.evaluation import calibration_error, fit_temperature
from ftlearn.studies._training import BATCH

SEEDS = 10
LABELS = 50
STAGES = (100, 400, 1600)
HEAD_STEPS = 400
NETWORKS = ("dense network", "from scratch", "frozen", "fine-tuned")
KEYS = ["network", "steps"]
CHECK = ("dense network", 100)
TOLERANCE = {"accuracy": 0.05, "sure": 0.05, "temperature": 0.3}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Train each network for one seed (which draws split, labels, first weights, order) and stop to measure."""
    import keras

    keras.utils.set_random_seed(seed)
    digits = load_digits(random_state=seed).label_budget(LABELS)
    validation, test = digits.validation, digits.test
    rows = []
    for name in NETWORKS if part is None else [part[0]]:
        rng = np.random.default_rng(seed)
        model, done = _network(name, digits, rng), 0
        for steps in STAGES if part is None else [part[1]]:
            _train(model, digits.train, steps - done, rng)
            done = steps
            row = {"seed": seed, "network": name, "steps": steps}
            rows.append(row | scores(_logits(model, validation.X), validation.y, _logits(model, test.X), test.y))
    return rows


def scores(logits: np.ndarray, y: np.ndarray, test_logits: np.ndarray, test_y: np.ndarray) -> dict[str, float]:
    """Measure on test how sure and how right a model is, before and after the temperature fitted on validation."""
    from scipy.special import log_softmax, softmax

    fitted = fit_temperature(logits, y, from_logits=True)
    before, after = softmax(test_logits, axis=1), fitted.apply(test_logits)
    rows = np.arange(len(test_y))
    return {
        "accuracy": float((before.argmax(axis=1) == test_y).mean()),
        "sure": float(before.max(axis=1).mean()),
        "sure_after": float(after.max(axis=1).mean()),
        "error": calibration_error(test_y, before),
        "error_after": calibration_error(test_y, after),
        "loss": float(-log_softmax(test_logits, axis=1)[rows, test_y].mean()),
        "loss_after": float(-log_softmax(test_logits / fitted.value, axis=1)[rows, test_y].mean()),
        "temperature": fitted.value,
    }


def _network(name: str, digits: Any, rng: np.random.Generator) -> Any:
    """Build and compile a network; the head of a fine-tuned one is trained first."""
    import keras

    if name == "dense network":
        hidden = [keras.layers.Dense(256, activation="relu") for _ in range(2)]
        layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), *hidden, keras.layers.Dense(10)]
        return _compiled(keras.Sequential(layers), 1e-3)
    fresh = {"weights": None, "batchnorm_momentum": 0.9} if name == "from scratch" else {}
    base = backbones.load_backbone("letters", **fresh)
    head = keras.layers.Dense(10, kernel_initializer="zeros")
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, head(base(inputs)))
    if name == "from scratch":
        return _compiled(model, 1e-3)
    _compiled(finetune.freeze(base) and model, 3e-3)
    if name == "fine-tuned":
        _train(model, digits.train, HEAD_STEPS, rng)
        finetune.unfreeze(base)
        _compiled(model, 1e-3)
    return model


def _compiled(model: Any, rate: float) -> Any:
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    return model


def _train(model: Any, part: Any, steps: int, rng: np.random.Generator) -> None:
    rounds = -(-steps * BATCH // len(part.y))
    order = np.concatenate([rng.permutation(len(part.y)) for _ in range(rounds)])[: steps * BATCH]
    model.fit(part.X[order], part.y[order], batch_size=BATCH, epochs=1, shuffle=False, verbose=0)


def _logits(model: Any, X: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(X, batch_size=256, verbose=0), float)
