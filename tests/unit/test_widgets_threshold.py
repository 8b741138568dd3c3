"""The threshold explorer and the displays of scores say what scikit-learn says."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from ftlearn.displays import CalibrationDisplay, IntervalsDisplay, RocPrDisplay, new_figure
from ftlearn.errors import DataError, UnknownNameError
from ftlearn.evaluation import calibration_error, wilson_interval
from ftlearn.widgets import Case
from ftlearn.widgets.controls import slider
from ftlearn.widgets.threshold import COSTS, SCORES, THRESHOLDS, threshold_figure

RNG = np.random.default_rng(0)
Y = (RNG.uniform(size=300) < 0.2).astype(int)
P = (1 / (1 + np.exp(-RNG.normal(3 * Y - 2, 1.5)))).round(3)
CASES = {"cells": Case(Y, P, "cancers", "healthy samples"), "easy": ([0, 0, 1, 1], [0.0, 0.2, 0.8, 1.0])}


def test_the_picture_says_who_is_found_and_every_score():
    _, alt = threshold_figure(CASES, "cells", 0.3, 20.0)
    found, alarmed = ((P >= 0.3) & (Y == 1)).sum(), ((P >= 0.3) & (Y == 0)).sum()
    assert alt.startswith(
        f"Alarm from 0.3: {found} of {Y.sum()} cancers found, {alarmed} of {(Y == 0).sum()} healthy samples alarmed. "
    )
    for name in SCORES:
        assert name.lower() in alt.lower()
    cost = (20 * (Y.sum() - found) + alarmed) / len(Y)
    assert f"20 false alarms: {cost:.3g} a case" in alt
    assert f"recall {found / Y.sum():.2f}" in alt


@pytest.mark.parametrize("threshold", [THRESHOLDS[0], 0.5, THRESHOLDS[-1]])
@pytest.mark.parametrize("cost", [min(COSTS.values()), max(COSTS.values())])
@pytest.mark.parametrize("case", list(CASES))
def test_extreme_settings_can_be_drawn_without_a_warning(case, threshold, cost, recwarn):
    figure, alt = threshold_figure(CASES, case, threshold, cost)
    figure.canvas.draw()
    assert "nan" not in alt
    assert not recwarn.list


def test_without_an_alarm_precision_is_undefined():
    _, alt = threshold_figure({"low": ([0, 1], [0.1, 0.2])}, "low", 0.9, 1.0)
    assert "0 of 1 positives found" in alt
    assert "precision undefined" in alt
    assert "as much as 1 false alarm:" in alt


def test_wrong_cases_are_named():
    with pytest.raises(UnknownNameError, match=r"no case named 'cell'\. Did you mean 'cells'"):
        threshold_figure(CASES, "cell", 0.5, 1.0)
    with pytest.raises(DataError, match="Are they logits"):
        threshold_figure({"logits": ([0, 1], [-2.0, 3.0])}, "logits", 0.5, 1.0)


def test_the_starting_settings_are_on_the_sliders():
    assert slider("t", THRESHOLDS, default=0.5).text(0.5) == "0.5"
    assert slider("c", COSTS, default=20.0).text(20.0) == "20"


def test_curves_give_sklearns_areas():
    made = RocPrDisplay.from_predictions({"a": (Y, P)}, title="t")
    assert f"ROC-AUC {roc_auc_score(Y, P):.2f}, average precision {average_precision_score(Y, P):.2f}" in made.alt
    roc = made.figure_.axes[0].lines[0].get_xydata()
    assert np.trapezoid(roc[:, 1], roc[:, 0]) == pytest.approx(roc_auc_score(Y, P))


def test_the_calibration_picture_knows_two_classes_from_many():
    two = CalibrationDisplay.from_predictions({"a": (Y, P)}, title="t")
    many = CalibrationDisplay.from_predictions({"a": (Y, np.c_[1 - P, P])}, title="t")
    assert f"calibration error {calibration_error(Y, P):.2f}" in two.alt
    assert two.ax_.get_xlabel() == "probability, %"
    assert many.ax_.get_xlabel() == "how sure of its answer, %"


def test_two_panels_can_be_put_into_a_place_of_a_figure():
    figure, axes = new_figure(8, 4, nrows=2)
    RocPrDisplay.from_predictions({"a": (Y, P)}, title="t").plot(axes[0])
    figure.canvas.draw()
    assert len(figure.axes) == 3


def test_intervals_are_drawn_where_they_are():
    made = IntervalsDisplay.from_intervals({"a": wilson_interval(80, 100)}, title="t", xlabel="accuracy, %", mark=0.5)
    bar, point, mark = made.ax_.lines
    assert bar.get_xdata() == pytest.approx([71.1, 86.7], abs=0.05)
    assert point.get_xdata() == pytest.approx([80])
    assert set(mark.get_xdata()) == {50}
