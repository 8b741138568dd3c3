"""Numbers and a category go in by name; a price comes out."""

import keras
import numpy as np

rng = np.random.default_rng(14)
keras.utils.set_random_seed(14)
size = rng.uniform(20, 150, 900)
rooms = np.clip(np.round(size / 25 + rng.normal(0, 0.7, 900)), 1, 7)
district = rng.integers(0, 6, 900)
price = size * np.array([2.1, 2.8, 3.5, 4.2, 5.1, 6.0])[district] + 12 * rooms + rng.normal(0, 25, 900)

numbers = np.stack([size, rooms], 1).astype("float32")
target = (price / 100).astype("float32")[:, None]  # in hundreds of thousands


def part(rows):
    """Return inputs and targets of some rows."""
    return {"numbers": numbers[rows], "district": district[rows].astype("int32")}, target[rows]


train, validation, test = part(slice(0, 600)), part(slice(600, 750)), part(slice(750, 900))
scale = keras.layers.Normalization()
scale.adapt(train[0]["numbers"])

one, other = keras.Input((2,), name="numbers"), keras.Input((), dtype="int32", name="district")
joined = keras.layers.Concatenate()([scale(one), keras.layers.Embedding(6, 3)(other)])
x = keras.layers.Dense(32, activation="relu")(joined)
model = keras.Model([one, other], keras.layers.Dense(1)(x))
model.compile(keras.optimizers.Adam(5e-3), "mse", metrics=["mae"])
history = model.fit(*train, validation_data=validation, epochs=25, batch_size=32, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
