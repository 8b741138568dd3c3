"""Counts an hour: a Poisson loss on a rate that cannot be negative."""

import keras
import numpy as np

rng = np.random.default_rng(44)
keras.utils.set_random_seed(44)
hour, warm = rng.integers(0, 24, 1500), rng.normal(15, 8, 1500)
X = np.stack([np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12), (warm - 15) / 8], 1).astype("float32")
y = rng.poisson(np.exp(1 - np.cos((hour - 2) * np.pi / 12) + 0.3 * X[:, 2]))
train, validation, test = (X[:1000], y[:1000]), (X[1000:1250], y[1000:1250]), (X[1250:], y[1250:])

model = keras.Sequential(
    [
        keras.Input((3,)),
        keras.layers.Dense(24, activation="relu"),
        keras.layers.Dense(1, activation="exponential"),
    ]
)
model.compile(keras.optimizers.Adam(5e-3), "poisson", metrics=[keras.metrics.RootMeanSquaredError()])
history = model.fit(*train, validation_data=validation, epochs=15, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
