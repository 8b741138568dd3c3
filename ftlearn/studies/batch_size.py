"""Batch size against learning rate: accuracy with as many epochs for all, and with as many steps for all.

The letters network and a new head, all of it unfrozen (BatchNorm in inference mode), learn digits from 256 labels by
gradient descent with momentum. Each batch size meets the same learning rates; the lesson chooses among them with the
validation part. A seed draws the split, the labels and the order of examples.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ftlearn import backbones, evaluation, finetune
from ftlearn.datasets import load_digits
from ftlearn.studies._training import rounds, start_over

SEEDS = 10
LABELS = 256
BATCHES = (8, 32, 128)
RATES = (0.001, 0.004, 0.016, 0.064, 0.256)
EPOCHS = 3
STEPS = EPOCHS * LABELS // BATCHES[0]
BUDGETS = {"equal epochs": lambda batch: EPOCHS * LABELS, "equal steps": lambda batch: STEPS * batch}
KEYS = ["budget", "batch", "learning_rate"]
CHECK = (("equal epochs",), (32,), (0.004,))
TOLERANCE = {"validation": 0.04, "accuracy": 0.04}


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Train at every budget, batch size and learning rate of one seed."""
    digits = load_digits(random_state=seed).label_budget(LABELS)
    test = digits.test
    budgets, batches, rates = part or (tuple(BUDGETS), BATCHES, RATES)
    rows = []
    for batch in batches:
        totals = {budget: BUDGETS[budget](batch) for budget in budgets}
        for rate in rates:
            reached: dict[int, tuple[float, float]] = {}  # two budgets may be the same training
            for budget, total in totals.items():
                if total not in reached:
                    model = _trained(digits.train, batch, rate, total, seed)
                    reached[total] = tuple(evaluation.accuracy(model, *p) for p in (digits.validation, test))
                row = {"seed": seed, "budget": budget, "batch": batch, "learning_rate": rate, "images": total}
                rows.append(row | dict(zip(("validation", "accuracy"), reached[total], strict=True)))
    return rows


@functools.cache
def _model() -> tuple[Any, list]:
    import keras

    model = backbones.attach_head(finetune.unfreeze(backbones.load_backbone("letters")), 10)
    sgd = keras.optimizers.SGD(0.01, momentum=0.9)
    model.compile(sgd, "sparse_categorical_crossentropy", jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model, model.get_weights()


def _trained(train: Any, batch: int, rate: float, total: int, seed: int) -> Any:
    model, start = _model()
    start_over(model, start, rate)
    order = rounds(len(train.y), total, np.random.default_rng(seed))
    model.fit(train.X[order], train.y[order], batch_size=batch, epochs=1, shuffle=False, verbose=0)
    return model
