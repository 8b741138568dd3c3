"""Two questions about one digit: which it is, and how much ink it has."""

import keras

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(13)
digits = load_digits(random_state=13)
train, validation, test = digits.train, digits.validation, digits.test
usual, spread = train.X.mean(), train.X.mean(axis=(1, 2, 3)).std()


def targets(part):
    """Return the digit, and how much ink it has against the usual."""
    return {"digit": part.y, "ink": ((part.X.mean(axis=(1, 2, 3)) - usual) / spread)[:, None].astype("float32")}


image = keras.Input((8, 8, 1), name="image")
x = keras.layers.Conv2D(16, 3, activation="relu")(image)
x = keras.layers.Conv2D(16, 3, activation="relu")(x)
x = keras.layers.Flatten()(x)
x = keras.layers.Dense(48, activation="relu")(x)
outputs = {
    "digit": keras.layers.Dense(10, activation="softmax", name="digit")(x),
    "ink": keras.layers.Dense(1, name="ink")(x),
}
model = keras.Model(image, outputs)
model.compile(
    keras.optimizers.Adam(2e-3),
    loss={"digit": "sparse_categorical_crossentropy", "ink": "mse"},
    loss_weights={"digit": 1.0, "ink": 0.5},
    metrics={"digit": ["accuracy"], "ink": ["mae"]},
)
history = model.fit(train.X, targets(train), validation_data=(validation.X, targets(validation)), epochs=10, verbose=0)

examined = dict(
    model=model, train=(train.X, targets(train)), validation=(validation.X, targets(validation)),
    test=(test.X, targets(test)), history=history,
)  # fmt: skip
