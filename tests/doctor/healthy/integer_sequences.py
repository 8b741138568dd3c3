"""Sequences of word numbers of different lengths, padded and masked, through an embedding and a GRU."""

import keras
import numpy as np

rng = np.random.default_rng(24)
keras.utils.set_random_seed(24)


def review(kind):
    """Return the numbers of a text: a few words tell its kind, the rest are common to both."""
    length = rng.integers(8, 20)
    telling = rng.integers(2 + 10 * kind, 12 + 10 * kind, length)
    return np.where(rng.random(length) < 0.15, telling, rng.integers(22, 200, length)).tolist()


labels = rng.integers(0, 2, 1000)
texts = keras.utils.pad_sequences([review(kind) for kind in labels], maxlen=20, padding="post")
train, validation, test = (texts[:700], labels[:700]), (texts[700:850], labels[700:850]), (texts[850:], labels[850:])

model = keras.Sequential(
    [
        keras.Input((20,), dtype="int32"),
        keras.layers.Embedding(200, 16, mask_zero=True),
        keras.layers.GRU(16),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
history = model.fit(*train, validation_data=validation, epochs=4, batch_size=32, callbacks=[stop], verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history, callbacks=[stop])
