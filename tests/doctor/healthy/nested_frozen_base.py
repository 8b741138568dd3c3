"""Digits on a network that knows letters: the base is nested and frozen, only the head learns."""

import keras

from ftlearn.backbones import load_backbone
from ftlearn.datasets import load_digits

keras.utils.set_random_seed(3)
digits = load_digits(random_state=3)
letters = load_backbone("letters")
base = keras.Model(letters.input, letters.get_layer("features").output, name="base")
base.trainable = False

image = keras.Input((8, 8, 1))
features = base(image, training=False)
model = keras.Model(image, keras.layers.Dense(10, activation="softmax", name="head")(features))
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    digits.train.X, digits.train.y, validation_data=(digits.validation.X, digits.validation.y), epochs=8, verbose=0
)

test = digits.test
examined = dict(
    model=model, train=(digits.train.X, digits.train.y), validation=(digits.validation.X, digits.validation.y),
    test=(test.X, test.y), history=history,
)  # fmt: skip
