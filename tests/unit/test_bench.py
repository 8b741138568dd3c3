"""The benchmark measures what it says: same head, through the network and on cached features."""

from __future__ import annotations

import keras

from tools.bench import head_seconds


def test_the_same_head_is_trained_on_the_same_images_in_turns(monkeypatch):
    passes, fit = [], keras.Model.fit

    def noted(model, X, y, **options):
        passes.append((model.layers[-1].count_params(), X.shape[1:], list(y), options))
        return fit(model, X, y, **options)

    monkeypatch.setattr(keras.Model, "fit", noted)
    took = head_seconds(repeats=2, images=64)
    assert set(took) == {"through", "cached", "cache"} and all(seconds > 0 for seconds in took.values())
    through, cached = passes[0::2], passes[1::2]
    assert len(through) == len(cached) == 3, "two turns and the one that compiles"
    assert {len(shape) for _, shape, _, _ in through} == {3} and {len(shape) for _, shape, _, _ in cached} == {1}
    for one, other in zip(through, cached, strict=True):
        assert (one[0], *one[2:]) == (other[0], *other[2:]), "only what goes in differs"
