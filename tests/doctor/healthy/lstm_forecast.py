"""Next year's sunspots from the last twenty-two, by an LSTM; the parts follow one another in time."""

import keras
import numpy as np

from ftlearn.forecasting.series import load_series

LENGTH = 22


def windows(values):
    """Cut windows and what follows each."""
    view = np.lib.stride_tricks.sliding_window_view(values, LENGTH + 1)
    return view[:, :LENGTH, None].copy(), view[:, LENGTH:].copy()


keras.utils.set_random_seed(20)
spots = np.sqrt(load_series("sunspots").values)  # the spread grows with the level
past, middle, late = spots[:190], spots[190:245], spots[245:]
mean, spread = past.mean(), past.std()
train, validation, test = (windows(((part - mean) / spread).astype("float32")) for part in (past, middle, late))

model = keras.Sequential([keras.Input((LENGTH, 1)), keras.layers.LSTM(24), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-2), "mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=6, restore_best_weights=True)
history = model.fit(*train, validation_data=validation, epochs=50, batch_size=32, callbacks=[stop], verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history, callbacks=[stop])
