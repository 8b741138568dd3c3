"""The scanner explorer: its picture says its numbers, and it names what a table lacks."""

import numpy as np
import pandas as pd
import pytest

from ftlearn import widgets
from ftlearn.errors import DataError
from ftlearn.widgets.adaptation import SCANNER_COLUMNS, WAYS, scanner_figure

X = np.random.default_rng(0).uniform(0, 1, (4, 8, 8, 1)).astype("float32")


@pytest.fixture
def table():
    accuracies = dict(zip(WAYS, (0.2, 0.5, 0.9, 0.4, 0.6), strict=False))
    rows = [(seed, kind, strength, way, accuracies[way] + 0.01 * seed)
            for seed in (0, 1, 2) for kind in ("blurred", "inverted") for strength in (0.2, 1.0)
            for way in accuracies]  # fmt: skip
    return pd.DataFrame(rows, columns=list(SCANNER_COLUMNS))


def test_the_picture_says_every_accuracy_and_which_is_best(table):
    figure, alt = scanner_figure(table, X, "blurred", 1.0)
    assert alt.startswith("Blurred, strength 100 %: 21 % read as it is; best: BatchNorm, 91 %.")
    assert "by hand: 51 % (" in alt and "CORAL: 41 % (" in alt
    places = [ax for part in figure.subfigs for ax in part.axes]
    assert len(places) == 2 * len(X) + 1
    assert [text.get_text() for text in places[-1].get_yticklabels()] == [w for w in WAYS if w in set(table["method"])]


def test_the_new_scanner_is_the_one_that_is_named(table):
    figure, _ = scanner_figure(table, X, "inverted", 1.0)
    old, new = (figure.subfigs[0].axes[i].images[0].get_array() for i in (0, 1))
    assert np.allclose(old, X[0, ..., 0]) and np.allclose(new, 1 - X[0, ..., 0])


def test_an_unknown_scanner_and_a_missing_column_are_named(table):
    with pytest.raises(DataError, match="no runs of 'smeared'"):
        scanner_figure(table, X, "smeared", 1.0)
    with pytest.raises(DataError, match="lacks strength"):
        widgets.scanner_explorer(table.drop(columns="strength"), X)


def test_without_widgets_one_setting_is_shown(table, capsys):
    widgets.scanner_explorer(table, X, scanner="inverted", strength=0.2)
    assert "Inverted, strength 20 %" in capsys.readouterr().out
