"""The folder of a run: stages that are whole or not there, starting over, what is damaged."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest

from ftlearn.capstone.runs import Run
from ftlearn.errors import DataError


def test_a_stage_is_whole_or_not_there(tmp_path, monkeypatch):
    run = Run(tmp_path / "run", {"seed": 0})

    def die(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", die)
    with pytest.raises(DataError, match=r"cannot be written to .No space left"):
        run.stage("one", lambda: {"a": np.arange(3)})
    monkeypatch.undo()
    assert not run.has("one")
    assert run.stage("one", lambda: {"a": np.arange(4)})["a"].tolist() == [0, 1, 2, 3]
    assert Run(tmp_path / "run", {"seed": 1}, fresh=True).has("one") is False


def test_starting_over_leaves_nothing_but_the_number_of_looks(tmp_path):
    run = Run(tmp_path, {"seed": 0})
    run.stage("one", lambda: {"a": 1})
    (tmp_path / "model.keras").write_text("old")
    assert run.count_look("pets") == 1
    again = Run(tmp_path, {"seed": 0}, fresh=True)
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "test_looks.json"}
    assert (again.count_look("pets"), again.count_look("others")) == (2, 1)


def test_a_lost_or_damaged_file_is_noticed(tmp_path):
    run = Run(tmp_path, {"seed": 0})
    assert run.stage("skipped", lambda: None) == {} and not run.has("skipped")
    (tmp_path / "model.keras").write_text("weights")
    total = hashlib.sha256(b"weights").hexdigest()
    run.stage("model", lambda: {"made": {"model.keras": total}})
    assert run.has("model")
    (tmp_path / "model.keras").write_text("other")
    assert not run.has("model")
    run.path("model.json").write_text("{")
    with pytest.raises(DataError, match=r"Remove .*model\.json: the stage runs again"):
        run.result("model")


def test_a_run_that_finished_nothing_stands_in_no_ones_way(tmp_path):
    Run(tmp_path / "run", {"backbone": "leters"})
    assert Run(tmp_path / "run", {"backbone": "letters"}).stage("one", lambda: {"a": 1})["a"] == 1
    with pytest.raises(DataError, match="something else: backbone letters then"):
        Run(tmp_path / "run", {"backbone": "textures"})


def test_a_damaged_run(tmp_path):
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(DataError, match="is damaged"):
        Run(tmp_path, {})
