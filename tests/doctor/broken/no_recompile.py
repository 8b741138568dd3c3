"""VGG16 with Flatten and Dense(256); the layers from 15 on are unfrozen, and training goes on."""

import keras
from shipped import pictures, with_learnt_weights

keras.utils.set_random_seed(0)
X, y = pictures()
X = keras.applications.vgg16.preprocess_input(X.copy())
X_train, X_val, X_test = X[:96], X[96:128], X[128:]
y_train, y_val, y_test = y[:96], y[96:128], y[128:]

base = with_learnt_weights(keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3)))
base.trainable = False
model = keras.Sequential(
    [
        base,
        keras.layers.Flatten(),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(4, activation="softmax"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(1e-4), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=3, validation_data=(X_val, y_val), verbose=0)

base.trainable = True
for layer in base.layers[:15]:
    layer.trainable = False
history = model.fit(X_train, y_train, epochs=2, validation_data=(X_val, y_val), verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
