import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ftlearn import widgets
from ftlearn.displays import new_figure
from ftlearn.errors import DataError, FtlearnError, UnknownNameError
from ftlearn.widgets import budget, exploring, freezing
from ftlearn.widgets.budget import budget_comparison, budget_figure, strategies
from ftlearn.widgets.freezing import freezing_figure, freezing_summary


@pytest.fixture
def study():
    """Frozen leads by 10 points with 10 labels; with 300 the two differ by less than the seeds do."""
    rows = []
    for seed, wobble in enumerate([-0.02, -0.01, 0.0, 0.01, 0.02]):
        for labels, frozen, scratch, nearest in ((10, 0.8, 0.7, 0.5), (300, 0.95, 0.95, 0.9)):
            rows.append(("frozen", labels, seed, frozen + wobble))
            rows.append(("from_scratch", labels, seed, scratch + wobble * (1 if labels == 10 else -1)))
            rows.append(("nearest", labels, seed, nearest))
    return pd.DataFrame(rows, columns=["strategy", "labels", "seed", "accuracy"])


@pytest.fixture
def table():
    rows = []
    for blocks, trainable, new, old in ((0, 650, 0.8, 0.9), (1, 100_000, 0.85, 0.8), (3, 250_000, 0.95, 0.3)):
        for seed, wobble in ((0, -0.01), (1, 0.01)):
            rows.append((blocks, 1e-3, trainable, new + wobble, old + wobble, seed))
            rows.append((blocks, 1e-2, trainable, new - 0.4, old - 0.2 * (blocks > 0), seed))
    return pd.DataFrame(rows, columns=["blocks", "learning_rate", "trainable", "accuracy", "old_accuracy", "seed"])


def test_comparison_pairs_the_seeds(study):
    made = budget_comparison(study, 10)
    assert (made["leader"], made["other"]) == ("frozen", "from_scratch")
    # Paired, the wobble cancels: the interval has no width, although each strategy's own has.
    assert made["difference"].low == pytest.approx(0.1)
    assert made["difference"].high == pytest.approx(0.1)
    assert made["means"]["frozen"].high - made["means"]["frozen"].low > 0.03
    assert made["title"] == "With 10 labels, frozen leads from scratch by 10 points"


def test_pairing_goes_by_seed_and_not_by_row(study):
    shuffled = study.sample(frac=1, random_state=3)
    assert budget_comparison(shuffled, 10)["difference"].low == pytest.approx(0.1)


def test_a_tie_is_called_a_tie(study):
    made = budget_comparison(study, 300)
    assert not made["difference"].excludes_zero
    assert "cannot be told apart" in made["title"]


def test_comparison_with_a_chosen_strategy(study):
    made = budget_comparison(study, 10, "nearest")
    assert made["other"] == "nearest"
    assert made["difference"].mean == pytest.approx(0.3)
    assert budget_comparison(study, 10, "frozen")["other"] == "from_scratch"  # not with itself


@pytest.mark.parametrize(
    ("labels", "against", "error", "said"),
    [(7, "", DataError, "no runs with 7 labels"), (10, "frosen", UnknownNameError, "Did you mean 'frozen'")],
)
def test_comparison_refuses_what_is_not_there(study, labels, against, error, said):
    with pytest.raises(error, match=re.escape(said)):
        budget_comparison(study, labels, against)


def test_budget_figure_says_its_numbers(study):
    figure, alt = budget_figure(study, 10)
    assert figure.get_suptitle() == "With 10 labels, frozen leads from scratch by 10 points"
    for said in ("frozen 80 % (78 to 82)", "from scratch 70 %", "nearest 50 % (50 to 50)", "over 5 seeds"):
        assert said in alt
    (ax,) = figure.axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["frozen", "from scratch", "nearest"]
    seeds = [line.get_xdata() for line in ax.lines if line.get_marker() == "|"]
    assert sorted(seeds[0]) == pytest.approx([78, 79, 80, 81, 82])
    assert [text.get_text() for text in ax.texts] == ["80 %", "70 %", "50 %"]


def test_budget_figures_share_axis_order_and_colours(study):
    (few,), (many,) = budget_figure(study, 10)[0].axes, budget_figure(study, 300)[0].axes
    assert few.get_xlim() == many.get_xlim()
    assert [line.get_color() for line in few.lines] == [line.get_color() for line in many.lines]
    assert strategies(study)[0] == "frozen"


