"""Trained in float32, then quantised to eight bits for use."""

import keras

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(35)
digits = load_digits(random_state=35)


def flat(part):
    """Return rows of pixels, and classes as small integers."""
    return part.X.reshape(len(part.X), 64), part.y.astype("int8")


train, validation, test = flat(digits.train), flat(digits.validation), flat(digits.test)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(*train, validation_data=validation, epochs=10, verbose=0)
model.quantize("int8")
print(f"accuracy in eight bits {model.evaluate(*validation, verbose=0)[1]:.3f}")

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
