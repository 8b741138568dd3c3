"""The widget of lesson 02 ranks by what was measured and gives its reasons; its points say what they show."""

import pandas as pd
import pytest

from ftlearn.costs import training_memory
from ftlearn.displays import PointsDisplay
from ftlearn.errors import DataError, UnknownNameError
from ftlearn.widgets.choosing import MACHINES, TASKS, candidates, choosing_explorer, choosing_figure


@pytest.fixture
def networks():
    """A small quick network, a large accurate one, and one that is neither."""
    rows = [
        ("small", 71.3, 2e6, 9.0, 3e8, 20.0, 70.0),
        ("large", 77.9, 24e6, 95.0, 6e9, 180.0, 170.0),
        ("old", 71.0, 15e6, 59.0, 15e9, 300.0, 110.0),
    ]
    columns = ["network", "accuracy", "parameters", "megabytes", "multiply_adds", "milliseconds", "kept_mb"]
    return pd.DataFrame(rows, columns=columns)


def test_photographs_go_by_accuracy_and_other_pictures_by_time(networks):
    by_accuracy = candidates(networks, 50, "16 GB, no GPU", "photographs")
    by_time = candidates(networks, 50, "16 GB, no GPU", "pictures unlike photographs")
    assert by_accuracy["network"].tolist() == ["large", "small", "old"]
    assert by_time["network"].tolist() == ["small", "large", "old"]
    assert by_accuracy["fits"].all()


def test_among_equally_accurate_networks_the_quicker_comes_first(networks):
    equal = networks.assign(accuracy=71.3).iloc[::-1]
    made = candidates(equal, 50, "16 GB, no GPU", "photographs")
    assert made["network"].tolist() == ["small", "large", "old"]


def test_few_labels_mean_frozen_features_and_many_mean_fine_tuning(networks):
    few = candidates(networks, 499, "2 GB, no GPU", "photographs").set_index("network")
    many = candidates(networks, 500, "2 GB, no GPU", "photographs").set_index("network")
    assert few.loc["large", "memory"] == training_memory(95.0, 170.0, frozen=True)
    assert many.loc["large", "memory"] == training_memory(95.0, 170.0, batch_size=16)
    assert few["fits"].all() and many["fits"].to_dict() == {"small": True, "large": False, "old": False}
    assert many.loc["large", "reason"] == "needs 3.1 GB: too much"
    assert few.loc["small", "seconds"] == pytest.approx(499 * 0.02)
    assert many.loc["small", "seconds"] == pytest.approx(500 * 0.02 * 30)


def test_a_phone_takes_small_weights_only(networks):
    made = candidates(networks, 50, "trained on 16 GB, used on a phone", "photographs")
    assert made.iloc[0]["network"] == "small" and made["fits"].sum() == 1
    assert made.iloc[1]["reason"] == "weights of 95 MB: too large"


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("labels", [20, 100_000])
def test_every_setting_can_be_drawn_and_says_every_reason(networks, labels, machine, task):
    figure, alt = choosing_figure(networks, labels, machine, task)
    made = candidates(networks, labels, machine, task)
    assert all(f"{row.network}, {row.accuracy:.1f} %, {row.reason}" in alt for row in made.itertuples())
    assert figure.get_suptitle() in alt and machine in alt
    if task == "text":
        assert not made["fits"].any() and figure.get_suptitle() == "Text: none of these networks reads it"


def test_nothing_fits_is_said(networks):
    _, alt = choosing_figure(networks.query("network == 'old'"), 1000, "2 GB, no GPU", "photographs")
    assert alt.startswith("1,000 labels: fine-tuning all layers; none of them fits")


def test_unknown_settings_and_missing_columns_are_refused(networks):
    with pytest.raises(UnknownNameError, match="Did you mean '2 GB, no GPU'"):
        candidates(networks, 50, "2 GB, no GPUs", "photographs")
    with pytest.raises(UnknownNameError, match="Did you mean 'photographs'"):
        candidates(networks, 50, "2 GB, no GPU", "photograph")
    with pytest.raises(DataError, match="lacks kept_mb"):
        choosing_explorer(networks.drop(columns="kept_mb"))


def test_points_are_named_beside_them_and_inside_the_axes(networks):
    made = PointsDisplay.from_names(networks, "multiply_adds", "accuracy", name="network", title="t",
                                    xlabel="work", ylabel="gain", log_x=True)  # fmt: skip
    assert made.alt == "gain against work. small: 71.3 at 3e+08; large: 77.9 at 6e+09; old: 71 at 1.5e+10."
    made.figure_.draw_without_rendering()
    frame = made.ax_.get_window_extent()
    for text in made.ax_.texts:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1, text.get_text()


def test_panels_hold_each_group():
    table = pd.DataFrame({"x": range(8), "y": range(8), "kind": list("abab" * 2), "task": ["one"] * 4 + ["two"] * 4})
    made = PointsDisplay.from_groups(table, "x", "y", by="kind", panels="task", title="t", xlabel="x", ylabel="y")
    assert [ax.get_title() for ax in made.figure_.axes] == ["one", "two"]
    assert [len(line.get_xdata()) for line in made.figure_.axes[1].lines] == [2, 2]
    assert "two: a from 4 at 4 to 6 at 6" in made.alt
