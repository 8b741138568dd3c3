"""A denoising autoencoder: noisy digits go in, clean ones are the target."""

import keras
import numpy as np

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(17)
rng = np.random.default_rng(17)
digits = load_digits(random_state=17)


def pair(part):
    """Return noisy pictures and the clean ones."""
    clean = part.X
    return np.clip(clean + rng.normal(0, 0.2, clean.shape), 0, 1).astype("float32"), clean


train, validation, test = pair(digits.train), pair(digits.validation), pair(digits.test)
encoder = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(24, activation="relu"),
    ],
    name="encoder",
)
decoder = keras.Sequential(
    [
        keras.Input((24,)),
        keras.layers.Dense(4 * 4 * 16, activation="relu"),
        keras.layers.Reshape((4, 4, 16)),
        keras.layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
        keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
    ],
    name="decoder",
)
image = keras.Input((8, 8, 1))
model = keras.Model(image, decoder(encoder(image)))
model.compile(keras.optimizers.Adam(3e-3), "mse")
history = model.fit(*train, validation_data=validation, epochs=15, batch_size=32, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
