"""Watching a program sees its stages, tells where they are, and survives whatever it does."""

from __future__ import annotations

import json
import random
import threading
from pathlib import Path

import numpy as np
import pytest

from ftlearn.doctor.observing import facts, launching
from ftlearn.doctor.observing.examining import Examination
from ftlearn.doctor.observing.running import run
from tests.doctor.watched import START, TWO_STAGES, seen, written


def test_stages_are_noted_with_their_lines_data_and_flags(tmp_path):
    watched, _ = seen(tmp_path, START + TWO_STAGES)
    (known,) = watched.models.values()
    first, second = known.stages
    text = (tmp_path / "program.py").read_text().splitlines()
    assert [text[one.place[0][1] - 1].split(" =")[0] for one in (first, second)] == ["first", "second"]
    assert text[first.compiled.place[0][1] - 1].startswith('model.compile("adam"')
    assert watched.places.line(first.place) == f"program.py:{first.place[0][1]}"
    assert [len(one) for one in first.train.given] == [90, 90] and len(first.validation.given[0]) == 30
    assert first.cut == 90 and second.cut is None
    told = facts.observed(watched, known, second)
    assert told["earlier_stage"]["learning_rate"] == pytest.approx(1e-3) and told["learning_rate"] == pytest.approx(
        1e-4
    )
    assert len(told["earlier_stage"]["thawed"]) == 2
    assert not told["called_fine_tuning"] and told["last_stage"]
    assert len(first.history["val_loss"]) == 2
    moved = [not np.array_equal(a, b) for (_, a), (_, b) in zip(second.before.values, first.before.values, strict=True)]
    assert any(moved), "the state before the second stage is that after the first"


def test_the_second_stage_is_called_fine_tuning_where_the_program_says_so(tmp_path):
    for text in ("# now we fine-tune the base\n", "def unfreeze():\n    pass\n\n\n"):
        program = START + TWO_STAGES.replace("base.trainable = True\n", text)
        watched, _ = seen(tmp_path, program)
        (known,) = watched.models.values()
        assert [one.tuned for one in known.stages] == [False, True]


def test_a_loop_of_epochs_is_one_stage_and_of_many_models_two_are_kept(tmp_path):
    program = (
        START
        + """
for seed in range(5):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    for epoch in range(3):
        model.fit(X, X[:, 0], epochs=1, verbose=0)
"""
    )
    watched, _ = seen(tmp_path, program)
    assert [len(one.stages) for one in watched.models.values()] == [1, 1]
    assert [len(one.stages[0].history["loss"]) for one in watched.models.values()] == [3, 3]
    assert watched.dropped == 3 and watched.counts["fit"] == 15
    outcome = Examination(watched, 60, {}).run()
    assert any("3 repetitions" in one for one in outcome.notes)


def test_helpers_in_other_files_are_told_apart(tmp_path):
    written(tmp_path, "def train(model, X, y):\n    return model.fit(X, y, verbose=0)\n", "helper_of_program.py")
    program = (
        START
        + """
from helper_of_program import train

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
train(model, X, X[:, 0])
train(model, X[:60], X[:60, 0])
"""
    )
    watched, _ = seen(tmp_path, program)
    (known,) = watched.models.values()
    assert len(known.stages) == 2, "one line of a helper, called from two lines"
    assert watched.places.line(known.stages[0].place) == "helper_of_program.py:2"


def test_data_changed_in_place_is_not_judged(tmp_path):
    program = (
        START
        + """
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(X, X[:, 0], verbose=0)
X *= 255
"""
    )
    watched = launching.watch_here(written(tmp_path, program))
    assert any("changed the train data in place" in one for one in watched.found["notes"]), watched.found["notes"]


def test_test_data_is_known_by_its_name_and_its_part_in_the_program(tmp_path):
    program = (
        START
        + """
x_test, y_test = X[80:], y[80:]
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])
model.compile("sgd", "binary_crossentropy")
model.fit(X[:60], y[:60], validation_data=(X[60:80], y[60:80]), verbose=0)
model.evaluate(X[60:80], y[60:80], verbose=0)
model.predict(X[:4], verbose=0)
model.predict(x_test, verbose=0)
"""
    )
    watched, _ = seen(tmp_path, program)
    (known,) = watched.models.values()
    given, lacking = facts.parts(known.stage)
    assert not lacking
    assert len(given["test"][0]) == 40 and np.array_equal(given["test"][1], given["test"][1].astype(int)), "with y_test"
    assert "validation_called_test" not in facts.observed(watched, known, known.stage)


def test_an_earlier_stage_is_put_back_and_the_model_is_left_as_it_was(tmp_path):
    watched, _ = seen(tmp_path, START + TWO_STAGES)
    (known,) = watched.models.values()
    last = known.model.get_weights()
    examination = Examination(watched, 60, {})
    examination._work()
    examination._as_then(known, known.stages[0])
    for value, (_, then) in zip(known.model.get_weights(), known.stages[1].before.values, strict=True):
        assert np.array_equal(value, then)
    assert len(known.model.trainable_variables) == 2 and known.model.optimizer is known.stages[0].compiled.optimizer
    examination._as_then(known, known.stages[1])
    assert all(np.array_equal(a, b) for a, b in zip(known.model.get_weights(), last, strict=True))
    assert len(known.model.trainable_variables) == 6


def test_a_program_that_fails_is_reported_as_far_as_it_came(tmp_path, capsys):
    program = (
        START
        + """
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
model.compile("sgd", "binary_crossentropy")
model.fit(X, y, verbose=0)
model.fit(X, y[:7], verbose=0)
"""
    )
    watched = launching.watch_here(written(tmp_path, program))
    assert watched.status == "failed" and watched.exit_status == 2
    assert watched.error.startswith("ValueError")
    assert "logits-without-from-logits" in [one["rule"] for one in watched.found["findings"]]
    assert "did not come to its end: ValueError" in str(watched)
    error = capsys.readouterr().err
    assert "Traceback" in error and "program.py" in error and "observing" not in error, "its own traceback only"


