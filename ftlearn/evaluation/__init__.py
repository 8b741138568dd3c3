"""Scores with the interval that belongs to them, and comparisons."""

from ftlearn.evaluation.intervals import Interval, mean_interval, paired_interval, wilson_interval
from ftlearn.evaluation.runs import paired_points, summarise
from ftlearn.evaluation.scores import accuracy

__all__ = ["Interval", "accuracy", "mean_interval", "paired_interval", "paired_points", "summarise", "wilson_interval"]
