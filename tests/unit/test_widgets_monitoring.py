"""The learning-curve explorer: its rule is that of Keras, its picture says its numbers, it names what a table lacks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn import studies, widgets
from ftlearn.displays import GainsDisplay
from ftlearn.errors import DataError
from ftlearn.studies.learning_curves import CURVES, _packed, stopping, unpacked
from ftlearn.widgets.monitoring import stopping_figure


def keras_rule(values, patience):
    """Feed a history to Keras's own callback; where it stops, and the epoch whose weights it puts back."""
    import keras

    class Model:
        stop_training = False
        metrics = ()
        weights = None

        def get_weights(self):
            return self.weights

        def set_weights(self, weights):
            self.weights = weights

    model, stopper = Model(), keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=patience, mode="min", restore_best_weights=True
    )  # fmt: skip
    stopper.set_model(model)
    stopper.on_train_begin()
    for epoch, value in enumerate(values):
        model.weights = epoch
        stopper.on_epoch_end(epoch, {"val_loss": value})
        if model.stop_training:
            break
    stopper.on_train_end()
    return epoch, model.weights


@settings(deadline=None)
@given(st.lists(st.floats(0, 5, width=16), min_size=1, max_size=30), st.integers(0, 8))
def test_the_rule_stops_and_restores_where_keras_does(values, patience):
    assert stopping(values, patience) == keras_rule(values, patience)


@settings(deadline=None)
@given(st.lists(st.floats(1e-3, 9.9), min_size=1, max_size=20))
def test_curves_come_back_from_their_strings(values):
    row = {"seed": 0, "budget": 20, "labels": "clean", "technique": "none"} | dict.fromkeys(CURVES, _packed(values))
    long = unpacked(pd.DataFrame([row]))
    assert long["epoch"].tolist() == list(range(1, len(values) + 1))
    assert np.allclose(long["val_loss"], values, rtol=0.006)


@pytest.fixture(scope="module")
def curves():
    return unpacked(studies.load("learning_curves"))


@pytest.mark.parametrize("patience", [1, 20])
@pytest.mark.parametrize(("budget", "labels"), [(20, "a fifth wrong"), (200, "clean")])
def test_the_picture_says_where_it_stops_and_what_it_restores(curves, budget, labels, patience):
    figure, alt = stopping_figure(curves, budget, labels, "none", patience, 0)
    run = curves.query("budget == @budget and labels == @labels and technique == 'none' and seed == 0")
    stop, best = stopping(run["val_loss"].tolist(), patience)
    assert figure.get_suptitle() == f"Patience {patience} ends at epoch {stop + 1} and restores epoch {best + 1}"
    assert alt.startswith(figure.get_suptitle())
    assert f"{100 * run['test_accuracy'].iloc[best]:.1f} % with the restored weights" in alt
    left, right = figure.axes
    assert [len(line.get_xdata()) for line in left.lines[:2]] == [50, 50]
    assert {text.get_text() for text in right.texts} == {"validation", "test"}


def test_a_run_that_is_never_stopped_says_so(curves):
    run = curves.query("budget == 20 and labels == 'clean' and technique == 'none' and seed == 0").head(10)
    assert "lets all 10 epochs pass" in stopping_figure(run, 20, "clean", "none", 20, 0)[1]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ((30, "clean", "none", 3, 0), "budget 30.*It has 20, 50, 200"),
        ((20, "dirty", "none", 3, 0), "labels 'dirty'.*It has a fifth wrong, clean"),
        ((20, "clean", "prayer", 3, 0), "technique 'prayer'"),
        ((20, "clean", "none", 3, 99), "seed 99"),
    ],
)
def test_a_setting_that_was_not_measured_is_refused(curves, setting, said):
    with pytest.raises(DataError, match=said):
        stopping_figure(curves, *setting)


def test_the_explorer_names_what_a_table_lacks(curves):
    with pytest.raises(DataError, match="lacks val_loss, test_accuracy"):
        widgets.stopping_explorer(curves.drop(columns=["val_loss", "test_accuracy"]))


def test_gains_are_drawn_where_they_are():
    rows = [
        {"what": what, "start": start, "labels": labels, "points": p, "from": p - 1, "to": p + 1}
        for p, (what, start, labels) in enumerate(
            (w, s, k) for w in ("dropout", "smoothing") for s in ("dense", "tuned") for k in ("clean", "wrong")
        )
    ]
    made = GainsDisplay.from_points(
        pd.DataFrame(rows), row="what", panel="start", series="labels", title="t", against="plain training"
    )
    assert "tuned, wrong: dropout 3.0 (2.0 to 4.0), smoothing 7.0 (6.0 to 8.0)" in made.alt
    dense, tuned = made.figure_.axes
    assert [ax.get_title(loc="left") for ax in (dense, tuned)] == ["dense", "tuned"]
    assert [list(line.get_xdata()) for line in dense.lines[:2]] == [[0, 4], [1, 5]]
    assert [label.get_text() for label in dense.get_yticklabels()] == ["dropout", "smoothing"]
