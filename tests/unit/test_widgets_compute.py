"""The cost sheet as an explorer."""

from __future__ import annotations

import pytest

from ftlearn.widgets import compute, cost_explorer
from ftlearn.widgets.compute import cost_figure, money, span

USUAL = {"job": 60, "gpu_speedup": 10, "cpu_speedup": 1, "gpu_hour": 0.8, "cpu_hour": 0.1, "startup": 10, "watts": 45,
         "electricity": 0.3}  # fmt: skip


def test_the_alternative_text_gives_every_number():
    figure, alt = cost_figure(**USUAL)
    assert alt.startswith("A job of 60 min: cheapest on the laptop, soonest on the cloud GPU.")
    for part in ("laptop: 1.4 cents, 60 min", "cloud CPU: €0.12, 70 min", "cloud GPU: €0.21, 16 min", "5.8 h"):
        assert part in alt
    assert figure.get_suptitle() == alt.split(". ")[0]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"gpu_speedup": 2}, "the GPU costs more than the rented CPU however long"),
        ({"startup": 0, "gpu_speedup": 100}, "however short"),
        ({"cpu_speedup": 8}, "cloud CPU: 2.9 cents, 18 min"),
        ({"cpu_speedup": 8}, "the GPU costs more than the rented CPU however long"),
        ({"job": 10080, "startup": 0, "gpu_speedup": 1, "cpu_hour": 0.05, "watts": 180, "electricity": 0.6},
         "cheapest on the cloud CPU"),
    ],
)  # fmt: skip
def test_the_sentence_follows_the_assumptions(setting, said):
    assert said in cost_figure(**USUAL | setting)[1]


def test_small_jobs_are_not_cheaper_on_a_gpu_because_of_its_start():
    short, long = (cost_figure(**USUAL | {"job": job})[1] for job in (10, 1440))
    assert "soonest on the laptop" in short
    assert "soonest on the cloud GPU" in long


@pytest.mark.parametrize(("value", "text"), [(0, "nothing"), (0.004, "0.4 cents"), (0.0996, "€0.10"), (99.5, "€99.50"),
                                             (1234, "€1,234")])  # fmt: skip
def test_money_is_written_as_one_would(value, text):
    assert money(value) == text


@pytest.mark.parametrize(("minutes", "text"), [(0.25, "15 s"), (5.5, "5.5 min"), (119, "119 min"), (150, "2.5 h"),
                                               (10080, "7 days")])  # fmt: skip
def test_time_is_written_as_one_would(minutes, text):
    assert span(minutes) == text


def test_the_explorer_starts_at_the_nearest_length(capsys):
    cost_explorer(minutes=200)
    said = capsys.readouterr().out
    assert "A job of 5 h" in said
    assert list(compute._JOBS.values()) == sorted(compute._JOBS.values())
