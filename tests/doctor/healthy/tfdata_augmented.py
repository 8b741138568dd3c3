"""A tf.data pipeline: cached first, shuffled, augmented anew in each epoch, and only for training."""

import keras
import tensorflow as tf

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(7)
digits = load_digits(random_state=7)
shift = keras.layers.RandomTranslation(0.1, 0.1, fill_mode="constant")


def pipeline(part, training=False):
    """Return batches of a part."""
    data = tf.data.Dataset.from_tensor_slices((part.X, part.y)).cache()
    if training:
        data = data.shuffle(len(part.y), seed=7)
    data = data.batch(50)
    if training:
        data = data.map(lambda x, y: (shift(x, training=True), y), num_parallel_calls=tf.data.AUTOTUNE)
    return data.prefetch(tf.data.AUTOTUNE)


train, validation, test = pipeline(digits.train, True), pipeline(digits.validation), pipeline(digits.test)
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(24, 3, activation="relu"),
        keras.layers.Conv2D(48, 3, activation="relu"),
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, validation_data=validation, epochs=10, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
