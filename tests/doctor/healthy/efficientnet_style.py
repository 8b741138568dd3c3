"""Inverted bottlenecks with squeeze and excitation that rescale bytes themselves, as an EfficientNet does."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def bottleneck(x, filters, name):
    """Widen, filter each channel, weigh the channels, narrow."""
    wide = 3 * x.shape[-1]
    y = layers.Conv2D(wide, 1, use_bias=False, name=f"{name}_expand")(x)
    y = layers.Activation("swish")(layers.BatchNormalization(momentum=0.9)(y))
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{name}_depth")(y)
    y = layers.Activation("swish")(layers.BatchNormalization(momentum=0.9)(y))
    share = layers.GlobalAveragePooling2D(keepdims=True)(y)
    share = layers.Conv2D(wide, 1, activation="sigmoid")(layers.Conv2D(4, 1, activation="swish")(share))
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(layers.Multiply()([y, share]))
    y = layers.BatchNormalization(momentum=0.9)(y)
    return layers.Add()([x, y]) if x.shape[-1] == filters else y


keras.utils.set_random_seed(31)
data = load_digits()
images = np.rint(data.images[..., None] * (255 / 16)).astype("uint8")
X_train, X_rest, y_train, y_rest = train_test_split(
    images, data.target, test_size=597, stratify=data.target, random_state=31
)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=297, stratify=y_rest, random_state=31)

pixels = keras.Input((8, 8, 1), dtype="uint8")
x = layers.Rescaling(1 / 127.5, offset=-1)(pixels)
x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem")(x)
x = bottleneck(x, 16, "one")
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(pixels, layers.Dense(10)(layers.Dropout(0.1)(x)))
model.compile(
    keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
)
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=6, batch_size=32, verbose=0)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history
)
