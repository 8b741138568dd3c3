"""A loop of one's own with a gradient tape, which keeps the best weights itself."""

import keras
import numpy as np
import tensorflow as tf

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(10)
digits = load_digits(random_state=10)
train, validation, test = digits.train, digits.validation, digits.test

model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(48, activation="relu"),
        keras.layers.Dense(10),
    ]
)
optimizer = keras.optimizers.Adam(2e-3)
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@tf.function
def step(x, y):
    """Take one step."""
    with tf.GradientTape() as tape:
        loss = loss_of(y, model(x, training=True))
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return loss


data = tf.data.Dataset.from_tensor_slices((train.X, train.y)).shuffle(1000, seed=10).batch(40)
history, best = {"loss": [], "val_loss": []}, (np.inf, None)
for _ in range(14):
    history["loss"].append(float(np.mean([step(x, y) for x, y in data])))
    history["val_loss"].append(float(loss_of(validation.y, model(validation.X, training=False))))
    if history["val_loss"][-1] < best[0]:
        best = (history["val_loss"][-1], model.get_weights())
model.set_weights(best[1])

examined = dict(
    model=model, train=(train.X, train.y), validation=(validation.X, validation.y), test=(test.X, test.y),
    history=history,
)  # fmt: skip
