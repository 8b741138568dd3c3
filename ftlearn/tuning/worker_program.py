"""The program that a chief and its workers all run: ``python -m ftlearn.tuning.worker_program FOLDER TRIALS``.

The three are told apart by their environment alone: ``KERASTUNER_TUNER_ID`` ("chief", or any other name), and
``KERASTUNER_ORACLE_IP`` with ``KERASTUNER_ORACLE_PORT``, where the chief answers.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def search(folder: Path, trials: int) -> None:
    """Search for a head on the features in ``features.npz``: the chief hands trials out, the workers train."""
    import keras
    import keras_tuner

    def build(hp: Any) -> keras.Model:
        model = keras.Sequential(
            [
                keras.Input(data["X"].shape[1:]),
                keras.layers.Dense(hp.Int("units", 32, 512, step=32), activation="relu"),
                keras.layers.Dense(10, activation="softmax"),
            ]
        )
        rate = hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4])
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    class Search(keras_tuner.RandomSearch):
        """Writes down who trained what, and when."""

        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            started = time.time()
            histories = super().run_trial(trial, *args, **kwargs)
            score = max(histories[0].history["val_accuracy"])
            line = {"worker": self.tuner_id, "trial": trial.trial_id, "started": started, "ended": time.time(),
                    "units": trial.hyperparameters["units"], "learning_rate": trial.hyperparameters["learning_rate"],
                    "validation": score}  # fmt: skip
            with (folder / f"{self.tuner_id}.jsonl").open("a") as log:
                log.write(json.dumps(line) + "\n")
            return histories

    data = np.load(folder / "features.npz")
    # No overwrite=True here: each worker would delete the project that the others are working on.
    tuner = Search(
        build, objective="val_accuracy", max_trials=trials, seed=1, directory=folder, project_name="project"
    )  # fmt: skip
    validation = (data["X_val"], data["y_val"])
    tuner.search(data["X"], data["y"], validation_data=validation, epochs=10, batch_size=16, verbose=0)


if __name__ == "__main__":
    search(Path(sys.argv[1]), int(sys.argv[2]))
