"""Three quantiles of a noisy curve at once, each with its own pinball loss."""

import keras
import numpy as np
from keras import ops

LEVELS = (0.1, 0.5, 0.9)


@keras.saving.register_keras_serializable("quantiles")
def pinball(y, quantiles):
    """Weigh misses above and below by the level."""
    levels = ops.convert_to_tensor(LEVELS, quantiles.dtype)
    miss = y - quantiles
    return ops.mean(ops.maximum(levels * miss, (levels - 1) * miss), axis=-1)


rng = np.random.default_rng(43)
keras.utils.set_random_seed(43)
X = rng.uniform(-3, 3, (1200, 1)).astype("float32")
y = (np.sin(X) + rng.normal(0, 0.1 + 0.1 * np.abs(X))).astype("float32")
train, validation, test = (X[:800], y[:800]), (X[800:1000], y[800:1000]), (X[1000:], y[1000:])

model = keras.Sequential(
    [
        keras.Input((1,)),
        keras.layers.Dense(24, activation="tanh"),
        keras.layers.Dense(24, activation="tanh"),
        keras.layers.Dense(len(LEVELS)),
    ]
)
model.compile(keras.optimizers.Adam(5e-3), pinball)
history = model.fit(*train, validation_data=validation, epochs=25, verbose=0)
inside = np.mean(
    (test[1] > model.predict(test[0], verbose=0)[:, :1]) & (test[1] < model.predict(test[0], verbose=0)[:, 2:])
)
print(f"{inside:.0%} of the test values lie between the outer quantiles")

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
