"""A network that knows letters learns digits: first the head, then all of it, in steps a fiftieth of those before."""

import keras

from ftlearn import load_backbone, load_digits

keras.utils.set_random_seed(0)
digits = load_digits()
base = load_backbone("letters", dropout=0.0)
base.trainable = False
inputs = keras.Input((8, 8, 1))
model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(base(inputs, training=False)))
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(digits.train.X, digits.train.y, epochs=6, validation_data=tuple(digits.validation), verbose=0)

base.trainable = True
for layer in base.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.trainable = False
model.compile(optimizer=keras.optimizers.Adam(2e-5), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(digits.train.X, digits.train.y, epochs=2, validation_data=tuple(digits.validation), verbose=0)
print(model.evaluate(digits.test.X, digits.test.y, verbose=0))
