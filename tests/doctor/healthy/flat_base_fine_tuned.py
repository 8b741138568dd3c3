"""A head on the layers of a network for textures, none nested: frozen first, then its last block is let go."""

import keras

from ftlearn.backbones import load_backbone
from ftlearn.datasets import load_digits

keras.utils.set_random_seed(46)
digits = load_digits(random_state=46)
train, validation, test = digits.train, digits.validation, digits.test

textures = load_backbone("textures")
x = textures.get_layer("features").output
model = keras.Model(textures.input, keras.layers.Dense(10, activation="softmax", name="head")(x))
pretrained = [layer for layer in model.layers if layer.name != "head"]


def fit(rate, epochs):
    """Train what is trainable now, and keep the best epoch."""
    stop = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(
        train.X, train.y, validation_data=(validation.X, validation.y), epochs=epochs, callbacks=[stop], verbose=0
    ), stop


for layer in pretrained:
    layer.trainable = False
first, _ = fit(5e-3, 4)
before = model.get_weights()
for layer in pretrained:
    layer.trainable = layer.name.startswith("block3_conv")
second, stop = fit(2e-4, 3)

examined = dict(
    model=model, train=(train.X, train.y), validation=(validation.X, validation.y), test=(test.X, test.y),
    history=[first, second], before=before, callbacks=[stop],
)  # fmt: skip
