"""The benchmark measures what it says: same head, through the network and on cached features."""

from __future__ import annotations

from tools.bench import head_seconds


def test_a_head_on_cached_features_trains_faster_than_through_the_network():
    took = head_seconds(repeats=3, images=512)
    assert set(took) == {"through", "cached", "cache"}
    assert 0 < took["cached"] < took["through"]
