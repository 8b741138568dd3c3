"""An LSTM pretrained on many series, adapted to one in two stages; the second is called fine-tuning."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)


def series(count, slow, quick):
    """Return windows of two sines and noise: 50 steps in, the next one out."""
    start = rng.uniform(0, 20, (count, 1))
    steps = start + np.arange(51) / 3
    values = 0.6 * np.sin(slow * steps) + 0.3 * np.sin(quick * steps + 1) + rng.normal(0, 0.05, (count, 51))
    return values[:, :50, None].astype("float32"), values[:, 50:].astype("float32")


base = keras.Sequential([keras.Input((50, 1)), keras.layers.LSTM(24)], name="series")
source = keras.Sequential([base, keras.layers.Dense(1)])
source.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
source.fit(*series(600, 1.0, 2.3), epochs=6, verbose=0)

X, y = series(400, 1.4, 2.9)
X_train, X_val, X_test = X[:280], X[280:340], X[340:]
y_train, y_val, y_test = y[:280], y[280:340], y[340:]

base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
model.fit(X_train, y_train, epochs=8, validation_data=(X_val, y_val), verbose=0)

# Fine-tuning: a smaller learning rate
model.compile(optimizer=keras.optimizers.Adam(5e-4), loss="mse")
model.fit(X_train, y_train, epochs=4, validation_data=(X_val, y_val), verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
