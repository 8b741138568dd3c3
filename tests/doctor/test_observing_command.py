"""The command `ftlearn doctor` itself, in processes of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from ftlearn import cli

COMMAND = [sys.executable, "-m", "ftlearn.cli", "doctor"]

MODEL = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = (X[:, 0] > 0).astype("int32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "binary_crossentropy")
model.fit(X, y, verbose=0)
"""


def called(*arguments, **options):
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)


def test_the_program_runs_as_python_would_run_it(tmp_path):
    (tmp_path / "beside.py").write_text("told = 'imported'\n")
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, os\n"
        "print(sorted(set(sys.modules) & {'numpy', 'keras', 'tensorflow', 'ftlearn', 'IPython'}))\n"
        "import beside\n"
        "print(sys.argv, sys.path[0], __name__, __file__, os.getcwd(), beside.told, sys.stdin.read())\n"
        "print(sys.modules['__main__'].__dict__ is globals(), __spec__ is None)\n"
    )
    alone = subprocess.run(
        [sys.executable, "program.py", "--epochs", "3", "-x"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        input="hello",
    )
    assert alone.returncode == 0, alone.stderr
    done = called("program.py", "--", "--epochs", "3", "-x", cwd=tmp_path, input="hello")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(alone.stdout), "what it prints is the same, and comes first"
    assert "No Keras model was compiled" in done.stdout


def test_json_stands_alone_on_stdout_however_much_the_program_prints(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("print('x' * 3_000_000)\n" + MODEL + "print('y' * 3_000_000)\n")
    done = called("--json", "--ignore", "cannot-overfit-one-batch=too small", program)
    assert done.returncode == 1, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["status"] == "finished" and found["seen"]["fit"] == 1
    (finding,) = [one for one in found["findings"] if one["rule"] == "logits-without-from-logits"]
    assert finding["line"] == "program.py:9" and finding["fix"] and finding["evidence"]
    assert found["ignored"] == {"cannot-overfit-one-batch": "too small"}
    assert done.stderr.count("x") >= 3_000_000 and done.stderr.count("y") >= 3_000_000


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal")
def test_ctrl_c_reports_what_was_seen_so_far(tmp_path):
    program, ready = tmp_path / "program.py", tmp_path / "ready"
    program.write_text(MODEL + f"open({str(ready)!r}, 'w').close()\nimport time\nwhile True:\n    time.sleep(0.1)\n")
    running = subprocess.Popen(
        [*COMMAND, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    start = time.monotonic()
    while not ready.exists() and running.poll() is None and time.monotonic() - start < 200:
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGINT)
    out, error = running.communicate(timeout=200)
    assert running.returncode == 130, error[-2000:]
    assert re.search(r"logits-without-from-logits\s+\(program.py:8\)", out), out
    assert "did not come to its end: it was interrupted" in out
    assert "Traceback" not in error


def test_a_process_that_dies_without_a_word_is_reported(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import os\nprint('begun', flush=True)\nos._exit(7)\n")
    done = called(program)
    assert done.returncode == 2 and done.stdout.startswith("begun")
    assert "its process ended with status 7 before anything could be examined" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.py"], "There is no program 'nowhere.py'. Give a Python script or a notebook"),
        (["--ignore", "no-such-rule=why", "x.py"], "There is no rule named 'no-such-rule'"),
        (["--ignore", "float16-outputs=why", "x.py"], "Did you mean 'float16-output'?"),
        (["--ignore", "float16-output", "x.py"], "gives no reason"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(arguments, said):
    done = CliRunner().invoke(cli.app, ["doctor", *arguments])
    assert done.exit_code == 2
    assert said in done.output and "Traceback" not in done.output


def test_a_notebook_that_is_none_is_said(tmp_path):
    path = tmp_path / "lesson.ipynb"
    path.write_text("print(1)")
    done = CliRunner().invoke(cli.app, ["doctor", str(path)])
    assert done.exit_code == 2 and "is no notebook" in done.output


def test_help_has_examples():
    done = CliRunner().invoke(cli.app, ["doctor", "--help"])
    assert done.exit_code == 0
    for text in ("Examples:", "ftlearn doctor train.py", "--ignore", "--json", "--seconds", "Exit status"):
        assert text in done.output
