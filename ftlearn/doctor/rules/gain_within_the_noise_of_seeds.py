"""One method is said to be better than another by less than seeds differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ftlearn.doctor.case import Case
from ftlearn.doctor.rule import NotChecked, Rule
from ftlearn.evaluation import paired_interval


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare the method that differs most from the first with it, seed by seed."""
    given = case.extra("scores")
    if not isinstance(given, Mapping) or len(given) < 2:
        raise NotChecked("the scores of fewer than two methods were given")
    held = {str(name): np.asarray(list(values), dtype=float) for name, values in given.items()}
    (first, base), *others = held.items()
    if any(len(values) != len(base) for values in held.values()) or len(base) < 2:
        raise NotChecked("the methods were not scored on the same two seeds or more")
    if not all(np.isfinite(values).all() for values in held.values()):
        raise NotChecked("some scores are not numbers")
    name, best = max(others, key=lambda one: abs(float(np.mean(one[1] - base))))
    if np.array_equal(best, base):
        return
    interval = paired_interval(best, base)
    if interval.low <= 0 <= interval.high:
        gain = float(np.mean(best - base))
        yield (
            f"{name} differs from {first} by {gain:+.4g} on the average of {len(base)} seeds; 95 % interval "
            f"{interval.low:+.4g} to {interval.high:+.4g}, which includes 0.",
            {"gain": gain, "interval": [interval.low, interval.high], "seeds": len(base)},
        )


RULE = Rule(
    name="gain-within-the-noise-of-seeds",
    family="claims",
    what="Computes the interval of the paired difference over seeds, where `scores=` were given.",
    why="Another seed could turn the order round: the gain is no finding yet.",
    reference="Bouthillier et al., Accounting for variance in machine learning benchmarks, MLSys 2021.",
    known_problems="Folds and seeds of one data set are not independent: the interval is too narrow, if anything.",
    fix="ours, theirs = scores over 10 seeds each, in the same order\nftlearn.evaluation.paired_interval(ours, theirs)",
    check=check,
    invalid="""examined = dict(model=None, scores={"frozen": [0.81, 0.84, 0.79], "fine-tuned": [0.83, 0.82, 0.82]})""",
    valid="""examined = dict(model=None, scores={"frozen": [0.81, 0.84, 0.79], "fine-tuned": [0.91, 0.93, 0.90]})""",
    weight=4,
)

VALID_MORE = (
    """examined = dict(model=None, scores={"frozen": [0.81], "fine-tuned": [0.91]})""",
    """examined = dict(model=None, scores={"naive": [3.1, 3.3, 3.2], "lstm": [2.1, 2.4, 2.2], "gru": [2.2] * 3})""",
)
