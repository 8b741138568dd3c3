"""The best value of a setting is the last of its range, and the score still rises towards it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.doctor.trials import numbers_of

_TRIALS, _VALUES = 5, 4
_NEAR = 0.1
_CHANCE = 0.05
_STEP = 0.1


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Look, setting by setting, where the best trial lies and which way the scores rise."""
    found = list(numbers_of(case))
    enough = [one for one in found if len(one[1]) >= _TRIALS and len(np.unique(one[1])) >= _VALUES]
    if not enough:
        raise NotChecked(f"no setting is a number of which {_TRIALS} trials or more tried {_VALUES} values or more")
    for setting, values, scores in enough:
        low, high = _ends(setting)
        place, ends = _scale(setting, values), _scale(setting, np.array([low, high]))
        for edge, end, sign in ((low, ends[0], -1), (high, ends[1], 1)):
            width = abs(ends[1] - ends[0])
            if abs(place[0] - end) > _reach(setting, width) + 1e-9 or _natural(edge, low, sign):
                continue
            chance = _by_chance(sign * place, scores) * 2 * len(enough)
            if chance > _CHANCE or not _still_rising(sign * place, scores):
                continue
            yield (
                f"The best of {len(values)} trials has {setting.name} = {values[0]:.4g}, at the "
                f"{'upper' if sign > 0 else 'lower'} end of its range ({low:.4g} to {high:.4g}), and the score still "
                f"improves towards that end (by chance in at most {max(chance, 0.0002):.2g} of such searches).",
                {"setting": setting.name, "best": float(values[0]), "range": [low, high], "trials": len(values)},
            )


def _ends(setting: Any) -> tuple[float, float]:
    if type(setting).__name__ == "Choice":
        return float(min(setting.values)), float(max(setting.values))
    return float(setting.min_value), float(setting.max_value)


def _scale(setting: Any, values: np.ndarray) -> np.ndarray:
    """Return values on the scale on which the setting is drawn."""
    if type(setting).__name__ == "Choice":
        return np.searchsorted(np.sort(np.asarray(setting.values, float)), values).astype(float)
    return np.log(values) if setting.sampling == "log" else values


def _reach(setting: Any, width: float) -> float:
    """Return how far from the end of its range a value still counts as at the end."""
    if type(setting).__name__ == "Choice":
        return 0.0
    step = setting.step
    if not step or (type(setting).__name__ == "Int" and step == 1 and width > 20):
        return _NEAR * width
    step = float(np.log(step)) if setting.sampling == "log" and step > 1 else 0.0 if setting.sampling == "log" else step
    return max(step, 0.0) * 0.99


def _natural(edge: float, low: float, sign: int) -> bool:
    """Tell whether nothing lies beyond an end: no rate is below 0, no count below 1, no share above 1."""
    return edge in (0.0, 1.0) if sign < 0 else edge == 1.0 and low >= 0


def _by_chance(place: np.ndarray, scores: np.ndarray) -> float:
    """Return how often scores in random order would rise with the values as much."""
    x, y = _ranks(place), _ranks(scores)
    rng = np.random.default_rng(0)
    drawn = np.array([x @ rng.permutation(y) for _ in range(5000)])
    return float((1 + (drawn >= x @ y - 1e-9).sum()) / 5001)


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    return middle[place] - middle[place].mean()


def _still_rising(place: np.ndarray, scores: np.ndarray) -> bool:
    """Tell whether the third of the trials nearest to the end is clearly better than the next third."""
    order = np.argsort(-place, kind="stable")
    third = max(1, len(order) // 3)
    last, next_ = scores[order[:third]], scores[order[third : 2 * third]]
    return float(last.mean() - next_.mean()) > _STEP * float(scores.max() - scores.min())


_OPENING = """import tempfile
import keras
import keras_tuner
import numpy as np

folder = tempfile.TemporaryDirectory()
X = np.random.default_rng(0).normal(size=(300, 6)).astype("float32")
y = X @ np.arange(6, dtype="float32")


def search(rates):
    def build(hp):
        rate = hp.Choice("learning_rate", rates)
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(rate), "mse")
        return model

    keras.utils.set_random_seed(0)
    tuner = keras_tuner.GridSearch(build, "val_loss", directory=folder.name)
    tuner.search(X[:200], y[:200], validation_data=(X[200:], y[200:]), batch_size=8, epochs=4, verbose=0)
    return tuner


"""

RULE = Rule(
    name="best-value-at-the-edge",
    family="tuning",
    what="Looks where in its range the best trial's value lies, for each setting that is a number, and whether "
    "the scores of the trials rise towards that end more than chance would have it.",
    why="The search has found the end of its range, not the best value: a better one may lie beyond.",
    reference="Google's Deep Learning Tuning Playbook (2023): a search space is suspicious if its best point is close "
    "to its boundary.",
    known_problems="Needs five trials with four values. Ends that are natural are left alone (0, a count of 1, "
    "a share of 1). More is always a little better for some settings, such as epochs: there the end is a "
    "question of cost.",
    fix='hp.Float("learning_rate", 1e-5, 1e-1, sampling="log")  # further in the direction in which the score improves',
    check=check,
    invalid=_OPENING
    + """tuner = search([1e-4, 3e-4, 6e-4, 1e-3, 2e-3, 3e-3])
examined = dict(model=tuner.get_best_models()[0], validation=(X[200:], y[200:]), tuner=tuner)""",
    valid=_OPENING
    + """tuner = search([1e-4, 1e-3, 1e-2, 3e-2, 0.1, 1.0])
examined = dict(model=tuner.get_best_models()[0], validation=(X[200:], y[200:]), tuner=tuner)""",
    weight=5,
)

VALID_MORE = (
    _OPENING
    + """tuner = search([3e-2, 1e-1])  # the best of two is always at an end
examined = dict(model=None, tuner=tuner)""",
    _OPENING
    + """def build(hp):
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dropout(hp.Float("dropout", 0.0, 0.8, step=0.2)), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


keras.utils.set_random_seed(0)
tuner = keras_tuner.GridSearch(build, "val_loss", directory=folder.name)  # no dropout is best, and nothing is below 0
tuner.search(X[:200], y[:200], validation_data=(X[200:], y[200:]), epochs=3, verbose=0)
examined = dict(model=None, tuner=tuner)""",
)
