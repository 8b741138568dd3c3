"""What a network that learnt from synthetic series is worth on four real ones, against scratch and classical rivals.

At each of several moments (a seed chooses one) every method gets the same history and forecasts the next 48 steps from
37 origins, 12 steps ahead. Each method chooses among a few settings by the last 24 steps of its history. Networks are
trained on what comes before these 24; ETS and SARIMA are fitted to all of the history once the choice is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.forecasting import conformal_radius, coverage, load_series, mae, mase_scale, series_names, windows
from ftlearn.studies._series_methods import CONFIDENCE, HORIZON, LENGTH, METHODS, ON_CURVE, TEST, Attempt, Moment

SEEDS = 6  # moments
HISTORY = 120
HORIZONS = (1, 3, 6, 12)
CURVE = {"elnino": (84, 120, 180, 240, 360)}
ONLY = {"from scratch, shuffled split": ("elnino", "sunspots")}
FIRST_CUT = {"elnino": 360, "co2": 240, "sunspots": 120, "seattle": 120}
SHOWN = 0  # the seed whose forecasts are kept, for pictures
KEYS = ["series", "history", "strategy", "horizon"]
CHECK = (("elnino", 120, "untouched"), ("elnino", 120, "frozen, new head on features"), ("elnino", 120, "SARIMA"))
TOLERANCE = {"mae": 0.1, "mase": 0.1}


def moment(name: str, history: int, seed: int) -> Moment:
    """Cut a series at one of `SEEDS` moments, evenly spread over what is not needed as the longest history."""
    series = load_series(name)
    cut = int(np.linspace(FIRST_CUT[name], len(series) - TEST, SEEDS)[seed % SEEDS])
    return Moment(series, series.values[cut - history : cut + TEST], history, cut)


def measure(seed: int, part: tuple | None = None) -> list[dict[str, Any]]:
    """Run every method at one moment of each series (and with every history, for the learning curve)."""
    wanted = part or [
        (name, history, strategy)
        for name in series_names()
        for history in sorted({HISTORY, *CURVE.get(name, ())})
        for strategy in METHODS
        if (history == HISTORY or strategy in ON_CURVE) and name in ONLY.get(strategy, series_names())
    ]
    rows = []
    for name, history, strategy in wanted:
        here = moment(name, history, seed)
        rows += _rows(here, strategy, METHODS[strategy](here, seed), seed)
    return rows


def _rows(here: Moment, strategy: str, attempt: Attempt, seed: int) -> list[dict[str, Any]]:
    tested = windows(here.values, LENGTH, HORIZON, targets=here.test)
    scale = mase_scale(here.known, season=here.series.season)
    radii = conformal_radius(attempt.residuals, confidence=CONFIDENCE)
    rows = []
    for horizon in HORIZONS:
        h = horizon - 1
        truth, said, residuals = tested.Y[:, h], attempt.test[:, h], attempt.residuals[:, h]
        radius = np.full(len(truth), radii[h]) if attempt.radius is None else attempt.radius[:, h]
        growing = _growing(residuals, truth - said, horizon)
        row = {
            "seed": seed,
            "series": here.series.name,
            "history": here.history,
            "strategy": strategy,
            "horizon": horizon,
            "mae": mae(truth, said),
            "mase": mae(truth, said) / scale,
            "promised": float(np.abs(residuals).mean()),
            "coverage": coverage(truth, said - radius, said + radius),
            "radius": float(radius.mean()),
            "coverage_updated": coverage(truth, said - growing, said + growing),
            "radius_updated": float(growing.mean()),
            "setting": attempt.setting,
            "forecasts": " ".join(f"{value:.4g}" for value in said) if seed == SHOWN else "",
        }
        rows.append(row)
    return rows


def _growing(before: np.ndarray, errors: np.ndarray, horizon: int) -> np.ndarray:
    """Half-widths that take in each error as soon as its truth is known: `horizon` steps after its origin."""
    known = [np.append(before, errors[: max(k - horizon + 1, 0)]) for k in range(len(errors))]
    return np.array([conformal_radius(residuals, confidence=CONFIDENCE) for residuals in known])
