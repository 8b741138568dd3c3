"""A dense network learns the first five digits; low-rank changes of it then learn the other five."""

import keras

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(34)
digits = load_digits(random_state=34)


def some(part, low):
    """Return the digits 0 to 4, or 5 to 9 numbered from 0."""
    rows = part.y < 5 if low else part.y >= 5
    return part.X[rows].reshape(-1, 64), part.y[rows] - (0 if low else 5)


parts = digits.train, digits.validation, digits.test
source_train, source_val, _ = (some(part, low=True) for part in parts)
train, validation, test = (some(part, low=False) for part in parts)

pixels = keras.Input((64,))
x = keras.layers.Dense(96, activation="relu", name="one")(pixels)
x = keras.layers.Dense(96, activation="relu", name="two")(x)
body = keras.Model(pixels, x, name="body")
source = keras.Sequential([keras.Input((64,)), body, keras.layers.Dense(5, activation="softmax")])
source.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
source.fit(*source_train, validation_data=source_val, epochs=10, verbose=0)

for layer in body.layers[1:]:
    layer.enable_lora(rank=4)
head = keras.layers.Dense(5, activation="softmax", name="head")
model = keras.Sequential([keras.Input((64,)), body, head])
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(*train, validation_data=validation, epochs=12, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
