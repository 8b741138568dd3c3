"""How well a network's features suit a new task, told before any fine-tuning, and how far such scores can be trusted.

A score looks at the features of a few labelled examples. `rank_agreement` then asks whether the order in which a score
puts candidates is the order of the accuracies that they reach in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.errors import DataError, unknown_name

_RATIOS = np.logspace(-8, 8, 161)


def logme(features: np.ndarray, y: np.ndarray) -> float:
    """Compute LogME, the log of the maximum evidence of a linear model that names the classes from features.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        What a network makes of n examples.
    y : ndarray of shape (n,)
        Their classes.

    Returns
    -------
    float
        Per example and averaged over classes; higher is better. Only differences between candidates on the same
        examples mean something.

    Raises
    ------
    DataError
        When the shapes do not fit, a feature is not finite, all features are zero, or there is only one class.

    Notes
    -----
    You, Liu, Wang, Long (2021), *LogME: Practical Assessment of Pre-trained Models for Transfer Learning*, ICML. The
    indicator of each class is taken for a linear function of the features plus noise, both Gaussian; the evidence is
    the probability of the labels, weights integrated out, at the best two variances. The paper finds these by a
    fixed-point iteration. Here the noise's variance is solved for, given the ratio of the two, and that ratio is
    searched for, so that nothing has to converge.

    Examples
    --------
    >>> y = np.array([0, 0, 0, 1, 1, 1])
    >>> useful = np.array([[1, 0.1], [1, 0], [1, -0.1], [0.1, 1], [0, 1], [-0.1, 1]])
    >>> noise = np.random.default_rng(0).normal(size=(6, 2))
    >>> logme(useful, y) > logme(noise, y)
    True
    """
    features, y = _checked(features, y)
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    squares = singular**2 / (singular**2).mean()  # the best prior takes up any common factor of the features
    classes = np.unique(y)
    indicators = (y[:, None] == classes).astype(float)
    inside = (left.T @ indicators) ** 2
    outside = np.maximum((indicators**2).sum(0) - inside.sum(0), 0)
    found = [_best_evidence(squares, inside[:, k], outside[k], len(y)) for k in range(len(classes))]
    return float(np.mean(found) / len(y))


def _best_evidence(squares: np.ndarray, inside: np.ndarray, outside: float, n: int) -> float:
    """Maximise the log evidence of one indicator over the ratio of the weights' precision to the noise's."""
    from scipy.optimize import minimize_scalar

    def evidence(log_ratio: Any) -> Any:
        ratio = np.exp(np.asarray(log_ratio))[..., None]
        misfit = (inside * ratio / (ratio + squares)).sum(-1) + outside  # labels' squared length, whitened
        precision = n / np.maximum(misfit, 1e-12 * n)
        spread = np.log1p(squares / ratio).sum(-1)
        return 0.5 * (n * np.log(precision / (2 * np.pi)) - spread - n)

    grid = np.log(_RATIOS)
    coarse = evidence(grid)
    best = int(coarse.argmax())
    ends = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    fine = minimize_scalar(lambda t: -evidence(t), bounds=ends, method="bounded", options={"xatol": 1e-9})
    return max(float(coarse[best]), float(-fine.fun))


def probe_score(features: np.ndarray, y: np.ndarray, *, folds: int = 5, random_state: int = 0) -> float:
    """Compute the accuracy of a linear probe in cross-validation: logistic regression on the features.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        What a network makes of n examples; they are brought to an average length of 8 first.
    y : ndarray of shape (n,)
        Their classes.
    folds : int
        How many parts; each class needs as many examples.
    random_state : int
        Seed of the parts.

    Returns
    -------
    float
        Share of right answers on examples that the probe was not fitted on.

    Raises
    ------
    DataError
        As `logme`, and when a class has fewer examples than there are folds.

    Examples
    --------
    >>> y = np.arange(20) % 2
    >>> probe_score(np.eye(2)[y], y)
    1.0
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    features, y = _checked(features, y)
    fewest = int(np.unique(y, return_counts=True)[1].min())
    if fewest < folds:
        raise DataError(
            f"{folds} folds need {folds} examples of each class; one class has {fewest}.", fix=f"Use folds={fewest}."
        )
    parts = StratifiedKFold(folds, shuffle=True, random_state=random_state)
    probe = LogisticRegression(max_iter=1000)
    return float(cross_val_score(probe, shortened(features)[0], y, cv=parts).mean())


