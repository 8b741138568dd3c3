"""Are two pictures the same digit? One encoder for both sides and a contrastive loss on their distance."""

import keras
import numpy as np
from keras import ops

from ftlearn.datasets import load_digits

MARGIN = 1.0


@keras.saving.register_keras_serializable("siamese")
class Distance(keras.layers.Layer):
    """Euclidean distance of two vectors."""

    def call(self, pair):
        one, other = pair
        return ops.sqrt(ops.sum(ops.square(one - other), axis=-1, keepdims=True) + 1e-9)


@keras.saving.register_keras_serializable("siamese")
def contrastive(same, distance):
    """Pull equal digits together, push others apart up to the margin."""
    apart = ops.maximum(MARGIN - distance, 0.0)
    return ops.mean(same * ops.square(distance) + (1 - same) * ops.square(apart), axis=-1)


def pairs(part, count, seed):
    """Draw as many equal as unequal pairs."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(part.y), count)
    same = np.arange(count) % 2 == 0
    second = [rng.choice(np.flatnonzero((part.y == part.y[i]) == s)) for i, s in zip(first, same, strict=True)]
    return (part.X[first], part.X[np.array(second)]), same.astype("float32")[:, None]


keras.utils.set_random_seed(19)
digits = load_digits(random_state=19)
train = pairs(digits.train, 2000, 1)
validation, test = pairs(digits.validation, 300, 2), pairs(digits.test, 400, 3)

encoder = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(8),
    ],
    name="encoder",
)
left, right = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
model = keras.Model([left, right], Distance()([encoder(left), encoder(right)]))
model.compile(keras.optimizers.Adam(2e-3), contrastive)
history = model.fit(*train, validation_data=validation, epochs=6, batch_size=50, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
