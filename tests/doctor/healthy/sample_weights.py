"""Measurements of unequal precision: each example weighs by the inverse of its variance."""

import keras
import numpy as np

rng = np.random.default_rng(36)
keras.utils.set_random_seed(36)
X = rng.uniform(-2, 2, (900, 3)).astype("float32")
noise = rng.choice([0.1, 1.0], 900)
y = np.sin(2 * X[:, 0]) + 0.5 * X[:, 1] * X[:, 2] + rng.normal(0, noise)
y, weight = y.astype("float32")[:, None], (1 / noise**2).astype("float32")
weight /= weight[:600].mean()

train = (X[:600], y[:600], weight[:600])
validation, test = (X[600:750], y[600:750], weight[600:750]), (X[750:], y[750:], weight[750:])
model = keras.Sequential(
    [
        keras.Input((3,)),
        keras.layers.Dense(32, activation="tanh"),
        keras.layers.Dense(32, activation="tanh"),
        keras.layers.Dense(1),
    ]
)
model.compile(keras.optimizers.Adam(1e-2), "mse", weighted_metrics=["mae"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=8, restore_best_weights=True)
history = model.fit(
    train[0], train[1], sample_weight=train[2], validation_data=validation, epochs=20, callbacks=[stop], verbose=0
)

examined = dict(model=model, train=train, validation=validation, test=test, history=history, callbacks=[stop])
