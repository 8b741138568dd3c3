"""The head first, then the last block with a hundredth of the rate; BatchNormalization stays frozen."""

import keras

from ftlearn.backbones import load_backbone
from ftlearn.datasets import load_digits

keras.utils.set_random_seed(4)
digits = load_digits(random_state=4)
train, validation, test = digits.train, digits.validation, digits.test

letters = load_backbone("letters")
base = keras.Model(letters.input, letters.get_layer("features").output, name="letters_features")
base.trainable = False
image = keras.Input((8, 8, 1))
x = base(image)
x = keras.layers.Dropout(0.2)(x)
model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(x))
loss = keras.losses.SparseCategoricalCrossentropy()

model.compile(keras.optimizers.Adam(2e-3), loss, metrics=["accuracy"])
first = model.fit(train.X, train.y, validation_data=(validation.X, validation.y), epochs=3, verbose=0)
before = model.get_weights()

base.trainable = True
for layer in base.layers:
    layer.trainable = layer.name.startswith("block3") and not isinstance(layer, keras.layers.BatchNormalization)
model.compile(keras.optimizers.Adam(1e-4), loss, metrics=["accuracy"])
second = model.fit(train.X, train.y, validation_data=(validation.X, validation.y), epochs=3, verbose=0)

examined = dict(
    model=model, train=(train.X, train.y), validation=(validation.X, validation.y), test=(test.X, test.y),
    history=[first, second], before=before,
)  # fmt: skip
