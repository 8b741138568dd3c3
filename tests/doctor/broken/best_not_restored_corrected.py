"""Early stopping on val_loss that gives the best weights back."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
X = rng.normal(size=(700, 20)).astype("float32")
y = (X[:, 0] + rng.normal(0, 1, 700) > 0).astype("float32")
X_train, X_val, X_test = X[:40], X[40:400], X[400:]
y_train, y_val, y_test = y[:40], y[40:400], y[400:]

model = keras.Sequential(
    [keras.Input((20,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=25, restore_best_weights=True)
model.fit(X_train, y_train, epochs=60, validation_data=(X_val, y_val), callbacks=[stop], verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
