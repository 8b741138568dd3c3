"""AdamW with weight decay that spares biases and normalisation, on one-hot labels with smoothing."""

import keras

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(28)
digits = load_digits(random_state=28)


def flat(part):
    """Return rows of pixels, and one-hot labels."""
    return part.X.reshape(len(part.X), 64), keras.utils.to_categorical(part.y, 10)


train, validation, test = flat(digits.train), flat(digits.validation), flat(digits.test)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(64),
        keras.layers.LayerNormalization(),
        keras.layers.Activation("relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
optimizer = keras.optimizers.AdamW(2e-3, weight_decay=1e-2)
optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
model.compile(optimizer, keras.losses.CategoricalCrossentropy(label_smoothing=0.05), metrics=["accuracy"])
history = model.fit(*train, validation_data=validation, epochs=12, batch_size=32, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
