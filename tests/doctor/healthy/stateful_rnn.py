"""A recurrent network that keeps its state from one batch to the next along a long signal."""

import keras
import numpy as np

rng = np.random.default_rng(37)
keras.utils.set_random_seed(37)
SIZE, STEPS = 8, 10  # eight signals side by side, ten steps at a time


def signals(pieces):
    """Return inputs and the echo of five steps before, in the order of time."""
    drive = rng.normal(size=(SIZE, pieces * STEPS)).astype("float32")
    slow = np.copy(drive)
    for at in range(1, drive.shape[1]):
        slow[:, at] = 0.8 * slow[:, at - 1] + drive[:, at]
    cut = [np.stack(np.split(one, pieces, axis=1)).reshape(-1, STEPS, 1) for one in (drive, slow)]
    return cut[0], cut[1]


train, validation = signals(30), signals(8)
model = keras.Sequential(
    [
        keras.Input(batch_shape=(SIZE, STEPS, 1)),
        keras.layers.SimpleRNN(12, return_sequences=True, stateful=True),
        keras.layers.TimeDistributed(keras.layers.Dense(1)),
    ]
)
model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, 20 * 30)), "mse")


class Forget(keras.callbacks.Callback):
    """Forget the state where a signal ends."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.layers[0].reset_states()

    def on_test_begin(self, logs=None):
        self.model.layers[0].reset_states()


history = model.fit(
    *train, validation_data=validation, epochs=20, batch_size=SIZE, shuffle=False, callbacks=[Forget()], verbose=0
)

examined = dict(model=model, train=train, validation=validation, history=history)
