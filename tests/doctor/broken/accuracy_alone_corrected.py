"""Is it an eight? One digit in ten is: precision and recall tell how many are found."""

import keras

from ftlearn import load_digits

keras.utils.set_random_seed(0)
digits = load_digits()


def eight(part):
    """Return the middle rows of the pictures, and whether each is an eight."""
    return part.X[:, 2:5].reshape(len(part.X), -1), (part.y == 8).astype("float32")


(x_train, y_train), (x_val, y_val), (x_test, y_test) = map(eight, (digits.train, digits.validation, digits.test))
model = keras.Sequential([keras.Input((24,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.Precision(), keras.metrics.Recall()],
)
model.fit(x_train, y_train, epochs=12, class_weight={0: 1.0, 1: 9.0}, validation_data=(x_val, y_val), verbose=0)
print(model.evaluate(x_test, y_test, verbose=0, return_dict=True))
