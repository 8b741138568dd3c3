"""What stands in the folders here is run by the tests, each program when its turn comes, never on collection."""

from __future__ import annotations

import builtins

import pytest

from ftlearn.doctor import pipelines, private

collect_ignore_glob = ["healthy/*", "broken/*"]


@pytest.fixture(params=["told", "hidden"])
def hidden(request, monkeypatch):
    """As Keras is, and as if it had none of the attributes that begin with an underscore."""
    if request.param == "told":
        return False

    def none_private(thing, name, *default):
        if name[0] == "_" and name[:2] != "__":
            if default:
                return default[0]
            raise AttributeError(name)
        return builtins.getattr(thing, name, *default)

    for module in (private, pipelines):
        monkeypatch.setattr(module, "getattr", none_private, raising=False)
        monkeypatch.setattr(
            module, "hasattr", lambda thing, name: name[0] != "_" and builtins.hasattr(thing, name), raising=False
        )
    monkeypatch.setattr(private, "_global_state", lambda: None)
    return True
