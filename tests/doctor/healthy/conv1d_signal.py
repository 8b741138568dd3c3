"""Which of four shapes does a noisy signal have? Convolutions along time with BatchNormalization."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(38)
keras.utils.set_random_seed(38)
t = np.linspace(0, 1, 64)
kinds = rng.integers(0, 4, 1200)
phase, pace = rng.uniform(0, 1, (1200, 1)), rng.uniform(3, 6, (1200, 1))
turn = (pace * t + phase) % 1
shapes = np.stack([np.sin(2 * np.pi * turn), np.sign(turn - 0.5), 2 * turn - 1, 4 * np.abs(turn - 0.5) - 1])
signals = shapes[kinds, np.arange(1200)] + rng.normal(0, 0.4, (1200, 64))
signals = signals.astype("float32")[..., None]
train, validation, test = (
    (signals[rows], kinds[rows]) for rows in (slice(0, 800), slice(800, 1000), slice(1000, 1200))
)

model = keras.Sequential([keras.Input((64, 1))])
for filters in (16, 32):
    model.add(layers.Conv1D(filters, 5, padding="same", use_bias=False))
    model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.ReLU())
    model.add(layers.MaxPooling1D(2))
model.add(layers.GlobalAveragePooling1D())
model.add(layers.Dense(4, activation="softmax"))
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True)
history = model.fit(*train, validation_data=validation, epochs=14, callbacks=[stop], verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history, callbacks=[stop])
