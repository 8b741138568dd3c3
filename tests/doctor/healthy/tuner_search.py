"""Keras Tuner chooses on the validation part in a fresh project; the test part is kept for the end."""

import tempfile

import keras
import keras_tuner
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(32)
data = load_digits()
X, y = (data.data / 16).astype("float32"), data.target
X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=32)
X_train, X_val, y_train, y_val = train_test_split(X_fit, y_fit, test_size=0.25, stratify=y_fit, random_state=32)


def build(hp):
    """Return a compiled network of these settings."""
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(hp.Choice("units", [16, 32, 64], ordered=False), activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    rate = hp.Float("rate", 1e-5, 1.0, sampling="log")
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


folder = tempfile.TemporaryDirectory()
tuner = keras_tuner.RandomSearch(
    build, "val_accuracy", max_trials=3, seed=32, overwrite=True, directory=folder.name, project_name="digits"
)
tuner.search(X_train, y_train, validation_data=(X_val, y_val), epochs=2, batch_size=32, verbose=0)
model = build(tuner.get_best_hyperparameters()[0])
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=8, batch_size=32, verbose=0)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    tuner=tuner,
)  # fmt: skip