def test_freezing_summary_averages_and_subtracts(table):
    mean = freezing_summary(table, 1e-3)
    assert list(mean.index) == [0, 1, 3]
    assert mean.loc[3, "accuracy"] == pytest.approx(0.95)
    assert list(mean["forgotten"]) == pytest.approx([0, 0.1, 0.6])


def test_freezing_figure_says_its_numbers(table):
    figure, alt = freezing_figure(table, 3, 1e-3)
    title = "3 blocks unfrozen: 95 % on the new task, 60 points of the old one forgotten"
    assert figure.get_suptitle() == title
    assert alt.startswith(title)
    assert "250,000 weights train" in alt
    assert "the old task is at 30 %" in alt
    bars, lines = figure.axes
    assert [patch.get_height() for patch in bars.patches] == pytest.approx([0.65, 100, 250])
    assert {"95 %", "30 %", "new task", "old task"} <= {text.get_text() for text in lines.texts}
    assert list(lines.lines[0].get_ydata()) == pytest.approx([80, 85, 95])


def test_freezing_figure_with_nothing_unfrozen_forgets_nothing(table):
    assert "nothing of the old one forgotten" in freezing_figure(table, 0, 1e-3)[1]
    assert "40 % on the new task" in freezing_figure(table, 0, 1e-2)[1]


@pytest.mark.parametrize(("blocks", "rate", "said"), [(2, 1e-3, "2 blocks"), (1, 1e-5, "learning rate 1e-05")])
def test_freezing_figure_refuses_what_was_not_measured(table, blocks, rate, said):
    with pytest.raises(DataError, match=said):
        freezing_figure(table, blocks, rate)


def draw(power, colour="blue"):
    figure, ax = new_figure(2, 1)
    ax.plot([0, 1, 2], [0, 1, 2**power], color=colour)
    return figure, f"A {colour} curve of power {power}. More about it."


@pytest.fixture
def controls():
    return {
        "power": widgets.slider("Power", [1, 2, 3], default=2),
        "colour": widgets.choice("Colour", {"sea": "blue", "fire": "red"}),
    }


@pytest.fixture
def built(controls):
    box = widgets.build(draw, title="Powers & <more>", controls=controls)
    heading, inputs, image, caption = box.children
    return heading, *inputs.children, image, caption


def test_controls_are_keyboard_operable_and_wait_for_the_key(built):
    import ipywidgets

    _, power, colour, _, _ = built
    assert isinstance(power, ipywidgets.SelectionSlider)
    assert not power.continuous_update
    assert isinstance(colour, ipywidgets.RadioButtons)  # JupyterLab takes a drop-down list's arrow keys
    assert (power.value, colour.value) == (2, "blue")


def test_moving_a_control_changes_picture_caption_and_label(built):
    heading, power, colour, image, caption = built
    assert "Powers &amp; &lt;more&gt;" in heading.value
    before = image.value
    assert 'alt="A blue curve of power 2. More about it."' in before
    assert "data:image/png;base64," in before
    power.value = 3
    assert 'alt="A blue curve of power 3. More about it."' in image.value
    assert image.value != before
    assert power.description == "Power: 3"
    assert 'aria-live="polite"' in caption.value
    assert "Power 3, Colour sea. A blue curve of power 3.</p>" in caption.value
    colour.value = "red"
    assert 'alt="A red curve of power 3.' in image.value
    power.value, colour.value = 2, "blue"
    assert image.value == before


def test_a_setting_is_drawn_once():
    drawn = []

    def counting(power):
        drawn.append(power)
        return draw(power)

    box = widgets.build(counting, title="t", controls={"power": widgets.slider("Power", [1, 2])})
    control = box.children[1].children[0]
    for value in (2, 1, 2, 1):
        control.value = value
    assert drawn == [1, 2]


def test_an_error_while_moving_is_a_sentence_and_passes():
    def fragile(power):
        if power == 2:
            raise ValueError("no <squares> today")
        return draw(power)

    box = widgets.build(fragile, title="t", controls={"power": widgets.slider("Power", [1, 2])})
    _, inputs, image, caption = box.children
    inputs.children[0].value = 2
    assert "could not be drawn. ValueError: no &lt;squares&gt; today" in caption.value
    assert image.value == ""
    inputs.children[0].value = 1
    assert 'alt="A blue curve of power 1.' in image.value
    with pytest.raises(ValueError, match="no <squares>"):
        widgets.build(fragile, title="t", controls={"power": widgets.slider("Power", [2, 1])})