def shortened(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn the axes of features so that only as many are left as there are examples.

    A linear model with a squared penalty sees only lengths and angles, so it gives the same answers on what is left, in
    a fraction of the time. Features are also brought to an average length of 8, so that one penalty suits all networks.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Of the examples to be trained on.

    Returns
    -------
    short : ndarray of shape (n, min(n, d))
        The same examples.
    turn : ndarray of shape (d, min(n, d))
        ``other @ turn`` does the same to features of other examples.

    Examples
    --------
    >>> short, turn = shortened(np.random.default_rng(0).normal(size=(5, 100)))
    >>> short.shape, turn.shape
    ((5, 5), (100, 5))
    """
    features = np.asarray(features, float)
    length = np.linalg.norm(features, axis=1).mean()
    turn = np.linalg.svd(features, full_matrices=False)[2].T * (8 / max(length, 1e-12))
    return features @ turn, turn


@dataclass(frozen=True)
class RankAgreement:
    """How well one order of candidates agrees with another.

    Attributes
    ----------
    mean : float
        The rank correlation, averaged over repetitions: 1 for the same order, 0 for none, -1 for the reverse.
    low, high : float
        Its 95 % interval over candidates and repetitions.
    p : float
        Share of random orders of the candidates that agree at least as well.
    candidates, repetitions : int
        What it rests on.
    """

    mean: float
    low: float
    high: float
    p: float
    candidates: int
    repetitions: int

    def __str__(self) -> str:
        return (
            f"{self.mean:.2f} (95 % interval {self.low:.2f} to {self.high:.2f}, p = {self.p:.3f}, "
            f"{self.candidates} candidates, {self.repetitions} repetitions)"
        )


def rank_agreement(
    scores: Any, outcomes: Any, *, kind: str = "kendall", samples: int = 1000, random_state: int = 0
) -> RankAgreement:
    """Compute the rank correlation of scores with outcomes, and how uncertain it is.

    Parameters
    ----------
    scores, outcomes : array-like of shape (repetitions, candidates)
        What was foretold, and what came; one row is enough.
    kind : {"kendall", "spearman"}
        Kendall's tau-b, or Spearman's rho.
    samples : int
        How many times candidates and repetitions are drawn anew, and how many random orders are tried.
    random_state : int
        Seed of both.

    Returns
    -------
    RankAgreement
        The interval holds for other candidates *and* other repetitions of the same sort: both are drawn with
        replacement (Owen 2007, *The pigeonhole bootstrap*, Annals of Applied Statistics 1).

    Raises
    ------
    DataError
        When shapes differ or there are fewer than four candidates.
    UnknownNameError
        For another kind.

    Examples
    --------
    >>> made = rank_agreement([[1, 2, 3, 4, 5], [1, 3, 2, 4, 5]], [[10, 20, 30, 40, 50]] * 2)
    >>> round(made.mean, 2), made.candidates
    (0.9, 5)
    """
    scores, outcomes = np.atleast_2d(np.asarray(scores, float)), np.atleast_2d(np.asarray(outcomes, float))
    if kind not in ("kendall", "spearman"):
        raise unknown_name("rank correlation", kind, ("kendall", "spearman"))
    if scores.shape != outcomes.shape or scores.ndim != 2:
        raise DataError(f"Scores and outcomes must be as many; got shapes {scores.shape} and {outcomes.shape}.")
    repetitions, candidates = scores.shape
    if candidates < 4:
        raise DataError(f"A rank correlation needs at least 4 candidates to say anything; got {candidates}.")
    signs, signs_too = _comparable(scores, kind), _comparable(outcomes, kind)
    rng = np.random.default_rng(random_state)
    everyone, all_rows = np.arange(candidates), np.arange(repetitions)
    mean = _agreement(signs, signs_too, everyone, everyone, all_rows)
    drawn, chance = [], 0
    for _ in range(samples):
        some, rows = rng.integers(candidates, size=candidates), rng.integers(repetitions, size=repetitions)
        drawn.append(_agreement(signs, signs_too, some, some, rows))
        chance += _agreement(signs, signs_too, everyone, rng.permutation(candidates), all_rows) >= mean - 1e-12
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return RankAgreement(mean, float(low), float(high), (chance + 1) / (samples + 1), candidates, repetitions)


def _comparable(values: np.ndarray, kind: str) -> np.ndarray:
    """Compare every candidate with every other, (repetitions, candidates, candidates): which is ahead, or by how much.

    Kendall's tau-b is the cosine of the angle between two such tables of signs, Spearman's rho that between two tables
    of differences of ranks.
    """
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=1)
    ahead = ranks[:, :, None] - ranks[:, None, :]
    return np.sign(ahead) if kind == "kendall" else ahead


def _agreement(one: np.ndarray, other: np.ndarray, mine: np.ndarray, theirs: np.ndarray, rows: np.ndarray) -> float:
    a, b = one[rows][:, mine][:, :, mine], other[rows][:, theirs][:, :, theirs]
    across = (a * b).sum((1, 2))
    lengths = np.sqrt((a * a).sum((1, 2)) * (b * b).sum((1, 2)))
    found = np.divide(across, lengths, out=np.full(len(rows), np.nan), where=lengths > 0)
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def _checked(features: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    features, y = np.asarray(features, float), np.asarray(y)
    if features.ndim != 2 or y.shape != features.shape[:1]:
        raise DataError(
            f"Features must have shape (n, d) and y shape (n,); got {features.shape} and {y.shape}.",
            fix="Pool or flatten maps first: features.reshape(len(features), -1).",
        )
    if not np.isfinite(features).all() or not features.any():
        raise DataError("Features must be finite and not all zero.", fix="Look at the network's input and weights.")
    if len(np.unique(y)) < 2:
        raise DataError("A score needs at least two classes.")
    return features, y
