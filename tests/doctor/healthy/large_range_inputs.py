"""Columns from thousandths to millions: a Normalization layer learns the training part's scale."""

import keras
import numpy as np

rng = np.random.default_rng(40)
keras.utils.set_random_seed(40)
income = rng.lognormal(10.5, 0.6, 1200)
rate = rng.uniform(0.001, 0.09, 1200)
debt = income * rng.uniform(0, 4, 1200)
age = rng.integers(20, 75, 1200)
X = np.stack([income, rate, debt, age], 1).astype("float32")
burden = debt * (rate + 0.03) / income
risk = 1 / (1 + np.exp(-(burden - np.median(burden)) * 30 + 0.03 * (age - 45)))
y = (rng.random(1200) < risk).astype("float32")[:, None]

train, validation, test = (X[:800], y[:800]), (X[800:1000], y[800:1000]), (X[1000:], y[1000:])
scale = keras.layers.Normalization()
scale.adapt(train[0])
inputs = keras.Input((4,))
x = keras.layers.Dense(24, activation="relu")(scale(inputs))
model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
model.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
history = model.fit(*train, validation_data=validation, epochs=25, callbacks=[stop], verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history, callbacks=[stop])
