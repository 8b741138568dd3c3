"""One block after another is unfrozen from the output's side, each stage with a new optimiser."""

import keras

from ftlearn.backbones import load_backbone
from ftlearn.datasets import load_digits
from ftlearn.finetune import freeze, unfreeze

keras.utils.set_random_seed(5)
digits = load_digits(random_state=5).label_budget(200)
train, validation, test = digits.train, digits.validation, digits.test

base = freeze(load_backbone("letters"))
model = keras.Sequential([keras.Input((8, 8, 1)), base, keras.layers.Dense(10, activation="softmax", name="head")])


def stage(rate, epochs):
    """Train what is trainable now."""
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(
        train.X, train.y, validation_data=(validation.X, validation.y), epochs=epochs, batch_size=32, verbose=0
    )


histories = [stage(5e-3, 6)]
for blocks in (1, 3):
    before = model.get_weights()
    unfreeze(base, blocks)
    histories.append(stage(1e-4 / blocks, 2))

examined = dict(
    model=model, train=(train.X, train.y), validation=(validation.X, validation.y), test=(test.X, test.y),
    history=histories, before=before,
)  # fmt: skip