@pytest.mark.parametrize(("end", "status"), [("import sys; sys.exit()", 0), ("raise SystemExit(3)", 2), ("1 / 0", 2),
                                             ("raise KeyboardInterrupt", 130), ("x = (", 2)])  # fmt: skip
def test_exit_status_of_programs_without_keras(tmp_path, capsys, end, status):
    watched = launching.watch_here(written(tmp_path, f"print('begun')\n{end}\n"))
    assert watched.exit_status == status
    assert "No Keras model was compiled" in str(watched)


def test_the_same_rule_is_told_once_a_line_and_can_be_ignored(tmp_path):
    program = (
        START
        + """
for units in (2, 4):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1)])
    model.compile("sgd", "binary_crossentropy")
    model.fit(X, y, verbose=0)
"""
    )
    path = written(tmp_path, program)
    found = launching.watch_here(path).found["findings"]
    assert [one["rule"] for one in found].count("logits-without-from-logits") == 1
    ignored = {"logits-without-from-logits": "shown on purpose"}
    again = launching.watch_here(path, ignore=ignored)
    assert "logits-without-from-logits" not in [one["rule"] for one in again.found["findings"]]
    assert again.found["ignored"] == ignored and "shown on purpose" in str(again)


def test_time_that_runs_out_is_said(tmp_path):
    watched = launching.watch_here(written(tmp_path, START + TWO_STAGES), seconds=0)
    assert watched.found["seen"]["examined"] == 1
    assert any("1 of 2 stages were not examined (program.py:" in one for one in watched.found["notes"])


def test_what_cannot_be_noted_is_said_and_the_program_goes_on(tmp_path, monkeypatch):
    from ftlearn.doctor.observing.watcher import Watcher

    def broken(*_):
        raise RuntimeError("a fault of the watcher")

    monkeypatch.setattr(Watcher, "_given", broken)
    watched = launching.watch_here(written(tmp_path, START + TWO_STAGES))
    assert watched.status == "finished"
    assert any("RuntimeError: a fault of the watcher" in one for one in watched.found["notes"])


def test_random_states_stay_while_data_are_noted(tmp_path):
    random.seed(5), np.random.seed(5)
    expected = random.random(), np.random.rand()
    random.seed(5), np.random.seed(5)
    program = """
import keras
import numpy as np

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile("sgd", "mse")
model.evaluate(np.ones((4, 6)), np.ones(4), verbose=0)
"""
    seen(tmp_path, program)
    assert (random.random(), np.random.rand()) == expected


def notebook(folder: Path, *cells) -> Path:
    """Write a notebook; a cell is its text, or its text and tags, or Markdown."""
    made = []
    for one in cells:
        text, tags = one if isinstance(one, tuple) else (one, [])
        kind = "markdown" if text.startswith("#md ") else "code"
        made.append({"cell_type": kind, "source": text.removeprefix("#md "), "metadata": {"tags": tags}})
    path = folder / "lesson.ipynb"
    path.write_text(json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    return path


def test_a_notebook_runs_cell_by_cell(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = notebook(
        tmp_path, "#md A title", START, ("never = 1 / 0", ["skip-execution"]),
        ("%time model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])\n1 / 0", ["raises-exception"]),
        'model.compile("sgd", "binary_crossentropy")\n\nmodel.fit(X, y, verbose=0)',
        "#md Now we fine-tune it.", 'model.fit(X, y, verbose=0);\nprint("\\nend", 6 * 7)',
    )  # fmt: skip
    watched = launching.watch_here(path)
    assert watched.status == "finished", watched.error
    assert "end 42" in capsys.readouterr().out
    lines = {one["rule"]: one["line"] for one in watched.found["findings"]}
    assert lines["logits-without-from-logits"] == "lesson.ipynb cell 3, line 1"
    notes, _ = run(path)
    (known,) = notes.models.values()
    assert [notes.places.line(one.place) for one in known.stages] == [
        "lesson.ipynb cell 3, line 3", "lesson.ipynb cell 4, line 1"
    ]  # fmt: skip
    assert [one.tuned for one in known.stages] == [False, True], "the prose between the cells counts"


def test_a_notebook_that_fails_says_in_which_cell(tmp_path, capsys):
    watched = launching.watch_here(notebook(tmp_path, "print(1)", "undefined_name", "print('not reached')"))
    assert watched.exit_status == 2 and "cell 2: NameError" in watched.error
    assert "not reached" not in capsys.readouterr().out


def test_a_model_that_got_other_weights_is_not_judged_by_what_it_was(tmp_path):
    program = (
        START
        + """
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, name="one"), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(X, X[:, 0], verbose=0)
model.get_layer("one").enable_lora(2)
model.compile("sgd", "mse")
model.fit(X, X[:, 0], verbose=0)
"""
    )
    watched = launching.watch_here(written(tmp_path, program))
    assert "optimizer-belongs-to-other-weights" not in [one["rule"] for one in watched.found["findings"]]
    assert any("program.py:12 was not examined" in one for one in watched.found["notes"]), watched.found["notes"]


def test_a_program_s_own_threads_are_waited_for_and_no_others(tmp_path, capsys):
    go_on = threading.Event()
    other = threading.Thread(target=go_on.wait)
    other.start()
    program = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.5), print('ended'))).start()\n"
    try:
        _, ended = seen(tmp_path, program)
    finally:
        go_on.set()
        other.join()
    assert ended.status == "finished" and "ended" in capsys.readouterr().out
