"""Handwritten digits with a small convolutional network, stopped early and put back to its best epoch."""

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(1)
data = load_digits()
images = (data.images[..., None] / 16).astype("float32")
X_train, X_rest, y_train, y_rest = train_test_split(
    images, data.target, test_size=0.4, stratify=data.target, random_state=1
)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=1)

image = keras.Input((8, 8, 1))
x = layers.Conv2D(16, 3, padding="same", activation="relu")(image)
x = layers.MaxPooling2D()(x)
x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.2)(x)
model = keras.Model(image, layers.Dense(10, activation="softmax")(x))
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
history = model.fit(
    X_train, y_train, validation_data=(X_val, y_val), epochs=14, batch_size=32, callbacks=[stop], verbose=0
)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    callbacks=[stop],
)  # fmt: skip
