"""Pictures carry their description, labels do not overlap, and a quiet start hides chatter only."""

import base64
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn import displays, environment, figures


def runs():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "labels": np.repeat([10, 20], 6),
            "strategy": ["frozen", "fine-tuned"] * 6,
            "accuracy": rng.uniform(0.5, 1, 12),
        }
    )


def picture():
    return displays.LinesDisplay.from_runs(
        runs(), "labels", "accuracy", by="strategy", title="A title", xlabel="labels", ylabel="accuracy"
    )


def test_a_picture_is_shown_with_its_description_in_every_form():
    data, metadata = picture()._repr_mimebundle_()
    assert 'alt="accuracy against labels. frozen: ' in data["text/html"]
    assert metadata["image/png"]["alt"] == data["text/plain"] == picture().alt
    assert base64.b64decode(data["image/png"])[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(data["image/png"]) < 60_000


def test_the_lines_are_the_means_of_the_runs():
    means = runs().groupby(["strategy", "labels"])["accuracy"].mean()
    drawn = {line.get_color(): line.get_ydata() for line in picture().ax_.lines}
    for strategy in ("frozen", "fine-tuned"):
        colour = figures.STRATEGY_STYLES[strategy]["color"]
        assert np.allclose(drawn[colour], means[strategy].loc[[10, 20]])


def test_text_in_the_description_is_escaped():
    figure, _ = figures.new_figure(1, 1)
    assert 'alt="&lt;b&gt; &quot;x&quot;"' in figures.figure_html(figure, '<b> "x"')


def test_nothing_is_left_open_in_pyplot():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    picture(), displays.ImagesDisplay.from_arrays(np.zeros((3, 8, 8, 1)), title="t")
    displays.LearningCurveDisplay.from_history({"loss": [1, 0.5]})
    assert plt.get_fignums() == before


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.01, 0.3))
def test_labels_keep_their_distance_and_stay_inside(values, gap):
    placed = figures.spread(np.array(values), gap, 0, 1)
    fits = min(gap, 1 / max(len(values) - 1, 1))
    assert placed.min() >= -1e-6 and placed.max() <= 1 + 1e-6
    assert (np.diff(np.sort(placed)) >= fits - 0.01).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(placed[order]) >= -1e-9).all()


def test_ticks_read_as_a_person_writes_them():
    assert [figures.tick(x) for x in (1e-6, 0.01, 0.1, 10, 300)] == ["1e-6", "1e-2", "0.1", "10", "300"]


def test_a_prediction_says_what_was_read_and_what_is_true():
    shown = displays.PredictionDisplay.from_prediction(np.zeros((8, 8, 1)), np.array([0.1, 0.7, 0.2]), 2, "abc")
    assert shown.alt == "Read as b, 70 % sure; it is c."


def test_tensorflow_starts_without_a_word():
    code = "from ftlearn.environment import start_tensorflow; start_tensorflow()"
    env = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout == "" and done.stderr == ""


def test_only_chatter_is_held_back(capfd):
    with environment.without_chatter():
        os.write(2, b"I0000 00:00:1.5 12 port.cc:153] oneDNN is on\nsomething that matters\n")
    assert capfd.readouterr().err == "something that matters\n"


def test_what_was_held_back_is_said_even_when_the_import_fails(capfd):
    with pytest.raises(ImportError), environment.without_chatter():
        os.write(2, b"libfoo is missing\n")
        raise ImportError
    assert "libfoo is missing" in capfd.readouterr().err


def test_a_heatmap_writes_every_number_and_leaves_missing_cells_empty():
    table = pd.DataFrame({"a": [0.1, np.nan], "b": [0.3, 0.9]}, index=["one", "two"])
    display = displays.HeatmapDisplay.from_table(table, title="Shares", what="a share")
    assert [text.get_text() for text in display.ax_.texts] == ["0.10", "0.30", "0.90"]
    assert display.alt == "A grid of a share. one: 0.10 at a, 0.30 at b; two: 0.90 at b."


def test_a_line_without_a_style_takes_a_colour_that_no_strategy_has():
    table = pd.DataFrame({"x": [1, 2], "mean": [0.1, 0.2]})
    lines = dict.fromkeys(("dense network", "frozen", "from scratch", "another"), table)
    display = displays.LinesDisplay(lines, title="t", xlabel="x", ylabel="y", alt="a").plot()
    colours = [line.get_color() for line in display.ax_.lines]
    assert len(set(colours)) == 4 and colours[1] == figures.STRATEGY_STYLES["frozen"]["color"]
