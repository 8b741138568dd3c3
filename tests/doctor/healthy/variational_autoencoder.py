"""A variational autoencoder: a layer that draws and adds its own loss, pixels as probabilities."""

import keras
from keras import layers, ops

from ftlearn.datasets import load_digits


@keras.saving.register_keras_serializable("vae")
class Draw(layers.Layer):
    """Draw from a normal distribution in training; give its mean otherwise."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seed_generator = keras.random.SeedGenerator(42)

    def call(self, inputs, training=False):
        mean, spread = inputs
        self.add_loss(0.02 * ops.mean(ops.exp(spread) + ops.square(mean) - 1 - spread))
        if not training:
            return mean
        return mean + ops.exp(spread / 2) * keras.random.normal(ops.shape(mean), seed=self.seed_generator)


keras.utils.set_random_seed(42)
digits = load_digits(random_state=42)
train, validation, test = (part.X.reshape(-1, 64) for part in (digits.train, digits.validation, digits.test))

pixels = keras.Input((64,))
x = layers.Dense(64, activation="relu")(pixels)
code = Draw()([layers.Dense(6)(x), layers.Dense(6)(x)])
x = layers.Dense(64, activation="relu")(code)
model = keras.Model(pixels, layers.Dense(64, activation="sigmoid")(x))
model.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy")
history = model.fit(train, train, validation_data=(validation, validation), epochs=20, verbose=0)

examined = dict(
    model=model, train=(train, train), validation=(validation, validation), test=(test, test), history=history
)
