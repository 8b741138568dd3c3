"""The scaler was fitted on all parts together, not on train alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case, Part
from ftlearn.doctor.rule import NotChecked, Rule

_EXACT, _CLEAR = 2e-4, 2e-3


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the scaler's mean with that of train and of all parts; or see which of them has mean 0 and spread 1."""
    parts = case.parts(least=2)
    if parts[0].name != "train":
        case.part("train")
    if any(not one.whole or one.X.ndim not in (2, 3) or one.X.dtype.kind != "f" for one in parts):
        raise NotChecked("the parts are no tables of numbers that were read as a whole")
    if len({one.X.shape[1:] for one in parts}) > 1:
        raise NotChecked("the parts have other columns each")
    train, everything = _rows(parts[:1]), _rows(parts)
    if len(train) < 20 or not np.isfinite(everything).all():
        raise NotChecked("there are too few rows, or some are not finite")
    scaler = _fitted(case)
    found = _by_scaler(scaler, parts, train, everything) if scaler is not None else None
    if found is None and parts[0].X.ndim == 2:
        found = _by_data(train, everything)
    if found:
        yield (
            found,
            {"train": len(train), "all": len(everything), "seen": int(np.max(_seen(scaler), initial=0)) or None},
        )


def _by_scaler(scaler: Any, parts: list[Part], train: np.ndarray, everything: np.ndarray) -> str | None:
    """Judge the scaler by its mean, or by its count and limits."""
    seen = int(np.max(_seen(scaler), initial=0))
    total, own = sum(len(one.X) for one in parts), len(parts[0].X)
    if seen == own:
        return ""
    mean = np.ravel(getattr(scaler, "mean_", None)) if getattr(scaler, "mean_", None) is not None else None
    if mean is not None and len(mean) == train.shape[1]:
        spread = np.where(np.std(everything, 0) > 0, np.std(everything, 0), 1)
        for centre in (mean, np.zeros_like(mean)):  # the data as they were, or as they came out
            own_gap, gap = (float(np.abs((one.mean(0) - centre) / spread).max()) for one in (train, everything))
            if own_gap < _EXACT:
                return ""
            if gap < _EXACT and own_gap > _CLEAR:
                return (
                    f"The mean that the scaler learned is that of all {total} examples (within {gap:.1g} standard "
                    f"deviations), not that of the {own} train examples ({own_gap:.2g} away)."
                )
    if seen and seen == total and total > own and parts[0].X.ndim == 2:
        return f"The scaler saw {seen} rows: all parts together, where train has {own}."
    return None


def _by_data(train: np.ndarray, everything: np.ndarray) -> str | None:
    """Judge by the data: standardised together they have mean 0 and spread 1 together, and train alone has not."""
    varied = np.std(everything, 0) > 1e-6
    if not varied.any():
        return None
    train, everything = train[:, varied], everything[:, varied]
    gap = max(float(np.abs(everything.mean(0)).max()), float(np.abs(everything.std(0) - 1).max()))
    own = max(float(np.abs(train.mean(0)).max()), float(np.abs(train.std(0) - 1).max()))
    if gap < _EXACT and own > 25 * _EXACT:
        return (
            f"All {len(everything)} examples together have mean 0 and standard deviation 1 in every column (within "
            f"{gap:.1g}); the {len(train)} train examples alone are {own:.2g} off: they were scaled together."
        )
    return None


def _rows(parts: list[Part]) -> np.ndarray:
    return np.concatenate([one.X.reshape(-1, one.X.shape[-1]) for one in parts]).astype(float)


def _fitted(case: Case) -> Any:
    try:
        scaler = case.extra("scaler")
    except NotChecked:
        return None
    steps = [one[1] for one in getattr(scaler, "steps", ()) or ()]
    return next((one for one in [scaler, *steps] if hasattr(one, "n_samples_seen_") or hasattr(one, "mean_")), None)


def _seen(scaler: Any) -> np.ndarray:
    return np.ravel(getattr(scaler, "n_samples_seen_", 0))


_PROGRAM = """import numpy as np
from sklearn.preprocessing import {kind}

rng = np.random.default_rng(0)
X = rng.normal(50, 9, (300, 4))
y = X[:, 0] > 50
scaler = {kind}().fit(X{rows})
Z = scaler.transform(X)
examined = dict(model=None, train=(Z[:200], y[:200]), test=(Z[200:], y[200:]){given})"""

VALID_MORE = (
    _PROGRAM.format(kind="StandardScaler", rows="[:200]", given=""),
    _PROGRAM.format(kind="MinMaxScaler", rows="[:200]", given=", scaler=scaler"),
    """import numpy as np

rng = np.random.default_rng(1)  # numbers that are about standard by nature
X = rng.normal(size=(400, 6))
examined = dict(model=None, train=(X[:300], X[:300, 0] > 0), test=(X[300:], X[300:, 0] > 0))""",
)

RULE = Rule(
    name="scaler-saw-everything",
    family="data",
    what="Compares the mean that a scaler learned, or that of the data, with train alone and with all parts.",
    why="Scaled with the test part's mean, train knows something about the test part; new data will not give it that.",
    reference="scikit-learn, Common pitfalls: data leakage during pre-processing.",
    known_problems="Without the scaler only standardised tables are judged, when all parts that it saw are given.",
    fix="scaler = StandardScaler().fit(X_train)",
    check=check,
    invalid=_PROGRAM.format(kind="StandardScaler", rows="", given=", scaler=scaler"),
    valid=_PROGRAM.format(kind="StandardScaler", rows="[:200]", given=", scaler=scaler"),
    weight=6,
)
