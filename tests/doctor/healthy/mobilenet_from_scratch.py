"""The first blocks of a narrow MobileNetV2 from scratch, with its preprocessing in the graph."""

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(30)
data = load_digits()
big = np.kron(data.images, np.ones((1, 4, 4)))[..., None].repeat(3, -1) * (255 / 16)  # 32 x 32, 0 to 255
images = big.astype("float32")
X_train, X_rest, y_train, y_rest = train_test_split(
    images, data.target, test_size=597, stratify=data.target, random_state=30
)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=297, stratify=y_rest, random_state=30)

pixels = keras.Input((32, 32, 3))
scaled = keras.applications.mobilenet_v2.preprocess_input(pixels)
whole = keras.applications.MobileNetV2(input_tensor=scaled, alpha=0.35, include_top=False, weights=None)
features = whole.get_layer("block_2_add").output
for layer in whole.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = 0.9  # 0.999 is for a hundred thousand steps
x = keras.layers.GlobalAveragePooling2D()(features)
model = keras.Model(pixels, keras.layers.Dense(10, activation="softmax")(x))
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=5, batch_size=32, verbose=0)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history
)
