"""A small network learns from the answers of a larger one, by a step of its own."""

import keras
import tensorflow as tf

from ftlearn.datasets import load_digits

WARMTH = 3.0


class Distiller(keras.Model):
    """A student that is shown its teacher's opinion."""

    def __init__(self, student, teacher):
        super().__init__()
        self.student, self.teacher = student, teacher
        self.teacher.trainable = False

    def call(self, x, training=False):
        return self.student(x, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        hard = super().compute_loss(x, y, y_pred, sample_weight)
        soft = tf.nn.softmax(self.teacher(x, training=False) / WARMTH)
        taught = keras.losses.categorical_crossentropy(soft, y_pred / WARMTH, from_logits=True)
        return 0.3 * hard + 0.7 * tf.reduce_mean(taught)


def dense(units, name):
    """Return a network of one hidden layer that gives logits."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(10),
        ],
        name=name,
    )


keras.utils.set_random_seed(41)
digits = load_digits(random_state=41)
train, validation, test = digits.train, digits.validation, digits.test
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

teacher = dense(128, "teacher")
teacher.compile("adam", loss)
teacher.fit(train.X, train.y, epochs=12, verbose=0)
model = Distiller(dense(12, "student"), teacher)
model.compile(keras.optimizers.Adam(5e-3), loss, metrics=["accuracy"])
history = model.fit(train.X, train.y, validation_data=(validation.X, validation.y), epochs=12, verbose=0)

examined = dict(
    model=model, train=(train.X, train.y), validation=(validation.X, validation.y), test=(test.X, test.y),
    history=history,
)  # fmt: skip
