"""Synthetic series of many kinds, for the source network "series"."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.errors import unknown_name
from ftlearn.forecasting.windows import whole

KINDS = ("many kinds", "two sines")
SERIES_LENGTH = 63  # 51 steps to read, 12 more to be forecast


def synthetic_series(
    n: int, *, length: int = SERIES_LENGTH, kind: str = "many kinds", random_state: int = 0
) -> np.ndarray:
    """Make up series to learn from.

    Parameters
    ----------
    n : int
        How many.
    length : int
        Steps in each.
    kind : {"many kinds", "two sines"}
        ``"two sines"``: two sines of random period and phase, and a little noise. ``"many kinds"``: each series is a
        random mixture of trend, random walk, seasons of up to two periods from 3 to 64 steps with overtones, cycles
        that come round irregularly, slowly fading shocks, a level shift, noise from faint to loud; a quarter are bent
        so that peaks are sharper than valleys.
    random_state : int
        Seed.

    Returns
    -------
    ndarray of float32, shape (n, length)
        One series a row.

    Raises
    ------
    DataError
        When `n` or `length` is no whole number of at least 1.
    UnknownNameError
        For another kind.

    Examples
    --------
    >>> synthetic_series(10_000, kind="two sines").shape
    (10000, 63)
    """
    n, length = whole(n, "n"), whole(length, "length")
    if kind not in KINDS:
        raise unknown_name("kind of synthetic series", kind, KINDS)
    rng = np.random.default_rng(random_state)
    t = np.arange(length)
    if kind == "two sines":
        slow, fast = rng.uniform([[16.0], [8.0]], [[32.0], [16.0]], (2, n))[:, :, None]
        phase = rng.uniform(0, 2 * np.pi, (2, n, 1))
        waves = 0.5 * np.sin(2 * np.pi * t / slow + phase[0]) + 0.2 * np.sin(2 * np.pi * t / fast + phase[1])
        return (waves + rng.uniform(-0.05, 0.05, (n, length))).astype("float32")
    return _mixture(rng, n, t).astype("float32")


def _mixture(rng: np.random.Generator, n: int, t: np.ndarray) -> np.ndarray:
    length = len(t)

    def some(share: float) -> np.ndarray:
        """Draw a strength for each series, zero for those that lack this ingredient."""
        return (rng.random((n, 1)) < share) * np.exp(rng.normal(0, 0.7, (n, 1)))

    sign = rng.choice([-1.0, 1.0], (2, n, 1))
    x = some(0.5) * sign[0] * 2 * t / length
    x += some(0.4) * 1.5 * rng.standard_normal((n, length)).cumsum(axis=1) / np.sqrt(length)
    x += some(0.8) * _season(rng, n, t) + some(0.35) * _season(rng, n, t)
    period, strength = _log_uniform(rng, 5, 40, n), rng.uniform(0.85, 0.995, n)
    x += some(0.4) * _autoregressive(rng, 2 * strength * np.cos(2 * np.pi / period), -(strength**2), length)
    x += some(0.3) * _autoregressive(rng, rng.uniform(0.5, 0.98, n), np.zeros(n), length)
    x += some(0.1) * sign[1] * (t >= rng.integers(3, max(length, 4), (n, 1)))
    standard = (x - x.mean(axis=1, keepdims=True)) / (x.std(axis=1, keepdims=True) + 1e-6)
    bent = 2 * np.exp(rng.uniform(0.2, 0.6, (n, 1)) * standard)
    x = np.where(rng.random((n, 1)) < 0.25, bent, x)
    loudness = (rng.random((n, 1)) < 0.85) * np.exp(rng.normal(-2.0, 1.0, (n, 1)))
    return x + loudness * rng.standard_normal((n, length))


def _log_uniform(rng: np.random.Generator, low: float, high: float, size: Any) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def _season(rng: np.random.Generator, n: int, t: np.ndarray) -> np.ndarray:
    """Make a pattern that comes round exactly: a wave and its first two overtones."""
    calendar = rng.choice([4.0, 7.0, 12.0, 12.0, 12.0, 24.0, 52.0], (n, 1))
    period = np.where(rng.random((n, 1)) < 0.4, calendar, _log_uniform(rng, 3, 64, (n, 1)))
    wave = np.cos(2 * np.pi * t / period + rng.uniform(0, 2 * np.pi, (n, 1)))
    for overtone in (2, 3):
        angle = 2 * np.pi * overtone * t / period + rng.uniform(0, 2 * np.pi, (n, 1))
        wave = wave + rng.normal(0, 0.5 / overtone, (n, 1)) * np.cos(angle)
    return wave


def _autoregressive(
    rng: np.random.Generator, one: np.ndarray, two: np.ndarray, length: int, warm_up: int = 100
) -> np.ndarray:
    """x[t] = one x[t-1] + two x[t-2] + a shock; each row scaled to size 1."""
    shocks = rng.standard_normal((length + warm_up, len(one)))
    x = np.zeros_like(shocks)
    for t in range(2, len(x)):
        x[t] = one * x[t - 1] + two * x[t - 2] + shocks[t]
    x = x[warm_up:].T
    return x / (np.sqrt((x**2).mean(axis=1, keepdims=True)) + 1e-9)
