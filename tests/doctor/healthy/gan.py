"""A generator and a discriminator in one model with a step of its own, on points around a ring."""

import keras
import numpy as np
import tensorflow as tf

DRAWN = 4


def dense(inputs, outputs, name):
    """Return a small network."""
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(32, activation="leaky_relu"),
            keras.layers.Dense(32, activation="leaky_relu"),
            keras.layers.Dense(outputs),
        ],
        name=name,
    )


class GAN(keras.Model):
    """Two networks against each other."""

    def __init__(self):
        super().__init__()
        self.generator, self.discriminator = dense(DRAWN, 2, "generator"), dense(2, 1, "discriminator")
        self.judge = keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self, generator_optimizer, discriminator_optimizer):
        super().compile()
        self.generator_optimizer, self.discriminator_optimizer = generator_optimizer, discriminator_optimizer

    def call(self, inputs):
        return self.generator(inputs)

    def train_step(self, real):
        drawn = tf.random.normal((tf.shape(real)[0], DRAWN))
        with tf.GradientTape(persistent=True) as tape:
            made = self.generator(drawn, training=True)
            on_real, on_made = self.discriminator(real), self.discriminator(made)
            yes, no = tf.ones_like(on_real), tf.zeros_like(on_real)
            found = self.judge(yes, on_real) + self.judge(no, on_made)
            fooled = self.judge(yes, on_made)
        for loss, part, optimizer in (
            (found, self.discriminator, self.discriminator_optimizer),
            (fooled, self.generator, self.generator_optimizer),
        ):
            weights = part.trainable_variables
            optimizer.apply(tape.gradient(loss, weights), weights)
        return {"d_loss": found, "g_loss": fooled}


keras.utils.set_random_seed(18)
angle = np.random.default_rng(18).uniform(0, 2 * np.pi, 2000)
points = np.stack([np.cos(angle), np.sin(angle)], 1).astype("float32")
model = GAN()
model(tf.zeros((1, DRAWN)))
model.compile(keras.optimizers.Adam(1e-3, beta_1=0.5), keras.optimizers.Adam(1e-3, beta_1=0.5))
train = tf.data.Dataset.from_tensor_slices(points).shuffle(2000, seed=18).batch(100, drop_remainder=True)
history = model.fit(train, epochs=20, verbose=0)

examined = dict(model=model, train=train, history=history)
