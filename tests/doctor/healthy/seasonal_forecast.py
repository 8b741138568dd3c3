"""A year of carbon dioxide from two: what is learnt is the change against the same month of the year before."""

import keras
import numpy as np
from keras import layers

from ftlearn.forecasting.series import load_series
from ftlearn.forecasting.windows import temporal_split, windows

LENGTH, HORIZON = 24, 12

keras.utils.set_random_seed(21)
series = load_series("co2").values
parts = temporal_split(series, validation=72, test=72)
mean, spread = series[parts.train].mean(), series[parts.train].std()
scaled = (series - mean) / spread


def cut(where):
    """Return the windows whose targets lie in a part, as float32."""
    held = windows(scaled, LENGTH, HORIZON, targets=where)
    return held.X.astype("float32"), held.Y.astype("float32")


train, validation, test = cut(parts.train), cut(parts.validation), cut(parts.test)
past = keras.Input((LENGTH,))
last_year = layers.Cropping1D((LENGTH - HORIZON, 0))(layers.Reshape((LENGTH, 1))(past))
last_year = layers.Reshape((HORIZON,))(last_year)
small = keras.initializers.RandomNormal(stddev=0.01)
change = layers.Dense(HORIZON, kernel_initializer=small, name="change")(past)
model = keras.Model(past, layers.Add()([last_year, change]))
model.compile(keras.optimizers.Adam(3e-3), "mae")
history = model.fit(*train, validation_data=validation, epochs=40, batch_size=32, verbose=0)
naive = np.mean(np.abs(test[0][:, -HORIZON:] - test[1]))
print(f"MAE {model.evaluate(*test, verbose=0):.3f}, as the year before {naive:.3f}")

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
