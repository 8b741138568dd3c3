"""What each regulariser gains on 50 digits that are labelled well, and on 100 of which a fifth are labelled wrong.

Each technique tries three settings with the same number of steps and keeps the best by 300 validation labels (which are
all right); plain training tries three learning rates, the others keep the middle one and try three strengths. Early
stopping looks at the validation labels within a run, too. The test part is then read once for the setting kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.datasets import Split, load_digits
from ftlearn.studies._watching import RATES, STARTS, mislabelled, scores, shown, start_weights, watched
from ftlearn.studies.learning_curves import stopping

EPOCHS = 30
SEEDS = 10
CONDITIONS = {"50 clean": (50, 0.0), "100, a fifth wrong": (100, 0.2)}
KEYS = ["labels", "start", "technique"]
CHECK = ("50 clean", "dense")
TOLERANCE = {"accuracy": 0.06}

_TURNS = [{"turn": 8, "zoom": 0.05}, {"turn": 15, "zoom": 0.1}, {"turn": 25, "zoom": 0.15}]
_DROPOUT, _DECAY, _SMOOTHING = (0.2, 0.5, 0.8), (0.1, 1.0, 5.0), (0.05, 0.1, 0.3)
TECHNIQUES = {
    "augmentation": _TURNS,
    "augmentation by shifts": [{"shift": s} for s in (0.06, 0.12, 0.25)],
    "dropout": [{"dropout": d} for d in _DROPOUT],
    "weight decay": [{"decay": d} for d in _DECAY],
    "label smoothing": [{"smoothing": s} for s in _SMOOTHING],
    "all four": [
        {**turn, "dropout": d, "decay": w, "smoothing": s}
        for turn, d, w, s in zip(_TURNS, _DROPOUT, _DECAY, _SMOOTHING, strict=True)
    ],
}
PATIENCES = (3, 10, EPOCHS)


def measure(seed: int, part: tuple[str, str] | None = None) -> list[dict[str, Any]]:
    """Try every technique for one seed (which draws the split, the labels, the weights and the order of batches)."""
    digits = load_digits(random_state=seed)
    test, rows = digits.test, []
    for labels, (budget, wrong) in CONDITIONS.items():
        small = digits.label_budget(budget)
        train = mislabelled(small.train, wrong, seed)
        data = Split("digits", train, small.validation, test, small.classes, seed)
        for start in STARTS:
            if part in (None, (labels, start)):
                about = {"seed": seed, "labels": labels, "start": start}
                rows += [about | row for row in _network(start, data)]
        if part is None:
            rows += [
                {"seed": seed, "labels": labels, "start": "logistic regression", **row} for row in _classical(data)
            ]
    return rows


def _network(start: str, data: Split) -> list[dict[str, Any]]:
    seed = data.random_state
    weights = start_weights(start, data, seed)
    test = data._test

    def run(*, rate: float = RATES[start], dropout: float = 0, decay: float = 0, look: bool = False, **shows: Any):
        network, curve = watched(start, dropout, decay), []

        def watch() -> None:
            curve.append((network.scores(data.validation), network.scores(test)))

        X, targets = shown(data.train, seed, EPOCHS, **shows)
        network.fit(weights, X, targets, rate=rate, epochs=EPOCHS, look=watch if look else None)
        return curve if look else [(network.scores(data.validation), network.scores(test))]

    middle = run(look=True)
    plain = {RATES[start]: middle[-1]}
    plain |= {rate: run(rate=rate)[-1] for rate in (RATES[start] / 3, RATES[start] * 3)}
    losses = [validation[0] for validation, _ in middle]
    stopped = {f"patience {p}": middle[stopping(losses, p)[1]] for p in PATIENCES}
    rows = [_kept("plain", {f"rate {rate:.1g}": found for rate, found in sorted(plain.items())})]
    rows.append(_kept("early stopping", stopped))
    for technique, settings in TECHNIQUES.items():
        tried = {" ".join(f"{k} {v:g}" for k, v in setting.items()): run(**setting)[-1] for setting in settings}
        rows.append(_kept(technique, tried))
    return rows


def _kept(technique: str, tried: dict[str, tuple]) -> dict[str, Any]:
    """Keep the setting with the best validation accuracy, the lower loss deciding between equals."""
    setting = max(tried, key=lambda name: (tried[name][0][1], -tried[name][0][0]))
    validation, (loss, accuracy, overconfidence) = tried[setting]
    return {
        "technique": technique, "accuracy": accuracy, "loss": loss, "overconfidence": overconfidence,
        "validation": validation[1], "setting": setting,
    }  # fmt: skip


def _classical(data: Split) -> list[dict[str, Any]]:
    """Fit logistic regressions on the pixels: with next to no weight decay, and with weight decay tuned."""
    from sklearn.linear_model import LogisticRegression

    def run(penalty: float) -> tuple:
        model = LogisticRegression(C=penalty, max_iter=3000).fit(data.train.X.reshape(-1, 64), data.train.y)
        found = []
        for X, y in (data.validation, data._test):
            probabilities = np.zeros((len(y), 10))
            probabilities[:, model.classes_] = model.predict_proba(X.reshape(-1, 64))
            found.append(scores(probabilities, y))
        return tuple(found)

    grids = {"plain": (1e3, 1e4, 1e5), "weight decay": (0.1, 1.0, 10.0)}
    return [_kept(technique, {f"C {c:g}": run(c) for c in grid}) for technique, grid in grids.items()]