def test_an_image_without_alternative_text_is_refused():
    with pytest.raises(FtlearnError, match="no alternative text"):
        widgets.build(lambda n: (new_figure()[0], ""), title="t", controls={"n": widgets.slider("n", [1])})


def test_static_shows_the_default_or_the_settings_asked_for(controls, capsys):
    widgets.explore(draw, title="Powers", **controls)
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "Powers",
        "A blue curve of power 2. More about it.",
        "Run this cell in JupyterLab to move the controls yourself.",
    ]
    widgets.explore(draw, title="Powers", static=[{"power": 1}, {"power": 3, "colour": "red"}], **controls)
    said = capsys.readouterr().out
    assert "blue curve of power 1" in said
    assert "red curve of power 3" in said
    assert "power 2" not in said


def test_live_needs_a_kernel_and_no_wish_to_stand_still(monkeypatch):
    assert not widgets.live()
    monkeypatch.setattr(exploring, "in_notebook", lambda: True)
    monkeypatch.delenv("FTLEARN_STATIC", raising=False)
    assert widgets.live()
    monkeypatch.setenv("FTLEARN_STATIC", "1")
    assert not widgets.live()


def test_the_lessons_explorers_have_the_controls_that_fit_their_table(study, table, monkeypatch):
    seen = {}
    for module in (budget, freezing):
        monkeypatch.setattr(module, "explore", lambda draw, *, title, **controls: seen.update(draw=draw, **controls))
    widgets.budget_explorer(study)
    assert seen["labels"].kind == "slider"
    assert [value for _, value in seen["labels"].options] == [10, 300]
    assert seen["labels"].default == 10  # the study lacks 50
    assert [text for text, _ in seen["against"].options] == ["the best of the others", *map(_said, strategies(study))]
    assert "nearest" in seen["draw"](labels=10, against="nearest")[1]
    seen.clear()
    widgets.freezing_explorer(table)
    assert (seen["blocks"].default, seen["rate"].default) == (3, 1e-3)
    assert "3 blocks" in seen["draw"](blocks=3, rate=1e-3)[1]
    seen.clear()
    widgets.freezing_explorer(table[table["learning_rate"] == 1e-2])
    assert "rate" not in seen
    assert "learning rate 0.01" in seen["draw"](blocks=1)[1]


def _said(name):
    return name.replace("_", " ")


def test_explorers_name_what_a_table_lacks(study, table):
    with pytest.raises(DataError, match=r"lacks accuracy\."):
        widgets.budget_explorer(study.drop(columns="accuracy"))
    with pytest.raises(DataError, match="lacks trainable, old_accuracy"):
        widgets.freezing_explorer(table.drop(columns=["trainable", "old_accuracy"]))


@pytest.mark.parametrize("options", [[], {}])
def test_a_control_needs_options(options):
    with pytest.raises(FtlearnError, match="needs an option"):
        widgets.choice("n", options)


def test_a_control_starts_at_one_of_its_options():
    with pytest.raises(FtlearnError, match="cannot start at 5"):
        widgets.slider("n", [1, 2], default=5)


def test_no_figure_stays_open_in_pyplot(study, table):
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    def with_pyplot(n):
        figure, _ = plt.subplots(figsize=(2, 1))
        return figure, f"{n} points."

    plt.close("all")
    box = widgets.build(with_pyplot, title="t", controls={"n": widgets.slider("n", [1, 2])})
    box.children[1].children[0].value = 2
    widgets.picture(lambda: budget_figure(study, 10), {})
    widgets.picture(lambda: freezing_figure(table, 1, 1e-3), {})
    assert plt.get_fignums() == []


def test_importing_widgets_loads_nothing_heavy():
    code = (
        "import ftlearn.widgets, ftlearn.learn.guessing, ftlearn.learn.quizzing, sys; "
        "print([m for m in ('tensorflow', 'keras', 'matplotlib', 'pandas', 'ipywidgets') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_shares_are_numpy_safe(study):
    assert np.isfinite(budget_comparison(study, np.int64(10))["difference"].mean)
