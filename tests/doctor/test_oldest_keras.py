"""The doctor on the oldest Keras 3, installed beside the one that is here: its private module, and a dozen rules."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLDEST = "3.0.0"  # dm-tree is what it used where later versions have optree
RULES = (
    "base-was-never-pretrained", "batch-statistics-move-in-a-frozen-base", "cannot-overfit-one-batch",
    "dropout-alive-in-a-frozen-base", "evaluation-order-is-shuffled", "float16-output", "inference-mode-was-ignored",
    "input-is-rescaled-twice", "logits-without-from-logits", "loss-is-not-a-number", "no-better-than-the-majority",
    "optimizer-belongs-to-other-weights", "parent-frozen-children-alive", "same-example-in-two-parts",
    "trainable-changed-after-compile", "update-too-large-for-pretrained-weights",
)  # fmt: skip
TESTS = ("tests/doctor/test_private.py", "tests/doctor/test_pipelines.py")
PROGRAM = """
import json, sys
import keras
from ftlearn.doctor import catalogue, examine

found = {"version": keras.__version__}
for name in sys.argv[1:]:
    for kind in ("invalid", "valid"):
        left = {}
        exec(getattr(catalogue()[name], kind), left)
        given = dict(left["examined"])
        report = examine(given.pop("model"), **given)
        raised = {rule: said for rule, said in report.unchecked.items() if said.startswith("looking raised")}
        found[f"{name} {kind}"] = [report.names, raised]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """A folder with the oldest Keras 3; TensorFlow and the rest stay those that are here."""
    folder = tmp_path_factory.mktemp("keras")
    wanted = ["--no-deps", "--quiet", "--target", str(folder), f"keras=={OLDEST}", "dm-tree"]
    if importlib.util.find_spec("uv"):
        from uv import find_uv_bin

        command = [find_uv_bin(), "pip", "install", "--python", sys.executable, *wanted]
    else:
        command = [sys.executable, "-m", "pip", "install", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"Keras {OLDEST} cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def run(old, *arguments):
    path = os.pathsep.join([str(old), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    kept = {**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=kept, cwd=ROOT, timeout=600)


def test_rules_name_their_programs_on_the_oldest_keras(old):
    done = run(old, "-W", "ignore", "-c", PROGRAM, *RULES)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found.pop("version") == OLDEST
    for name in RULES:
        (first, *_), raised = found[f"{name} invalid"] if found[f"{name} invalid"][0] else ([None], {})
        assert first == name, f"{name} is not named first: {found[f'{name} invalid']}"
        assert not raised, raised
        named, raised = found[f"{name} valid"]
        assert not named and not raised, f"{name}: {named} {raised}"


def test_the_private_module_on_the_oldest_keras(old):
    done = run(old, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:warnings", *TESTS)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
