"""A step of its own: the pretrained base moves at a twentieth of the head's rate."""

import keras
import tensorflow as tf

from ftlearn.backbones import load_backbone
from ftlearn.datasets import load_digits

SHARE = 0.05


class TwoRates(keras.Model):
    """Scales the steps of the base's weights."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            given = self(x, training=True)
            loss = self.compute_loss(x, y, given)
        weights = self.trainable_variables
        slow = {id(one) for one in self.get_layer("base").trainable_variables}
        held = [tf.identity(one) for one in weights]
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        for weight, old in zip(weights, held, strict=True):
            if id(weight) in slow:  # Adam's step does not shrink with the gradient, so the step itself is scaled
                weight.assign(old + SHARE * (weight - old))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, given)
        return self.get_metrics_result()


keras.utils.set_random_seed(6)
digits = load_digits(random_state=6).label_budget(500)
train, validation, test = digits.train, digits.validation, digits.test
letters = load_backbone("letters")
base = keras.Model(letters.input, letters.get_layer("features").output, name="base")
for layer in base.layers:
    layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)

head = keras.layers.Dense(10, kernel_initializer="zeros")
image = keras.Input((8, 8, 1))
model = TwoRates(image, head(base(image)))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
base.trainable = False
model.compile(keras.optimizers.Adam(2e-3), loss, metrics=["accuracy"])
first = model.fit(train.X, train.y, validation_data=(validation.X, validation.y), epochs=4, verbose=0)

base.trainable = True
for layer in base.layers:
    layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
before = model.get_weights()
model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
second = model.fit(train.X, train.y, validation_data=(validation.X, validation.y), epochs=3, verbose=0)

examined = dict(
    model=model, train=(train.X, train.y), validation=(validation.X, validation.y), test=(test.X, test.y),
    history=[first, second], before=before,
)  # fmt: skip
