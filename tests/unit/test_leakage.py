"""Promised against delivered: the picture, the explorer, and the mistakes as the study makes them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn.displays import PromiseDisplay
from ftlearn.errors import DataError
from ftlearn.evaluation import paired_interval
from ftlearn.studies import leakage
from ftlearn.widgets.leakage import doses, leakage_explorer, leakage_figure


@pytest.fixture
def table():
    """Copies promise more and more; done right, nothing. Writers leak the more the fewer they are."""
    rows = []
    for seed, wobble in enumerate((-0.01, 0.0, 0.01)):
        for dose in (0, 10, 25, 50, 100):
            rows.append(("copies", "mistake", dose, seed, 0.9 + dose / 1000 + wobble, 0.9 + wobble))
            rows.append(("copies", "right", dose, seed, 0.9 - wobble, 0.9 + wobble))
        for dose in (2, 3, 5, 9):
            rows.append(("writers", "mistake", dose, seed, 0.9 + 0.1 / dose, 0.9 + wobble))
    return pd.DataFrame(rows, columns=["mistake", "way", "dose", "seed", "promised", "accuracy"])


def test_the_display_shows_means_and_the_paired_difference(table):
    runs = table[(table["mistake"] == "copies") & (table["dose"] == 50)]
    display = PromiseDisplay.from_runs(runs, by="way", title="t")
    here = runs[runs["way"] == "right"]
    gap = paired_interval(here["promised"], here["accuracy"])
    assert display.table.loc["right", "gap_high"] == pytest.approx(100 * gap.high)
    assert display.table.loc["mistake", "promised"] == pytest.approx(95)
    # the wobble is in both and cancels: the difference has no width though promise and delivery have
    assert display.table.loc["mistake", "gap_low"] == pytest.approx(5)
    assert "mistake: promised 95.0 %, delivered 90.0 %, difference 5.0 points (5.0 to 5.0)" in display.alt
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["mistake", "right"]


def test_doses_grow_from_a_little_to_very_much(table):
    assert doses(table, "copies") == [10, 25, 50, 100]
    assert doses(table, "writers") == [9, 5, 3, 2]
    with pytest.raises(DataError, match="no runs of 'selection'"):
        doses(table, "selection")


def test_the_picture_says_what_is_promised_and_delivered(table):
    _, alt = leakage_figure(table, "copies", 3)
    assert alt.startswith("100 % of the images taken twice: promised 100 %, delivered 90 %, 10.0 points too much.")
    assert "promised, done right 90.0 % at 10, 90.0 % at 25" in alt
    figure, alt = leakage_figure(table, "writers", 3)
    assert alt.startswith("2 writers: promised 95 %, delivered 90 %") and "done right" not in alt
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["9", "5", "3", "2"]


def test_a_difference_that_the_seeds_do_not_show_is_not_called_one(table):
    table.loc[table["mistake"] == "writers", "promised"] = 0.905
    assert "no difference to speak of" in leakage_figure(table, "writers", 0)[1]


def test_the_explorer_offers_the_mistakes_that_the_table_has(table, capsys):
    leakage_explorer(table)
    assert "50 % of the images taken twice" in capsys.readouterr().out
    with pytest.raises(DataError, match="lacks promised"):
        leakage_explorer(table.drop(columns="promised"))
    with pytest.raises(DataError, match="none of the mistakes"):
        leakage_explorer(table.assign(mistake="other"))


@settings(max_examples=30, deadline=None)
@given(percent=st.integers(0, 100), seed=st.integers(0, 50), n=st.integers(1, 200))
def test_so_many_labels_are_wrong_and_no_other(percent, seed, n):
    y = np.arange(n) % 10
    labels = leakage.with_wrong_labels(y, percent, seed)
    assert (labels != y).sum() == round(percent * n / 100)
    assert set(labels) <= set(range(10)) and np.array_equal(y, np.arange(n) % 10)


@pytest.mark.parametrize("seed", [0, 7])
def test_labelled_and_untouched_rows_are_apart_and_classes_even(seed):
    _, y, writer = leakage.digits()
    mine, untouched = leakage.drawn(seed, 100)
    assert not set(mine) & set(untouched) and len(set(mine)) == 100
    assert set(np.bincount(y[mine])) == {10}
    assert np.array_equal(np.unique(writer), np.arange(13)) and (np.diff(writer) >= 0).all()


def test_a_dose_of_nothing_is_no_mistake(monkeypatch):
    """Without a single copy, the mistaken and the right way have the same data; only their folds differ."""
    monkeypatch.setattr(leakage, "COPIES", (0, 100))
    rows = pd.DataFrame(leakage.measure(1, ("copies",))).set_index(["way", "dose"])
    assert rows.loc[("mistake", 0), "accuracy"] == rows.loc[("right", 0), "accuracy"]
    assert abs(rows.loc[("mistake", 0), "promised"] - rows.loc[("right", 0), "promised"]) < 0.08
    assert rows.loc[("mistake", 100), "promised"] > rows.loc[("right", 100), "promised"] + 0.04
