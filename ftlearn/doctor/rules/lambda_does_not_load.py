"""A Lambda layer can be saved, and not loaded again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftlearn.doctor.case import Case
from ftlearn.doctor.probes import untouched
from ftlearn.doctor.rule import Rule


def check(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write each Lambda layer down and read it back, as `load_model` would."""
    import keras

    failed = {}
    for layer in case.layers:
        if isinstance(layer, keras.layers.Lambda):
            try:
                with untouched(case.model):
                    keras.layers.deserialize(keras.layers.serialize(layer))
            except Exception as error:  # whatever stops it, it does not load
                failed[layer.name] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:160]
    if failed:
        count = len(failed)
        yield (
            f"{count} Lambda layer{'s' * (count != 1)} ({', '.join(failed)}) cannot be read back once written: "
            f"{next(iter(failed.values()))}",
            {"layers": failed},
        )


RULE = Rule(
    name="lambda-does-not-load",
    family="saving",
    what="Writes each Lambda layer down and reads it back as load_model does.",
    why="save() succeeds, and load_model() fails in another program: Python code is not restored unless it is trusted.",
    reference="Keras API, keras.layers.Lambda; both file formats measured for this course; keras-team/keras#20806.",
    known_problems="Harmless to who never saves the model.",
    fix='@keras.saving.register_keras_serializable("mine")\nclass Halve(keras.layers.Layer):\n    def call(self, x):\n'
    "        return x / 2",
    check=check,
    invalid="""import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x / 2, name="halve"), keras.layers.Dense(1)])
model.compile("adam", "mse")
examined = dict(model=model)""",
    valid="""import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Rescaling(0.5, name="halve"), keras.layers.Dense(1)])
model.compile("adam", "mse")
examined = dict(model=model)""",
    weight=3,
)

VALID_MORE = (
    """import keras

inputs = keras.Input((4,))
model = keras.Model(inputs, keras.layers.Dense(1)(keras.ops.tanh(inputs) / 2))
examined = dict(model=model)""",
    """import keras


@keras.saving.register_keras_serializable("ftlearn_doctor_valid")
class Halve(keras.layers.Layer):
    def call(self, x):
        return x / 2


model = keras.Sequential([keras.Input((4,)), Halve(), keras.layers.Dense(1)])
examined = dict(model=model)""",
)
