"""A small U-shaped network marks the pixels of a digit under noise: a class for each pixel."""

import keras
import numpy as np
from keras import layers

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(45)
rng = np.random.default_rng(45)
digits = load_digits(random_state=45)


def pair(part, count):
    """Return noisy pictures, and where the ink is."""
    X = part.X[:count]
    return (X + rng.normal(0, 0.25, X.shape)).astype("float32"), (X[..., 0] > 0.4).astype("int32")


train, validation, test = pair(digits.train, 600), pair(digits.validation, 150), pair(digits.test, 200)
image = keras.Input((8, 8, 1))
fine = layers.Conv2D(12, 3, padding="same", activation="relu")(image)
coarse = layers.Conv2D(24, 3, padding="same", activation="relu")(layers.MaxPooling2D()(fine))
up = layers.Concatenate()([fine, layers.UpSampling2D()(coarse)])
x = layers.Conv2D(12, 3, padding="same", activation="relu")(up)
model = keras.Model(image, layers.Conv2D(2, 1, activation="softmax")(x))
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(*train, validation_data=validation, epochs=8, batch_size=32, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
