"""The rate halves when the validation loss stands still; a checkpoint keeps the best weights."""

import tempfile
from pathlib import Path

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(47)
data = load_digits()
X = (data.data / 16).astype("float32")
X_train, X_rest, y_train, y_rest = train_test_split(
    X, data.target, test_size=0.4, stratify=data.target, random_state=47
)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=47)

inputs = keras.Input((64,))
x = keras.layers.Dense(64, activation="relu")(inputs)
x = keras.layers.Dropout(0.3)(x)
model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))
model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
with tempfile.TemporaryDirectory() as folder:
    best = Path(folder, "best.weights.h5")
    callbacks = [
        keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=2),
        keras.callbacks.ModelCheckpoint(best, "val_loss", save_best_only=True, save_weights_only=True),
    ]
    history = model.fit(
        X_train, y_train, validation_data=(X_val, y_val), epochs=18, batch_size=32, callbacks=callbacks, verbose=0
    )
    model.load_weights(best)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    callbacks=callbacks,
)  # fmt: skip
