"""What is measured in a process of its own: memory, above all, whose peak never comes down again."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def in_a_fresh_process(study: str, *arguments: str) -> Any:
    """Run a study's own module with some arguments, and read the JSON on the last line that it prints."""
    command = [sys.executable, "-m", f"ftlearn.studies.{study}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def answer(value: Any) -> None:
    """Print what `in_a_fresh_process` reads."""
    sys.stdout.write(json.dumps(value) + "\n")


def started_tensorflow() -> Any:
    """Start TensorFlow and train a tiny network, so that what it takes once is not counted to what is measured."""
    from ftlearn import environment

    tf = environment.start_tensorflow()
    import keras

    warm = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
    warm.compile("adam", "mse", jit_compile=False)
    warm.train_on_batch(tf.zeros((2, 8)), tf.zeros((2, 1)))
    return tf
