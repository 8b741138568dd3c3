"""Scores with the interval that belongs to them, thresholds, calibration, and comparisons."""

from ftlearn.evaluation.bootstrap import bootstrap_interval
from ftlearn.evaluation.calibration import Temperature, calibration_error, calibration_table, fit_temperature
from ftlearn.evaluation.comparison import McNemar, mcnemar
from ftlearn.evaluation.folds import folds_interval
from ftlearn.evaluation.intervals import Interval, mean_interval, paired_interval, wilson_interval
from ftlearn.evaluation.labels import likely_label_errors
from ftlearn.evaluation.runs import paired_points, summarise
from ftlearn.evaluation.scores import accuracy
from ftlearn.evaluation.thresholds import best_threshold, cost_threshold, threshold_table

__all__ = [
    "Interval", "McNemar", "Temperature", "accuracy", "best_threshold", "bootstrap_interval", "calibration_error",
    "calibration_table", "cost_threshold", "fit_temperature", "folds_interval", "likely_label_errors", "mcnemar",
    "mean_interval", "paired_interval", "paired_points", "summarise", "threshold_table", "wilson_interval",
]  # fmt: skip
